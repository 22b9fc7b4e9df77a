/** Whether the receiver of a seed reads its link on a thread of its own: of every other seed that was not kept without one. */
import { keptBefore } from './kept-seeds.ts';

const BEFORE = keptBefore('thread');
/** How long what the two threads tell each other is on its way, at most; undefined: one thread. */
const DELAYS_MS = [undefined, 1, undefined, 20, undefined, 100] as const;

export function threadDelayMs(seed: number): number | undefined {
  return BEFORE.has(seed) ? undefined : DELAYS_MS[seed % DELAYS_MS.length];
}
