/** A consumer as a site's service would be one, `read_committed`: what it gets and when, to the microsecond. */
import rdkafka from 'node-rdkafka';
import { nowUs } from './open-loop.ts';

const TIMEOUT_MS = 30_000;

export interface SeenRecord {
  readonly key: string;
  readonly value: Buffer | null;
  readonly atUs: number;
}

export interface CommittedReader {
  /** What came since the last call. */
  take(): readonly SeenRecord[];
  close(): Promise<void>;
}

/** Reads the topic from its beginning. */
export async function openCommittedReader(
  brokers: string,
  topic: string,
  partitions: number,
): Promise<CommittedReader> {
  const consumer = new rdkafka.KafkaConsumer(
    {
      'metadata.broker.list': brokers,
      'group.id': 'bench-latency',
      'enable.auto.commit': false,
      'isolation.level': 'read_committed',
      // A partition that has nothing is not asked again for 500 ms by default, and each has nothing most of the time.
      'fetch.error.backoff.ms': 0,
    },
    { 'auto.offset.reset': 'earliest' },
  );
  await new Promise<void>((resolve, reject) => {
    consumer.connect({ timeout: TIMEOUT_MS }, (error: unknown) => (error ? reject(error) : resolve()));
  });
  let seen: SeenRecord[] = [];
  consumer.on('data', ({ key, value }) => seen.push({ key: String(key ?? ''), value, atUs: nowUs() }));
  // -2 is the logical offset "beginning".
  consumer.assign(Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: -2 })));
  consumer.consume();
  return {
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
    close: () => new Promise<void>((resolve) => consumer.disconnect(() => resolve())),
  };
}
