/** Names, keys and settings that every run has. */
import type { KafkaConfig } from '../../src/config/receiver-config.ts';
import { agreementKeyPair } from '../../src/crypto/agreement.ts';
import { signingKeyPair } from '../../src/crypto/sodium.ts';

export const BOUNDARY = 'site-a';
export const STREAM = 'hr';
export const SIGNING = signingKeyPair(Buffer.alloc(32, 1));
/** In runs in which the sender's key is changed. */
export const NEXT_SIGNING = signingKeyPair(Buffer.alloc(32, 4));
export const SENDER_AGREEMENT = agreementKeyPair(Buffer.alloc(32, 2));
export const RECEIVER_AGREEMENT = agreementKeyPair(Buffer.alloc(32, 3));
/** 2026-11-22T10:00:00Z, the wall clock at virtual time 0. */
export const START_MS = 1_795_341_600_000;
export const HOLD_MS = 3_000;
/** Of clocks. */
export const MAX_SKEW_MS = 300_000;

export const KAFKA: KafkaConfig = {
  brokers: ['model:9092'],
  client: {},
  topicPrefix: 'site-a.',
  createTopics: false,
  partitions: 2,
  replicationFactor: 1,
  minInsyncReplicas: 1,
  transactionTimeoutMs: 15_000,
  history: false,
  embedded: false,
};
