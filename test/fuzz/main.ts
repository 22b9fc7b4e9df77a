/**
 * `npm run test:fuzz`: the fuzz targets one after the other, round after round, within the time given. CONTRIBUTING.md says
 * when to run it, docs/decisions.md why with this engine.
 */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { keepCorpus } from './corpus-keeper.ts';
import { type EngineRun, FuzzEngine } from './fuzz-engine.ts';
import { corpusFolder, failuresFolder, foundFolder, PROJECT, readInputs } from './fuzz-folders.ts';
import { type FuzzOptions, readFuzzOptions } from './fuzz-options.ts';
import { FUZZ_TARGETS, type FuzzTarget } from './target-list.ts';
import { watchedTarget } from './watched-target.ts';

/** One run of one target: longer ones share their start better, shorter ones let every target have its turn. */
const MAX_TURN_SECONDS = 60;
/** Of each turn: the engine loads, instruments, and runs the corpus. */
const START_SECONDS = 2;

interface Total {
  readonly target: FuzzTarget;
  executions: number;
  seconds: number;
  edges: number;
  corpusInputs: number;
  failures: number;
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = readFuzzOptions(args);
  if (typeof options === 'string') {
    console.log(options);
    return args.includes('--help') ? 0 : 2;
  }
  const { inputPath } = options;
  if (inputPath !== undefined) return await replay(options.targets[0] as string, inputPath);
  return await fuzzAll(options);
}

async function replay(name: string, path: string): Promise<number> {
  const fuzz = await watchedTarget(name);
  try {
    await fuzz(readFileSync(path));
  } catch (error) {
    console.log(`${name} fails on ${path}:`);
    console.log(error);
    return 1;
  }
  console.log(`${name} holds on ${path}.`);
  return 0;
}

async function fuzzAll(options: FuzzOptions): Promise<number> {
  const engine = FuzzEngine.install();
  const totals: Total[] = FUZZ_TARGETS.filter(({ name }) => options.targets.includes(name)).map((target) => ({
    target,
    executions: 0,
    seconds: 0,
    edges: 0,
    corpusInputs: 0,
    failures: 0,
  }));
  const firstSeed = Date.now() % 2 ** 31;
  console.log(`${totals.length} targets in ${options.seconds} s, seeds from ${firstSeed}`);
  const startedMs = performance.now();
  const leftSeconds = () => options.seconds - (performance.now() - startedMs) / 1_000;
  for (let round = 0; leftSeconds() > 0; round++) {
    for (const [index, total] of totals.entries()) {
      // What is left is shared by those whose turn is still to come in this round.
      const share =
        Math.floor((leftSeconds() * weightOf(total)) / sum(totals.slice(index).map(weightOf))) - START_SECONDS;
      const turn = Math.min(MAX_TURN_SECONDS * weightOf(total), round === 0 ? Math.max(1, share) : share);
      if (turn < 1) continue;
      await runTurn(engine, total, { seconds: turn, seed: firstSeed + round * totals.length + index });
    }
    if (leftSeconds() < totals.length * (START_SECONDS + 1)) break;
  }
  if (options.isKept)
    for (const { target } of totals) console.log(`${target.name}: ${await keepCorpus(engine, target)} kept`);
  return conclude(totals);
}

async function runTurn(engine: FuzzEngine, total: Total, turn: { seconds: number; seed: number }): Promise<void> {
  const { target } = total;
  const found = foundFolder(target.name);
  mkdirSync(found, { recursive: true });
  const run = await engine.fuzz(target, {
    ...turn,
    folders: [found, corpusFolder(target.name), failuresFolder(target.name)],
    ...(target.dictionary && { dictionaryPath: writeDictionary(target.name, target.dictionary) }),
  });
  if (readInputs(failuresFolder(target.name)).length === 0) rmdirSync(failuresFolder(target.name));
  total.executions += run.executions;
  total.seconds += run.seconds;
  total.edges = Math.max(total.edges, run.edges);
  total.corpusInputs = Math.max(total.corpusInputs, run.corpusInputs);
  console.log(runText(target.name, run));
  // A target that ran nothing has shown nothing.
  if (run.trouble === undefined && run.executions > 0) return;
  total.failures += 1;
  console.log(run.trouble ?? 'It ran nothing.');
  if (run.failedInput === undefined) return;
  const path = relative(PROJECT, run.failedInput);
  console.log(`FAILED ${target.name}. Replay: npm run test:fuzz -- --target ${target.name} --input ${path}`);
}

function weightOf({ target }: Total): number {
  return target.weight ?? 1;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function runText(name: string, run: EngineRun): string {
  const rate = Math.round(run.executions / Math.max(run.seconds, 1));
  return [
    `${name.padEnd(15)} ${String(run.executions).padStart(9)} executions ${String(rate).padStart(7)}/s`,
    `${String(run.edges).padStart(5)} edges ${String(run.corpusInputs).padStart(5)} inputs`,
  ].join(' ');
}

function conclude(totals: readonly Total[]): number {
  console.log('');
  for (const { target, ...total } of totals) console.log(runText(target.name, total));
  const executions = sum(totals.map((total) => total.executions));
  const failures = sum(totals.map((total) => total.failures));
  console.log(`fuzz: ${executions} executions of ${totals.length} targets, ${failures} failures`);
  return failures > 0 ? 1 : 0;
}

/** AFL's form: one quoted word a line. */
function writeDictionary(name: string, words: readonly string[]): string {
  const folder = join(PROJECT, '.cache/fuzz/dictionaries');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  const escaped = words.map((word) =>
    [...Buffer.from(word)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  writeFileSync(path, `${escaped.map((word) => `"${word}"`).join('\n')}\n`);
  return path;
}
