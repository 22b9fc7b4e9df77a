/** What every source does: it hands over lines in order, each with the position that is reached once it is journaled. */
import type { IdentityCode } from '../../src/identity/refusal.ts';

/** Opaque to all but the source that made it; the journal keeps it as JSON. */
export type SourcePosition = Readonly<Record<string, string | number>>;

export type SourceEntry = SourceLine | UnreadableLine | MovedEntry;

/**
 * One complete line without its end. `positionAfter` undefined: the source has no positions, and what was read and not
 * journaled is lost with the process.
 */
export interface SourceLine {
  readonly kind: 'line';
  /** From 1, within its file. */
  readonly lineNumber: number;
  readonly text: string;
  readonly positionAfter: SourcePosition | undefined;
}

/** A line that is no text within bounds: it belongs into the reject file. */
export interface UnreadableLine {
  readonly kind: 'refused';
  readonly lineNumber: number;
  readonly code: Extract<IdentityCode, 'line-too-long' | 'utf8'>;
  readonly positionAfter: SourcePosition | undefined;
}

/** No line: another file begins. Its position is saved in order, as that of a line without records would be. */
export interface MovedEntry {
  readonly kind: 'moved';
  readonly positionAfter: SourcePosition;
}

/** For the log and metrics. Nothing in them is content. */
export type SourceEvent =
  /** The file is not there (yet, or any more). */
  | { readonly kind: 'waiting'; readonly path: string }
  | { readonly kind: 'opened'; readonly path: string; readonly offset: number }
  /** The file was cut or replaced in place: reading begins anew; what was cut unread is gone unless a copy was found. */
  | { readonly kind: 'truncated'; readonly path: string; readonly offset: number }
  /** The file of the saved position is not to be found: lines behind this offset may have gone unread. */
  | { readonly kind: 'file-gone'; readonly path: string; readonly offset: number }
  /** All that there is for now was handed over; again whenever that is so anew. */
  | { readonly kind: 'caught-up' }
  /** The source has ended for good (standard input). */
  | { readonly kind: 'end' }
  /** Reading failed; it is tried again. */
  | { readonly kind: 'error'; readonly error: Error };

/** Handlers must not throw: lines that were handed over are not handed over again, so an exception ends the process. */
export interface SourceHandlers {
  /** In order; never empty. One read's worth, so at most `sourceReadBytes` of lines or one line of `maxLineBytes`. */
  onEntries(entries: readonly SourceEntry[]): void;
  onEvent(event: SourceEvent): void;
}

export interface Source {
  readonly name: string;
  /** False: no positions, best effort; `run` says so at the start. */
  readonly isResumable: boolean;
  /** Begins behind `position`; without one, at the beginning. Once. */
  start(position: SourcePosition | undefined, handlers: SourceHandlers): void;
  /** After the entries at hand, no more are handed over until `resume`. */
  pause(): void;
  resume(): void;
  /** Resolves when nothing is open any more. No handler is called after `close` was. */
  close(): Promise<void>;
}
