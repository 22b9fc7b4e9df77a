import type { Random } from './random.ts';

export interface Interruption {
  readonly atMs: number;
  readonly forMs: number;
}

/** None as often as any; in order of time. */
export function interruptions(
  random: Random,
  bounds: { readonly most: number; readonly withinMs: number; readonly forMs: number },
): readonly Interruption[] {
  const count = Math.max(0, random.integer(-bounds.most, bounds.most));
  const all = Array.from({ length: count }, () => ({
    atMs: random.integer(0, bounds.withinMs),
    forMs: random.integer(0, bounds.forMs),
  }));
  return all.sort((a, b) => a.atMs - b.atMs);
}
