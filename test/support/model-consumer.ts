/** A client that reads the model broker as node-rdkafka's consumer reads a real one. */
import type { CompactedConsumer } from '../../src/kafka/compacted-reader.ts';
import { RdkafkaFailure } from '../../src/kafka/rdkafka-client.ts';
import type { BrokerClient, ModelBroker } from './model-broker.ts';
import type { ModelLog } from './model-log.ts';

const TIMEOUT_MS = 10_000;
const IDLE_MS = 200;
const RECORDS_AT_ONCE = 64;

export function modelConsumer(
  broker: ModelBroker,
  client: BrokerClient,
  settings: Readonly<Record<string, unknown>>,
): CompactedConsumer {
  const isCommittedOnly = settings['isolation.level'] === 'read_committed';
  if (!isCommittedOnly && settings['isolation.level'] !== 'read_uncommitted') throw new Error('no isolation level');
  const places: { readonly topic: string; readonly partition: number; offset: number; reportedEnd: number }[] = [];
  // A topic may go at any time, also behind the metadata that still named it.
  const logAt = (topic: string, partition: number): ModelLog => {
    const log = broker.partitions(topic)[partition];
    if (log === undefined) throw new RdkafkaFailure({ message: 'Broker: Unknown topic or partition', code: 3 }, []);
    return log;
  };
  return {
    connect: async () => {
      await broker.reach(client, TIMEOUT_MS);
      const topics = broker.topics.map((name) => {
        return { name, partitionIds: broker.partitions(name).map((_, partition) => partition) };
      });
      return { brokers: ['model:9092'], topics };
    },
    watermarks: async (topic, partition) => {
      await broker.reach(client, TIMEOUT_MS);
      const log = logAt(topic, partition);
      return { low: log.low, high: isCommittedOnly ? log.lastStable : log.high };
    },
    assignFromBeginning: (topic, partitionIds) => {
      for (const partition of partitionIds) places.push({ topic, partition, offset: 0, reportedEnd: -1 });
    },
    consume: async () => {
      await broker.reach(client, TIMEOUT_MS);
      const records = [];
      const ends = [];
      for (const place of places) {
        const log = logAt(place.topic, place.partition);
        const end = isCommittedOnly ? log.lastStable : log.high;
        const batch = log.read(place.offset, RECORDS_AT_ONCE, isCommittedOnly);
        records.push(...batch);
        place.offset = (batch.at(-1)?.offset ?? place.offset - 1) + 1;
        // Markers and aborted records are passed over in silence; the end is told once.
        if (batch.length === RECORDS_AT_ONCE || place.reportedEnd === end) continue;
        place.offset = Math.max(place.offset, end);
        place.reportedEnd = end;
        ends.push({ partition: place.partition, offset: end });
      }
      if (records.length === 0 && ends.length === 0) await client.sleep(IDLE_MS);
      return { records, ends };
    },
    close: async () => true,
  };
}
