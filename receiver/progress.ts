/**
 * What one stream has published: the value of the `progress` topic, written in the same transaction as the records.
 * Gaps follow from the frames themselves: a jump of the sequence opens one, a healed frame closes its place.
 */
import { RECEIVER_LIMITS } from '../src/limits.ts';
import type { GroupFrame } from './group-frame.ts';

export type Outcome = 'published' | 'superseded' | 'quarantined' | 'held' | 'expired';
export const OUTCOMES: readonly Outcome[] = ['published', 'superseded', 'quarantined', 'held', 'expired'];

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
  /** Open gaps of this epoch, ascending, apart from each other. */
  readonly gaps: readonly Gap[];
}

export interface Progress extends StreamPosition {
  readonly stream: string;
  readonly boundary: string;
  /** The last sequence of this epoch that the sender announced; above `sequence`: under way, waiting or lost. */
  readonly headSequence: number;
  /** "epoch.sequence" of frames whose tokens wait for a trusted clock; the rest of such a frame is published. */
  readonly waitingFrames: readonly string[];
  /** "epoch.sequence" of frames whose revocations took effect before their turn; they are counted, the rest is not. */
  readonly earlyFrames: readonly string[];
  /** Records by outcome, since the stream began. */
  readonly totals: Readonly<Record<Outcome, number>>;
  /** Kafka records by topic, since the stream began; `progress` counts itself. */
  readonly topics: Readonly<Record<TopicName, number>>;
  /** Latest time in a hello or frame of the sender; 0 before the first. */
  readonly signedAtMs: number;
  /** The receiver's clock as of this record; tokens of its transaction were judged at it. */
  readonly publishedAtMs: number;
}

/** Before the first frame: nothing is released, nothing is missing. */
export function emptyProgress(boundary: string, stream: string): Progress {
  return {
    stream,
    boundary,
    epoch: 0,
    epochId: '',
    sequence: 0,
    digest: '',
    gaps: [],
    headSequence: 0,
    waitingFrames: [],
    earlyFrames: [],
    totals: zeros(OUTCOMES),
    topics: zeros(TOPIC_NAMES),
    signedAtMs: 0,
    publishedAtMs: 0,
  };
}

/** Whether a frame was published already: released in order, or below an epoch that has ended. */
export function covers(
  position: StreamPosition,
  frame: { readonly epoch: number; readonly sequence: number },
): boolean {
  if (frame.epoch !== position.epoch) return frame.epoch < position.epoch;
  return frame.sequence <= position.sequence && !position.gaps.some((gap) => isInside(gap, frame.sequence));
}

/**
 * The position after one more frame that it does not cover. With a new epoch the gaps of the old one are lost for
 * good (a snapshot heals them); beyond `maxOpenGaps` the oldest is, too.
 */
export function advance(position: StreamPosition, frame: Pick<GroupFrame, 'header' | 'digest'>): StreamPosition {
  const { epoch, sequence } = frame.header;
  const epochId = Buffer.from(frame.header.epochId).toString('hex');
  const last = epoch === position.epoch ? position.sequence : 0;
  const gaps = epoch === position.epoch ? position.gaps : [];
  if (sequence <= last) return withGaps({ ...position, gaps: closePlace(gaps, sequence) });
  const opened: readonly Gap[] = sequence > last + 1 ? [...gaps, [last + 1, sequence - 1]] : gaps;
  return withGaps({ epoch, epochId, sequence, digest: frame.digest, gaps: opened });
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

export function encodeProgress(progress: Progress): Buffer {
  return Buffer.from(JSON.stringify(progress), 'utf8');
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
  const { signedAtMs, publishedAtMs, headSequence, earlyFrames = [] } = rest;
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
    gaps,
    headSequence,
    waitingFrames,
    earlyFrames,
    totals: countsByOutcome,
    topics: countsByTopic,
    signedAtMs,
    publishedAtMs,
  };
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

function withGaps({ epoch, epochId, sequence, digest, gaps }: StreamPosition): StreamPosition {
  return { epoch, epochId, sequence, digest, gaps: gaps.slice(-RECEIVER_LIMITS.maxOpenGaps) };
}

function isInside([from, to]: Gap, sequence: number): boolean {
  return from <= sequence && sequence <= to;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
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
