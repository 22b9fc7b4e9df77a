/**
 * What one stream has published: the value of the `progress` topic, written in the same transaction as the records.
 * Gaps follow from the frames themselves: a jump of the sequence opens one, a healed frame closes its place.
 */

import { snapshotPartProblem } from '../../src/identity/snapshot-part.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { countPlaces } from '../../src/wire/frame-runs.ts';
import type { SnapshotPartRecord } from '../../src/wire/record.ts';
import { afterCycle, afterEpoch, type LostFrames, readLost, withLost } from '../gate/lost-frames.ts';
import { type GuardWindow, readWindow } from '../guard/guard-window.ts';
import type { SweepProgress } from '../tokens/token-sweep.ts';
import type { GroupFrame } from './group-frame.ts';
import { isCount, isWholeCycle, readSnapshotProgress, type SnapshotProgress, trackPart } from './snapshot-progress.ts';

/** `witnessed`: checkpoints of the sender's audit log, which are on no topic. */
export type Outcome = 'published' | 'superseded' | 'quarantined' | 'held' | 'expired' | 'witnessed';
export const OUTCOMES: readonly Outcome[] = ['published', 'superseded', 'quarantined', 'held', 'expired', 'witnessed'];

export type TopicName = 'identity' | 'tokens' | 'trust' | 'progress' | 'held' | 'quarantine' | 'history';
export const TOPIC_NAMES: readonly TopicName[] = [
  'identity',
  'tokens',
  'trust',
  'progress',
  'held',
  'quarantine',
  'history',
];

/** First and last missing sequence, both included. */
export type Gap = readonly [from: number, to: number];

/** How far a stream has come. `sequence` is the highest released; below it everything was, but the gaps. */
export interface StreamPosition {
  readonly epoch: number;
  /** Lower-case hex. */
  readonly epochId: string;
  readonly sequence: number;
  /** Lower-case hex of the SHA-256 of that frame's header. */
  readonly digest: string;
  /** The last sequence of this epoch that the sender announced; above `sequence`: under way, waiting or lost. */
  readonly headSequence: number;
  /** Open gaps of this epoch, ascending, apart from each other. */
  readonly gaps: readonly Gap[];
  /** What is missing and no longer in a gap, of this epoch and those before; until a snapshot makes it good. */
  readonly lost: LostFrames | undefined;
  /** The newest snapshot cycle, as far as its parts came. */
  readonly snapshot: SnapshotProgress | undefined;
  /** Frames that were missing until a whole cycle, or a rebuild that awaits one, closed them; since the stream began. */
  readonly closedFrames: number;
}

/** What of a frame moves the position; `content` where it is a snapshot's. */
export type ReleasedFrame = Pick<GroupFrame, 'header' | 'digest'> & Partial<Pick<GroupFrame, 'content'>>;

export interface Progress extends StreamPosition {
  readonly stream: string;
  readonly boundary: string;
  /** False: what was published is not all that the stream said, until a whole snapshot cycle is. */
  readonly isWhole: boolean;
  /** "epoch.sequence" of frames whose tokens wait for a trusted clock; the rest of such a frame is published. */
  readonly waitingFrames: readonly string[];
  /** "epoch.sequence" of frames whose revocations took effect before their turn; they are counted, the rest is not. */
  readonly earlyFrames: readonly string[];
  /** Records by outcome, since the stream began. */
  readonly totals: Readonly<Record<Outcome, number>>;
  /** Kafka records by topic, since the stream began; `progress` counts itself. */
  readonly topics: Readonly<Record<TopicName, number>>;
  /** The trust bundle that was published last, by this stream's receiver; absent before the first. */
  readonly trustBundle?: { readonly root: number; readonly version: number };
  /** The blast-radius guard's; absent before it first counted. */
  readonly guard?: GuardProgress;
  /** Tombstones of tokens that expired, or whose key or issuer was revoked; absent before the first. */
  readonly sweep?: SweepProgress;
  /** Latest time in a hello or frame of the sender; 0 before the first. */
  readonly signedAtMs: number;
  /** The receiver's clock as of this record; tokens of its transaction were judged at it. */
  readonly publishedAtMs: number;
}

/** The sliding hour, and how many held records approvers have decided since the stream began. */
export interface GuardProgress extends GuardWindow {
  readonly decided: number;
}

/** Before the first frame: nothing is released, nothing is missing. */
export function emptyProgress(boundary: string, stream: string): Progress {
  return {
    stream,
    boundary,
    isWhole: true,
    ...emptyPosition(),
    waitingFrames: [],
    earlyFrames: [],
    totals: zeros(OUTCOMES),
    topics: zeros(TOPIC_NAMES),
    signedAtMs: 0,
    publishedAtMs: 0,
  };
}

export function emptyPosition(): StreamPosition {
  return {
    epoch: 0,
    epochId: '',
    sequence: 0,
    digest: '',
    headSequence: 0,
    gaps: [],
    lost: undefined,
    snapshot: undefined,
    closedFrames: 0,
  };
}

/** Whether a frame is wanted no longer: released, closed as lost, or of an epoch that has ended. */
export function covers(
  position: StreamPosition,
  frame: { readonly epoch: number; readonly sequence: number },
): boolean {
  if (frame.epoch !== position.epoch) return frame.epoch < position.epoch;
  return frame.sequence <= position.sequence && !position.gaps.some((gap) => isInside(gap, frame.sequence));
}

/**
 * The position after one more frame that it does not cover. With a new epoch what the old one misses is lost, and the
 * oldest gap beyond `maxOpenGaps` is, too. A snapshot part that makes its cycle whole closes the gaps, and counts out the
 * lost frames, that the cycle has made good.
 */
export function advance(position: StreamPosition, frame: ReleasedFrame): StreamPosition {
  return withSnapshot(moved(position, frame), frame);
}

/** The one part of a snapshot frame that can be read and keeps to the rules of parts. */
export function releasedPart({ header, content }: Omit<ReleasedFrame, 'digest'>): SnapshotPartRecord | undefined {
  if (header.kind !== 'snapshot' || typeof content !== 'object' || content.length !== 1) return undefined;
  const [part] = content;
  const position = { epoch: header.epoch, sequence: header.sequence, index: 0 };
  return part?.kind === 'snapshot-part' && snapshotPartProblem(part, position) === undefined ? part : undefined;
}

function moved(position: StreamPosition, frame: ReleasedFrame): StreamPosition {
  const { epoch, sequence } = frame.header;
  const epochId = Buffer.from(frame.header.epochId).toString('hex');
  const from = epoch === position.epoch ? position : { ...emptyPosition(), ...closedWithEpoch(position) };
  const { sequence: last, gaps } = from;
  if (sequence <= last) return withGaps({ ...from, gaps: closePlace(gaps, sequence) });
  const opened: readonly Gap[] = sequence > last + 1 ? [...gaps, [last + 1, sequence - 1]] : gaps;
  const headSequence = Math.max(from.headSequence, sequence);
  return withGaps({ ...from, epoch, epochId, sequence, digest: frame.digest, headSequence, gaps: opened });
}

/** What stays of an epoch that ended: its gaps, and the tail that was announced and never came, are lost. */
function closedWithEpoch(position: StreamPosition): Pick<StreamPosition, 'lost' | 'snapshot' | 'closedFrames'> {
  const { sequence, headSequence, gaps, snapshot, closedFrames } = position;
  const tail: readonly Gap[] = headSequence > sequence ? [[sequence + 1, headSequence]] : [];
  return { lost: afterEpoch(withLost(position.lost, runsOf([...gaps, ...tail]))), snapshot, closedFrames };
}

/** The position with some frames missing again: what was read of them is lost. */
export function reopen(position: StreamPosition, sequences: readonly number[]): StreamPosition {
  const places = sequences.filter((sequence) => covers(position, { epoch: position.epoch, sequence }));
  const gaps = [...position.gaps, ...places.map((sequence): Gap => [sequence, sequence])];
  return withGaps({ ...position, gaps: gaps.sort(([a], [b]) => a - b) });
}

export function samePosition(a: StreamPosition, b: StreamPosition): boolean {
  return (
    a.epoch === b.epoch &&
    a.epochId === b.epochId &&
    a.sequence === b.sequence &&
    a.digest === b.digest &&
    JSON.stringify(a.gaps) === JSON.stringify(b.gaps)
  );
}

/** "3.1042": names a frame in `waitingFrames` and logs. */
export function frameName({ epoch, sequence }: { readonly epoch: number; readonly sequence: number }): string {
  return `${epoch}.${sequence}`;
}

/** The frame that a name names. */
export function framePlace(name: string): { readonly epoch: number; readonly sequence: number } {
  const [epoch = 0, sequence = 0] = name.split('.').map(Number);
  return { epoch, sequence };
}

/** Those that have not had their turn by then. */
export function stillEarly(names: readonly string[], position: StreamPosition): readonly string[] {
  return names.filter((name) => !covers(position, framePlace(name)));
}

/** The value of its record. */
export function progressText(progress: Progress): string {
  return JSON.stringify(progress);
}

export function encodeProgress(progress: Progress): Buffer {
  return Buffer.from(progressText(progress), 'utf8');
}

/** The progress in a Kafka value, or undefined where it is none. Fields that a later version adds are passed over. */
export function decodeProgress(value: Buffer): Progress | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value.toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { stream, boundary, epoch, epochId, sequence, digest, gaps, waitingFrames, totals, topics, ...rest } =
    parsed as Record<string, unknown>;
  // Optional in the schema: their absence means these.
  const { signedAtMs, publishedAtMs, headSequence, isWhole = true, closedFrames = 0, earlyFrames = [] } = rest;
  const snapshot = readSnapshotProgress(rest.snapshot);
  const guard = readGuard(rest.guard);
  const lost = readLost(rest.lost, Number(sequence));
  const sweep = readSweep(rest.sweep);
  const trustBundle = readTrustBundle(rest.trustBundle);
  if (guard === 'invalid' || snapshot === 'invalid' || lost === 'invalid') return undefined;
  if (sweep === 'invalid' || trustBundle === 'invalid') return undefined;
  if (typeof isWhole !== 'boolean' || !isCount(closedFrames)) return undefined;
  if (typeof stream !== 'string' || typeof boundary !== 'string') return undefined;
  if (!isCount(epoch) || !isCount(sequence) || !isCount(headSequence)) return undefined;
  if (!isCount(signedAtMs) || !isCount(publishedAtMs)) return undefined;
  if (!isHex(epochId, 16) || !isHex(digest, 32) || !areGaps(gaps, sequence)) return undefined;
  if (!areFrameNames(waitingFrames) || !areFrameNames(earlyFrames)) return undefined;
  const countsByOutcome = readCounts(totals, OUTCOMES);
  const countsByTopic = readCounts(topics, TOPIC_NAMES);
  if (!countsByOutcome || !countsByTopic) return undefined;
  return {
    stream,
    boundary,
    epoch,
    epochId,
    sequence,
    digest,
    headSequence,
    gaps,
    lost,
    snapshot,
    closedFrames,
    isWhole,
    waitingFrames,
    earlyFrames,
    totals: countsByOutcome,
    topics: countsByTopic,
    ...(trustBundle && { trustBundle }),
    ...(guard && { guard }),
    ...(sweep && { sweep }),
    signedAtMs,
    publishedAtMs,
  };
}

function readSweep(value: unknown): SweepProgress | undefined | 'invalid' {
  if (value === undefined) return undefined;
  const { swept, last } = (value ?? {}) as Record<string, unknown>;
  return isCount(swept) && isHex(last, 32) ? { swept, last } : 'invalid';
}

function readTrustBundle(value: unknown): Progress['trustBundle'] | 'invalid' {
  if (value === undefined) return undefined;
  const { root, version } = (value ?? {}) as { readonly root?: unknown; readonly version?: unknown };
  return isCount(root) && isCount(version) ? { root, version } : 'invalid';
}

function readGuard(value: unknown): GuardProgress | undefined | 'invalid' {
  if (value === undefined) return undefined;
  const window = readWindow(value);
  const { decided } = (value ?? {}) as { readonly decided?: unknown };
  return window === undefined || !isCount(decided) ? 'invalid' : { ...window, decided };
}

/** Two counts by the same names, added. */
export function addCounts<Name extends string>(
  a: Readonly<Record<Name, number>>,
  b: Readonly<Partial<Record<Name, number>>>,
): Record<Name, number> {
  const names = Object.keys(a) as Name[];
  return Object.fromEntries(names.map((name) => [name, a[name] + (b[name] ?? 0)])) as Record<Name, number>;
}

export function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}

function closePlace(gaps: readonly Gap[], sequence: number): readonly Gap[] {
  return gaps.flatMap(([from, to]): Gap[] => {
    if (sequence < from || sequence > to) return [[from, to]];
    return [[from, sequence - 1] as const, [sequence + 1, to] as const].filter(([first, last]) => first <= last);
  });
}

function withSnapshot(position: StreamPosition, frame: ReleasedFrame): StreamPosition {
  const part = releasedPart(frame);
  if (part === undefined) return position;
  const snapshot = trackPart(position.snapshot, frame.header.epoch, part);
  if (!isWholeCycle(snapshot) || snapshot.epoch !== position.epoch) return { ...position, snapshot };
  const { through } = snapshot;
  const gaps = position.gaps
    .filter(([, to]) => to > through)
    .map(([from, to]): Gap => [Math.max(from, through + 1), to]);
  const lost = afterCycle(position.lost, through);
  const closed = countMissing(position.gaps) - countMissing(gaps) + (position.lost?.frames ?? 0) - (lost?.frames ?? 0);
  return { ...position, snapshot, gaps, lost, closedFrames: position.closedFrames + closed };
}

/** Frames in gaps. */
export function countMissing(gaps: readonly Gap[]): number {
  return countPlaces(gaps);
}

function withGaps(position: StreamPosition): StreamPosition {
  const { epoch, epochId, sequence, digest, headSequence, snapshot, closedFrames } = position;
  const excess = Math.max(0, position.gaps.length - RECEIVER_LIMITS.maxOpenGaps);
  const lost = withLost(position.lost, runsOf(position.gaps.slice(0, excess)));
  const gaps = position.gaps.slice(excess);
  return { epoch, epochId, sequence, digest, headSequence, gaps, lost, snapshot, closedFrames };
}

function runsOf(gaps: readonly Gap[]): readonly { readonly from: number; readonly to: number }[] {
  return gaps.map(([from, to]) => ({ from, to }));
}

function isInside([from, to]: Gap, sequence: number): boolean {
  return from <= sequence && sequence <= to;
}

/** Empty before the first frame. */
function isHex(value: unknown, bytes: number): value is string {
  return typeof value === 'string' && (value === '' || (value.length === bytes * 2 && /^[0-9a-f]+$/.test(value)));
}

function areFrameNames(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.every((name) => typeof name === 'string' && /^[1-9]\d{0,15}\.[1-9]\d{0,15}$/.test(name))
  );
}

function areGaps(value: unknown, sequence: unknown): value is readonly Gap[] {
  if (!Array.isArray(value)) return false;
  let last = 0;
  for (const gap of value) {
    if (!Array.isArray(gap) || gap.length !== 2 || !gap.every(isCount)) return false;
    const [from, to] = gap as [number, number];
    if (from <= last || to < from || to >= (sequence as number)) return false;
    last = to;
  }
  return true;
}

/** Names that an older version did not count are 0. */
function readCounts<Name extends string>(value: unknown, names: readonly Name[]): Record<Name, number> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const counts = value as Record<string, unknown>;
  if (!names.every((name) => counts[name] === undefined || isCount(counts[name]))) return undefined;
  return Object.fromEntries(names.map((name) => [name, counts[name] ?? 0])) as Record<Name, number>;
}
