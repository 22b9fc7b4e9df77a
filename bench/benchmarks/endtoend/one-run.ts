/** One run of `endtoend`: fresh directories and topics, the product timed, then the same records without it. */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { topicSpecs } from '../../../receiver/topics.ts';
import type { KafkaConfig } from '../../../src/config/receiver-config.ts';
import type { ProgramProfile } from '../../support/benchmark.ts';
import { type CpuProfile, summarizeProfile } from '../../support/cpu-profile.ts';
import {
  type DiodePair,
  diode,
  type RunningProgram,
  type Side,
  setUpPair,
  startProgram,
} from '../../support/diode-pair.ts';
import { type ProcessUsage, processUsage } from '../../support/process-usage.ts';
import type { Site } from './site.ts';

export interface RunOptions {
  readonly site: Site;
  /** Its own; also names boundary and topics. */
  readonly name: string;
  readonly directory: string;
  readonly lines: { readonly warmPath: string; readonly timedPath: string };
  readonly deltas: { readonly warm: number; readonly timed: number };
  readonly rateBitsPerSecond: number;
  readonly isProfiled: boolean;
}

export interface RunResult {
  /** From appending the lines to the receiver's word that the last one is committed. */
  readonly seconds: number;
  /** The same records in the same transactions by node-rdkafka alone, and by src/kafka alone. */
  readonly bareSeconds: number;
  readonly publisherSeconds: number;
  readonly transactions: number;
  readonly valueBytes: number;
  readonly usage: Readonly<Record<Side, Usage>>;
  readonly brokerCpuSeconds: number;
  /** Of the last published frame, since its creation. */
  readonly frameAgeMs: number | undefined;
  /** Share of the link's rate that first passes and repeats took while the clock ran. */
  readonly linkShare: number;
  readonly faults: readonly string[];
  readonly profiles: readonly ProgramProfile[];
}

export interface Usage {
  readonly peakBytes: number;
  /** While the clock ran. */
  readonly cpuSeconds: number;
}

const STARTED_WITHIN_MS = 60_000;
/** 500 records a second: slow is no fault, but a run ends. */
const MAX_MS_PER_RECORD = 2;

export async function runOnce(options: RunOptions): Promise<RunResult> {
  const { site, directory, deltas } = options;
  const { isolated, kafka } = site;
  mkdirSync(directory);
  const ports = await site.ports();
  const sourcePath = join(directory, 'identities.jsonl');
  writeFileSync(sourcePath, '');
  const pair = await setUp(options, ports, sourcePath);
  const programs = { receiver: start('receiver', pair, options), sender: start('sender', pair, options) };
  let timed: Awaited<ReturnType<typeof measure>>;
  try {
    appendFileSync(sourcePath, readFileSync(options.lines.warmPath));
    const warm = { opsPort: ports.receiverOps, records: deltas.warm };
    await isolated.ask('settle', { ...warm, timeoutMs: STARTED_WITHIN_MS + deltas.warm * MAX_MS_PER_RECORD });
    timed = await measure({ ...options, programs, pair, sourcePath, opsPort: ports.receiverOps });
  } finally {
    await programs.sender.stop();
    await programs.receiver.stop();
  }
  const verdict = await isolated.ask('judge', { brokers: kafka.brokers, prefix: `${options.name}.` });
  const replay = { brokers: kafka.brokers, warmRecords: deltas.warm };
  const copy = (by: 'node-rdkafka' | 'src/kafka', prefix: string) =>
    isolated.ask('replay', { ...replay, by, prefix, topics: topicSpecs(kafkaConfig(prefix, kafka.brokers)) });
  const publisher = await copy('src/kafka', `${options.name}-publisher.`);
  const bare = await copy('node-rdkafka', `${options.name}-bare.`);
  const wanted = deltas.warm + deltas.timed;
  const faults = verdict.unexpected.map((text) => `${options.name}: unexpected: ${text}`);
  if (verdict.deltas !== wanted) faults.push(`${options.name}: ${verdict.deltas} of ${wanted} records arrived`);
  if (verdict.duplicated > 0) faults.push(`${options.name}: ${verdict.duplicated} records arrived twice`);
  if (verdict.outOfOrder > 0) faults.push(`${options.name}: ${verdict.outOfOrder} records arrived out of order`);
  if (bare.records !== deltas.timed || publisher.records !== deltas.timed) {
    faults.push(`${options.name}: the limit was measured with ${bare.records} records instead of ${deltas.timed}`);
  }
  return {
    ...timed,
    bareSeconds: bare.seconds,
    publisherSeconds: publisher.seconds,
    transactions: bare.transactions,
    valueBytes: verdict.valueBytes,
    faults,
    profiles: options.isProfiled ? readProfiles(options, timed.window) : [],
  };
}

async function setUp(
  { site, name, directory, rateBitsPerSecond }: RunOptions,
  ports: Awaited<ReturnType<Site['ports']>>,
  sourcePath: string,
): Promise<DiodePair> {
  return setUpPair({
    directory,
    boundary: name,
    stream: 'hr',
    target: `${site.receiverAddress}:${ports.link}`,
    senderSettings: [
      [['source', 'path'], sourcePath],
      [['link', 'rateBitsPerSecond'], rateBitsPerSecond],
      [['ops', 'port'], ports.senderOps],
    ],
    receiverSettings: [
      [['link', 'address'], site.receiverAddress],
      [['link', 'port'], ports.link],
      [['kafka', 'brokers'], [site.kafka.brokers]],
      [['kafka', 'replicationFactor'], 1],
      [['kafka', 'minInsyncReplicas'], 1],
      [['ops', 'port'], ports.receiverOps],
    ],
  });
}

function start(side: Side, pair: DiodePair, { site, directory, isProfiled }: RunOptions): RunningProgram {
  return startProgram({
    side,
    directory: side === 'sender' ? pair.senderDirectory : pair.receiverDirectory,
    logPath: join(directory, `${side}.log`),
    prefix: site.prefix[side],
    nodeOptions: isProfiled ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder(directory, side)}`] : [],
  });
}

interface TimedRun extends RunOptions {
  readonly programs: Readonly<Record<Side, RunningProgram>>;
  readonly pair: DiodePair;
  readonly sourcePath: string;
  readonly opsPort: number;
}

async function measure(run: TimedRun) {
  const { site, programs, deltas, opsPort } = run;
  const lines = readFileSync(run.lines.timedPath);
  const wireBefore = await sentWireBytes(run);
  const before = usages(programs);
  const brokerBefore = processUsage(site.kafka.pid);
  const fromUs = monotonicUs();
  const startedMs = Date.now();
  await appendFile(run.sourcePath, lines);
  const records = deltas.warm + deltas.timed;
  const timeoutMs = STARTED_WITHIN_MS + deltas.timed * MAX_MS_PER_RECORD;
  const { atMs } = await site.isolated.ask('settle', { opsPort, records, timeoutMs });
  const toUs = monotonicUs();
  const after = usages(programs);
  const brokerAfter = processUsage(site.kafka.pid);
  const seconds = (atMs - startedMs) / 1000;
  const used = (side: Side): Usage => ({
    peakBytes: after[side].peakBytes,
    cpuSeconds: after[side].cpuSeconds - before[side].cpuSeconds,
  });
  const wireBytes = (await sentWireBytes(run)) - wireBefore;
  return {
    seconds,
    usage: { sender: used('sender'), receiver: used('receiver') },
    brokerCpuSeconds: brokerAfter.cpuSeconds - brokerBefore.cpuSeconds,
    frameAgeMs: frameAge(await site.isolated.ask('status', { opsPort })),
    linkShare: (wireBytes * 8) / seconds / run.rateBitsPerSecond,
    window: { fromUs, toUs },
  };
}

/** All kinds, headers of the link included. */
async function sentWireBytes({ site, pair }: TimedRun): Promise<number> {
  const text = await diode('sender', ['status', pair.senderDirectory, '--json'], site.prefix.sender);
  const { wireBytes } = JSON.parse(text) as { wireBytes?: Record<string, number> };
  return Object.values(wireBytes ?? {}).reduce((sum, bytes) => sum + bytes, 0);
}

function frameAge(status: Record<string, unknown> | undefined): number | undefined {
  return (status?.freshness as { sinceFrameMs?: number } | undefined)?.sinceFrameMs;
}

function usages(programs: Readonly<Record<Side, RunningProgram>>): Readonly<Record<Side, ProcessUsage>> {
  const of = (side: Side) => processUsage(programs[side].process.pid as number);
  return { sender: of('sender'), receiver: of('receiver') };
}

/** V8's profiles have times of the same clock. */
function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

const LARGEST_COSTS = 5;

function readProfiles({ directory }: RunOptions, window: { fromUs: number; toUs: number }): readonly ProgramProfile[] {
  return (['sender', 'receiver'] as const).map((side) => {
    const folder = profileFolder(directory, side);
    const [file] = readdirSync(folder);
    if (file === undefined) throw new Error(`the ${side} left no profile in ${folder}`);
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
    const { costs, busySeconds, idleSeconds } = summarizeProfile(profile, window);
    return { program: `diode-${side}`, costs: costs.slice(0, LARGEST_COSTS), busySeconds, idleSeconds };
  });
}

function profileFolder(directory: string, side: Side): string {
  return join(directory, `${side}-profile`);
}

/** As the receiver of a run has it, for topics alike. */
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
