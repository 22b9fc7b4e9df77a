/**
 * Recorded datagrams → diode-receiver → a real Kafka, as fast as the receiver takes them, in records a second; next to
 * node-rdkafka publishing the same records with the same headers in the same transactions, alone, in turns.
 */
import { join } from 'node:path';
import type { Benchmark, BenchmarkContext, BenchmarkReport, ProgramProfile } from '../support/benchmark.ts';
import { figure } from '../support/figure.ts';
import { type HelperProcess, startHelper } from '../support/helper-process.ts';
import { canRunKafka, type Kafka, startKafka } from '../support/kafka.ts';
import { processUsage } from '../support/process-usage.ts';
import type { IsolatedSide } from './endtoend/isolated-side.ts';
import { runTopics, verdictFaults } from './endtoend/one-run.ts';
import { profileOptions, readProfiles } from './endtoend/run-profiles.ts';
import { isolatedScript } from './endtoend/site.ts';
import { startPlayedReceiver } from './publish/played-receiver.ts';
import { type Recording, record } from './publish/recording.ts';

const FULL = { warm: 10_000, timed: 100_000 } as const;
const QUICK = { warm: 1_000, timed: 4_000 } as const;
const RESOURCE_BYTES = 500;
/** Changed in turns: most deltas change what the tables know, as most deltas do. */
const SUBJECTS = 20_000;

interface RunResult {
  readonly seconds: number;
  readonly bareSeconds: number;
  readonly transactions: number;
  readonly peakBytes: number;
  /** While the clock ran. */
  readonly cpuSeconds: { readonly receiver: number; readonly broker: number };
  readonly drops: number;
  readonly faults: readonly string[];
  readonly profiles: readonly ProgramProfile[];
}

export const benchmark: Benchmark = {
  name: 'publish',
  title: 'recorded datagrams through the receiver into a real Kafka',
  missing: () => (canRunKafka() ? undefined : 'a real Kafka needs Java 17, Maven, kcat and openssl (bash .ci/install)'),
  run,
};

async function run(context: BenchmarkContext): Promise<BenchmarkReport> {
  const { directory, seed, isQuick, isProfiled, runCount, say } = context;
  const sizes = isQuick ? QUICK : FULL;
  say(`recording ${sizes.warm} + ${sizes.timed} deltas`);
  const recording = await record({
    ...{ directory: join(directory, 'recording'), boundary: 'bench-publish', stream: 'hr' },
    series: { seed, resourceBytes: RESOURCE_BYTES, subjects: SUBJECTS, firstSubject: 0 },
    ...{ warmRecords: sizes.warm, timedRecords: sizes.timed },
  });
  const kafka = await startKafka({ jvm: 'server' });
  const isolated = startHelper<IsolatedSide>(isolatedScript);
  try {
    const count = sizes.warm + sizes.timed;
    await isolated.ask('expectDeltas', { series: [{ series: recording.series, count }] });
    const results: RunResult[] = [];
    // The first run warms the broker up, whose compiler needs it, and is thrown away.
    for (let index = isQuick ? 1 : 0; index <= runCount; index++) {
      const name = index === 0 ? 'warm-up' : `run-${index}`;
      const result = await runOnce({
        ...{ kafka, isolated, recording, name, directory: join(directory, name) },
        isProfiled: isProfiled && index > 0,
      });
      const perSecond = (seconds: number) => Math.round(sizes.timed / seconds).toLocaleString('en-US');
      say(`${name}: ${perSecond(result.seconds)} records/s, node-rdkafka alone ${perSecond(result.bareSeconds)}`);
      if (index > 0 || result.faults.length > 0) results.push(result);
    }
    return report(results, sizes.timed);
  } finally {
    await isolated.stop();
    await kafka.stop();
  }
}

async function runOnce(options: {
  readonly kafka: Kafka;
  readonly isolated: HelperProcess<IsolatedSide>;
  readonly recording: Recording;
  readonly name: string;
  readonly directory: string;
  readonly isProfiled: boolean;
}): Promise<RunResult> {
  const { kafka, isolated, recording, name, directory, isProfiled } = options;
  const { brokers } = kafka;
  const prefix = `publish-${name}.`;
  const nodeOptions = isProfiled ? profileOptions(directory, 'receiver') : [];
  const receiver = await startPlayedReceiver({ recording, brokers, topicPrefix: prefix, directory, nodeOptions });
  let timed: Awaited<ReturnType<typeof measure>>;
  try {
    await receiver.play('warm');
    timed = await measure();
  } finally {
    await receiver.stop();
  }
  const { warm, timed: measured } = recording;
  const verdict = await isolated.ask('judge', { brokers, prefix });
  const faults = verdictFaults(verdict, warm.records + measured.records);
  const copyPrefix = `publish-${name}-bare.`;
  const bare = await isolated.ask('replay', {
    ...{ brokers, by: 'node-rdkafka', prefix: copyPrefix, topics: runTopics(copyPrefix, brokers) },
    ...{ warmRecords: warm.records, timedRecords: measured.records },
  });
  if (bare.records !== measured.records) {
    faults.push(`the limit was measured with ${bare.records} of ${measured.records} records`);
  }
  return {
    ...timed,
    seconds: (receiver.lastCommitMs() - timed.startedMs) / 1_000,
    bareSeconds: bare.seconds,
    transactions: bare.transactions,
    drops: receiver.drops,
    faults: faults.map((fault) => `${name}: ${fault}`),
    profiles: isProfiled ? readProfiles(directory, timed.window, ['receiver']) : [],
  };

  async function measure() {
    const before = { receiver: receiver.usage(), broker: processUsage(kafka.pid) };
    const [startedMs, fromUs] = [Date.now(), monotonicUs()];
    await receiver.play('timed');
    const window = { fromUs, toUs: monotonicUs() };
    const after = { receiver: receiver.usage(), broker: processUsage(kafka.pid) };
    const cpuSeconds = (of: 'receiver' | 'broker') => after[of].cpuSeconds - before[of].cpuSeconds;
    return {
      ...{ startedMs, window, peakBytes: after.receiver.peakBytes },
      cpuSeconds: { receiver: cpuSeconds('receiver'), broker: cpuSeconds('broker') },
    };
  }
}

function report(results: readonly RunResult[], deltas: number): BenchmarkReport {
  const perSecond = (seconds: (result: RunResult) => number) => results.map((result) => deltas / seconds(result));
  const of = (name: string, unit: string, pick: (result: RunResult) => number) =>
    figure({ name: `publish.${name}`, unit, samples: results.map(pick) });
  const drops = Math.max(...results.map((result) => result.drops));
  return {
    figures: [
      figure({
        name: 'publish.deltas',
        unit: 'records/s',
        samples: perSecond(({ seconds }) => seconds),
        limit: { what: 'node-rdkafka alone', samples: perSecond(({ bareSeconds }) => bareSeconds) },
        target: { of: 'ratio', atLeast: 0.6 },
      }),
      of('receiver.peak-memory', 'MB', ({ peakBytes }) => peakBytes / 1e6),
      of('receiver.cpu', 'µs/record', ({ cpuSeconds }) => (cpuSeconds.receiver * 1e6) / deltas),
      of('broker.cpu', 'µs/record', ({ cpuSeconds }) => (cpuSeconds.broker * 1e6) / deltas),
    ],
    notes: [
      `${deltas} Users of ${RESOURCE_BYTES} bytes, changes of ${SUBJECTS.toLocaleString('en-US')} subjects in turns, in ` +
        `${results[0]?.transactions} Kafka transactions, after a warm-up of its own; every record compared with its source`,
      'datagrams of a real sender, recorded once into a file, with its FEC and encryption; played over loopback, never more than 100 KB ahead of the receiver',
      'the clock runs from the first datagram to the commit of the last record, by the audit log',
      ...(drops > 0 ? [`the receiver's socket dropped ${drops} datagrams, which FEC had to replace`] : []),
    ],
    faults: results.flatMap((result) => result.faults),
    profiles: results.flatMap(({ profiles }) => profiles),
  };
}

function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
