/**
 * `npm run bench`: measures what the product promises, each figure beside the limit measured in the same run. A benchmark
 * is a file of bench/benchmarks; adding one needs no change here.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiodeError } from '../src/ops/diode-error.ts';
import { type BenchOptions, readBenchOptions } from './support/bench-options.ts';
import type { Benchmark, BenchmarkReport } from './support/benchmark.ts';
import { benchmarkNames, loadBenchmark } from './support/benchmark-files.ts';
import { ratioChart } from './support/chart.ts';
import {
  comparisonNotes,
  comparisonTable,
  type EarlierRun,
  readEarlier,
  unmatchedNotes,
} from './support/comparison.ts';
import { withFigureFaults, withoutTarget } from './support/figure.ts';
import { isAllRequired, type LeftOut, leftOutReport, withLeftOutFaults } from './support/left-out.ts';
import { describeMachine, machineText } from './support/machine.ts';
import { figureTable, markdownTable, profileTable } from './support/report-text.ts';

/** Directories and logs; undefined before there are any. */
let root: string | undefined;

// So that what ends with this process (programs, broker, namespaces) ends on Ctrl-C and with its terminal as well.
for (const [signal, code] of [
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => {
    // A terminal that is gone takes no text.
    if (root !== undefined && signal !== 'SIGHUP') console.log(`\nDirectories and logs are in ${root}.`);
    process.exit(code);
  });

// What a benchmark that failed left running would keep this process for ever: it ends with it.
process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const names = benchmarkNames();
  const options = readBenchOptions(args, names);
  if (typeof options === 'string') {
    console.log(options);
    return args.includes('--help') ? 0 : 2;
  }
  const earlier = options.comparePath === undefined ? undefined : earlierRun(options.comparePath);
  const mistake = typeof earlier === 'string' ? earlier : unwritable(options);
  if (typeof earlier === 'string' || mistake !== undefined) {
    console.log(mistake);
    return 2;
  }
  const { seed, isQuick, isProfiled } = options;
  const machine = { ...describeMachine(), seed, isQuick, isProfiled };
  console.log(`${machineText(machine)}\nseed ${options.seed}, ${options.runCount} runs after the warm-up`);
  if (earlier !== undefined) console.log(comparisonNotes(machine, earlier).join('\n'));
  if (options.isQuick) console.log('Quick: sizes are small, so that no figure below is one to quote.');
  const directory = makeRoot();
  if (typeof directory !== 'string') {
    console.log(
      `There is no room for directories and logs: ${directory.message}. Free space, or name a folder by TMPDIR.`,
    );
    return 1;
  }
  root = directory;
  let unwritten: string | undefined;
  const reports: BenchmarkReport[] = [];
  const leftOut: LeftOut[] = [];
  for (const name of options.names.length > 0 ? options.names : names) {
    const benchmark = await loadBenchmark(name);
    console.log(`\n## ${name}: ${benchmark.title}\n`);
    const report = await runOne(benchmark, options, join(directory, name), earlier);
    reports.push(report);
    leftOut.push(...(report.leftOut ?? []).map((missing) => ({ name, missing })));
    // Behind each one: a run of half an hour that is cut off leaves what it has.
    if (options.jsonPath !== undefined) {
      const results = reports.flatMap(({ figures }) => figures);
      const faults = reports.flatMap((each) => each.faults);
      const text = `${JSON.stringify({ machine, results, faults, leftOut }, undefined, 2)}\n`;
      unwritten = problemOf(() => writeFileSync(options.jsonPath as string, text));
      if (unwritten !== undefined) console.log(`WRONG: the results are not in ${options.jsonPath}: ${unwritten}`);
    }
  }
  const isWrong = unwritten !== undefined || reports.some(({ faults }) => faults.length > 0);
  if (isWrong || options.isKept) console.log(`\nDirectories and logs are in ${directory}.`);
  else rmSync(directory, { recursive: true, force: true });
  return isWrong ? 1 : 0;
}

function makeRoot(): string | Error {
  try {
    return mkdtempSync(join(tmpdir(), 'identity-diode-bench-'));
  } catch (error) {
    return error as Error;
  }
}

/** What could not be written at the end is said at the start. */
function unwritable({ jsonPath, chartFolder }: BenchOptions): string | undefined {
  const problem = problemOf(() => {
    if (jsonPath !== undefined) writeFileSync(jsonPath, '', { flag: 'a' });
    if (chartFolder !== undefined) mkdirSync(chartFolder, { recursive: true });
  });
  return problem && `The results cannot be written: ${problem}. Name a file in a folder that is there and yours.`;
}

function problemOf(write: () => void): string | undefined {
  try {
    write();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Or why there is none. */
function earlierRun(path: string): EarlierRun | string {
  try {
    const earlier = readEarlier(readFileSync(path, 'utf8'));
    return typeof earlier === 'string' ? `${path} is no earlier run: ${earlier}.` : earlier;
  } catch (error) {
    return `${path} cannot be read: ${(error as Error).message}.`;
  }
}

async function runOne(
  benchmark: Benchmark,
  options: BenchOptions,
  directory: string,
  earlier: EarlierRun | undefined,
): Promise<BenchmarkReport> {
  const missing = benchmark.missing();
  const measured =
    missing === undefined ? withFigureFaults(await measure(benchmark, options, directory)) : leftOutReport(missing);
  const judged = options.isQuick ? { ...measured, figures: measured.figures.map(withoutTarget) } : measured;
  const whole = withLeftOutFaults(judged, isAllRequired(process.env));
  const undrawn = options.chartFolder && problemOf(() => writeChart(options.chartFolder as string, benchmark, whole));
  const report = undrawn ? { ...whole, faults: [...whole.faults, `its chart is not written: ${undrawn}`] } : whole;
  if (report.figures.length > 0) console.log(`\n${figureTable(report.figures)}`);
  if (earlier !== undefined) printComparison(benchmark.name, report, earlier);
  for (const { heads, rows } of report.tables ?? []) console.log(`\n${markdownTable(heads, rows)}`);
  for (const profile of report.profiles ?? []) console.log(`\n${profileTable(profile)}`);
  if (report.notes.length > 0) console.log('');
  for (const note of report.notes) console.log(`- ${note}`);
  for (const what of report.leftOut ?? []) console.log(`Not measured: ${what}`);
  for (const fault of report.faults) console.log(`WRONG ${benchmark.name}: ${fault}`);
  return report;
}

function printComparison(name: string, { figures }: BenchmarkReport, earlier: EarlierRun): void {
  const comparison = comparisonTable(figures, earlier.figures);
  if (comparison !== undefined) console.log(`\n${markdownTable(comparison.heads, comparison.rows)}`);
  const notes = unmatchedNotes(name, figures, earlier);
  if (notes.length > 0) console.log(`\n${notes.map((note) => `- ${note}`).join('\n')}`);
}

/** What does not come to its end is wrong, and those behind it run. */
async function measure(benchmark: Benchmark, options: BenchOptions, directory: string): Promise<BenchmarkReport> {
  const { isQuick, isProfiled, seed, runCount, minutes } = options;
  const say = (text: string) => console.log(`… ${text}`);
  try {
    mkdirSync(directory);
    return await benchmark.run({ isQuick, isProfiled, seed, runCount, minutes, directory, say });
  } catch (error) {
    const text = error instanceof DiodeError ? error.message : ((error as Error).stack ?? String(error));
    return { figures: [], notes: [], faults: [`it did not come to its end: ${text}`] };
  }
}

function writeChart(folder: string, { name, title }: Benchmark, { figures }: BenchmarkReport): void {
  const svg = ratioChart(`${name}: ${title}`, figures);
  if (svg === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.svg`), `${svg}\n`);
}
