/** Two streams with a receiver each beside one, into one Kafka: what both publish together, and what a record costs. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchmarkContext } from '../../support/benchmark.ts';
import type { Measurement } from '../../support/figure.ts';
import { type HelperProcess, startHelper } from '../../support/helper-process.ts';
import { type Kafka, startKafka } from '../../support/kafka.ts';
import { processUsage } from '../../support/process-usage.ts';
import type { IsolatedSide } from '../endtoend/isolated-side.ts';
import { verdictFaults } from '../endtoend/one-run.ts';
import { isolatedScript } from '../endtoend/site.ts';
import { type PlayedReceiver, startPlayedReceiver } from '../publish/played-receiver.ts';
import { type Recording, record } from '../publish/recording.ts';

const FULL = { warm: 10_000, timed: 60_000 } as const;
const QUICK = { warm: 500, timed: 1_500 } as const;
const RESOURCE_BYTES = 500;
const SUBJECTS = 20_000;
/** Ids below it are the other's. */
const FIRST_SUBJECTS = { hr: 0, plant: 1_000_000 } as const;

interface StreamsRun {
  readonly recordsPerSecond: number;
  /** Of the receivers and the broker, while the clock ran. */
  readonly cpuSeconds: number;
  readonly faults: readonly string[];
}

export interface StreamsResult {
  readonly measurements: readonly Measurement[];
  readonly note: string;
  readonly faults: readonly string[];
}

/** Needs a real Kafka. */
export async function measureStreams(context: BenchmarkContext): Promise<StreamsResult> {
  const { isQuick, seed, runCount, say } = context;
  const directory = join(context.directory, 'streams');
  mkdirSync(directory);
  const sizes = isQuick ? QUICK : FULL;
  const recordings: Recording[] = [];
  for (const [stream, firstSubject] of Object.entries(FIRST_SUBJECTS)) {
    say(`recording ${sizes.warm} + ${sizes.timed} deltas of a stream`);
    const series = { seed, resourceBytes: RESOURCE_BYTES, subjects: SUBJECTS, firstSubject };
    const to = { boundary: 'bench-scale', stream, directory: join(directory, stream) };
    recordings.push(await record({ ...to, series, warmRecords: sizes.warm, timedRecords: sizes.timed }));
  }
  const kafka = await startKafka({ jvm: 'server' });
  const isolated = startHelper<IsolatedSide>(isolatedScript);
  const [one, two]: [StreamsRun[], StreamsRun[]] = [[], []];
  const faults: string[] = [];
  try {
    // The first run warms the broker up and is thrown away.
    for (let index = isQuick ? 1 : 0; index <= (isQuick ? 1 : runCount); index++) {
      for (const played of [recordings.slice(0, 1), recordings]) {
        const name = `${played.length}-${index === 0 ? 'warm-up' : `run-${index}`}`;
        const run = await runOnce({ kafka, isolated, played, name, directory: join(directory, name) });
        say(`${played.length === 1 ? 'one stream' : 'two streams'}: ${Math.round(run.recordsPerSecond)} records/s`);
        faults.push(...run.faults);
        if (index > 0) (played.length === 1 ? one : two).push(run);
      }
    }
  } finally {
    await isolated.stop();
    await kafka.stop();
  }
  return { measurements: measurements(one, two, sizes.timed), note: noteOf(sizes.timed), faults };
}

async function runOnce(options: {
  readonly kafka: Kafka;
  readonly isolated: HelperProcess<IsolatedSide>;
  readonly played: readonly Recording[];
  readonly name: string;
  readonly directory: string;
}): Promise<StreamsRun> {
  const { kafka, isolated, played, name, directory } = options;
  const { brokers } = kafka;
  const topicPrefix = `scale-${name}.`;
  mkdirSync(directory);
  const receivers: PlayedReceiver[] = [];
  const usedSeconds = () =>
    receivers.reduce((sum, receiver) => sum + receiver.usage().cpuSeconds, processUsage(kafka.pid).cpuSeconds);
  let [startedMs, cpuSeconds] = [0, 0];
  try {
    for (const [index, recording] of played.entries()) {
      const own = join(directory, String(index));
      receivers.push(await startPlayedReceiver({ recording, brokers, topicPrefix, directory: own }));
    }
    for (const receiver of receivers) await receiver.play('warm');
    cpuSeconds = -usedSeconds();
    startedMs = Date.now();
    await Promise.all(receivers.map((receiver) => receiver.play('timed')));
    cpuSeconds += usedSeconds();
  } finally {
    for (const receiver of receivers) await receiver.stop();
  }
  const lastCommitMs = Math.max(...receivers.map((receiver) => receiver.lastCommitMs()));
  const of = (part: 'warm' | 'timed') => played.reduce((sum, recording) => sum + recording[part].records, 0);
  const records = of('warm') + of('timed');
  const series = played.map((recording) => ({
    series: recording.series,
    count: recording.warm.records + recording.timed.records,
  }));
  await isolated.ask('expectDeltas', { series });
  const verdict = await isolated.ask('judge', { brokers, prefix: topicPrefix });
  return {
    recordsPerSecond: of('timed') / ((lastCommitMs - startedMs) / 1_000),
    cpuSeconds,
    faults: verdictFaults(verdict, records).map((fault) => `streams ${name}: ${fault}`),
  };
}

function measurements(one: readonly StreamsRun[], two: readonly StreamsRun[], records: number): Measurement[] {
  const rates = (runs: readonly StreamsRun[]) => runs.map(({ recordsPerSecond }) => recordsPerSecond);
  const costs = (runs: readonly StreamsRun[], streams: number) =>
    runs.map(({ cpuSeconds }) => (cpuSeconds * 1e6) / (records * streams));
  return [
    { name: 'scale.streams.1', unit: 'records/s', samples: rates(one) },
    {
      name: 'scale.streams.2',
      unit: 'records/s',
      samples: rates(two),
      limit: { what: 'twice one stream', samples: rates(one).map((rate) => 2 * rate) },
    },
    { name: 'scale.streams.1.cpu', unit: 'µs/record', samples: costs(one, 1) },
    {
      name: 'scale.streams.2.cpu',
      unit: 'µs/record',
      samples: costs(two, 2),
      limit: { what: 'one stream', samples: costs(one, 1) },
      target: { of: 'ratio', atMost: 1.2 },
    },
  ];
}

function noteOf(records: number): string {
  return (
    `streams: ${records} recorded deltas of ${RESOURCE_BYTES} bytes each, a receiver each, one boundary and one Kafka on the same cores, ` +
    'every record compared with its source; CPU of receivers and broker. Receivers and broker share the cores, so two streams ' +
    'cannot be twice one where one and the broker keep more than half of the cores busy'
  );
}
