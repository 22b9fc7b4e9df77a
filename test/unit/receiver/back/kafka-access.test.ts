import { describe, expect, it } from 'vitest';
import { openKafkaAccess } from '../../../../receiver/publish/kafka-access.ts';
import type { KafkaConfig } from '../../../../src/config/receiver-config.ts';

/** Nothing listens on port 1: what is refused here is refused before anything is asked. */
const access = (client: KafkaConfig['client']) =>
  openKafkaAccess({
    kafka: {
      brokers: ['127.0.0.1:1'],
      client,
      topicPrefix: 'site-a.',
      createTopics: true,
      partitions: 1,
      replicationFactor: 1,
      minInsyncReplicas: 1,
      transactionTimeoutMs: 10_000,
      history: false,
      embedded: false,
    },
    identity: {},
    boundary: 'site-a',
    stream: 'hr',
  });

it('topics that the admin client cannot ask for are said and not taken for wrong ones', async () => {
  const kafka = access({ 'security.protocol': 'sasl_plaintext', 'sasl.mechanism': 'GSSAPI' });
  expect(await kafka.checkTopics()).toEqual([
    expect.objectContaining({ topic: 'site-a.*', seen: 'not shown', cure: expect.stringContaining('GSSAPI') }),
  ]);
});

describe('the settings of kafka.client', () => {
  // librdkafka refuses by name what it does not know, whoever of its clients is asked.
  const odd = access({ 'no.such.setting': 1 });
  it.each([
    ['the producer', () => odd.open()],
    ['the reader of progress', () => odd.readProgress()],
    ['the reader of topics', () => odd.readTopic('identity', () => {})],
  ])('reach %s', async (_name, ask) => {
    await expect(ask()).rejects.toMatchObject({
      code: 'config-invalid',
      seen: expect.stringContaining('no.such.setting'),
    });
  });

  it('reach the admin client, which names the CA file that is not there', async () => {
    const secure = access({ 'security.protocol': 'ssl', 'ssl.ca.location': '/nowhere/kafka-ca.pem' });
    await expect(secure.checkTopics()).rejects.toMatchObject({
      code: 'kafka-tls',
      seen: expect.stringContaining('/nowhere/kafka-ca.pem'),
    });
  });
});
