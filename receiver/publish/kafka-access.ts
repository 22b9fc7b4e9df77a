/** All that the back half does with Kafka, behind one interface: tests put a model broker in its place. */
import type { KafkaConfig } from '../../src/config/receiver-config.ts';
import { type CompactedReadEdge, readCompacted } from '../../src/kafka/compacted-reader.ts';
import { ensureTopics } from '../../src/kafka/ensure-topics.ts';
import type { KafkaConnection, KafkaObserver } from '../../src/kafka/kafka-connection.ts';
import type { KafkaRecord, ReadRecord } from '../../src/kafka/kafka-record.ts';
import type { TopicProblem } from '../../src/kafka/topic-spec.ts';
import { TransactionalPublisher, type TransactionOutcome } from '../../src/kafka/transactional-publisher.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { decodeProgress, type Progress, type TopicName } from './progress.ts';
import { type TopicNeeds, topicNames, topicSpecs, transactionalId } from './topics.ts';

/** One transactional producer; spent after an unclean outcome. */
export interface Producer {
  /** See TransactionalPublisher: nothing is committed before `beforeCommit` has returned. */
  publishTransaction(records: readonly KafkaRecord[], beforeCommit: () => void): Promise<TransactionOutcome>;
  destroy(): Promise<boolean>;
}

/** Every call rejects with DiodeError `kafka-*` where the cluster does not do it. */
export interface KafkaAccess {
  /** Creates and compares topics; what is not as it must be, and with the setting `content` each that was created. */
  checkTopics(): Promise<readonly TopicProblem[]>;
  /** Fences every other producer of this stream, and ends what it left open. */
  open(): Promise<Producer>;
  /** The stream's last committed progress; undefined where there is none. DiodeError `state-lost` where it cannot be read. */
  readProgress(): Promise<Progress | undefined>;
  /** All committed records of a topic, in order within each key. */
  readTopic(topic: TopicName, onRecord: (record: ReadRecord) => void): Promise<void>;
}

export function openKafkaAccess(options: {
  readonly kafka: KafkaConfig;
  readonly identity: TopicNeeds['identity'];
  readonly boundary: string;
  readonly stream: string;
  readonly observer?: KafkaObserver;
  readonly readEdge?: CompactedReadEdge;
}): KafkaAccess {
  const { kafka, boundary, stream } = options;
  const names = topicNames(kafka);
  const connection: KafkaConnection = { brokers: kafka.brokers.join(','), clientConfig: kafka.client };
  const reading = { ...connection, ...(options.readEdge && { edge: options.readEdge }) };
  // Only the producer's view of the cluster is told: readers come and go.
  const producing = { ...connection, ...(options.observer && { observer: options.observer }) };
  return {
    checkTopics: async () => {
      const desired = topicSpecs(options);
      const topics = { desired, mayCreate: kafka.createTopics, embedded: kafka.embedded };
      try {
        const { created, problems } = await ensureTopics({ ...connection, ...topics });
        return [...problems, ...created.map(createdAnew)];
      } catch (error) {
        if (!(error instanceof DiodeError) || error.code !== 'config-invalid') throw error;
        // The admin client cannot log in as the producer can (Kerberos, for one): said, and left to the operator.
        const { seen, cure } = error;
        return [
          {
            topic: `${kafka.topicPrefix}*`,
            setting: 'topic',
            seen: 'not shown',
            wanted: 'compared',
            cure: `${seen} ${cure}`,
          },
        ];
      }
    },
    open: () =>
      TransactionalPublisher.open({
        ...producing,
        transactionalId: transactionalId(boundary, stream),
        transactionTimeoutMs: kafka.transactionTimeoutMs,
      }),
    readProgress: async () => {
      let value: Buffer | null = null;
      const onRecord = (record: ReadRecord) => {
        if (record.key === stream) value = record.value;
      };
      await readCompacted({
        ...reading,
        topic: names.progress,
        onRecord,
        timeoutMs: RECEIVER_LIMITS.progressReadTimeoutMs,
      });
      return value === null ? undefined : readableProgress(value, { boundary, stream, topic: names.progress });
    },
    readTopic: async (topic, onRecord) => {
      const timeoutMs = RECEIVER_LIMITS.rebuildTimeoutMs;
      const { outcome } = await readCompacted({ ...reading, topic: names[topic], onRecord, timeoutMs });
      // It was there when the topics were looked at. Taken for empty, all of it would be published once more.
      if (outcome === 'topic-missing' && !kafka.embedded) throw topicGone(names[topic]);
    },
  };
}

/** A problem only for a receiver that has published before: what it published there is gone, and its tables say otherwise. */
function createdAnew(topic: string): TopicProblem {
  return {
    topic,
    setting: 'content',
    seen: 'created just now, so empty',
    wanted: 'what was published before',
    cure: 'Find out who deleted it; put the whole export into the source once more, so that consumers have it again.',
  };
}

function topicGone(topic: string): DiodeError {
  const seen = `Topic ${topic} is gone, so what was published cannot be read back from it.`;
  return new DiodeError('kafka-topic', seen, 'Restore it; publishing waits until it is there.');
}

function readableProgress(
  value: Buffer,
  own: { readonly boundary: string; readonly stream: string; readonly topic: string },
): Progress {
  const progress = decodeProgress(value);
  if (progress?.stream === own.stream && progress.boundary === own.boundary) return progress;
  throw new DiodeError(
    'state-lost',
    `The progress of stream ${own.stream} in topic ${own.topic} is not this receiver's, or unreadable.`,
    'Look who else writes to that topic; publishing waits until its last record with that key is right again.',
  );
}
