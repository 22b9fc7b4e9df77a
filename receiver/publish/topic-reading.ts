/** What a stream said in a compacted topic, read back into the tables in pieces that one SQLite transaction takes. */
import type { ReadRecord } from '../../src/kafka/kafka-record.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { ReceiverStore } from '../receiver-store.ts';
import type { KafkaAccess } from './kafka-access.ts';
import type { TopicName } from './progress.ts';

export interface ReadingContext {
  readonly kafka: KafkaAccess;
  readonly store: ReceiverStore;
}

export interface ReadBack {
  readonly records: number;
  /** Of this stream by their key's place, but not as a receiver writes them. */
  readonly unreadable: number;
}

/** `remember` answers whether it could read the record; other streams' are passed over. */
export async function readBack(
  { kafka, store }: ReadingContext,
  { topic, stream }: { readonly topic: TopicName; readonly stream: string },
  remember: (record: ReadRecord) => boolean,
): Promise<ReadBack> {
  let records = 0;
  let unreadable = 0;
  let batch: ReadRecord[] = [];
  const flush = () => {
    store.store.transaction(() => {
      for (const record of batch) {
        if (remember(record)) records += 1;
        else unreadable += 1;
      }
    })();
    batch = [];
  };
  await kafka.readTopic(topic, (record) => {
    if (headerOf(record, 'ce_stream') !== stream) return;
    batch.push(record);
    if (batch.length === RECEIVER_LIMITS.rebuildRows) flush();
  });
  flush();
  return { records, unreadable };
}

export function headerOf({ headers }: ReadRecord, name: string): string | undefined {
  return headers.find(([each]) => each === name)?.[1];
}
