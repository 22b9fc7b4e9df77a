/**
 * The main job on the real thing: the real programs in two network namespaces whose reverse direction is dropped, 3%
 * random loss, a real Kafka, both programs and the broker restarted half way, and readers that are not ours.
 */
import { appendFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CloudEvent, Kafka as KafkaBinding } from 'cloudevents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DiodePair, diode, type RunningProgram, setUpPair, startProgram } from '../../bench/support/diode-pair.ts';
import { canRunKafka, type Kafka, startKafka } from '../../bench/support/kafka.ts';
import { canMakeNamespaces } from '../../bench/support/namespace.ts';
import { createOneWayRig, type OneWayRig, oneWayAddresses } from '../../bench/support/one-way-rig.ts';
import { Delivery, type Verdict } from '../../bench/workload/delivery.ts';
import { type IdentityWorkload, makeIdentities } from '../../bench/workload/identities.ts';
import { AUDIENCE, ISSUER, makeTokens, type TokenWorkload } from '../../bench/workload/tokens.ts';
import { type KcatRecord, kcatRead } from '../support/kafka-tools.ts';
import { requirement } from '../support/requirement.ts';

const DELTAS = 100_000;
const TOKENS = 10_000;
const BAD_TOKENS = 500;
const SEED = 20_261_122;

const available =
  requirement('network namespaces', canMakeNamespaces(), 'run as root with iproute2 and nftables') &&
  requirement('a real Kafka', canRunKafka(), 'install Java 17, Maven, kcat and openssl (bash .ci/install)');

describe.skipIf(!available)('identities and tokens over a one-way link into a real Kafka', () => {
  let rig: OneWayRig;
  let kafka: Kafka;
  let pair: DiodePair;
  let identities: IdentityWorkload;
  let tokens: TokenWorkload;
  const programs: { sender?: RunningProgram; receiver?: RunningProgram } = {};
  const directory = mkdtempSync(join(tmpdir(), 'diode-first-light-'));
  const sourcePath = join(directory, 'identities.jsonl');
  let topics: Record<'identity' | 'tokens' | 'quarantine', readonly KcatRecord[]>;
  let verdict: Verdict;

  const inside = (side: 'sender' | 'receiver') => ['ip', 'netns', 'exec', rig[side].name];

  function start(side: 'sender' | 'receiver'): void {
    programs[side] = startProgram({
      side,
      directory: side === 'sender' ? pair.senderDirectory : pair.receiverDirectory,
      logPath: join(directory, `${side}.log`),
      prefix: inside(side),
    });
  }

  async function receiverStatus(): Promise<{ running?: boolean; totals?: Record<string, number> }> {
    const args = ['status', pair.receiverDirectory, '--json'];
    return JSON.parse(await diode('receiver', args, inside('receiver')).catch(() => '{}'));
  }

  /** The receiver listens before the sender sends: what it missed in between would be a gap, healed out of turn. */
  async function startBoth(): Promise<void> {
    start('receiver');
    for (let tries = 0; (await receiverStatus()).running !== true; tries++) {
      if (tries > 60) throw new Error(`the receiver did not come up; logs in ${directory}`);
      await delay(500);
    }
    start('sender');
  }

  /** Records that have reached an outcome, from the receiver's own status. */
  async function settledRecords(): Promise<number> {
    const { totals = {} } = await receiverStatus();
    return Object.values(totals).reduce((sum, count) => sum + count, 0);
  }

  async function waitForRecords(count: number, timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while ((await settledRecords()) < count) {
      if (performance.now() > deadlineMs) {
        throw new Error(`${await settledRecords()} of ${count} records after ${timeoutMs} ms; logs in ${directory}`);
      }
      await delay(1_000);
    }
  }

  beforeAll(async () => {
    rig = await createOneWayRig({ lossFraction: 0.03 });
    kafka = await startKafka({ namespace: rig.receiver.name });
    identities = makeIdentities({ deltaCount: DELTAS, seed: SEED });
    tokens = await makeTokens({ count: TOKENS, badCount: BAD_TOKENS, seed: SEED, nowMs: Date.now() });
    const jwks = join(directory, 'jwks.json');
    mkdirSync(directory, { recursive: true });
    writeFileSync(jwks, JSON.stringify(tokens.jwks));
    writeFileSync(sourcePath, '');
    const algorithms = ['EdDSA', 'ES256'];
    const issuer = { issuer: ISSUER, audience: [AUDIENCE], jwks, algorithms, maxLifetimeSeconds: 3_600 };
    pair = await setUpPair({
      directory,
      boundary: 'rig',
      stream: 'hr',
      target: `${oneWayAddresses.receiver.ipv4}:7350`,
      senderSettings: [[['source', 'path'], sourcePath]],
      receiverSettings: [
        [['issuers'], [issuer]],
        [['kafka', 'brokers'], [kafka.brokers]],
        [['kafka', 'replicationFactor'], 1],
        [['kafka', 'minInsyncReplicas'], 1],
      ],
    });
    const lines = mixed(identities.lines, tokens.lines);
    const half = Math.floor(lines.length / 2);
    await startBoth();
    appendFileSync(sourcePath, `${lines.slice(0, half).join('\n')}\n`);
    await waitForRecords(5_000, 120_000);

    // Half way both programs are restarted, the receiver as by a power cut, while lines keep coming; then the broker.
    await programs.sender?.stop();
    appendFileSync(sourcePath, `${lines.slice(half).join('\n')}\n`);
    await programs.receiver?.kill();
    await startBoth();
    await waitForRecords(40_000, 180_000);
    await kafka.restart();
    await waitForRecords(DELTAS + TOKENS, 300_000);

    const read = (topic: string) =>
      kcatRead({ brokers: kafka.brokers, topic: `rig.${topic}`, committed: true, namespace: rig.receiver.name });
    topics = { identity: await read('identity'), tokens: await read('tokens'), quarantine: await read('quarantine') };
    const delivery = new Delivery();
    for (const record of topics.identity) delivery.handleIdentity(asRead(record));
    for (const record of topics.tokens) delivery.handleToken(asRead(record));
    for (const record of topics.quarantine) delivery.handleQuarantine(asRead(record));
    verdict = await delivery.judge(identities, tokens);
  }, 900_000);

  afterAll(async () => {
    await programs.sender?.stop();
    await programs.receiver?.stop();
    await kafka?.stop();
    await rig?.destroy();
  });

  it('brings every record once, in order for each key, and nothing else', () => {
    expect(verdict).toEqual({
      deltas: DELTAS,
      goodTokens: TOKENS - BAD_TOKENS,
      badTokens: BAD_TOKENS,
      duplicated: 0,
      outOfOrder: 0,
      unexpected: [],
    });
  });

  it('lets not one packet back, while the link lost some', async () => {
    const counters = await rig.counters();
    expect(counters.reversePassed).toBe(0);
    expect(counters.forwardLost / (counters.forwardLost + counters.forwardPassed)).toBeCloseTo(0.03, 2);
  });

  it('shows ordinary CloudEvents to the SDK, for every record with a value', () => {
    let checked = 0;
    for (const record of [...topics.identity, ...topics.tokens]) {
      if (record.value === null) continue;
      const headers = Object.fromEntries(record.headers);
      const message = { headers, key: record.key ?? '', value: record.value, body: record.value };
      const event = KafkaBinding.toEvent(message);
      expect(event).toBeInstanceOf(CloudEvent);
      checked++;
    }
    expect(checked).toBe(topics.identity.filter(({ value }) => value !== null).length + topics.tokens.length);
  });

  it('says in the headers of each tombstone what was deleted, when and why', () => {
    const tombstones = topics.identity.filter(({ value }) => value === null);
    expect(tombstones.length).toBeGreaterThan(1_000);
    for (const { headers, key } of tombstones) {
      const named = Object.fromEntries(headers);
      expect(named.ce_type).toBe('urn:ietf:params:scim:event:prov:delete');
      expect(named.ce_subject).toBe(key);
      expect(Date.parse(named.ce_time ?? '')).not.toBeNaN();
      expect(named.ce_reason).toMatch(/^[a-z0-9-]+$/);
    }
  });
});

function mixed(identityLines: readonly string[], tokenLines: readonly string[]): string[] {
  const step = Math.ceil(identityLines.length / tokenLines.length);
  const lines: string[] = [];
  let taken = 0;
  for (const [index, line] of identityLines.entries()) {
    lines.push(line);
    if (index % step === 0 && taken < tokenLines.length) lines.push(tokenLines[taken++] as string);
  }
  return [...lines, ...tokenLines.slice(taken)];
}

function asRead(record: KcatRecord) {
  return { ...record, value: record.value === null ? null : Buffer.from(record.value, 'utf8') };
}
