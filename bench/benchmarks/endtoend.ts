/**
 * JSONL file → diode-sender → one-way link → diode-receiver → a real Kafka, all on this machine's cores, in records a
 * second; next to node-rdkafka publishing the same records with the same headers in the same transactions, alone.
 */
import { join } from 'node:path';
import type { Benchmark, BenchmarkContext, BenchmarkReport } from '../support/benchmark.ts';
import { figure, spreadOf } from '../support/figure.ts';
import { canRunKafka } from '../support/kafka.ts';
import { PARTS, type RunOptions, type RunResult, runOnce } from './endtoend/one-run.ts';
import { rateFigures } from './endtoend/rate-figures.ts';
import { openSite, type Site } from './endtoend/site.ts';

const MB = 1_000_000;
/** Five seconds or more of each run at 20,000 a second, and enough before it for compilers and caches. */
const FULL = { warm: 10_000, timed: 100_000, last: 1 } as const;
const QUICK = { warm: 1_000, timed: 5_000, last: 1 } as const;
/** First passes take a twentieth of it, so that the link bounds nothing. */
const RATE_BITS_PER_SECOND = 400_000_000;

export const benchmark: Benchmark = {
  name: 'endtoend',
  title: 'JSONL file to a real Kafka over a one-way link, broker on the same cores',
  missing: () => (canRunKafka() ? undefined : 'a real Kafka needs Java 17, Maven, kcat and openssl (bash .ci/install)'),
  run,
};

async function run(context: BenchmarkContext): Promise<BenchmarkReport> {
  const { directory, seed, say } = context;
  const deltas = context.isQuick ? QUICK : FULL;
  say('starting the rig and Kafka');
  const site = await openSite();
  try {
    const files = PARTS.map((part) => ({ path: join(directory, `${part}.jsonl`), deltas: deltas[part] }));
    say(`making ${deltas.warm} + ${deltas.timed} deltas`);
    const [, made] = await site.isolated.ask('make', { seed, files });
    const lines = Object.fromEntries(PARTS.map((part, at) => [part, files[at]])) as RunOptions['lines'];
    const results: RunResult[] = [];
    // The first run warms the broker up, whose compiler needs it, and is thrown away.
    const warmUps = context.isQuick ? 0 : 1;
    for (let index = 0; index < warmUps + context.runCount; index++) {
      const name = index < warmUps ? 'bench-warm-up' : `bench-${index - warmUps + 1}`;
      const isProfiled = context.isProfiled && index >= warmUps;
      const rateBitsPerSecond = RATE_BITS_PER_SECOND;
      const to = { site, name, directory: join(directory, name), lines, rateBitsPerSecond, isProfiled };
      const result = await runOnce(to);
      say(runText(name, result, deltas.timed));
      if (index >= warmUps || result.faults.length > 0) results.push(result);
    }
    return report(results, deltas.timed, { site, made: made ?? NOTHING, reversePassed: await site.reversePassed() });
  } finally {
    await site.close();
  }
}

function report(
  results: readonly RunResult[],
  deltas: number,
  about: {
    readonly site: Site;
    readonly made: { lines: number; bytes: number };
    readonly reversePassed: number | undefined;
  },
): BenchmarkReport {
  const perSecond = (seconds: (result: RunResult) => number) => results.map((result) => deltas / seconds(result));
  const bare = { what: 'node-rdkafka alone', samples: perSecond(({ bareSeconds }) => bareSeconds) };
  const of = (name: string, unit: string, pick: (result: RunResult) => number) =>
    figure({ name: `endtoend.${name}`, unit, samples: results.map(pick) });
  const figures = [
    ...rateFigures({ recordsPerSecond: perSecond(({ seconds }) => seconds), bareRecordsPerSecond: bare.samples }),
    figure({
      name: 'endtoend.publisher-alone',
      unit: 'records/s',
      samples: perSecond(({ publisherSeconds }) => publisherSeconds),
      limit: bare,
    }),
    of('sender.peak-memory', 'MB', ({ peakBytes }) => peakBytes.sender / MB),
    of('receiver.peak-memory', 'MB', ({ peakBytes }) => peakBytes.receiver / MB),
    of('sender.cpu', 'µs/record', ({ cpuSeconds }) => (cpuSeconds.sender * 1e6) / deltas),
    of('receiver.cpu', 'µs/record', ({ cpuSeconds }) => (cpuSeconds.receiver * 1e6) / deltas),
    of('broker.cpu', 'µs/record', ({ cpuSeconds }) => (cpuSeconds.broker * 1e6) / deltas),
    of('freshness', 'ms', ({ freshnessMs }) => freshnessMs),
  ];
  const first = results[0];
  const share = spreadOf(results.map(({ linkShare }) => linkShare)).max;
  const { site, made, reversePassed } = about;
  const faults = results.flatMap((result) => result.faults);
  if (reversePassed !== undefined && reversePassed > 0)
    faults.push(`${reversePassed} packets came back through the rig`);
  return {
    figures,
    notes: [
      `link: ${site.description}, ${RATE_BITS_PER_SECOND / 1e6} Mbit/s, of which at most ${(share * 100).toFixed(0)}% were used`,
      `each run: ${deltas} deltas from ${made.lines} lines of ${Math.round(made.bytes / made.lines)} bytes on average, ` +
        `in ${first?.transactions} Kafka transactions, after a warm-up of its own; every record compared with its source`,
      'CPU is user and system time of all threads of a program while the clock ran; memory is VmHWM since its start',
      'freshness: of one change, appended when all else had arrived, from its `at` to the commit in Kafka',
      ...(reversePassed === undefined ? [] : [`${reversePassed} packets came back through the rig`]),
    ],
    faults,
    profiles: results.flatMap(({ profiles }) => profiles),
  };
}

const NOTHING = { lines: 0, bytes: 0 };

function runText(name: string, { seconds, bareSeconds, faults }: RunResult, deltas: number): string {
  const rate = (of: number) => Math.round(deltas / of).toLocaleString('en-US');
  const wrong = faults.length > 0 ? ', WRONG' : '';
  return `${name}: ${rate(seconds)} records/s, node-rdkafka alone ${rate(bareSeconds)}${wrong}`;
}
