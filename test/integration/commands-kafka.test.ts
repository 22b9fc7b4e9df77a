/** `check` against a real Kafka: topics that are missing, right, and wrong, each with its cure. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canRunKafka, type Kafka, startKafka } from '../../bench/support/kafka.ts';
import { topicSpecs } from '../../receiver/publish/topics.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { ensureTopics } from '../../src/kafka/ensure-topics.ts';
import { editConfig, type } from '../support/command-line.ts';
import { requirement } from '../support/requirement.ts';

interface Item {
  readonly item: string;
  readonly level: string;
  readonly seen: string;
  readonly cure?: string;
}

const available = requirement('a real Kafka', canRunKafka(), 'run .ci/install');

describe.skipIf(!available)('check of a real Kafka', () => {
  let kafka: Kafka;
  let root: string;
  let rx: string;

  async function kafkaItems(): Promise<readonly Item[]> {
    const answer = await type('diode-receiver', ['check', rx, '--json']);
    const { items } = JSON.parse(answer.stdout) as { items: readonly Item[] };
    return items.filter(({ item }) => item === 'kafka' || item === 'topics');
  }

  beforeAll(async () => {
    kafka = await startKafka();
    root = mkdtempSync(join(tmpdir(), 'diode-'));
    rx = join(root, 'rx');
    await type('diode-receiver', ['init', rx, '--boundary', 'site-a', '--broker', kafka.brokers]);
    editConfig(rx, { 'replicationFactor: 3': 'replicationFactor: 1', 'minInsyncReplicas: 2': 'minInsyncReplicas: 1' });
  });
  afterAll(async () => {
    await kafka?.stop();
    if (root !== undefined) rmSync(root, { recursive: true });
  });

  it('creates nothing: topics that run would create are announced, those that it may not create fail with the command', async () => {
    const answer = await type('diode-receiver', ['check', rx, '--json']);
    const all = (JSON.parse(answer.stdout) as { items: readonly Item[] }).items;
    expect(all.find(({ item }) => item === 'readers')).toMatchObject({
      level: 'warn',
      seen: expect.stringMatching(/no authorizer: everybody who reaches them reads site-a\.tokens/),
    });
    const items = all.filter(({ item }) => item === 'kafka' || item === 'topics');
    expect(items[0]).toMatchObject({ item: 'kafka', level: 'ok' });
    expect(items.slice(1).map(({ seen }) => seen)).toContain('site-a.identity is not there yet; run creates it');
    editConfig(rx, { 'replicationFactor: 1': 'replicationFactor: 3' });
    const refused = (await kafkaItems()).find(({ seen }) => seen.startsWith('site-a.identity'));
    expect(refused).toMatchObject({
      level: 'fail',
      seen: expect.stringMatching(/^site-a\.identity is missing, and run cannot create it: .*invalid\.$/),
      cure: expect.stringContaining('Lower kafka.replicationFactor (3)'),
    });
    editConfig(rx, { 'replicationFactor: 3': 'replicationFactor: 1', 'createTopics: true': 'createTopics: false' });
    const missing = await kafkaItems();
    expect(missing.filter(({ level }) => level === 'fail')).toHaveLength(6);
    expect(missing.find(({ seen }) => seen.includes('site-a.tokens'))?.cure).toContain(
      'kafka-topics.sh --bootstrap-server BROKER --create --topic site-a.tokens',
    );
  });

  it('is content once they are as they must be, and names the setting that is not', async () => {
    const text = `boundary: site-a\nkafka:\n  brokers: ["${kafka.brokers}"]\n  replicationFactor: 1\n  minInsyncReplicas: 1\n`;
    const config = parseReceiverConfig(text, { directory: '/', file: 'x' });
    await ensureTopics({ brokers: kafka.brokers, desired: topicSpecs(config), mayCreate: true });
    expect((await kafkaItems()).map(({ level }) => level)).toEqual(['ok', 'ok']);
    editConfig(rx, { 'partitions: 12': 'partitions: 24' });
    const wrong = (await kafkaItems()).filter(({ level }) => level === 'fail');
    expect(wrong.map(({ seen }) => seen)).toContain('site-a.identity: partitions is 12, wanted 24.');
  });

  it('refuses librdkafka settings that are mistyped or the program’s own, in check and in run', async () => {
    editConfig(rx, { 'client: {}': 'client: { secutity.protocol: ssl }' });
    expect(await kafkaItems()).toMatchObject([
      { level: 'fail', seen: expect.stringContaining('No such configuration property: "secutity.protocol"') },
    ]);
    editConfig(rx, { 'client: { secutity.protocol: ssl }': 'client: { acks: 1 }' });
    const sentence = 'The Kafka client settings name acks, which identity-diode sets itself.';
    expect(await kafkaItems()).toMatchObject([{ level: 'fail', seen: sentence }]);
    const tx = join(root, 'tx');
    await type('diode-sender', ['init', tx, '--stream', 'hr', '--receiver-card', join(rx, 'receiver-card.json')]);
    await type('diode-receiver', ['trust', rx, join(tx, 'sender-card.json'), '--yes']);
    const run = await type('diode-receiver', ['run', rx]);
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining(sentence)]);
  });
});
