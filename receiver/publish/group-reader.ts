/**
 * spool ─► **group reader** ─► admission
 *
 * Takes what one transaction shall hold: all that waits, within the bounds. So groups are big under load, where two
 * round trips are shared by thousands of records, and a single frame when idle, where latency counts.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { TokenRecord, WireRecord } from '../../src/wire/record.ts';
import type { Spool, SpooledFrame } from '../gate/spool.ts';
import { openSpooledFrame } from '../intake/frame-verifier.ts';
import type { GroupFrame } from './group-frame.ts';
import { advance, covers, framePlace, type ReleasedFrame, type StreamPosition, samePosition } from './progress.ts';
import { unpackFrame } from './unpacker.ts';

export interface Group {
  /** In release order; empty where all that was read had been published before. */
  readonly frames: readonly GroupFrame[];
  /** In the spool, of the last frame read, published before or not. */
  readonly lastPosition: number;
  /** The stream's position after these frames. */
  readonly after: StreamPosition;
}

export interface GroupBounds {
  /** Frames with tokens that may be taken: what may still wait for a trusted clock. */
  readonly maxTokenFrames: number;
  /** Ends the group where the stream has come so far. */
  readonly until?: StreamPosition;
}

export type GroupSpool = Pick<Spool, 'next' | 'frame'>;

/** The next group behind `appliedPosition`; undefined where nothing can be taken. */
export function readGroup(
  spool: GroupSpool,
  from: { readonly appliedPosition: number; readonly position: StreamPosition },
  { maxTokenFrames, until }: GroupBounds,
): Group | undefined {
  const { maxTransactionRecords, maxTransactionBytes } = RECEIVER_LIMITS;
  const limits = { maxFrames: maxTransactionRecords, maxRecords: maxTransactionRecords, maxBytes: maxTransactionBytes };
  const frames: GroupFrame[] = [];
  let lastPosition = from.appliedPosition;
  let after = from.position;
  let bodyBytes = 0;
  let tokenFrames = 0;
  for (const spooled of spool.next(from.appliedPosition, limits)) {
    if (until !== undefined && samePosition(after, until)) break;
    if (!covers(after, spooled)) {
      const frame = openFrame(spooled);
      bodyBytes += frame.header.bodyBytes;
      if (frames.length > 0 && bodyBytes > maxTransactionBytes) break;
      // A part may hold thousands of entries and cause as many tombstones: one a transaction.
      if (frame.header.kind === 'snapshot' && frames.some(({ header }) => header.kind === 'snapshot')) break;
      if (holdsTokens(frame)) tokenFrames += 1;
      if (tokenFrames > maxTokenFrames) break;
      frames.push(frame);
      after = advance(after, frame);
    }
    lastPosition = spooled.position;
  }
  return lastPosition === from.appliedPosition ? undefined : { frames, lastPosition, after };
}

/** Frames by name, as many as one transaction takes; `missing` are those that are there no more. */
export function readNamedFrames(
  spool: Pick<GroupSpool, 'frame'>,
  names: readonly string[],
): { readonly frames: readonly GroupFrame[]; readonly missing: readonly string[] } {
  const frames: GroupFrame[] = [];
  const missing: string[] = [];
  let bodyBytes = 0;
  let recordCount = 0;
  for (const name of names) {
    const { epoch, sequence } = framePlace(name);
    const spooled = spool.frame(epoch, sequence);
    if (spooled === undefined) {
      missing.push(name);
      continue;
    }
    const frame = openFrame(spooled);
    bodyBytes += frame.header.bodyBytes;
    recordCount += frame.header.recordCount;
    const isFull =
      bodyBytes > RECEIVER_LIMITS.maxTransactionBytes || recordCount > RECEIVER_LIMITS.maxTransactionRecords;
    if (frames.length > 0 && isFull) break;
    frames.push(frame);
  }
  return { frames, missing };
}

/** Frames behind a position, as they lie there, to be looked at ahead of their turn; one where there is one. */
export function readAhead(
  spool: Pick<GroupSpool, 'next'>,
  position: number,
  { maxRecords, maxBytes }: { readonly maxRecords: number; readonly maxBytes: number },
): readonly GroupFrame[] {
  return spool.next(position, { maxFrames: maxRecords, maxRecords, maxBytes }).map(openFrame);
}

/** Whether the frames behind `appliedPosition` lead from `position` exactly to `until`. */
export function leadsTo(
  spool: GroupSpool,
  from: { readonly appliedPosition: number; readonly position: StreamPosition },
  until: StreamPosition,
): boolean {
  const limits = {
    maxFrames: 256,
    maxRecords: RECEIVER_LIMITS.maxTransactionRecords,
    maxBytes: RECEIVER_LIMITS.maxTransactionBytes,
  };
  let { appliedPosition, position } = from;
  for (;;) {
    const spooled = spool.next(appliedPosition, limits);
    for (const frame of spooled) {
      if (!covers(position, frame)) position = advance(position, openForPosition(frame));
      if (samePosition(position, until)) return true;
      if (isBeyond(position, until)) return false;
      appliedPosition = frame.position;
    }
    if (spooled.length === 0) return false;
  }
}

function isBeyond(position: StreamPosition, until: StreamPosition): boolean {
  return position.epoch > until.epoch || (position.epoch === until.epoch && position.sequence > until.sequence);
}

function holdsTokens({ content }: GroupFrame): boolean {
  return typeof content !== 'string' && tokensIn(content).length > 0;
}

/** Of a frame of deltas, and the entries of a snapshot part. */
export function tokensIn(records: readonly WireRecord[]): readonly TokenRecord[] {
  return records.flatMap((record) =>
    record.kind === 'token' ? [record] : record.kind === 'snapshot-part' ? tokensIn(record.entries) : [],
  );
}

function openFrame(spooled: SpooledFrame): GroupFrame {
  const { header, payload } = openSpooledFrame(spooled);
  return { ...openHeader(spooled, header), content: unpackFrame(header, payload) };
}

/** Without the records, but for a snapshot's: its part moves the position too. */
function openForPosition(spooled: SpooledFrame): ReleasedFrame {
  const { header, payload } = openSpooledFrame(spooled);
  const frame = openHeader(spooled, header);
  return header.kind === 'snapshot' ? { ...frame, content: unpackFrame(header, payload) } : frame;
}

function openHeader(spooled: SpooledFrame, header = openSpooledFrame(spooled).header): Omit<GroupFrame, 'content'> {
  const { position, digest, receivedAtMs } = spooled;
  return { position, header, digest: Buffer.from(digest).toString('hex'), receivedAtMs };
}
