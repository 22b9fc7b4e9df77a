/** npm run test:mutants: breaks the product in a copy, one fault at a time, and shows who notices. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRunOptions } from '../support/run-options.ts';
import { MUTANTS, type Mutant } from './mutants.ts';

const USAGE = `npm run test:mutants -- [--seeds N] [--jobs J] [--only K]

  --seeds N   how many seeds the simulator may take for each, 1 to 10000; 200 without it
  --jobs J    mutants side by side, 1 to 64; 1 without it
  --only K    the K-th of the list alone; all without it

Exit code 0, 1 where a mutant survives or cannot be made, 2 for wrong usage.`;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['src', 'sender', 'receiver', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
/** A mutant that makes the simulator stand still has been noticed by nobody. */
const MUTANT_TIMEOUT_MS = 300_000;
/** A contradiction is a sentence; a crash of the process tells less. */
const SHOWN_CHARACTERS = 110;

const PLAIN = { ...process.env, NO_COLOR: '1' };

interface Verdict {
  readonly mutant: Mutant;
  readonly isCaught: boolean;
  readonly by: string;
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

function run(folder: string, command: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, { cwd: folder, env: PLAIN, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), MUTANT_TIMEOUT_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
      });
    }
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, output });
    });
  });
}

async function judge(mutant: Mutant): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'diode-mutant-'));
  try {
    for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    mutate(folder, mutant);
    return mutant.suite === undefined ? await simulated(mutant, folder) : await tested(mutant, folder, mutant.suite);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function simulated(mutant: Mutant, folder: string): Promise<Verdict> {
  const options = ['--seeds', String(seeds), '--failures', '1'];
  const { output } = await run(folder, ['--import', 'tsx', 'test/simulation/main.ts', ...options]);
  const found = /^seed (\d+): (.*?)\. Replay: /m.exec(output);
  return { mutant, isCaught: found !== null, by: found === null ? lastLine(output) : `seed ${found[1]}: ${found[2]}` };
}

async function tested(mutant: Mutant, folder: string, suite: string): Promise<Verdict> {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const { code, output } = await run(folder, [vitest, 'run', suite]);
  const failed = /Tests +(\d+) failed/.exec(output);
  return { mutant, isCaught: code === 1 && failed !== null, by: failed === null ? lastLine(output) : suite };
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}

const chosen = only === 0 ? MUTANTS : MUTANTS.slice(only - 1, only);
const verdicts: Verdict[] = [];
const waiting = [...chosen];
const startedMs = performance.now();
async function work(): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const verdict = await judge(mutant);
    verdicts.push(verdict);
    const mark = verdict.isCaught ? 'caught  ' : 'SURVIVES';
    console.log(`${mark} ${mutant.name.padEnd(60)} ${verdict.by.slice(0, SHOWN_CHARACTERS)}`);
  }
}
if (!existsSync(join(ROOT, 'src/wire/generated/messages.js'))) throw new Error('npm run build comes first.');
await Promise.all(Array.from({ length: jobs }, work));
const survivors = verdicts.filter(({ isCaught }) => !isCaught);
const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
console.log(
  `${verdicts.length} mutants, ${verdicts.length - survivors.length} caught, ${survivors.length} survive, ${seconds} s`,
);
if (survivors.length > 0) process.exitCode = 1;
