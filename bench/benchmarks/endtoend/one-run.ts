/** One run of `endtoend`: fresh directories and topics, the product timed, then the same records without it. */
import { mkdirSync, readFileSync } from 'node:fs';
import { topicSpecs } from '../../../receiver/publish/topics.ts';
import type { KafkaConfig } from '../../../src/config/receiver-config.ts';
import type { TopicSpec } from '../../../src/kafka/topic-spec.ts';
import type { ProgramProfile } from '../../support/benchmark.ts';
import type { Side } from '../../support/diode-pair.ts';
import { processUsage } from '../../support/process-usage.ts';
import { commitTimeMs } from './commit-time.ts';
import { profileOptions, readProfiles } from './run-profiles.ts';
import { type RunningPair, startPair } from './running-pair.ts';
import type { Site } from './site.ts';

/** Before the clock starts; while it runs; one change more when all has arrived. */
export const PARTS = ['warm', 'timed', 'last'] as const;
type Part = (typeof PARTS)[number];

export interface RunOptions {
  readonly site: Site;
  /** Its own; also names boundary and topics. */
  readonly name: string;
  readonly directory: string;
  /** Files of JSONL lines, and the records that each makes. */
  readonly lines: Readonly<Record<Part, { readonly path: string; readonly deltas: number }>>;
  readonly rateBitsPerSecond: number;
  readonly isProfiled: boolean;
}

export interface RunResult {
  /** From appending the lines to the commit of the last one. */
  readonly seconds: number;
  /** The same records in the same transactions by node-rdkafka alone, and by src/kafka alone. */
  readonly bareSeconds: number;
  readonly publisherSeconds: number;
  readonly transactions: number;
  /** Peak since the start; CPU while the clock ran. */
  readonly peakBytes: Readonly<Record<Side, number>>;
  readonly cpuSeconds: Readonly<Record<Side | 'broker', number>>;
  /** Age of one change, appended when all else had arrived, as the receiver measured it at its commit. */
  readonly freshnessMs: number;
  /** Share of the link's rate that first passes and repeats took while the clock ran. */
  readonly linkShare: number;
  readonly faults: readonly string[];
  readonly profiles: readonly ProgramProfile[];
}

const STARTED_WITHIN_MS = 60_000;
/** 500 records a second: slow is no fault, but a run ends. */
const MAX_MS_PER_RECORD = 2;

export async function runOnce(options: RunOptions): Promise<RunResult> {
  const { site, name, directory, lines, rateBitsPerSecond } = options;
  mkdirSync(directory);
  const nodeOptions = (side: Side) => (options.isProfiled ? profileOptions(directory, side) : []);
  const pair = await startPair({ site, boundary: name, directory, rateBitsPerSecond, nodeOptions });
  let timed: Awaited<ReturnType<typeof measure>>;
  try {
    await pair.feed(readFileSync(lines.warm.path));
    await pair.settle(lines.warm.deltas, STARTED_WITHIN_MS + lines.warm.deltas * MAX_MS_PER_RECORD);
    timed = await measure(pair, options);
  } finally {
    await pair.stop();
  }
  const lastCommitMs = commitTimeMs(pair.receiverAuditLog(), lines.warm.deltas + lines.timed.deltas);
  const seconds = (lastCommitMs - timed.startedMs) / 1000;
  const { brokers } = site.kafka;
  const verdict = await site.isolated.ask('judge', { brokers, prefix: `${name}.` });
  const faults = verdictFaults(
    verdict,
    PARTS.reduce((sum, part) => sum + lines[part].deltas, 0),
  );
  const copies = { brokers, warmRecords: lines.warm.deltas, timedRecords: lines.timed.deltas };
  const copy = (by: 'node-rdkafka' | 'src/kafka', prefix: string) =>
    site.isolated.ask('replay', {
      ...copies,
      by,
      prefix,
      topics: runTopics(prefix, brokers),
    });
  const publisher = await copy('src/kafka', `${name}-publisher.`);
  const bare = await copy('node-rdkafka', `${name}-bare.`);
  if (bare.records !== lines.timed.deltas || publisher.records !== lines.timed.deltas) {
    faults.push(
      `the limits were measured with ${bare.records} and ${publisher.records} of ${lines.timed.deltas} records`,
    );
  }
  return {
    ...timed,
    seconds,
    linkShare: (timed.wireBytes * 8) / seconds / rateBitsPerSecond,
    bareSeconds: bare.seconds,
    publisherSeconds: publisher.seconds,
    transactions: bare.transactions,
    faults: faults.map((fault) => `${name}: ${fault}`),
    profiles: options.isProfiled ? readProfiles(directory, timed.window) : [],
  };
}

async function measure(pair: RunningPair, { site, lines }: RunOptions) {
  const text = readFileSync(lines.timed.path);
  const wireBefore = await pair.wireBytes();
  const before = { ...pair.usages(), broker: processUsage(site.kafka.pid) };
  const [startedMs, fromUs] = [Date.now(), monotonicUs()];
  await pair.feed(text);
  const records = lines.warm.deltas + lines.timed.deltas;
  await pair.settle(records, STARTED_WITHIN_MS + lines.timed.deltas * MAX_MS_PER_RECORD);
  const window = { fromUs, toUs: monotonicUs() };
  const after = { ...pair.usages(), broker: processUsage(site.kafka.pid) };
  const wireBytes = (await pair.wireBytes()) - wireBefore;
  const cpuSeconds = (of: Side | 'broker') => after[of].cpuSeconds - before[of].cpuSeconds;
  return {
    startedMs,
    window,
    wireBytes,
    peakBytes: { sender: after.sender.peakBytes, receiver: after.receiver.peakBytes },
    cpuSeconds: { sender: cpuSeconds('sender'), receiver: cpuSeconds('receiver'), broker: cpuSeconds('broker') },
    freshnessMs: await freshness(pair, lines.last, records),
  };
}

async function freshness(pair: RunningPair, last: RunOptions['lines']['last'], before: number): Promise<number> {
  const line = JSON.parse(readFileSync(last.path, 'utf8')) as Record<string, unknown>;
  await pair.feed(`${JSON.stringify({ ...line, at: new Date().toISOString() })}\n`);
  await pair.settle(before + last.deltas, STARTED_WITHIN_MS);
  return 1_000 * (await pair.receiverMetric('diode_receiver_last_freshness_seconds'));
}

export function verdictFaults(
  verdict: { deltas: number; duplicated: number; outOfOrder: number; unexpected: readonly string[] },
  wanted: number,
): string[] {
  const faults = verdict.unexpected.map((text) => `unexpected: ${text}`);
  if (verdict.deltas !== wanted) faults.push(`${verdict.deltas} of ${wanted} records arrived`);
  if (verdict.duplicated > 0) faults.push(`${verdict.duplicated} records arrived twice`);
  if (verdict.outOfOrder > 0) faults.push(`${verdict.outOfOrder} records arrived out of order`);
  return faults;
}

function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Topics as the receiver of a run makes them. */
export function runTopics(prefix: string, brokers: string): readonly TopicSpec[] {
  return topicSpecs({ kafka: kafkaConfig(prefix, brokers), identity: {} });
}

function kafkaConfig(topicPrefix: string, broker: string): KafkaConfig {
  return {
    brokers: [broker],
    client: {},
    topicPrefix,
    createTopics: true,
    partitions: 12,
    replicationFactor: 1,
    minInsyncReplicas: 1,
    transactionTimeoutMs: 15_000,
    history: false,
    embedded: false,
  };
}
