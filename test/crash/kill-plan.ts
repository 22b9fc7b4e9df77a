/** Who is killed when: drawn whole before anything starts, so that a seed brings the same plan again. Pure. */
import { seededFractions } from '../../bench/workload/seeded-fractions.ts';

export const VICTIMS = ['sender', 'receiver', 'broker'] as const;
export type Victim = (typeof VICTIMS)[number];

export interface Kill {
  /** Since the load began. */
  readonly atMs: number;
  readonly victim: Victim;
  /** How long it stays dead. */
  readonly downMs: number;
}

/** Between two kills, whoever they hit: 1 to 6 s, so a kill may meet another that is still being got over. */
const MIN_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 6_000;
const MAX_DOWN_MS = 1_500;
/**
 * The least time between two kills of the same: a program needs a second to start and may be hit while it does; a broker
 * takes about five until it can be called up again.
 */
const MIN_LIFE_MS: Readonly<Record<Victim, number>> = { sender: 2_000, receiver: 2_000, broker: 12_000 };

export function planKills({ kills, seed }: { readonly kills: number; readonly seed: number }): readonly Kill[] {
  const random = seededFractions(seed);
  const lastMs = new Map<Victim, number>();
  const plan: Kill[] = [];
  let atMs = 0;
  while (plan.length < kills) {
    atMs += MIN_PAUSE_MS + Math.floor(random() * (MAX_PAUSE_MS - MIN_PAUSE_MS));
    const downMs = Math.floor(random() * MAX_DOWN_MS);
    const alive = VICTIMS.filter(
      (victim) => atMs - (lastMs.get(victim) ?? Number.NEGATIVE_INFINITY) >= MIN_LIFE_MS[victim],
    );
    const victim = alive[Math.floor(random() * alive.length)];
    if (victim === undefined) continue;
    lastMs.set(victim, atMs);
    plan.push({ atMs, victim, downMs });
  }
  return plan;
}
