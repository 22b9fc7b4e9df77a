/**
 * In a quarter of the runs trust comes by a bundle, and a second one changes it: it revokes a key of the tokens' issuer, and may
 * name the sender's next key. There the issuer's tokens also go with their Users. Drawn from numbers of its own, so that all
 * other seeds mean what they meant.
 */
import { keptBefore } from './kept-seeds.ts';
import { Random } from './random.ts';
import type { Scenario } from './scenario.ts';

export interface TrustPlan {
  /** The second bundle is given to the sender. */
  readonly bundleAtMs: number;
  /** From then on the sender's next key signs; undefined: it keeps the one that it has. */
  readonly cutOverMs: number | undefined;
  /** Users are also switched off. A guard would count that, and hold deletes that its oracle lets pass. */
  readonly hasInactive: boolean;
  /** Of what the workload draws for it. */
  readonly workSeed: number;
}

const BEFORE = keptBefore('trust');

export function trustPlan(scenario: Omit<Scenario, 'trust'>): TrustPlan | undefined {
  const { seed, workMs, senderLoss, guard, sender, receiver } = scenario;
  const random = new Random(seed ^ 0x7b_0d_1e);
  if (!random.chance(0.25) || BEFORE.has(seed)) return undefined;
  const bundleAtMs = random.integer(0, workMs + 5_000);
  const cutOverMs = bundleAtMs + random.integer(1, 10_000);
  const isRotated = random.chance(0.5);
  // By wrong clocks a key may sign what its time does not cover, and of two histories the keys are on one disk.
  const areClocksRight = [sender, receiver].every(({ clockJumps }) => clockJumps.length === 0);
  return {
    bundleAtMs,
    cutOverMs: isRotated && areClocksRight && senderLoss === undefined ? cutOverMs : undefined,
    hasInactive: guard === undefined,
    workSeed: random.next(),
  };
}
