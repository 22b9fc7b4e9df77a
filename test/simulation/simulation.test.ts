/**
 * The whole of sender and receiver between source and spool, over a link that loses, doubles, reorders, corrupts and
 * forges, with crashes of either side.
 *
 *   npx vitest run --project simulation                                   200 seeds
 *   SIM_SEEDS=5000 SIM_FROM=1000 npx vitest run --project simulation      as many as you like
 *   SIM_SEED=42 npx vitest run --project simulation                       one, told event by event
 */
import { describe, expect, it } from 'vitest';
import { KEPT_SEEDS } from './kept-seeds.ts';
import { type Outcome, simulate } from './simulation.ts';

const one = process.env.SIM_SEED;
const from = Number(process.env.SIM_FROM ?? 1);
const seeds = Number(process.env.SIM_SEEDS ?? 200);

async function run(seed: number, tell?: (line: string) => void): Promise<Outcome> {
  try {
    return await simulate(seed, tell);
  } catch (error) {
    const replay = `SIM_SEED=${seed} npx vitest run --project simulation`;
    throw new Error(`seed ${seed}: ${(error as Error).message}. Replay: ${replay}`, { cause: error });
  }
}

function replayOne(): void {
  it(`${one}`, async () => {
    const { scenario, ...outcome } = await run(Number(one), (line) => process.stdout.write(`${line}\n`));
    process.stdout.write(`${JSON.stringify(scenario, null, 1)}\n${JSON.stringify(outcome, null, 1)}\n`);
  });
}

function runAll(): void {
  it(`${seeds} seeds from ${from} hold what must hold`, async () => {
    const seen = { frames: 0, released: 0, everMissing: 0, healed: 0, missing: 0 };
    for (let seed = from; seed < from + seeds; seed++) {
      const outcome = await run(seed);
      for (const name of Object.keys(seen) as (keyof typeof seen)[]) seen[name] += outcome[name];
    }
    process.stdout.write(`${seeds} seeds: ${JSON.stringify(seen)}\n`);
    // A simulation in which nothing goes wrong shows nothing.
    if (seeds >= 100) {
      for (const [name, count] of Object.entries(seen)) expect(count, `${name} of all seeds`).toBeGreaterThan(0);
    }
  });

  it.each(KEPT_SEEDS)('seed %i, which failed once: %s', async (seed) => {
    await run(seed);
  });

  it('the same seed is the same run', async () => {
    for (const seed of [from, from + 1, from + 2]) expect((await run(seed)).digest).toBe((await run(seed)).digest);
  });
}

// One or the other, so that no run shows a suite left out.
if (one === undefined) describe('simulation', runAll);
else describe('one seed', replayOne);
