import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaConnection } from './kafka-connection.ts';
import { KAFKA_LIMITS } from './kafka-limits.ts';
import type { ReadRecord } from './kafka-record.ts';
import { RdkafkaConsumer } from './rdkafka.ts';

export interface TopicTail {
  /** Ends the reading; rejects with what ended it before, if anything did. */
  stop(): Promise<void>;
}

/**
 * Follows a topic as an ordinary consumer does: from its beginning, committed records only, until `stop`. A topic that
 * does not exist yet is waited for. `onRecords` gets batches in offset order within each partition.
 */
export function tailTopic(
  options: KafkaConnection & { readonly topic: string; readonly onRecords: (records: readonly ReadRecord[]) => void },
): TopicTail {
  const stopping = new AbortController();
  const done = follow(options, stopping.signal);
  // A failure is kept for `stop`, and is no unhandled rejection until then.
  done.catch(() => {});
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function follow(options: Parameters<typeof tailTopic>[0], signal: AbortSignal): Promise<void> {
  const consumer = new RdkafkaConsumer(options, { 'isolation.level': 'read_committed' });
  try {
    const partitionIds = await waitForTopic(consumer, options.topic, signal);
    if (partitionIds.length > 0) consumer.assignFromBeginning(options.topic, partitionIds);
    while (!signal.aborted) {
      const { records } = await consumer.consume();
      if (records.length > 0) options.onRecords(records);
    }
  } finally {
    await consumer.close();
  }
}

async function waitForTopic(consumer: RdkafkaConsumer, topic: string, signal: AbortSignal): Promise<readonly number[]> {
  let layout = await consumer.connect();
  while (!signal.aborted) {
    const found = layout.topics.find(({ name }) => name === topic)?.partitionIds ?? [];
    if (found.length > 0) return found;
    await delay(KAFKA_LIMITS.readPauseMs);
    layout = await consumer.layout(KAFKA_LIMITS.connectTimeoutMs);
  }
  return [];
}
