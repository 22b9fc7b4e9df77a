import { expect, it } from 'vitest';
import { explainKafkaFailure, type KafkaFailure } from '../../../src/kafka/kafka-failure.ts';

const attempt = { brokers: 'broker:9092', topic: 'site-a.identity', during: 'while committing' };

it.each<[string, KafkaFailure]>([
  ['kafka-tls', { code: -181, message: 'Local: SSL error' }],
  ['kafka-sasl', { code: 58, message: 'Broker: SASL Authentication failed' }],
  ['kafka-acl', { code: 29, message: '' }],
  ['kafka-topic', { code: 3, message: '' }],
  ['kafka-timeout', { message: 'Local: Timed out' }],
  ['kafka-unreachable', { code: -195, message: 'Local: Broker transport failure' }],
  ['kafka-unreachable', { message: 'Connection error: connect EHOSTUNREACH 192.0.2.99:9092' }],
  ['kafka-unreachable', { message: 'The Kafka server does not support the requested API version' }],
  ['kafka-sasl', { code: -195, message: 'Local: Broker transport failure', log: ['SASL authentication error: no'] }],
  ['kafka-failed', { code: 56, message: 'Broker: Disk error when trying to access log file on disk' }],
  ['kafka-failed', { message: 'Local: Erroneous state' }],
])('is %s for what is seen: %o', (code, failure) => {
  expect(explainKafkaFailure(failure, attempt)).toMatchObject({
    code,
    message: expect.stringContaining(attempt.during),
  });
});
