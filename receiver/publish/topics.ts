/** The topics of one boundary and what each must be: the table of docs/consumers.md. */
import type { IdentityConfig } from '../../src/config/identity-config.ts';
import type { KafkaConfig } from '../../src/config/receiver-config.ts';
import type { KafkaRecord } from '../../src/kafka/kafka-record.ts';
import type { AclTopic } from '../../src/kafka/least-acls.ts';
import type { TopicSpec } from '../../src/kafka/topic-spec.ts';
import { DAY_MS, IDENTITY_LIMITS, TRUST_LIMITS } from '../../src/limits.ts';
import { TOPIC_NAMES, type TopicName } from './progress.ts';

/** How long a consumer may be away and still see a delete; what was refused is kept as long. */
const RETENTION_MS = 30 * DAY_MS;
/** maxRecordBytes and the framing of a batch: Kafka's own default. */
const MAX_MESSAGE_BYTES = 1_048_588;
/**
 * `progress` is read whole at each start, and compaction leaves the open segment alone: 16 MiB of it are read in a
 * fifth of a second, the default of 1 GiB in ten.
 */
const PROGRESS_SEGMENT_BYTES = 16 * 1024 * 1024;

/** What decides how topics must be; the whole config of a receiver is one. */
export interface TopicNeeds {
  readonly kafka: KafkaConfig;
  readonly identity: Pick<IdentityConfig, 'maxTokenLifetimeSeconds'>;
}

export type TopicNames = Readonly<Record<TopicName, string>>;

/** The full name of each topic; `history` too, whether it is on or not. */
export function topicNames(kafka: Pick<KafkaConfig, 'topicPrefix'>): TopicNames {
  return Object.fromEntries(TOPIC_NAMES.map((name) => [name, `${kafka.topicPrefix}${name}`])) as TopicNames;
}

export function countByTopic(records: readonly KafkaRecord[], names: TopicNames): Readonly<Record<TopicName, number>> {
  const count = (name: TopicName) => records.filter(({ topic }) => topic === names[name]).length;
  return Object.fromEntries(TOPIC_NAMES.map((name) => [name, count(name)])) as Record<TopicName, number>;
}

/** One per boundary and stream, so that a standby fences its predecessor and no other stream's receiver. */
export function transactionalId(boundary: string, stream: string): string {
  return `identity-diode.${boundary}.${stream}`;
}

/**
 * A receiver that lost its disk knows a withdrawn token by its tombstone alone, so that must be kept for as long as the
 * token could be good to any verifier: its life, the skew on both ends, and clocks that are a day wrong on either side.
 */
function tokenTombstonesMs({
  maxTokenLifetimeSeconds = IDENTITY_LIMITS.maxTokenLifetimeSeconds,
}: TopicNeeds['identity']): number {
  const lifeMs = (maxTokenLifetimeSeconds + 2 * TRUST_LIMITS.maxTokenSkewSeconds) * 1000;
  return Math.max(RETENTION_MS, lifeMs + 2 * DAY_MS);
}

/** What each topic must be. `progress`, `trust` and `quarantine` are small: one partition keeps reading them cheap. */
export function topicSpecs({ kafka, identity }: TopicNeeds): readonly TopicSpec[] {
  const names = topicNames(kafka);
  const shape = {
    replicationFactor: kafka.replicationFactor,
    minInsyncReplicas: kafka.minInsyncReplicas,
    maxMessageBytes: MAX_MESSAGE_BYTES,
  };
  const wide = { ...shape, partitionCount: kafka.partitions };
  const narrow = { ...shape, partitionCount: 1 };
  const compacted = { cleanupPolicy: 'compact', deleteRetentionMs: RETENTION_MS } as const;
  const specs: TopicSpec[] = [
    { name: names.identity, ...wide, ...compacted },
    { name: names.tokens, ...wide, ...compacted, deleteRetentionMs: tokenTombstonesMs(identity) },
    { name: names.trust, ...narrow, ...compacted },
    { name: names.progress, ...narrow, ...compacted, segmentBytes: PROGRESS_SEGMENT_BYTES },
    { name: names.held, ...wide, ...compacted },
    { name: names.quarantine, ...narrow, cleanupPolicy: 'delete', retentionMs: RETENTION_MS },
  ];
  if (kafka.history) specs.push({ name: names.history, ...wide, cleanupPolicy: 'delete', retentionMs: -1 });
  return specs;
}

/** What the receiver does with each topic, for the least ACLs: it reads back what a lost disk is rebuilt from. */
export function topicUses(kafka: KafkaConfig): readonly AclTopic[] {
  const names = topicNames(kafka);
  const read = new Set([names.identity, names.tokens, names.trust, names.progress, names.held]);
  return TOPIC_NAMES.filter((name) => name !== 'history' || kafka.history)
    .map((name) => names[name])
    .map((name) => ({ name, written: true, read: read.has(name) }));
}
