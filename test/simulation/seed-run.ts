/** A seed that fails says how to see it again. */
import { type Outcome, simulate } from './simulation.ts';

export async function runSeed(seed: number, tell?: (line: string) => void): Promise<Outcome> {
  try {
    return await simulate(seed, tell);
  } catch (error) {
    const text = `seed ${seed}: ${(error as Error).message}. Replay: npm run test:sim -- --seed ${seed}`;
    throw new Error(text, { cause: error });
  }
}

export function sumCounts(outcomes: readonly Pick<Outcome, 'counts'>[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { counts } of outcomes) {
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}
