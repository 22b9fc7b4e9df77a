/**
 * Bounds that no run of this length reaches are drawn small for some seeds, so that what happens beyond them happens: from
 * numbers of their own, so that all other seeds mean what they meant.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { KEPT_SEEDS } from './kept-seeds.ts';
import { Random } from './random.ts';

export type SmallBounds = Readonly<
  Partial<Record<'maxOpenGaps' | 'maxHeldFrames' | 'maxDatagramsBeforeHello', number>>
>;

const BEFORE = new Set(KEPT_SEEDS.filter(([, , drawn]) => drawn === undefined).map(([seed]) => seed));

export function smallBounds(seed: number): SmallBounds {
  const random = new Random(seed ^ 0x5a_a1_1b);
  if (!random.chance(0.25) || BEFORE.has(seed)) return {};
  return {
    maxOpenGaps: random.pick([1, 2, 4]),
    ...(random.chance(0.5) && { maxHeldFrames: random.pick([2, 5, 20]) }),
    ...(random.chance(0.5) && { maxDatagramsBeforeHello: random.pick([4, 32]) }),
  };
}

/** Sets them for one run; what it returns sets them back. One process plays one run at a time. */
export function setBounds(bounds: SmallBounds): () => void {
  const limits = RECEIVER_LIMITS as unknown as Record<string, number>;
  const before = Object.fromEntries(Object.keys(bounds).map((name) => [name, limits[name] as number]));
  Object.assign(limits, bounds);
  return () => void Object.assign(limits, before);
}
