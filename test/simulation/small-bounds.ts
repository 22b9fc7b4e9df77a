/**
 * Bounds that no run of this length reaches are drawn small for some seeds, so that what happens beyond them happens: from
 * numbers of their own, so that all other seeds mean what they meant.
 */
import { RECEIVER_LIMITS, SENDER_LIMITS } from '../../src/limits.ts';
import { keptBefore } from './kept-seeds.ts';
import { Random } from './random.ts';
import { canLinkWait, threadDelayMs } from './thread-plan.ts';

type ReceiverBound =
  | 'maxOpenGaps'
  | 'maxHeldFrames'
  | 'maxDatagramsBeforeHello'
  | 'maxRecentDigests'
  | 'maxReportedBytes';
type SenderBound = 'maxQueuedLines' | 'maxInFlightFrames' | 'maxInFlightBytes' | 'maxCommitFrames';

export interface SmallBounds {
  readonly receiver: Readonly<Partial<Record<ReceiverBound, number>>>;
  readonly sender: Readonly<Partial<Record<SenderBound, number>>>;
}

const BEFORE = keptBefore('small');
const BEFORE_MEMORY = keptBefore('memory');
const BEFORE_SENDER = keptBefore('sender');

/** `hasCopies`: copies of the sender's disk run. */
export function smallBounds(seed: number, { hasCopies }: { readonly hasCopies: boolean }): SmallBounds {
  const memory = hasCopies ? {} : memoryBound(seed);
  return { receiver: { ...receiverBounds(seed), ...memory, ...reportBound(seed) }, sender: senderBounds(seed) };
}

/**
 * So that another history is found by what the spool says alone. Not where copies run: a head that was forgotten counts as the
 * same (head-judgement.ts), which one that went on for some frames is not, and no copy gets as far ahead as real memory goes back.
 */
function memoryBound(seed: number): SmallBounds['receiver'] {
  const random = new Random(seed ^ 0x71_c4_3e);
  return random.chance(0.25) && !BEFORE_MEMORY.has(seed) ? { maxRecentDigests: random.pick([1, 4, 16]) } : {};
}

function receiverBounds(seed: number): SmallBounds['receiver'] {
  const random = new Random(seed ^ 0x5a_a1_1b);
  if (!random.chance(0.25) || BEFORE.has(seed)) return {};
  return {
    maxOpenGaps: random.pick([1, 2, 4]),
    ...(random.chance(0.5) && { maxHeldFrames: random.pick([2, 5, 20]) }),
    ...(random.chance(0.5) && { maxDatagramsBeforeHello: random.pick([4, 32]) }),
  };
}

/** So that the thread of the link has to wait for the other one, or refuse; then with room for a few frames, or no ticket ends. */
function reportBound(seed: number): SmallBounds['receiver'] {
  const random = new Random(seed ^ 0x11_7e_ad);
  return random.chance(0.4) && threadDelayMs(seed) !== undefined
    ? { maxReportedBytes: random.pick(canLinkWait(seed) ? [1, 5_000, 50_000] : [20_000, 50_000]) }
    : {};
}

function senderBounds(seed: number): SmallBounds['sender'] {
  const random = new Random(seed ^ 0x2e_9d_05);
  if (!random.chance(0.25) || BEFORE_SENDER.has(seed)) return {};
  return {
    maxQueuedLines: random.pick([1, 8, 40]),
    maxInFlightFrames: random.pick([1, 3]),
    ...(random.chance(0.5) && { maxInFlightBytes: random.pick([1, 4_096]) }),
    ...(random.chance(0.5) && { maxCommitFrames: random.pick([1, 2]) }),
  };
}

/** Sets them for one run; what it returns sets them back. One process plays one run at a time. */
export function setBounds(bounds: SmallBounds): () => void {
  const setBack = [change(RECEIVER_LIMITS, bounds.receiver), change(SENDER_LIMITS, bounds.sender)];
  return () => {
    for (const each of setBack) each();
  };
}

function change(limits: Readonly<Record<string, unknown>>, bounds: Readonly<Record<string, number>>): () => void {
  const before = Object.fromEntries(Object.keys(bounds).map((name) => [name, limits[name]]));
  Object.assign(limits, bounds);
  return () => void Object.assign(limits, before);
}
