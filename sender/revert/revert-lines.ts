/**
 * Lines of a revert: revert plan ─► [lines] ─► DIR/data/reverts ─► line flush. Each is
 *
 *     REVISION SP SOURCE-LINE LF
 *
 * the revision of the key's last change as the plan saw it, and what is to be said of the key, as a source says it
 * (docs/sources.md). Where the key has another revision by the time of the flush, somebody changed it meanwhile.
 */
import { refuse } from '../../src/identity/refusal.ts';
import { formatRevision, parseRevision, type Revision } from '../../src/wire/revision.ts';
import type { ChangedKey } from './changed-keys.ts';

/** A line as it waits for the flush, in between those of the source. */
export interface RevertEntry {
  readonly kind: 'revert';
  readonly revertId: string;
  readonly lineNumber: number;
  readonly text: string;
  /** Into the revert's file, once this line is journaled. */
  readonly offsetAfter: number;
}

export const NO_REVERT_LINE = refuse('line-form', '', 'This is no line of a revert: type the revert again.');

export function revertLine(changed: ChangedKey): string {
  return `${formatRevision(changed.nowRevision)} ${sourceLine(changed)}\n`;
}

/** What a source would say to make the key what it was. */
export function sourceLine({ type, id, member, then }: ChangedKey): string {
  if (member !== null) {
    const membership = { type, op: then === null ? 'delete' : 'put', group: id, member };
    return JSON.stringify(then === null ? membership : { ...membership, memberType: then });
  }
  if (then === null) return JSON.stringify({ type, op: 'delete', id });
  // Canonical JSON already.
  return `{"type":${JSON.stringify(type)},"op":"put","resource":${then}}`;
}

/** The inverse of `revertLine`, without the line's end; undefined where the text is none. */
export function readRevertLine(text: string): { readonly expected: Revision; readonly text: string } | undefined {
  const space = text.indexOf(' ');
  const expected = parseRevision(text.slice(0, Math.max(0, space)));
  return expected === undefined ? undefined : { expected, text: text.slice(space + 1) };
}
