/**
 * Every subject of a site has a token, and all are renewed for a long time: the real sender, UDP over the loopback, the real
 * receiver and a real Kafka, with a consumer that reads along and looks every few seconds whether anybody has none.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { tailTopic } from '../../../src/kafka/topic-tail.ts';
import { diode, type Setting, setUpPair } from '../../support/diode-pair.ts';
import { freePort } from '../../support/free-port.ts';
import { type Kafka, startKafka } from '../../support/kafka.ts';
import type { Sample } from '../../support/memory-slope.ts';
import { processUsage, residentBytes } from '../../support/process-usage.ts';
import { RunningPair } from '../../support/running-pair.ts';
import { HeldTokens } from './held-tokens.ts';
import { writePeople } from './people.ts';

export interface SteadyOptions {
  readonly directory: string;
  readonly subjects: number;
  readonly lifetimeSeconds: number;
  /** Of the sender beside what it needs. */
  readonly senderSettings: readonly Setting[];
  /** The issuer's, an Ed25519 key. */
  readonly keyPath: string;
  readonly windowMs: number;
  readonly say: (text: string) => void;
}

export const PROGRAMS = ['sender', 'receiver', 'broker'] as const;
export type MeasuredProgram = (typeof PROGRAMS)[number];

export interface SteadyRun {
  readonly seconds: number;
  /** Journaled in the window. */
  readonly issued: number;
  /** After the one before had expired, as the sender counts them. */
  readonly lapsed: number;
  /** What the consumer saw since its first record. */
  readonly leastLeftMs: number;
  readonly tombstones: number;
  readonly looks: number;
  /** Subjects without a good token, summed over all looks. */
  readonly lacking: number;
  readonly cpuSeconds: Readonly<Record<MeasuredProgram, number>>;
  readonly memory: Readonly<Record<MeasuredProgram, readonly Sample[]>>;
}

const BOUNDARY = 'bench-steady';
const ISSUER = 'https://issuer.bench.example';
const AUDIENCE = 'https://api.bench.example';
const LOOK_EVERY_MS = 5_000;
const SAY_EVERY_LOOKS = 12;
/** 100,000 subjects on a machine with nothing to spare. */
const START_MS = 3_600_000;

export async function runSteadily(options: SteadyOptions): Promise<SteadyRun> {
  const { subjects, lifetimeSeconds, windowMs, say } = options;
  const kafka = await startKafka({ jvm: 'server' });
  const closing: (() => Promise<unknown>)[] = [() => kafka.stop()];
  try {
    const running = await setUp(options, kafka);
    closing.unshift(() => running.close());
    const receiver = await running.start('receiver');
    await running.until('receiver', ({ kafka: { publishing } }) => publishing, START_MS);
    const held = new HeldTokens();
    const tail = tailTopic({
      brokers: kafka.brokers,
      topic: `${BOUNDARY}.tokens`,
      onRecords: (records) => {
        const nowMs = Date.now();
        for (const record of records) held.handle(record, nowMs);
      },
    });
    closing.unshift(() => tail.stop());
    say(`a first token for each of ${subjects} subjects`);
    const sender = await running.start('sender');
    await until('a token for each', () => held.good(Date.now()) === subjects, START_MS);
    say('each has one; waiting until they are renewed');
    await until('renewals', () => held.renewals >= subjects / 20, lifetimeSeconds * 1_000);
    const pids = { sender: sender.process.pid, receiver: receiver.process.pid, broker: kafka.pid } as const;
    const cpu = () => each((name) => processUsage(pids[name] as number).cpuSeconds);
    const issuerOf = async () => (await running.until('sender', ({ issuer }) => issuer !== undefined, START_MS)).issuer;
    const [from, cpuFrom, fromMs] = [await issuerOf(), cpu(), performance.now()];
    const memory = each((): Sample[] => []);
    let [looks, lacking] = [0, 0];
    while (performance.now() - fromMs < windowMs) {
      await delay(LOOK_EVERY_MS);
      const atMs = performance.now() - fromMs;
      for (const name of PROGRAMS) memory[name].push({ atMs, bytes: residentBytes(pids[name] as number) });
      lacking += subjects - held.good(Date.now());
      looks++;
      if (looks % SAY_EVERY_LOOKS === 0) say(`${Math.round(atMs / 60_000)} min: ${held.renewals} renewals`);
    }
    const [to, cpuTo, toMs] = [await issuerOf(), cpu(), performance.now()];
    return {
      seconds: (toMs - fromMs) / 1_000,
      issued: (to?.issued ?? 0) - (from?.issued ?? 0),
      lapsed: to?.lapsed ?? 0,
      leastLeftMs: held.leastLeftMs,
      tombstones: held.tombstones,
      looks,
      lacking,
      cpuSeconds: each((name) => cpuTo[name] - cpuFrom[name]),
      memory,
    };
  } finally {
    for (const close of closing) await close();
  }
}

async function setUp(options: SteadyOptions, kafka: Kafka): Promise<RunningPair> {
  const { directory, subjects, lifetimeSeconds, senderSettings, keyPath } = options;
  const [linkPort, sender, receiver] = [await freePort(), await freePort(), await freePort()];
  const sourcePath = join(directory, 'people.jsonl');
  writePeople(sourcePath, subjects);
  const place = { issuer: ISSUER, audience: [AUDIENCE], jwks: 'jwks.json', algorithms: ['EdDSA'], types: ['at+jwt'] };
  const issuer = { issuer: ISSUER, key: { path: keyPath }, audiences: [AUDIENCE], lifetimeSeconds };
  const pair = await setUpPair({
    directory,
    boundary: BOUNDARY,
    stream: 'hr',
    target: `127.0.0.1:${linkPort}`,
    senderSettings: [
      [['source', 'path'], sourcePath],
      [['ops', 'port'], sender],
      [['issuer'], { ...issuer, maxTokensPerSecond: 2_000 }],
      ...senderSettings,
    ],
    receiverSettings: [
      [['link', 'port'], linkPort],
      [['ops', 'port'], receiver],
      [['issuers'], [{ ...place, maxLifetimeSeconds: lifetimeSeconds }]],
      [['kafka', 'brokers'], [kafka.brokers]],
      [['kafka', 'replicationFactor'], 1],
      [['kafka', 'minInsyncReplicas'], 1],
      [['kafka', 'partitions'], 2],
    ],
  });
  writeFileSync(
    join(pair.receiverDirectory, 'jwks.json'),
    await diode('sender', ['issuer-keys', pair.senderDirectory]),
  );
  return new RunningPair({ pair, directory, ports: { sender, receiver }, sourcePath });
}

function each<Value>(of: (name: MeasuredProgram) => Value): Record<MeasuredProgram, Value> {
  return { sender: of('sender'), receiver: of('receiver'), broker: of('broker') };
}

async function until(what: string, isSo: () => boolean, timeoutMs: number): Promise<void> {
  for (const endMs = performance.now() + timeoutMs; !isSo(); await delay(250)) {
    if (performance.now() > endMs) throw new Error(`not so after ${timeoutMs / 1_000} s: ${what}`);
  }
}
