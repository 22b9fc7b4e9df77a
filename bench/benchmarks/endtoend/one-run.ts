/** One run of `endtoend`: fresh directories and topics, the product timed, then the same records without it. */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { topicSpecs } from '../../../receiver/topics.ts';
import { directoryLayout } from '../../../src/config/directory-layout.ts';
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
import { commitTimeMs } from './commit-time.ts';
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
  readonly valueBytes: number;
  readonly usage: Readonly<Record<Side, Usage>>;
  readonly brokerCpuSeconds: number;
  /** Age of one change, appended when all else had arrived, as the receiver measured it at its commit. */
  readonly freshnessMs: number;
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
  const { site, directory, lines } = options;
  const { isolated, kafka } = site;
  mkdirSync(directory);
  const ports = await site.ports();
  const sourcePath = join(directory, 'identities.jsonl');
  writeFileSync(sourcePath, '');
  const pair = await setUp(options, ports, sourcePath);
  const programs = { receiver: start('receiver', pair, options), sender: start('sender', pair, options) };
  let timed: Awaited<ReturnType<typeof measure>>;
  try {
    appendFileSync(sourcePath, readFileSync(lines.warm.path));
    const timeoutMs = STARTED_WITHIN_MS + lines.warm.deltas * MAX_MS_PER_RECORD;
    await isolated.ask('settle', { opsPort: ports.receiverOps, records: lines.warm.deltas, timeoutMs });
    timed = await measure({ ...options, programs, pair, sourcePath, opsPort: ports.receiverOps });
  } finally {
    await programs.sender.stop();
    await programs.receiver.stop();
  }
  const verdict = await isolated.ask('judge', { brokers: kafka.brokers, prefix: `${options.name}.` });
  const replay = { brokers: kafka.brokers, warmRecords: lines.warm.deltas, timedRecords: lines.timed.deltas };
  const copy = (by: 'node-rdkafka' | 'src/kafka', prefix: string) =>
    isolated.ask('replay', { ...replay, by, prefix, topics: topicSpecs(kafkaConfig(prefix, kafka.brokers)) });
  const publisher = await copy('src/kafka', `${options.name}-publisher.`);
  const bare = await copy('node-rdkafka', `${options.name}-bare.`);
  const wanted = PARTS.reduce((sum, part) => sum + lines[part].deltas, 0);
  const faults = verdict.unexpected.map((text) => `${options.name}: unexpected: ${text}`);
  if (verdict.deltas !== wanted) faults.push(`${options.name}: ${verdict.deltas} of ${wanted} records arrived`);
  if (verdict.duplicated > 0) faults.push(`${options.name}: ${verdict.duplicated} records arrived twice`);
  if (verdict.outOfOrder > 0) faults.push(`${options.name}: ${verdict.outOfOrder} records arrived out of order`);
  if (bare.records !== lines.timed.deltas || publisher.records !== lines.timed.deltas) {
    const counts = `${bare.records} and ${publisher.records} records instead of ${lines.timed.deltas}`;
    faults.push(`${options.name}: the limits were measured with ${counts}`);
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
  const { site, programs, pair, lines, opsPort } = run;
  const text = readFileSync(lines.timed.path);
  const wireBefore = await sentWireBytes(run);
  const before = usages(programs);
  const brokerBefore = processUsage(site.kafka.pid);
  const fromUs = monotonicUs();
  const startedMs = Date.now();
  await appendFile(run.sourcePath, text);
  const records = lines.warm.deltas + lines.timed.deltas;
  const timeoutMs = STARTED_WITHIN_MS + lines.timed.deltas * MAX_MS_PER_RECORD;
  await site.isolated.ask('settle', { opsPort, records, timeoutMs });
  const toUs = monotonicUs();
  const after = usages(programs);
  const brokerAfter = processUsage(site.kafka.pid);
  const auditLog = readFileSync(directoryLayout('diode-receiver', pair.receiverDirectory).auditLog, 'utf8');
  const seconds = (commitTimeMs(auditLog, records) - startedMs) / 1000;
  const used = (side: Side): Usage => ({
    peakBytes: after[side].peakBytes,
    cpuSeconds: after[side].cpuSeconds - before[side].cpuSeconds,
  });
  const wireBytes = (await sentWireBytes(run)) - wireBefore;
  return {
    seconds,
    usage: { sender: used('sender'), receiver: used('receiver') },
    brokerCpuSeconds: brokerAfter.cpuSeconds - brokerBefore.cpuSeconds,
    freshnessMs: await freshness(run, records + lines.last.deltas),
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

async function freshness({ site, lines, sourcePath, opsPort }: TimedRun, records: number): Promise<number> {
  const line = JSON.parse(readFileSync(lines.last.path, 'utf8')) as Record<string, unknown>;
  appendFileSync(sourcePath, `${JSON.stringify({ ...line, at: new Date().toISOString() })}\n`);
  await site.isolated.ask('settle', { opsPort, records, timeoutMs: STARTED_WITHIN_MS });
  return 1_000 * (await site.isolated.ask('metric', { opsPort, name: 'diode_receiver_last_freshness_seconds' }));
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
