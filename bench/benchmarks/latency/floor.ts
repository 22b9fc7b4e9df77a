/** The limit beside `latency`: what no pipeline that is durable twice and exactly once can do without. */
import { join } from 'node:path';
import { openStore, type Store } from '../../../src/store/database.ts';
import { openBareProducer } from '../endtoend/bare-producer.ts';
import { nowUs } from './open-loop.ts';

const SCHEMA = 'CREATE TABLE floor (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT';
/** A frame of one record, about. */
const BODY_BYTES = 1_024;

export interface Floor {
  /** Two commits, one behind the other in two databases, then a Kafka transaction of one record: milliseconds. */
  step(value: string): Promise<number>;
  close(): Promise<void>;
}

export async function openFloor(to: {
  readonly brokers: string;
  readonly topic: string;
  readonly folder: string;
}): Promise<Floor> {
  const stores = ['journal', 'spool'].map((name) => openStore(join(to.folder, `floor-${name}.db`), [SCHEMA]));
  const commits = stores.map(commitOf);
  const producer = await openBareProducer(to.brokers, `bench.${to.topic}`);
  return {
    async step(value) {
      const startedUs = nowUs();
      for (const commit of commits) commit();
      const body = Buffer.from(value);
      const record = { topic: to.topic, key: value.slice(0, 32), value: body, headers: [], timestampMs: Date.now() };
      await producer.prepare([record])();
      return (nowUs() - startedUs) / 1_000;
    },
    async close() {
      await producer.close();
      for (const store of stores) store.close();
    },
  };
}

function commitOf(store: Store): () => void {
  const insert = store.prepare('INSERT INTO floor (body) VALUES (?)');
  const body = Buffer.alloc(BODY_BYTES, 1);
  return () => void insert.run(body);
}
