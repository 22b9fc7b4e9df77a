/**
 * A whole site on one machine: the real programs in two namespaces whose reverse direction is dropped, a link that
 * loses, and a real Kafka on the isolated side. The end-to-end tests, the crash run, the flood and the soak share it.
 */
import { execFile, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  changeConfig,
  type DiodePair,
  diode,
  type RunningProgram,
  type Setting,
  type Side,
  setUpPair,
  startProgram,
} from '../../bench/support/diode-pair.ts';
import { type Engine, engineOf, engineSettings } from '../../bench/support/engine.ts';
import { canRunKafka, type Kafka, type KafkaOptions, startKafka } from '../../bench/support/kafka.ts';
import { canMakeNamespaces } from '../../bench/support/namespace.ts';
import { createOneWayRig, type OneWayRig, oneWayAddresses } from '../../bench/support/one-way-rig.ts';
import type { ReceiverStatus } from '../../receiver/ops/receiver-status.ts';
import { readHealedFrames } from './healed-frames.ts';
import { type KcatRead, kcatEach } from './kafka-tools.ts';
import { requirement } from './requirement.ts';
import { type LedgerVerdict, RisingLedger } from './rising-ledger.ts';
import type { ExpectedRecords } from './rising-workload.ts';

const run = promisify(execFile);

export const SITE_STREAM = 'hr';
export const LINK_PORT = 7350;
const BROKER_TRIES = 3;
const OPS_PORTS: Readonly<Record<Side, number>> = { sender: 9464, receiver: 9465 };

export interface OneWaySiteOptions {
  /** Names the boundary, so topics are `<name>.identity` and so on, and the temporary directory. */
  readonly name: string;
  readonly lossFraction: number;
  readonly kafka?: Omit<KafkaOptions, 'namespace'>;
  readonly senderSettings?: readonly Setting[];
  readonly receiverSettings?: readonly Setting[];
}

export interface OneWaySite {
  readonly rig: OneWayRig;
  readonly kafka: Kafka;
  readonly pair: DiodePair;
  /** Logs, the source and both programs' directories. */
  readonly directory: string;
  readonly sourcePath: string;
  /** Words before a command, so that it runs on that side. */
  inside(side: Side): readonly string[];
  program(side: Side): RunningProgram | undefined;
  /** For what starts from now on, instead of what the environment says. */
  setEngine(engine: Engine): void;
  start(side: Side): void;
  /** The receiver listens before the sender sends: what it missed in between would come out of turn. */
  startBoth(): Promise<void>;
  stop(side: Side): Promise<void>;
  kill(side: Side): Promise<void>;
  /** Ends the broker where it runs, and starts it: again where it does not come up within a minute, as on a busy machine. */
  restartBroker(): Promise<void>;
  /** Programs that ended although nobody asked for it, in words. */
  readonly ownEnds: readonly string[];
  append(lines: readonly string[]): void;
  /** Of the running receiver; undefined while it does not answer. */
  status(): Promise<ReceiverStatus | undefined>;
  /** The text of a running program's /metrics; undefined while it does not answer. */
  metrics(side: Side): Promise<string | undefined>;
  /** Until the receiver's status is as wanted; rejects after `timeoutMs` with the last one. */
  until(wanted: (status: ReceiverStatus) => boolean, timeoutMs: number): Promise<ReceiverStatus>;
  topic(name: string): string;
  /** For kcat: what was committed, read on the isolated side. */
  readonly reading: Omit<KcatRead, 'topic'>;
  /** Ends everything; removes the directory where `keep` is not set. */
  close(options?: { readonly keep: boolean }): Promise<void>;
}

/** Whether a site can be made here; says what is missing where it cannot. */
export function canMakeSite(): boolean {
  return (
    requirement('network namespaces', canMakeNamespaces(), 'run as root with iproute2 and nftables') &&
    requirement('a real Kafka', canRunKafka(), 'install Java 17, Maven, kcat and openssl (bash .ci/install)') &&
    requirement('curl', spawnSync('curl', ['--version']).status === 0, 'run .ci/install')
  );
}

/** Rig, broker and a pair that trusts each other; nothing runs yet but the broker. The caller closes it. */
export async function createOneWaySite(options: OneWaySiteOptions): Promise<OneWaySite> {
  const { name, lossFraction } = options;
  const rig = await createOneWayRig({ lossFraction });
  const kafka = await startKafka({ ...options.kafka, namespace: rig.receiver.name });
  const directory = mkdtempSync(join(tmpdir(), `diode-${name}-`));
  const sourcePath = join(directory, 'source.jsonl');
  writeFileSync(sourcePath, '');
  const pair = await setUpPair({
    directory,
    boundary: name,
    stream: SITE_STREAM,
    target: `${oneWayAddresses.receiver.ipv4}:${LINK_PORT}`,
    senderSettings: [[['source', 'path'], sourcePath], ...(options.senderSettings ?? [])],
    receiverSettings: [
      [['kafka', 'brokers'], [kafka.brokers]],
      [['kafka', 'replicationFactor'], 1],
      [['kafka', 'minInsyncReplicas'], 1],
      ...(options.receiverSettings ?? []),
    ],
  });
  return newSite({ name, rig, kafka, directory, sourcePath, pair });
}

function newSite(parts: {
  readonly name: string;
  readonly rig: OneWayRig;
  readonly kafka: Kafka;
  readonly directory: string;
  readonly sourcePath: string;
  readonly pair: DiodePair;
}): OneWaySite {
  const { name, rig, kafka, directory, sourcePath, pair } = parts;
  const programs = new Map<Side, RunningProgram>();
  const ownEnds: string[] = [];
  let engine = engineOf();
  const inside = (side: Side) => ['ip', 'netns', 'exec', rig[side].name] as const;

  function start(side: Side): void {
    const program = startProgram({
      side,
      directory: side === 'sender' ? pair.senderDirectory : pair.receiverDirectory,
      logPath: join(directory, `${side}.log`),
      prefix: inside(side),
      engine,
    });
    program.process.once('exit', (code, signal) => {
      if (programs.get(side) !== program) return;
      programs.delete(side);
      ownEnds.push(`the ${side} ended by itself (${code ?? signal}); its log is ${program.logPath}`);
    });
    programs.set(side, program);
  }

  async function end(side: Side, how: 'stop' | 'kill'): Promise<void> {
    const program = programs.get(side);
    programs.delete(side);
    await program?.[how]();
  }

  /** From inside its namespace, where alone it listens. */
  async function ops(side: Side, page: string): Promise<string | undefined> {
    const url = `http://127.0.0.1:${OPS_PORTS[side]}/${page}`;
    const [program, ...args] = [...inside(side), 'curl', '-s', '--max-time', '2', url];
    const answer = await run(program as string, args, { maxBuffer: 1 << 24 }).catch(() => undefined);
    return answer?.stdout;
  }

  async function status(): Promise<ReceiverStatus | undefined> {
    const text = await ops('receiver', 'status');
    // A program that starts answers with a sentence.
    return text?.startsWith('{') ? (JSON.parse(text) as ReceiverStatus) : undefined;
  }

  async function until(wanted: (status: ReceiverStatus) => boolean, timeoutMs: number): Promise<ReceiverStatus> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const seen = await status();
      if (seen !== undefined && wanted(seen)) return seen;
      if (performance.now() > deadlineMs) {
        throw new Error(`not so after ${timeoutMs} ms: ${JSON.stringify(seen)}; logs in ${directory}`);
      }
      await delay(250);
    }
  }

  return {
    rig,
    kafka,
    pair,
    directory,
    sourcePath,
    inside,
    program: (side) => programs.get(side),
    setEngine(wanted) {
      engine = wanted;
      const settings = engineSettings(wanted);
      changeConfig(pair.senderDirectory, settings.sender);
      changeConfig(pair.receiverDirectory, settings.receiver);
    },
    start,
    async startBoth() {
      start('receiver');
      await until(() => true, 30_000);
      start('sender');
    },
    stop: (side) => end(side, 'stop'),
    kill: (side) => end(side, 'kill'),
    async restartBroker() {
      for (let tries = 1; ; tries++) {
        try {
          return await kafka.restart();
        } catch (error) {
          if (tries === BROKER_TRIES) throw error;
        }
      }
    },
    ownEnds,
    append: (lines) => appendFileSync(sourcePath, lines.map((line) => `${line}\n`).join('')),
    status,
    metrics: (side) => ops(side, 'metrics'),
    until,
    topic: (topic) => `${name}.${topic}`,
    reading: { brokers: kafka.brokers, committed: true, namespace: rig.receiver.name, timeoutMs: 120_000 },
    async close({ keep } = { keep: false }) {
      await end('sender', 'stop');
      await end('receiver', 'stop');
      await kafka.stop();
      await rig.destroy();
      if (!keep) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Records of the source that have an outcome. */
export function settledRecords({ totals }: Pick<ReceiverStatus, 'totals'>): number {
  const { witnessed: _, ...ofSource } = totals;
  return Object.values(ofSource).reduce((sum, count) => sum + count, 0);
}

/** Every record has an outcome in Kafka, and none is inside a gap. */
export function isSettled(status: ReceiverStatus, records: number): boolean {
  const { progress } = status;
  return settledRecords(status) >= records && progress?.gaps.length === 0 && progress.waitingFrames.length === 0;
}

/** The last repeat comes 60 s after a frame's first pass; what is missing for longer, repeats have not healed. */
const REPEATS_OVER_MS = 75_000;

/**
 * Until every record has its outcome. Repeats may heal what is missing; where they could not, because one side was dead
 * at each of them, two operators do it: one reads gap tickets out, the other types them. Answers how many tickets.
 */
export async function settle(site: OneWaySite, records: number, timeoutMs: number): Promise<number> {
  const isOver = ({ intake }: ReceiverStatus) =>
    intake.gate.gaps.length > 0 && intake.gate.gaps.every(({ sinceMs }) => Date.now() - sinceMs > REPEATS_OVER_MS);
  const seen = await site.until((status) => isSettled(status, records) || isOver(status), timeoutMs);
  if (isSettled(seen, records)) return 0;
  const { senderDirectory, receiverDirectory } = site.pair;
  const told = await diode('receiver', ['gaps', receiverDirectory, '--json'], site.inside('receiver'));
  const { tickets } = JSON.parse(told) as { readonly tickets: readonly { readonly code: string }[] };
  const codes = tickets.map(({ code }) => code);
  await diode('sender', ['resend', senderDirectory, ...codes], site.inside('sender'));
  await site.until((status) => isSettled(status, records), timeoutMs);
  return codes.length;
}

/** What lies on the topics, compared with what the source said. */
export async function readLedger(site: OneWaySite, expected: ExpectedRecords): Promise<LedgerVerdict> {
  const ledger = new RisingLedger();
  for (const topic of ['identity', 'tokens']) {
    await kcatEach({ ...site.reading, topic: site.topic(topic) }, (record) => ledger.handleRecord(record));
  }
  await kcatEach({ ...site.reading, topic: site.topic('progress') }, (record) => ledger.handleProgress(record));
  return ledger.judge(expected, await readHealedFrames(site.pair.receiverDirectory));
}
