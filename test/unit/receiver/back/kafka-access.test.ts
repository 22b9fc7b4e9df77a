import { expect, it } from 'vitest';
import { openKafkaAccess } from '../../../../receiver/kafka-access.ts';

it('topics that the admin client cannot ask for are said and not taken for wrong ones', async () => {
  const kafka = openKafkaAccess({
    kafka: {
      brokers: ['127.0.0.1:1'],
      client: { 'security.protocol': 'sasl_plaintext', 'sasl.mechanism': 'GSSAPI' },
      topicPrefix: 'site-a.',
      createTopics: true,
      partitions: 1,
      replicationFactor: 1,
      minInsyncReplicas: 1,
      transactionTimeoutMs: 10_000,
      history: false,
      embedded: false,
    },
    boundary: 'site-a',
    stream: 'hr',
  });
  expect(await kafka.checkTopics()).toEqual([
    expect.objectContaining({ topic: 'site-a.*', seen: 'not shown', cure: expect.stringContaining('GSSAPI') }),
  ]);
});
