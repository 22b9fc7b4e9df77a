import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Empty: all. */
  readonly names: readonly string[];
  readonly isQuick: boolean;
  readonly isProfiled: boolean;
  readonly jsonPath: string | undefined;
  /** Of an earlier run, as `--json` wrote it. */
  readonly comparePath: string | undefined;
  readonly chartFolder: string | undefined;
  readonly seed: number;
  readonly runCount: number;
  readonly isKept: boolean;
  /** Of a long form, for the benchmarks that have one. */
  readonly minutes: number | undefined;
}

const RUNS = 5;
const QUICK_RUNS = 2;

export const BENCH_USAGE = `npm run bench -- [NAME…] [--quick] [--profile] [--json FILE] [--compare FILE] [--charts DIR] [--runs N] [--seed N] [--minutes N] [--keep]

  NAME            the benchmarks to run; all without one
  --quick         small sizes and ${QUICK_RUNS} runs: shows that each works, not how fast it is
  --profile       one run under V8's sampling profiler; prints where each program spends its time
  --json FILE     also writes machine and results there
  --compare FILE  shows each figure beside that of an earlier run, which --json wrote; changes no exit code
  --charts DIR    also draws the ratios of each benchmark that has limits there, as NAME.svg
  --runs N        timed runs after the warm-up, 1 to 100; ${RUNS} without it
  --seed N        makes the same records again; 1 without it
  --minutes N     issuer in steady state for so long, 1 to 1440, in place of the starting burst
  --keep          leaves directories and logs behind

Exit code 0, 1 where a result is wrong (never where it is slow), 2 for wrong usage. With DIODE_REQUIRE_ALL=1 what
this machine cannot measure is wrong as well.`;

/** The options, or what is wrong with them and how to write them. */
export function readBenchOptions(args: readonly string[], known: readonly string[]): BenchOptions | string {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return `${(error as Error).message}\n\n${BENCH_USAGE}`;
  }
  const { values, positionals: names } = parsed;
  if (values.help) return BENCH_USAGE;
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    return `No benchmark ${unknown.join(', ')}; there are: ${known.join(', ')}.\n\n${BENCH_USAGE}`;
  const byDefault = values.profile ? 1 : values.quick ? QUICK_RUNS : RUNS;
  const runCount = wholeNumber(values.runs, byDefault, [1, 100]);
  const seed = wholeNumber(values.seed, 1, [0, 2 ** 32 - 1]);
  const minutes = values.minutes === undefined ? undefined : wholeNumber(values.minutes, 0, [1, 1_440]);
  if (runCount === undefined || seed === undefined) return BENCH_USAGE;
  if (values.minutes !== undefined && minutes === undefined) return BENCH_USAGE;
  return {
    names,
    isQuick: values.quick === true,
    isProfiled: values.profile === true,
    jsonPath: values.json,
    comparePath: values.compare,
    chartFolder: values.charts,
    seed,
    runCount,
    isKept: values.keep === true,
    minutes,
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    quick: flag,
    profile: flag,
    keep: flag,
    help: flag,
    json: text,
    compare: text,
    charts: text,
    runs: text,
    seed: text,
    minutes: text,
  } as const;
  return parseArgs({ args: [...args], options, allowPositionals: true });
}

function wholeNumber(
  text: string | undefined,
  byDefault: number,
  [min, max]: readonly [number, number],
): number | undefined {
  const value = text === undefined ? byDefault : Number(text);
  return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
}
