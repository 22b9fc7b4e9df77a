import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { canRunKafka, type Kafka, startKafka } from '../../bench/support/kafka.ts';
import { createKafkaCertificates } from '../../bench/support/kafka-certificates.ts';
import { readCompacted } from '../../src/kafka/compacted-reader.ts';
import { ensureTopics } from '../../src/kafka/ensure-topics.ts';
import type { ClientConfig } from '../../src/kafka/kafka-connection.ts';
import { leastAcls } from '../../src/kafka/least-acls.ts';
import { readersOf } from '../../src/kafka/topic-readers.ts';
import type { TopicSpec } from '../../src/kafka/topic-spec.ts';
import { TransactionalPublisher } from '../../src/kafka/transactional-publisher.ts';
import { runKafkaTool } from '../support/kafka-tools.ts';
import { requirement } from '../support/requirement.ts';

const available = requirement('a real Kafka', canRunKafka(), 'run .ci/install');
const connectTimeoutMs = 1_500;

describe.skipIf(!available)('a real Kafka with TLS, SASL and ACLs', () => {
  let kafka: Kafka;
  let alice: ClientConfig;
  beforeAll(async () => {
    kafka = await startKafka({
      listeners: ['SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
      users: { alice: 'correct horse' },
      properties: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        // Whoever comes by the PLAINTEXT listener, so that the test can set things up.
        'super.users': 'User:ANONYMOUS',
      },
    });
    alice = {
      'security.protocol': 'sasl_ssl',
      'ssl.ca.location': kafka.certificates?.caFile ?? '',
      'sasl.mechanism': 'PLAIN',
      'sasl.username': 'alice',
      'sasl.password': 'correct horse',
    };
  });
  afterAll(() => kafka?.stop());

  test('the printed ACLs are enough, and less is refused in one sentence', async () => {
    const state = topicSpec('acl-state');
    const log = topicSpec('acl-quarantine', { cleanupPolicy: 'delete', retentionMs: 86_400_000 });
    const hidden = topicSpec('acl-hidden');
    await ensureTopics({ brokers: kafka.brokers, desired: [hidden], mayCreate: true });
    const connection = { brokers: kafka.brokersOf('SASL_SSL'), clientConfig: alice };
    const open = async (transactionalId: string) => {
      const publisher = await TransactionalPublisher.open({ ...connection, transactionalId });
      onTestFinished(async () => void (await publisher.destroy()));
      return publisher;
    };
    await expect(open('acl')).rejects.toMatchObject({ code: 'kafka-acl', seen: expect.stringContaining('id acl,') });
    const refused = await ensureTopics({ ...connection, desired: [state], mayCreate: true });
    expect(refused).toMatchObject({ created: [], problems: [{ topic: 'acl-state', setting: 'topic' }] });

    const lines = leastAcls({
      program: 'diode-receiver',
      principal: 'User:alice',
      transactionalId: 'acl',
      mayCreate: true,
      boundaryTopics: [
        { name: state.name, written: true, read: true },
        { name: log.name, written: true, read: false },
      ],
    });
    for (const line of lines.filter((one) => !one.startsWith('#'))) {
      const args = line.replace('BROKER', kafka.brokers).split(' ').slice(1);
      await runKafkaTool('org.apache.kafka.tools.AclCommand', args);
    }
    const ensured = await ensureTopics({ ...connection, desired: [state, log], mayCreate: true });
    expect(ensured).toEqual({ created: ['acl-state', 'acl-quarantine'], problems: [] });
    const publisher = await open('acl');
    const record = (topic: string) => ({ topic, key: 'k', value: 'x', headers: [] });
    expect(await publisher.publishTransaction([record(state.name), record(log.name)])).toEqual({
      outcome: 'committed',
    });
    const read = (topic: string) =>
      readCompacted({ ...connection, topic, timeoutMs: 10_000, onRecord: () => undefined });
    expect(await read(state.name)).toMatchObject({ outcome: 'read', records: 1 });
    // Write makes it visible, and reading it is not allowed: this must not look like an empty topic.
    await expect(read(log.name)).rejects.toMatchObject({ code: 'kafka-acl' });
    const outcome = await publisher.publishTransaction([record(hidden.name)]);
    expect(outcome).toMatchObject({ outcome: 'unclean', error: { code: 'kafka-acl' } });
    await expect(open('acl-other')).rejects.toMatchObject({ code: 'kafka-acl' });
  });

  test('who may read a topic is told as ACLs say, by prefix and for everybody too, where they may be seen', async () => {
    const { brokers } = kafka;
    const grant = (...args: readonly string[]) =>
      runKafkaTool('org.apache.kafka.tools.AclCommand', ['--bootstrap-server', brokers, '--add', ...args]);
    expect(await readersOf({ brokers }, 'secret.tokens')).toEqual([]);
    await grant('--allow-principal', 'User:bob', '--operation', 'Read', '--topic', 'secret.tokens');
    await grant('--allow-principal', 'User:carol', '--operation', 'Write', '--topic', 'secret.tokens');
    expect(await readersOf({ brokers }, 'secret.tokens')).toEqual(['User:bob']);
    const prefixed = ['--topic', 'secret.', '--resource-pattern-type', 'prefixed'];
    await grant('--allow-principal', 'User:*', '--operation', 'All', ...prefixed);
    expect(await readersOf({ brokers }, 'secret.tokens')).toEqual(['User:*', 'User:bob']);
    const others = { brokers: kafka.brokersOf('SASL_SSL'), clientConfig: alice };
    expect(await readersOf(others, 'secret.tokens')).toBe('unknown');
  });

  test('topics are created to their spec, and every setting that falls short is named with its cure', async () => {
    const brokers = kafka.brokers;
    const spec = topicSpec('spec', { deleteRetentionMs: 2_592_000_000, maxMessageBytes: 1_100_000 });
    expect(await ensureTopics({ brokers, desired: [spec], mayCreate: false })).toMatchObject({
      created: [],
      problems: [{ topic: 'spec', setting: 'topic', cure: expect.stringContaining('--config cleanup.policy=compact') }],
    });
    expect(await ensureTopics({ brokers, desired: [spec], mayCreate: true })).toEqual({
      created: ['spec'],
      problems: [],
    });
    expect(await ensureTopics({ brokers, desired: [spec], mayCreate: true })).toEqual({ created: [], problems: [] });

    const stricter = topicSpec('spec', {
      partitionCount: 3,
      replicationFactor: 2,
      minInsyncReplicas: 2,
      cleanupPolicy: 'delete',
      deleteRetentionMs: 2_592_000_001,
      retentionMs: -1,
      maxMessageBytes: 1_100_001,
      segmentBytes: 16_777_216,
    });
    const { problems } = await ensureTopics({ brokers, desired: [stricter], mayCreate: true });
    expect(problems.map(({ setting, seen, wanted }) => [setting, seen, wanted])).toEqual([
      ['partitions', '2', '3'],
      ['replication factor', '1', '2 or more'],
      ['cleanup.policy', 'compact', 'delete'],
      ['min.insync.replicas', '1', '2 or more'],
      ['delete.retention.ms', '2592000000', '2592000001 or more'],
      ['retention.ms', '604800000', '-1 or more'],
      ['max.message.bytes', '1100000', '1100001 or more'],
      ['segment.bytes', '1073741824', '16777216 or less'],
    ]);
    // The cures are right: with the settings changed as they say, nothing of them is left.
    const alter = problems
      .filter(({ cure }) => cure.startsWith('kafka-configs.sh'))
      .map(({ cure }) => cure.split('--add-config ')[1]);
    const entity = ['--entity-type', 'topics', '--entity-name', 'spec', '--add-config', alter.join(',')];
    await runKafkaTool('kafka.admin.ConfigCommand', ['--bootstrap-server', brokers, '--alter', ...entity]);
    const cured = await ensureTopics({ brokers, desired: [stricter], mayCreate: true });
    expect(cured.problems.map(({ setting, wanted }) => [setting, wanted])).toEqual([
      ['partitions', '3'],
      ['replication factor', '2 or more'],
      ['min.insync.replicas', '2, and at most the 1 replicas'],
    ]);
  });

  const mistakes: readonly (readonly [string, () => Mistake])[] = [
    [
      'a wrong password',
      () => ({
        change: { 'sasl.password': 'wrong' },
        code: 'kafka-sasl',
        seen: /refused the login.*Invalid username or password/,
      }),
    ],
    [
      'a mechanism that the broker lacks',
      () => ({
        change: { 'sasl.mechanism': 'SCRAM-SHA-256' },
        code: 'kafka-sasl',
        seen: /refused the login.*mechanism/,
      }),
    ],
    [
      'a missing CA file',
      () => ({ change: { 'ssl.ca.location': '/no/such/ca.pem' }, code: 'kafka-tls', seen: /ssl\.ca\.location/ }),
    ],
    ['TLS to a plain listener', () => ({ brokers: kafka.brokers, code: 'kafka-tls', seen: /does not speak TLS/ })],
    [
      'no TLS to a TLS listener',
      () => ({
        brokers: kafka.brokersOf('SSL'),
        change: { 'security.protocol': 'plaintext' },
        code: 'kafka-unreachable',
        seen: /closed the connection/,
      }),
    ],
    [
      'nobody there',
      () => ({
        brokers: '127.0.0.1:1',
        code: 'kafka-unreachable',
        seen: /No Kafka broker answers at 127\.0\.0\.1:1.*refused/,
      }),
    ],
    [
      'an unknown name',
      () => ({ brokers: 'no-such-host.invalid:9092', code: 'kafka-unreachable', seen: /could not be resolved/ }),
    ],
  ];
  test.each(mistakes)('%s is named by the publisher and by the admin client', async (_name, mistake) => {
    const { brokers = kafka.brokersOf('SASL_SSL'), change = {}, code, seen } = mistake();
    await expectRefused(brokers, { ...alice, ...change }, code, seen);
  });

  test("another site's CA is named by the publisher and by the admin client", async () => {
    const { caFile } = await createKafkaCertificates(kafka.folder, { prefix: 'other-' });
    const config = { ...alice, 'ssl.ca.location': caFile };
    await expectRefused(kafka.brokersOf('SASL_SSL'), config, 'kafka-tls', /certificate.*could not be verified/);
  });

  test('settings that are ours, or that librdkafka does not know, are refused by name', async () => {
    const open = (clientConfig: ClientConfig) =>
      TransactionalPublisher.open({ brokers: kafka.brokers, clientConfig, transactionalId: 'settings' });
    await expect(open({ acks: 1, 'group.id': 'x' })).rejects.toMatchObject({
      code: 'config-invalid',
      seen: expect.stringContaining('acks, group.id'),
    });
    await expect(open({ 'no.such': 1 })).rejects.toMatchObject({
      code: 'config-invalid',
      seen: expect.stringContaining('no.such'),
    });
  });

  async function expectRefused(brokers: string, clientConfig: ClientConfig, code: string, seen: RegExp): Promise<void> {
    const refusal = { code, seen: expect.stringMatching(seen) };
    const connection = { brokers, clientConfig, connectTimeoutMs };
    await expect(TransactionalPublisher.open({ ...connection, transactionalId: 'mistake' })).rejects.toMatchObject(
      refusal,
    );
    await expect(ensureTopics({ ...connection, desired: [], mayCreate: false })).rejects.toMatchObject({ code });
  }
});

interface Mistake {
  readonly brokers?: string;
  readonly change?: ClientConfig;
  readonly code: string;
  readonly seen: RegExp;
}

function topicSpec(name: string, changes: Partial<TopicSpec> = {}): TopicSpec {
  const defaults = { partitionCount: 2, replicationFactor: 1, minInsyncReplicas: 1, cleanupPolicy: 'compact' } as const;
  return { name, ...defaults, ...changes };
}
