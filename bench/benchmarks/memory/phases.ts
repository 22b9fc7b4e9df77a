/** A pair at full rate, without its broker, and catching up; and a sender whose link is slower than its source. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type RunningProgram, type Setting, setUpPair } from '../../support/diode-pair.ts';
import { freePort } from '../../support/free-port.ts';
import type { Kafka } from '../../support/kafka.ts';
import { RunningPair } from '../../support/running-pair.ts';
import { type DeltaSeries, deltaLine } from '../../workload/sized-deltas.ts';
import { readBack } from './read-back.ts';
import { type PhaseMemory, ResidentSampler } from './resident-samples.ts';

export interface Sizes {
  /** Through to Kafka, at full rate. */
  readonly rate: number;
  /** That wait: in the receiver's spool, and then in a sender's journal. */
  readonly backlog: number;
}

/** By phase and program, such as `backlog.receiver`. */
export interface MemoryRun {
  readonly memory: ReadonlyMap<string, PhaseMemory>;
  readonly seconds: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

const FAST_BITS_PER_SECOND = 400_000_000;
/** A minute of it takes some 5,000 records. */
const SLOW_BITS_PER_SECOND = 16_000;
const LINES_AT_ONCE = 20_000;
const STARTED_WITHIN_MS = 60_000;
/** 250 a second: slow is no fault, but a run ends. */
const MAX_MS_PER_RECORD = 4;

export async function runPhases(to: {
  readonly kafka: Kafka;
  readonly directory: string;
  readonly series: DeltaSeries;
  readonly sizes: Sizes;
  readonly say: (text: string) => void;
}): Promise<MemoryRun> {
  const { directory, series, sizes, say } = to;
  const memory = new Map<string, PhaseMemory>();
  const seconds: Record<string, number> = {};
  const phase = async (
    title: string,
    programs: Readonly<Record<string, RunningProgram>>,
    records: number,
    work: () => Promise<void>,
  ) => {
    const pids = Object.fromEntries(
      Object.entries(programs).map(([side, { process }]) => [side, process.pid as number]),
    );
    const sampler = new ResidentSampler(pids);
    const startedMs = performance.now();
    try {
      await work();
    } finally {
      for (const [side, found] of sampler.stop(records)) memory.set(`${title}.${side}`, found);
    }
    seconds[title] = (performance.now() - startedMs) / 1_000;
    const peaks = [...memory]
      .filter(([key]) => key.startsWith(`${title}.`))
      .map(([key, { peakBytes }]) => `${key} ${Math.round(peakBytes / 1e6)} MB`);
    say(`${peaks.join(', ')}, ${Math.round(seconds[title] ?? 0)} s`);
  };
  const faults = await pairPhases({ ...to, phase });
  await senderPhase(directory, series, sizes.backlog, phase);
  return { memory, seconds, faults };
}

type Phase = (
  title: string,
  programs: Readonly<Record<string, RunningProgram>>,
  records: number,
  work: () => Promise<void>,
) => Promise<void>;

async function pairPhases(to: {
  readonly kafka: Kafka;
  readonly directory: string;
  readonly series: DeltaSeries;
  readonly sizes: Sizes;
  readonly phase: Phase;
}): Promise<readonly string[]> {
  const { kafka, directory, series, sizes, phase } = to;
  const boundary = 'bench-memory';
  const pair = await openPair(directory, boundary, FAST_BITS_PER_SECOND, receiverSettings(kafka));
  const patienceMs = (records: number) => STARTED_WITHIN_MS + records * MAX_MS_PER_RECORD;
  try {
    const receiver = await pair.start('receiver');
    const sender = await pair.start('sender');
    const programs = { sender, receiver };
    const published = (records: number) =>
      pair.until('receiver', ({ totals }) => totals.published >= records, patienceMs(records)).then(() => undefined);
    await phase('rate', programs, sizes.rate, async () => {
      await feed(pair, series, 0, sizes.rate);
      await published(sizes.rate);
    });
    await kafka.shutdown();
    await phase('backlog', programs, sizes.backlog, async () => {
      await feed(pair, series, sizes.rate, sizes.backlog);
      await pair.until('receiver', ({ spool }) => spool.records >= sizes.backlog, patienceMs(sizes.backlog));
    });
    await kafka.restart();
    const all = sizes.rate + sizes.backlog;
    await phase('catch-up', { receiver }, sizes.backlog, () => published(all));
  } finally {
    await pair.close();
  }
  return readBack({ brokers: kafka.brokers, topic: `${boundary}.identity` }, series, sizes.rate + sizes.backlog);
}

/** Nobody receives: the sender cannot know. */
async function senderPhase(folder: string, series: DeltaSeries, records: number, phase: Phase): Promise<void> {
  const directory = join(folder, 'slow');
  mkdirSync(directory);
  const pair = await openPair(directory, 'bench-memory-slow', SLOW_BITS_PER_SECOND, []);
  try {
    const sender = await pair.start('sender');
    await phase('slow-link', { sender }, records, async () => {
      await feed(pair, series, 0, records);
      const patienceMs = STARTED_WITHIN_MS + records * MAX_MS_PER_RECORD;
      await pair.until('sender', ({ source }) => source.lines.delivered >= records, patienceMs);
    });
  } finally {
    await pair.kill('sender');
  }
}

async function openPair(
  directory: string,
  boundary: string,
  rateBitsPerSecond: number,
  ofReceiver: readonly Setting[],
): Promise<RunningPair> {
  const ports = { sender: await freePort(), receiver: await freePort() };
  const [linkPort, sourcePath] = [await freePort(), join(directory, 'deltas.jsonl')];
  writeFileSync(sourcePath, '');
  const pair = await setUpPair({
    ...{ directory, boundary, stream: 'hr', target: `127.0.0.1:${linkPort}` },
    senderSettings: [
      [['source', 'path'], sourcePath],
      [['link', 'rateBitsPerSecond'], rateBitsPerSecond],
      [['ops', 'port'], ports.sender],
    ],
    receiverSettings: [[['link', 'port'], linkPort], [['ops', 'port'], ports.receiver], ...ofReceiver],
  });
  return new RunningPair({ pair, directory, ports, sourcePath });
}

function receiverSettings({ brokers }: Kafka): readonly Setting[] {
  return [
    [['kafka', 'brokers'], [brokers]],
    [['kafka', 'replicationFactor'], 1],
    [['kafka', 'minInsyncReplicas'], 1],
  ];
}

/** Faster than any sender reads; the event loop gets its turn in between. */
async function feed(pair: RunningPair, series: DeltaSeries, from: number, count: number): Promise<void> {
  for (let at = from; at < from + count; at += LINES_AT_ONCE) {
    const lines = Math.min(LINES_AT_ONCE, from + count - at);
    pair.append(Array.from({ length: lines }, (_, index) => deltaLine(series, at + index)));
    await delay(1);
  }
}
