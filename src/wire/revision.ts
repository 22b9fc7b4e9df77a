/** The position at which a record was first framed. It orders all that is said of one key. */
export interface Revision {
  readonly epoch: number;
  /** Of the frame within its epoch, from 1. */
  readonly sequence: number;
  /** Of the record within its frame, from 0. */
  readonly index: number;
}

/** Negative where `a` is older than `b`, 0 where equal, positive where newer. */
export function compareRevisions(a: Revision, b: Revision): number {
  return a.epoch - b.epoch || a.sequence - b.sequence || a.index - b.index;
}

/** "3.1042.7": epoch, sequence, index. The form of the `ce_revision` header. */
export function formatRevision(revision: Revision): string {
  return `${revision.epoch}.${revision.sequence}.${revision.index}`;
}

const REVISION = /^(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,9})$/;

/** The inverse of `formatRevision`; undefined where the text is none. */
export function parseRevision(text: string): Revision | undefined {
  const match = REVISION.exec(text);
  if (match === null) return undefined;
  const [epoch, sequence, index] = match.slice(1).map(Number) as [number, number, number];
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(sequence)) return undefined;
  return { epoch, sequence, index };
}
