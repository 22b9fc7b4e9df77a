import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readCompacted } from '../../src/kafka/compacted-reader.ts';
import { ensureTopics } from '../../src/kafka/ensure-topics.ts';
import type { ReadRecord } from '../../src/kafka/kafka-record.ts';
import { startMockCluster } from '../../src/kafka/mock-cluster.ts';
import { TransactionalPublisher } from '../../src/kafka/transactional-publisher.ts';
import { valueBytes } from '../support/kafka-value.ts';

test('the embedded cluster takes transactions, keeps tombstones and headers, and ends', async () => {
  const cluster = await startMockCluster();
  const { brokers } = cluster;
  const spec = {
    name: 'identity',
    partitionCount: 4,
    replicationFactor: 1,
    minInsyncReplicas: 1,
    cleanupPolicy: 'compact',
  } as const;
  expect(await ensureTopics({ brokers, desired: [spec], mayCreate: true, embedded: true })).toEqual({
    created: [],
    problems: [],
  });
  const onRecord = () => undefined;
  expect(await readCompacted({ brokers, topic: 'identity', timeoutMs: 5_000, onRecord })).toEqual({
    outcome: 'topic-missing',
  });

  const publisher = await TransactionalPublisher.open({ brokers, transactionalId: 'demo' });
  const record = (key: string, value: string | null, ...headers: [string, string][]) => {
    return { topic: 'identity', key, value, headers };
  };
  const shared: [string, string] = ['ce_stream', 'hr'];
  // As before in the same place, of another value, another name, moved, fewer.
  const records = [
    record('User|a', '{}', ['ce_id', 'hr/1/1'], shared, ['ce_type', 'put']),
    record('User|b', null, ['ce_id', 'hr/1/1'], shared, ['ce_reason', 'put']),
    record('User|c', null, shared, ['ce_id', 'hr/1/2'], ['ce_reason', 'put'], shared),
    record('User|d', null),
    record('User|e', null, ['ce_id', 'hr/1/2']),
    // Made bytes in one memory or in their own, and each by itself.
    record('User|f', '{"id":"Zoë"}'),
    record('User|g\0ö', '€'.repeat(20_000)),
    record('User|h', '€'.repeat(100_000)),
    record(`User|i${'i'.repeat(30_000)}`, '{"id":"i"}'),
  ];
  expect(await publisher.publishTransaction(records)).toEqual({ outcome: 'committed' });
  const read: ReadRecord[] = [];
  const answer = await readCompacted({
    brokers,
    topic: 'identity',
    timeoutMs: 5_000,
    onRecord: (one) => read.push(one),
  });
  expect(answer).toEqual({ outcome: 'read', records: 9, partitions: 4 });
  expect(read.toSorted((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1))).toMatchObject(
    records.map(({ key, value, headers }) => ({ key, value: valueBytes(value), headers })),
  );
  expect(await publisher.destroy()).toBe(true);
  expect(await cluster.stop()).toBe(true);
});

test('a transaction that was begun ahead outlives its time-out, and ends with its publisher', async () => {
  const cluster = await startMockCluster();
  const { brokers } = cluster;
  const publisher = await TransactionalPublisher.open({
    brokers,
    transactionalId: 'idle',
    transactionTimeoutMs: 1_000,
  });
  const record = { topic: 't', key: 'k', value: 'x', headers: [] };
  expect(await publisher.publishTransaction([record])).toEqual({ outcome: 'committed' });
  // Longer than the time-out, which runs from the first record.
  await delay(2_000);
  expect(await publisher.publishTransaction([record])).toEqual({ outcome: 'committed' });
  expect(await publisher.destroy()).toBe(true);
  expect(await cluster.stop()).toBe(true);
});

test('a record that cannot be published is refused before anything is sent', async () => {
  const cluster = await startMockCluster();
  const publisher = await TransactionalPublisher.open({ brokers: cluster.brokers, transactionalId: 'refuse' });
  const fine = { topic: 't', key: 'k', value: 'x', headers: [] };
  const faults = [
    [{ ...fine, value: '' }, /no bytes/],
    [{ ...fine, key: '' }, /key is empty/],
    [{ ...fine, topic: '' }, /topic is empty/],
    [{ ...fine, headers: [['ce_subject', 'é']] }, /ce_subject is not printable ASCII/],
    [{ ...fine, headers: [['ce_subject', 'a\0b']] }, /ce_subject is not printable ASCII/],
    [{ ...fine, headers: [['', 'x']] }, /header name/],
    [{ ...fine, timestampMs: 0 }, /timestamp/],
  ] as const;
  for (const [record, fault] of faults) {
    await expect(publisher.publishTransaction([fine, record])).rejects.toThrow(fault);
  }
  expect(await publisher.publishTransaction([fine])).toEqual({ outcome: 'committed' });
  expect(await publisher.destroy()).toBe(true);
  expect(await cluster.stop()).toBe(true);
});
