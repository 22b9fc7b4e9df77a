/** npm run test:sim: many seeds, on several processes if asked; or one, told event by event. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readRunOptions } from '../support/run-options.ts';
import { runSeed, sumCounts } from './seed-run.ts';
import type { Outcome } from './simulation.ts';

const USAGE = `npm run test:sim -- [--seeds N] [--from S] [--jobs J] [--failures F] | --seed S

  --seeds N      so many seeds, 1 to 1000000; 200 without it
  --from S       the first of them; 1 without it
  --jobs J       so many processes, 1 to 64; 1 without it
  --failures F   each process ends with its F-th failure; without it none does
  --seed S       one seed, told event by event

Exit code 0, 1 where a seed failed, 2 for wrong usage.`;

const { seeds, from, jobs, failures, seed } = readRunOptions(USAGE, {
  seeds: { byDefault: 200, min: 1, max: 1_000_000 },
  from: { byDefault: 1, min: 0, max: 2 ** 52 },
  jobs: { byDefault: 1, min: 1, max: 64 },
  failures: { byDefault: Number.MAX_SAFE_INTEGER, min: 1, max: Number.MAX_SAFE_INTEGER },
  seed: { byDefault: -1, min: -1, max: 2 ** 52 },
});

interface Result {
  readonly failed: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Every `jobs`-th seed. */
async function runShare(offset: number): Promise<Result> {
  const outcomes: Outcome[] = [];
  let failed = 0;
  for (let next = from + offset; next < from + seeds && failed < failures; next += jobs) {
    try {
      outcomes.push(await runSeed(next));
    } catch (error) {
      failed++;
      process.stdout.write(`${(error as Error).message}\n`);
    }
  }
  return { failed, counts: sumCounts(outcomes) };
}

/** The same program again, for its share of the seeds. */
function runChild(offset: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
      env: { ...process.env, SIM_SHARE: String(offset) },
    });
    let result: Result | undefined;
    child.on('message', (message) => {
      result = message as Result;
    });
    child.on('exit', (code) => {
      if (result !== undefined) resolve(result);
      else reject(new Error(`the process of share ${offset} of ${jobs} ended with ${code}`));
    });
  });
}

async function replay(): Promise<void> {
  const { scenario, ...outcome } = await runSeed(seed, (line) => process.stdout.write(`${line}\n`));
  process.stdout.write(`${JSON.stringify(scenario, null, 1)}\n${JSON.stringify(outcome, null, 1)}\n`);
}

async function runAll(): Promise<boolean> {
  const startedMs = performance.now();
  const offsets = Array.from({ length: jobs }, (_, offset) => offset);
  const results = jobs === 1 ? [await runShare(0)] : await Promise.all(offsets.map(runChild));
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  process.stdout.write(`${JSON.stringify(sumCounts(results))}\n`);
  process.stdout.write(`${seeds} seeds from ${from}, ${failed} failed, ${seconds} s\n`);
  return failed === 0;
}

try {
  const { SIM_SHARE: share } = process.env;
  if (share !== undefined && process.send !== undefined) process.send(await runShare(Number(share)));
  else if (seed >= 0) await replay();
  else if (!(await runAll())) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
