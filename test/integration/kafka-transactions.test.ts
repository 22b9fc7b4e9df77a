import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { canRunKafka, type Kafka, startKafka } from '../../bench/support/kafka.ts';
import { readCompacted } from '../../src/kafka/compacted-reader.ts';
import { ensureTopics } from '../../src/kafka/ensure-topics.ts';
import { KAFKA_LIMITS } from '../../src/kafka/kafka-limits.ts';
import type { KafkaRecord, ReadRecord } from '../../src/kafka/kafka-record.ts';
import { RdkafkaProducer } from '../../src/kafka/rdkafka.ts';
import { TransactionalPublisher, type TransactionalPublisherOptions } from '../../src/kafka/transactional-publisher.ts';
import { kcatRead, runKafkaTool } from '../support/kafka-tools.ts';
import { requirement } from '../support/requirement.ts';

const available = requirement('a real Kafka', canRunKafka(), 'run .ci/install');

describe.skipIf(!available)('transactions on a real Kafka', () => {
  let kafka: Kafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(() => kafka?.stop());

  test('a committed transaction is visible, with headers, tombstones and timestamps', async () => {
    const topic = await makeTopic('committed', 3);
    const publisher = await open('committed');
    const headers = [
      ['ce_id', 'hr/1/42'],
      ['ce_empty', ''],
    ] as const;
    const records: KafkaRecord[] = [
      { topic, key: 'User|a', value: '{"id":"ä"}', headers, timestampMs: 1_700_000_000_123 },
      { topic, key: 'User|ö', value: null, headers, timestampMs: 1_700_000_000_456 },
    ];
    expect(await publisher.publishTransaction(records)).toEqual({ outcome: 'committed' });
    expect(await publisher.publishTransaction([])).toEqual({ outcome: 'committed' });

    const seen = byKey(await kcatRead({ brokers: kafka.brokers, topic, committed: true }));
    expect(seen).toMatchObject([
      { key: 'User|a', value: '{"id":"ä"}', headers, timestampMs: 1_700_000_000_123 },
      { key: 'User|ö', value: null, headers, timestampMs: 1_700_000_000_456 },
    ]);
    const { read } = await readAll(topic);
    expect(byKey(read)).toMatchObject([
      { key: 'User|a', value: Buffer.from('{"id":"ä"}'), headers, timestampMs: 1_700_000_000_123 },
      { key: 'User|ö', value: null, headers, timestampMs: 1_700_000_000_456 },
    ]);
  });

  test('keys lie in the partitions where Java puts them', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `User|${'ü'.repeat(index % 5)}${index}`);
    const ours = await makeTopic('ours', 7);
    const javas = await makeTopic('javas', 7);
    const publisher = await open('partitioner');
    await publisher.publishTransaction(keys.map((key) => ({ topic: ours, key, value: 'x', headers: [] })));
    const args = ['--bootstrap-server', kafka.brokers, '--topic', javas];
    const properties = ['--property', 'parse.key=true', '--property', 'key.separator=,'];
    const input = keys.map((key) => `${key},x\n`).join('');
    await runKafkaTool('org.apache.kafka.tools.ConsoleProducer', [...args, ...properties], input);

    const places = async (topic: string) =>
      byKey(await kcatRead({ brokers: kafka.brokers, topic, committed: true })).map(({ key, partition }) => [
        key,
        partition,
      ]);
    expect(await places(ours)).toHaveLength(keys.length);
    expect(await places(ours)).toEqual(await places(javas));
  });

  test("a transaction larger than librdkafka's queue is committed whole", async () => {
    const topic = await makeTopic('large', 4);
    const publisher = await open('large');
    const count = KAFKA_LIMITS.queueRecords + 5_000;
    const shared = ['ce_stream', 'hr'] as const;
    const record = (_: unknown, index: number) => ({
      topic,
      key: `k${index}`,
      value: String(index).padEnd(200, '.'),
      headers: [shared, ['ce_id', String(index)] as const],
    });
    expect(await publisher.publishTransaction(Array.from({ length: count }, record))).toEqual({ outcome: 'committed' });
    const { read } = await readAll(topic);
    expect(new Set(read.map(({ key }) => key)).size).toBe(count);
    // Those that were handed over again, when the queue had room, kept what is theirs.
    const mixed = read.filter(({ key, value, headers }) => {
      const own = record(undefined, Number(key?.slice(1)));
      return value?.toString('utf8') !== own.value || JSON.stringify(headers) !== JSON.stringify(own.headers);
    });
    expect(mixed).toEqual([]);
  });

  test('what a killed process had not committed stays invisible, and its successor goes on', async () => {
    const topic = await makeTopic('crash', 2);
    const script = fileURLToPath(new URL('../support/kafka-open-transaction.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, kafka.brokers, topic, 'crash', '20'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const count = async (committed: boolean) => (await kcatRead({ brokers: kafka.brokers, topic, committed })).length;
    await expect.poll(() => count(false), { timeout: 20_000 }).toBe(20);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await count(true)).toBe(0);

    const publisher = await open('crash');
    await publisher.publishTransaction([{ topic, key: 'after', value: 'committed', headers: [] }]);
    const seen = await kcatRead({ brokers: kafka.brokers, topic, committed: true });
    expect(seen.map(({ key }) => key)).toEqual(['after']);
    const { read } = await readAll(topic);
    expect(read.map(({ key }) => key)).toEqual(['after']);
  });

  test('a second producer of the same transactional id fences the first', async () => {
    const topic = await makeTopic('fenced');
    const first = await open('fenced');
    const record = (key: string) => ({ topic, key, value: 'x', headers: [] });
    await first.publishTransaction([record('first')]);
    const second = await open('fenced');
    const outcome = await first.publishTransaction([record('zombie')]);
    expect(outcome).toMatchObject({
      outcome: 'unclean',
      isFatal: true,
      isFenced: true,
      error: { code: 'kafka-fenced' },
    });
    expect(await first.publishTransaction([record('zombie')])).toMatchObject({ outcome: 'unclean' });
    expect(await first.destroy()).toBe(true);
    expect(await second.publishTransaction([record('second')])).toEqual({ outcome: 'committed' });
    const seen = await kcatRead({ brokers: kafka.brokers, topic, committed: true });
    expect(seen.map(({ key }) => key)).toEqual(['first', 'second']);
  });

  test('a record that Kafka refuses spoils its transaction and says why', async () => {
    const topic = await makeTopic('refused');
    const fine = { topic, key: 'fine', value: 'x', headers: [] };
    const refusals = [
      [{ ...fine, key: 'big', value: 'x'.repeat(1_200_000) }, 'kafka-message-too-large'],
      [{ ...fine, topic: 'no-such-topic' }, 'kafka-topic'],
    ] as const;
    for (const [record, code] of refusals) {
      const publisher = await open('refused');
      const outcome = await publisher.publishTransaction([fine, record]);
      expect(outcome).toMatchObject({ outcome: 'unclean', isFatal: false, isFenced: false, error: { code } });
      expect(await publisher.destroy()).toBe(true);
    }
    expect(await kcatRead({ brokers: kafka.brokers, topic, committed: true })).toEqual([]);
  });

  test('what must come before the commit runs before it, and prevents it by throwing', async () => {
    const topic = await makeTopic('before-commit');
    const record = (key: string) => ({ topic, key, value: 'x', headers: [] });
    const publisher = await open('before-commit');
    let calls = 0;
    expect(await publisher.publishTransaction([record('first')], () => calls++)).toEqual({ outcome: 'committed' });
    expect(calls).toBe(1);
    const refusal = new Error('the disk failed');
    const refuse = () => {
      throw refusal;
    };
    await expect(publisher.publishTransaction([record('refused')], refuse)).rejects.toBe(refusal);
    expect(await publisher.publishTransaction([record('spent')])).toMatchObject({ outcome: 'unclean' });
    expect(await publisher.destroy()).toBe(true);
    const successor = await open('before-commit');
    expect(await successor.publishTransaction([record('last')])).toEqual({ outcome: 'committed' });
    const seen = await kcatRead({ brokers: kafka.brokers, topic, committed: true });
    expect(seen.map(({ key }) => key)).toEqual(['first', 'last']);
  });

  test('reading waits for the open transaction of another producer, and sees what it commits', async () => {
    const topic = await makeTopic('waiting', 2);
    const publisher = await open('waiting');
    const publish = (key: string) => publisher.publishTransaction([{ topic, key, value: null, headers: [] }]);
    await publish('before');
    const other = await openTransaction(topic, 'waiting-other', 'open');
    // Records after the open one, and control records at the partitions' ends.
    for (const key of ['a', 'b', 'c']) await publish(key);
    const impatient = readCompacted({ brokers: kafka.brokers, topic, timeoutMs: 1_500, onRecord: () => undefined });
    await expect(impatient).rejects.toMatchObject({
      code: 'kafka-timeout',
      seen: expect.stringMatching(/partition \d \(at \d+ of \d+\)/),
    });

    let ended = false;
    const begun = await new Promise<{ reading: ReturnType<typeof readAll> }>((resolve) => {
      const reading = readAll(topic, () => resolve({ reading }));
      reading.finally(() => {
        ended = true;
      });
    });
    expect(ended).toBe(false);
    await other.commitTransaction(10_000);
    const { read } = await begun.reading;
    expect(byKey(read).map(({ key }) => key)).toEqual(['a', 'b', 'before', 'c', 'open']);
  });

  test('a transaction that is aborted in the end is waited for, and hides nothing', async () => {
    const topic = await makeTopic('aborted');
    const publisher = await open('aborted');
    await publisher.publishTransaction([{ topic, key: 'kept', value: '1', headers: [] }]);
    const other = await openTransaction(topic, 'aborted-other', 'dropped');
    const reading = readAll(topic);
    await other.abortTransaction(10_000);
    const { read, result } = await reading;
    expect(read.map(({ key }) => key)).toEqual(['kept']);
    expect(result).toEqual({ outcome: 'read', records: 1, partitions: 1 });
  });

  test('a missing topic and an empty one are told apart', async () => {
    expect((await readAll('no-such-topic')).result).toEqual({ outcome: 'topic-missing' });
    const empty = await makeTopic('empty', 3);
    expect((await readAll(empty)).result).toEqual({ outcome: 'read', records: 0, partitions: 3 });
  });

  test('records are published exactly once while the broker is killed and restarted', async () => {
    const topic = await makeTopic('restarted', 2);
    const progress = await makeTopic('restarted-progress');
    const last = 120;
    let unclean = 0;
    // Short, so that the broker is away for longer than a transaction is tried.
    const options = { transactionTimeoutMs: 1_500 };
    let publisher = await open('restarted', options);
    let next = 1;
    let restarting: Promise<void> | undefined;
    while (next <= last) {
      if (next === 40) restarting ??= kafka.kill().then(() => kafka.restart());
      const outcome = await publisher.publishTransaction([
        { topic, key: `key-${next % 7}`, value: String(next), headers: [] },
        { topic: progress, key: 'stream', value: String(next), headers: [] },
      ]);
      if (outcome.outcome === 'committed') {
        next += 1;
        continue;
      }
      unclean += 1;
      await publisher.destroy();
      publisher = await reopen('restarted', options);
      const { read } = await readAll(progress);
      next = Number(read.at(-1)?.value ?? 0) + 1;
    }
    await restarting;
    const seen = await kcatRead({ brokers: kafka.brokers, topic, committed: true });
    const values = seen.map(({ value }) => Number(value)).sort((a, b) => a - b);
    expect(values).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    // Otherwise the test has not met what it is about.
    expect(unclean).toBeGreaterThan(0);
  });

  test('a broker that hangs is given up in time, and found again', async () => {
    const topic = await makeTopic('frozen');
    const record = { topic, key: 'k', value: 'x', headers: [] };
    const publisher = await open('frozen', { transactionTimeoutMs: 2_000 });
    expect(await publisher.publishTransaction([record])).toEqual({ outcome: 'committed' });
    kafka.freeze();
    try {
      const startedMs = performance.now();
      const outcome = await publisher.publishTransaction([record]);
      expect(outcome).toMatchObject({ outcome: 'unclean', isFenced: false, error: { code: 'kafka-timeout' } });
      expect(await publisher.destroy()).toBe(true);
      await expect(open('frozen', { connectTimeoutMs: 1_000 })).rejects.toMatchObject({ code: 'kafka-unreachable' });
      const reading = readCompacted({ brokers: kafka.brokers, topic, timeoutMs: 1_000, onRecord: () => undefined });
      await expect(reading).rejects.toMatchObject({ code: 'kafka-unreachable' });
      // 2 s for the transaction, 5 s at most for its abort, 1 s each for connecting and closing, and twice for reading.
      expect(performance.now() - startedMs).toBeLessThan(15_000);
    } finally {
      kafka.thaw();
    }
    const successor = await reopen('frozen');
    expect(await successor.publishTransaction([record])).toEqual({ outcome: 'committed' });
  });

  async function makeTopic(name: string, partitionCount = 1): Promise<string> {
    const spec = {
      name,
      partitionCount,
      replicationFactor: 1,
      minInsyncReplicas: 1,
      cleanupPolicy: 'compact',
    } as const;
    await ensureTopics({ brokers: kafka.brokers, desired: [spec], mayCreate: true });
    return name;
  }

  async function open(transactionalId: string, options: Partial<TransactionalPublisherOptions> = {}) {
    const publisher = await TransactionalPublisher.open({ brokers: kafka.brokers, transactionalId, ...options });
    onTestFinished(async () => void (await publisher.destroy()));
    return publisher;
  }

  /** As the receiver does while Kafka is away: again and again. */
  async function reopen(transactionalId: string, options: Partial<TransactionalPublisherOptions> = {}) {
    const deadlineMs = performance.now() + 30_000;
    for (;;) {
      try {
        return await open(transactionalId, { ...options, connectTimeoutMs: 2_000 });
      } catch (error) {
        if (performance.now() > deadlineMs) throw error;
      }
    }
  }

  /** A producer with one record in a transaction that is neither committed nor aborted. */
  async function openTransaction(topic: string, transactionalId: string, key: string): Promise<RdkafkaProducer> {
    const producer = new RdkafkaProducer({ brokers: kafka.brokers }, { 'transactional.id': transactionalId });
    onTestFinished(async () => void (await producer.close()));
    await producer.connect();
    await producer.initTransactions(20_000);
    await producer.beginTransaction();
    producer.produce({ topic, key, value: 'x', headers: [] });
    const arrived = async () =>
      (await kcatRead({ brokers: kafka.brokers, topic, committed: false })).map((one) => one.key);
    await expect.poll(arrived, { timeout: 10_000 }).toContain(key);
    return producer;
  }

  async function readAll(topic: string, onFirst?: () => void) {
    const read: ReadRecord[] = [];
    const onRecord = (record: ReadRecord) => {
      if (read.push(record) === 1) onFirst?.();
    };
    const result = await readCompacted({ brokers: kafka.brokers, topic, timeoutMs: 20_000, onRecord });
    return { read, result };
  }
});

function byKey<T extends { readonly key: string | null }>(records: readonly T[]): T[] {
  return records.toSorted((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1));
}
