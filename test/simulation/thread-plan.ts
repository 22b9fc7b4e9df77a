/**
 * Whether the receiver of a seed reads its link on a thread of its own: of every other seed that was not kept without one. In a third
 * of these the link cannot wait, as node:dgram cannot: what the thread has no room for is refused.
 */
import { keptBefore } from './kept-seeds.ts';
import { Random } from './random.ts';

const BEFORE = keptBefore('thread');
const BEFORE_REFUSAL = keptBefore('refusal');
/** How long what the two threads tell each other is on its way, at most; undefined: one thread. */
const DELAYS_MS = [undefined, 1, undefined, 20, undefined, 100] as const;

export function threadDelayMs(seed: number): number | undefined {
  return BEFORE.has(seed) ? undefined : DELAYS_MS[seed % DELAYS_MS.length];
}

export function canLinkWait(seed: number): boolean {
  return !new Random(seed ^ 0x2d_6a_37).chance(1 / 3) || BEFORE_REFUSAL.has(seed);
}
