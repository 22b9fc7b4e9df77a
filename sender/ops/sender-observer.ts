/** What a sender tells about itself: samples for histograms, events for the log, and a status whose counters rise for ever. */
import type { BatchingStatus, LineStatus, SendDrops } from '../../src/link/link.ts';
import type { Pause } from '../../src/store/operator-pause.ts';
import type { WireRecord } from '../../src/wire/record.ts';
import type { ForeignStatus } from '../issuer/foreign-issuers.ts';
import type { LiveKey } from '../issuer/issued-log.ts';
import type { DeskStatus } from '../issuer/issuer-desk.ts';
import type { IssuerStatus } from '../issuer/issuer-status.ts';
import type { RejectedLine } from '../journal/reject-file.ts';
import type { RevertCounts, RevertProgress } from '../revert/revert-table.ts';
import type { SourceEvent, SourcePosition } from '../sources/source.ts';
import type { CountByKind } from '../transmit/outlet.ts';
import type { SigningStatus } from '../trust/signing-keys.ts';

/** Never throws; nothing in it names a subject. */
export interface SenderObserver {
  /** One flush: `waitedMs` of its oldest line in the queue, `tookMs` to sign, journal and audit it. */
  framesJournaled(sample: {
    readonly frames: number;
    readonly records: number;
    readonly bytes: number;
    readonly waitedMs: number;
    readonly tookMs: number;
  }): void;
  /** A pass over a frame is sent: 1 the first, 2 … the repeats, 0 one that an operator asked for. */
  framePassed(sample: { readonly pass: number; readonly ageMs: number }): void;
}

/** A pino Logger fits. Details: counts, names, codes. */
export interface SenderLog {
  debug(detail: object, text: string): void;
  info(detail: object, text: string): void;
  warn(detail: object, text: string): void;
  error(detail: object, text: string): void;
}

/** Why the source is not read. */
export type PauseReason = 'operator' | 'journal-full' | 'disk-full' | 'queue-full' | 'stopping' | 'failed';

/** For the log; each at most once a change. */
export type SenderEvent =
  | { readonly kind: 'paused'; readonly reason: 'journal-full' | 'disk-full' }
  | { readonly kind: 'resumed'; readonly reason: 'journal-full' | 'disk-full' }
  /** Nothing of what operators wanted again waits any more; counts of this run. */
  | { readonly kind: 'resent'; readonly frames: number; readonly missing: number }
  | { readonly kind: 'lines-refused'; readonly lines: readonly RejectedLine[] }
  | { readonly kind: 'snapshot-began'; readonly cycle: number }
  | { readonly kind: 'snapshot-ended'; readonly cycle: number; readonly parts: number }
  | { readonly kind: 'source-end-reached' }
  | { readonly kind: 'key-changed'; readonly keyId: string }
  /** Of the sender's own issuer. `live`: earlier keys of tokens that have not expired. */
  | {
      readonly kind: 'issuer-key-changed';
      readonly issuer: string;
      readonly changedFrom: string;
      readonly keyId: string;
      readonly live: readonly LiveKey[];
    }
  | { readonly kind: 'issuer-removed'; readonly issuer: string; readonly live: readonly LiveKey[] }
  | { readonly kind: 'pruned'; readonly frames: number; readonly oldestSequence: number };

export type RecordKind = WireRecord['kind'];

/** All bytes are of this run unless said otherwise. */
export interface SenderStatus {
  readonly boundary: string;
  readonly stream: string;
  /** By an operator: the source is not read, and no frame leaves. */
  readonly paused?: Pause;
  /** There is no live link: frames leave on media. */
  readonly isMediaOnly?: boolean;
  readonly session: { readonly number: number; readonly id: string; readonly startedAtMs: number };
  readonly epoch: { readonly number: number; readonly id: string };
  readonly head: { readonly sequence: number; readonly digest: string; readonly oldestSequence: number };
  readonly source: SourceStatus;
  /** Journaled. */
  readonly records: Readonly<Record<RecordKind, number>>;
  readonly recordBytes: number;
  /** Lines of operators' reverts. */
  readonly reverted: RevertCounts;
  /** Journaled; first passes; later passes. */
  readonly frames: { readonly journaled: number; readonly sent: number; readonly repeated: number };
  readonly frameBytes: number;
  readonly datagrams: CountByKind;
  readonly wireBytes: CountByKind;
  /** `skipped`: for want of capacity. */
  readonly repeats: { readonly done: number; readonly skipped: number; readonly waiting: number };
  /** Frames that operators wanted again. `missing`: the journal had them no longer. */
  readonly resends: { readonly done: number; readonly missing: number; readonly waiting: number };
  readonly journal: JournalStatus;
  /** `intervalMs`: what the last one announced. */
  readonly hello: { readonly counter: number; readonly lastAgeMs?: number; readonly intervalMs: number };
  readonly snapshot: SnapshotStatus;
  readonly signing: SigningStatus;
  /** Of the root holders, as it is carried to the receivers; the sender judges none of it. */
  readonly trust?: CarriedTrustStatus;
  /** The one asked for last, also in an earlier run. */
  readonly revert?: RevertProgress;
  /** Where the config has an issuer. */
  readonly issuer?: IssuerDeskStatus;
  /** Where the config names foreign issuers. */
  readonly foreign?: readonly ForeignStatus[];
  readonly link: {
    readonly sendErrors: Readonly<Record<string, number>>;
    readonly rateBitsPerSecond: number;
    /** Of a serial link. */
    readonly line?: LineStatus;
    /** Of UDP. */
    readonly batching?: BatchingStatus;
    /** Of UDP, in this run. */
    readonly drops?: SendDrops;
  };
  readonly failure?: { readonly code: string; readonly seen: string; readonly cure: string };
}

export type IssuerDeskStatus = IssuerStatus & DeskStatus;

export interface SourceStatus {
  readonly name: string;
  readonly isResumable: boolean;
  readonly isPaused: boolean;
  readonly pausedBy?: PauseReason;
  readonly lines: { readonly delivered: number; readonly refused: number };
  readonly refusedByCode: Readonly<Record<string, number>>;
  /** Of the last line journaled or refused. */
  readonly lineNumber?: number;
  readonly position?: SourcePosition;
  /** The last event of the source. */
  readonly state?: SourceEvent['kind'];
  readonly queuedLines: number;
  readonly queuedBytes: number;
  readonly oldestQueuedAgeMs?: number;
}

export interface CarriedTrustStatus {
  readonly bundle: { readonly version: number; readonly root: number; readonly expiresAtMs: number };
  /** Versions of the root statements that travel along. */
  readonly roots: readonly number[];
  /** How often it was begun to be sent in this session, since it last changed; on media: never. */
  readonly passes: number;
  readonly lastAgeMs?: number;
}

/** Snapshot cycles, earlier runs included. */
export interface SnapshotStatus {
  /** The last that was begun; 0: none yet. */
  readonly cycle: number;
  readonly isUnderWay: boolean;
  /** Parts framed of the cycle under way. */
  readonly parts: number;
  /** A cycle is to begin, and waits until the source was read to its end. */
  readonly waitsForSource: boolean;
  /** The last that was framed whole. */
  readonly whole?: { readonly cycle: number; readonly parts: number; readonly endedAtMs: number };
  /** What it carries beside subjects; `unkept`: no more of them can be kept. */
  readonly tokens: number;
  readonly revocations: number;
  readonly unkept: number;
}

/** All that the journal keeps, earlier runs included. */
export interface JournalStatus {
  readonly frames: number;
  readonly records: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly unsentFrames: number;
  readonly unsentRecords: number;
  readonly unsentBytes: number;
  readonly oldestUnsentAtMs?: number;
  readonly isFull: boolean;
  /** In this run. */
  readonly prunedFrames: number;
}
