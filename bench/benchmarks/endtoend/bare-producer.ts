/**
 * The limit beside `endtoend`: node-rdkafka and nothing else, as fast as it goes with the receiver's settings. It copies
 * nothing of src/kafka, whose own cost must show.
 */
import { setTimeout as delay } from 'node:timers/promises';
import rdkafka from 'node-rdkafka';
import type { KafkaRecord } from '../../../src/kafka/kafka-record.ts';

const TIMEOUT_MS = 30_000;

/** Its value as bytes, as node-rdkafka takes it. */
export type BareRecord = Omit<KafkaRecord, 'value'> & { readonly value: Buffer | null };

export interface BareProducer {
  /** Makes the headers that node-rdkafka takes, apart from the clock; what it gives publishes the records in a transaction. */
  prepare(records: readonly BareRecord[]): () => Promise<void>;
  close(): Promise<void>;
}

type Done = (error?: unknown) => void;

export async function openBareProducer(brokers: string, transactionalId: string): Promise<BareProducer> {
  const settings = {
    'metadata.broker.list': brokers,
    'transactional.id': transactionalId,
    'enable.idempotence': true,
    acks: -1,
    'compression.codec': 'lz4',
    'linger.ms': 1,
  } as const;
  const producer = new rdkafka.Producer(settings, { partitioner: 'murmur2_random' });
  await call((done) => producer.connect({ timeout: TIMEOUT_MS }, done));
  await call((done) => producer.initTransactions(TIMEOUT_MS, done));
  return {
    prepare(records) {
      const prepared = records.map(({ headers, ...rest }) => ({
        ...rest,
        headers: headers.map(([name, text]) => ({ [name]: text })),
      }));
      return async () => {
        await call((done) => producer.beginTransaction(done));
        for (const { topic, key, value, headers, timestampMs } of prepared) {
          producer.produce(topic, null, value, key, timestampMs ?? null, undefined, headers);
        }
        // The commit flushes too, but looks for the end in steps of 10 ms.
        while (!(await isFlushed(producer))) await delay(1);
        await call((done) => producer.commitTransaction(TIMEOUT_MS, done));
      };
    },
    close: () => call((done) => producer.disconnect(TIMEOUT_MS, done)),
  };
}

async function isFlushed(producer: rdkafka.Producer): Promise<boolean> {
  try {
    await call((done) => producer.flush(0, done));
    return true;
  } catch {
    return false;
  }
}

function call(start: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}
