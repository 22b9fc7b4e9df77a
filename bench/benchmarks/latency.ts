/**
 * How long a change takes from the line appended to the record that a `read_committed` consumer has: alone, and while others
 * keep the pair busy. Lines are appended at times fixed beforehand, and each counts from its time.
 */
import { join } from 'node:path';
import type { Benchmark, BenchmarkContext, BenchmarkReport, BenchmarkTable } from '../support/benchmark.ts';
import type { Setting } from '../support/diode-pair.ts';
import { type Figure, figure } from '../support/figure.ts';
import { startHelper } from '../support/helper-process.ts';
import { canRunKafka } from '../support/kafka.ts';
import { amountText } from '../support/report-text.ts';
import { profileOptions, readProfiles } from './endtoend/run-profiles.ts';
import { openSite } from './endtoend/site.ts';
import type { FarSide } from './latency/far-side.ts';
import { type LatencyRun, runLatency, type Sizes } from './latency/one-run.ts';
import { type Percentiles, percentilesOf } from './latency/percentiles.ts';

const FULL: Sizes = { warm: 10_000, sustained: 60_000, idle: 100, loadSeconds: 8 };
const QUICK: Sizes = { warm: 500, sustained: 2_000, idle: 10, loadSeconds: 1 };
const SHARES = [0.1, 0.5, 0.9] as const;
/** The default, and what an operator may set. */
const SETTINGS: readonly { readonly name: string; readonly senderSettings: readonly Setting[] }[] = [
  { name: 'latency', senderSettings: [] },
  { name: 'latency.linger-5', senderSettings: [[['packer', 'lingerMs'], 5]] },
];
const TWICE = { of: 'ratio', atMost: 2 } as const;

const farScript = new URL(
  import.meta.url.endsWith('.ts') ? './latency/far-side.ts' : './latency/far-side.js',
  import.meta.url,
);

export const benchmark: Benchmark = {
  name: 'latency',
  title: 'from the line appended to the record that a read_committed consumer has',
  missing: () => (canRunKafka() ? undefined : 'a real Kafka needs Java 17, Maven, kcat and openssl (bash .ci/install)'),
  run,
};

async function run(context: BenchmarkContext): Promise<BenchmarkReport> {
  const { directory, seed, say, isQuick, isProfiled } = context;
  const sizes = isQuick ? QUICK : FULL;
  const settings = isQuick ? SETTINGS.slice(0, 1) : SETTINGS;
  say('starting the rig and Kafka');
  const site = await openSite();
  const far = startHelper<FarSide>(farScript, site.prefix.receiver);
  try {
    const runs = new Map<string, LatencyRun[]>(settings.map(({ name }) => [name, []]));
    const runOne = async (index: number, { name, senderSettings }: (typeof SETTINGS)[number]) => {
      const isWarmUp = index === 0;
      const runName = `${name.replace('.', '-')}-${isWarmUp ? 'warm-up' : index}`;
      const own = join(directory, runName);
      const result = await runLatency({
        ...{ site, far, directory: own, seed, senderSettings, sizes },
        name: runName,
        shares: isWarmUp ? [] : SHARES,
        nodeOptions: (side) => (isProfiled && !isWarmUp ? profileOptions(own, side) : []),
      });
      say(runText(runName, result));
      if (!isWarmUp || result.faults.length > 0) runs.get(name)?.push(result);
      return result;
    };
    // The broker's compiler needs it; it is thrown away.
    if (!isQuick) await runOne(0, SETTINGS[0] as (typeof SETTINGS)[number]);
    for (let index = 1; index <= context.runCount; index++) {
      for (const setting of settings) await runOne(index, setting);
    }
    const reversePassed = (await site.reversePassed()) ?? 0;
    const faults = [...runs.values()].flat().flatMap((result) => result.faults);
    if (reversePassed > 0) faults.push(`${reversePassed} packets came back through the rig`);
    const measured = [...runs].map(([name, results]) => ({ name, results: results.filter(isWhole) }));
    const first = (runs.get('latency') ?? [])[0];
    return {
      figures: measured.flatMap(({ name, results }) => (results.length === 0 ? [] : figures(name, results))),
      tables: [percentileTable(measured)],
      notes: [
        `link: ${site.description}`,
        `each run: ${sizes.warm} changes to warm up, ${sizes.sustained} at once for the sustained rate, ${sizes.idle} one by one, ` +
          `${sizes.loadSeconds} s at each share of that rate; Users of 500 bytes, every one compared with its line`,
        'lines are appended at times fixed beforehand whatever became of those before, and each counts from its time: nothing is omitted while something stalls',
        `the limit: two commits of 1 KB in two SQLite databases, then a Kafka transaction of one record by node-rdkafka alone, in turns with the idle changes, 97 ms apart; it ends with the commit, the product's time with the record at the consumer`,
        `the latest append came ${amountText(Math.max(0, ...measured.flatMap(({ results }) => results.map(({ latestAppendMs }) => latestAppendMs))))} ms behind its time, which counts as latency`,
      ],
      faults,
      profiles: isProfiled && first ? readProfiles(join(directory, 'latency-1'), first.window) : [],
    };
  } finally {
    await far.stop();
    await site.close();
  }
}

/** Records that never came have no time: there is a fault instead of a figure. */
function isWhole({ idleMs, loadMs }: LatencyRun): boolean {
  return idleMs.length > 0 && [idleMs, ...loadMs.values()].every((times) => times.every(Number.isFinite));
}

function figures(name: string, results: readonly LatencyRun[]): Figure[] {
  const floor = results.map(({ floorMs }) => percentilesOf(floorMs));
  const of = (situation: string, times: (result: LatencyRun) => readonly number[], target?: typeof TWICE) =>
    (['p50', 'p99'] as const).map((part) =>
      figure({
        name: `${name}.${situation}.${part}`,
        unit: 'ms',
        samples: results.map((result) => percentilesOf(times(result))[part]),
        limit: { what: `${part} of a transaction and two commits`, samples: floor.map((each) => each[part]) },
        ...(target && { target }),
      }),
    );
  return [
    ...of('idle', ({ idleMs }) => idleMs, TWICE),
    ...SHARES.flatMap((share) => of(`load-${share * 100}`, ({ loadMs }) => loadMs.get(share) as readonly number[])),
    figure({
      name: `${name}.sustained`,
      unit: 'records/s',
      samples: results.map(({ sustainedPerSecond }) => sustainedPerSecond),
    }),
  ];
}

/** Of all runs together. */
function percentileTable(
  measured: readonly { readonly name: string; readonly results: readonly LatencyRun[] }[],
): BenchmarkTable {
  const rows = measured.flatMap(({ name, results }) => [
    row(
      `${name}, limit`,
      results.map(({ floorMs }) => floorMs),
    ),
    row(
      `${name}, idle`,
      results.map(({ idleMs }) => idleMs),
    ),
    ...SHARES.map((share) =>
      row(
        `${name}, ${share * 100}% of the sustained rate`,
        results.map(({ loadMs }) => loadMs.get(share) ?? []),
      ),
    ),
  ]);
  return { heads: ['all runs together, ms', 'changes', 'p50', 'p90', 'p99', 'p99.9', 'max'], rows };
}

function row(situation: string, runs: readonly (readonly number[])[]): string[] {
  const times = runs.flat();
  if (times.length === 0) return [situation, '0'];
  const { p50, p90, p99, p999, max } = percentilesOf(times);
  return [situation, times.length.toLocaleString('en-US'), ...[p50, p90, p99, p999, max].map(amountText)];
}

function runText(name: string, { sustainedPerSecond, idleMs, floorMs, loadMs, faults }: LatencyRun): string {
  const text = (times: readonly number[]) => {
    if (times.length === 0) return '-';
    const { p50, p99 }: Percentiles = percentilesOf(times);
    return `${p50.toFixed(1)}/${p99.toFixed(0)}`;
  };
  const loads = [...loadMs].map(([share, times]) => `${share * 100}% ${text(times)}`).join(', ');
  const wrong = faults.length > 0 ? ', WRONG' : '';
  return `${name}: ${Math.round(sustainedPerSecond)} records/s; p50/p99 ms: limit ${text(floorMs)}, idle ${text(idleMs)}, ${loads}${wrong}`;
}
