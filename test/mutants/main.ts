/** npm run test:mutants: breaks the product in a copy, one fault at a time, and shows who notices. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRunOptions } from '../support/run-options.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { isOutOfTime, type RunEnd, simulatorVerdict, suiteVerdict, type Verdict } from './verdict.ts';

const USAGE = `npm run test:mutants -- [--seeds N] [--jobs J] [--only K]

  --seeds N   how many seeds the simulator may take for each, 1 to 10000; 200 without it
  --jobs J    mutants side by side, 1 to 64; 1 without it
  --only K    the K-th of the list alone; all without it

First the same suites and a few seeds run over an unbroken copy: where that is red, nothing is judged.

Exit code 0, 1 where a mutant survives or cannot be made or judged, 2 for wrong usage.`;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['src', 'sender', 'receiver', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts', 'bench'];
/** Of the unbroken copy: npm test plays more. */
const BASELINE_SEEDS = 3;
/** Longer than all others together: `npm test` alone says that they are green. */
const SLOW_SUITES: readonly string[] = ['test/property/audit-crash.test.ts'];
/** A mutant that makes the simulator stand still has been noticed by nobody. */
const MUTANT_TIMEOUT_MS = 600_000;
/** A contradiction is a sentence; a crash of the process tells less. */
const SHOWN_CHARACTERS = 110;

const PLAIN = { ...process.env, NO_COLOR: '1' };

interface Judged extends Verdict {
  readonly mutant: Mutant;
}

const { seeds, jobs, only } = readRunOptions(USAGE, {
  seeds: { byDefault: 200, min: 1, max: 10_000 },
  jobs: { byDefault: 1, min: 1, max: 64 },
  only: { byDefault: 0, min: 0, max: MUTANTS.length },
});

/** Throws where a text is not there exactly once. */
function mutate(folder: string, { name, edits }: Mutant): void {
  for (const { file, from, to } of edits) {
    const path = join(folder, file);
    const parts = readFileSync(path, 'utf8').split(from);
    if (parts.length !== 2)
      throw new Error(`"${name}": its text is ${parts.length - 1} times in ${file}: follow the code`);
    writeFileSync(path, parts.join(to));
  }
}

function run(folder: string, command: readonly string[]): Promise<RunEnd> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, { cwd: folder, env: PLAIN, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let isTimedOut = false;
    const timer = setTimeout(() => {
      isTimedOut = true;
      child.kill('SIGKILL');
    }, MUTANT_TIMEOUT_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
      });
    }
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, output, isTimedOut });
    });
  });
}

/** In a copy of the product that is removed again. */
async function withCopy<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'diode-mutant-'));
  try {
    for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function judge(mutant: Mutant): Promise<Judged> {
  return withCopy(async (folder) => {
    mutate(folder, mutant);
    const { suite } = mutant;
    const verdict =
      suite === undefined
        ? simulatorVerdict(await run(folder, simulator(seeds)))
        : suiteVerdict(await run(folder, suites([suite])), suite);
    return { mutant, ...verdict };
  });
}

function simulator(count: number): readonly string[] {
  return ['--import', 'tsx', 'test/simulation/main.ts', '--seeds', String(count), '--failures', '1'];
}

function suites(files: readonly string[]): readonly string[] {
  return [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...files];
}

/** Whoever is red without a fault would catch every fault: what is wrong with the unbroken copy, if anything. */
async function baselineFault(mutants: readonly Mutant[]): Promise<string | undefined> {
  const named = [...new Set(mutants.flatMap(({ suite }) => suite ?? []))].filter(
    (suite) => !SLOW_SUITES.includes(suite),
  );
  return withCopy(async (folder) => {
    const runs = [
      ...(named.length > 0 ? [run(folder, suites(named))] : []),
      ...(mutants.some(({ suite }) => suite === undefined) ? [run(folder, simulator(BASELINE_SEEDS))] : []),
    ];
    const red = (await Promise.all(runs)).find(({ code, output }) => code !== 0 && !isOutOfTime(output));
    if (red === undefined) return undefined;
    return red.isTimedOut ? `${red.output}\nIt stood still.` : red.output;
  });
}

const chosen = only === 0 ? MUTANTS : MUTANTS.slice(only - 1, only);
const verdicts: Judged[] = [];
const waiting = [...chosen];
const startedMs = performance.now();
const elapsed = () => ((performance.now() - startedMs) / 1_000).toFixed(0);
async function work(): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const verdict = await judge(mutant);
    verdicts.push(verdict);
    const mark = verdict.isCaught ? 'caught  ' : 'SURVIVES';
    console.log(`${mark} ${mutant.name.padEnd(60)} ${verdict.by.slice(0, SHOWN_CHARACTERS)}`);
  }
}
if (!existsSync(join(ROOT, 'src/wire/generated/messages.js'))) throw new Error('npm run build comes first.');
const fault = await baselineFault(chosen);
if (fault !== undefined) {
  console.log(`Without any fault this is red, so no mutant is judged:\n${fault}`);
  process.exit(1);
}
console.log(
  `unbroken: the suites that are named, and ${BASELINE_SEEDS} seeds, are green, ${elapsed()} s (not played: ${SLOW_SUITES})`,
);
await Promise.all(Array.from({ length: jobs }, work));
const survivors = verdicts.filter(({ isCaught }) => !isCaught);
console.log(
  `${verdicts.length} mutants, ${verdicts.length - survivors.length} caught, ${survivors.length} survive, ${elapsed()} s`,
);
if (survivors.length > 0) process.exitCode = 1;
