/**
 * Both real programs over the loopback, and librdkafka's mock cluster in the test's own process: seconds instead of a broker,
 * for what needs neither fencing nor aborted transactions.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Setting, setUpPair } from '../../bench/support/diode-pair.ts';
import { freePort } from '../../bench/support/free-port.ts';
import { RunningPair } from '../../bench/support/running-pair.ts';
import { readCompacted } from '../../src/kafka/compacted-reader.ts';
import type { ReadRecord } from '../../src/kafka/kafka-record.ts';
import { type MockCluster, startMockCluster } from '../../src/kafka/mock-cluster.ts';

export interface EmbeddedSite {
  readonly running: RunningPair;
  readonly linkPort: number;
  /** All records of a topic of the boundary, oldest first of each partition; none where there is no such topic yet. */
  read(topic: string): Promise<readonly ReadText[]>;
  close(): Promise<void>;
}

export interface ReadText {
  readonly key: string;
  /** Null for a tombstone. */
  readonly value: string | null;
}

const READ_MS = 30_000;

/** Nothing is started. `directory`: for both directories, logs and the source. */
export async function openEmbeddedSite(options: {
  readonly directory: string;
  readonly boundary: string;
  readonly senderSettings?: readonly Setting[];
  readonly receiverSettings?: readonly Setting[];
}): Promise<EmbeddedSite> {
  const { directory, boundary, senderSettings = [], receiverSettings = [] } = options;
  const cluster: MockCluster = await startMockCluster();
  const [linkPort, sender, receiver] = [await freePort(), await freePort(), await freePort()];
  const sourcePath = join(directory, 'hr.jsonl');
  writeFileSync(sourcePath, '');
  const pair = await setUpPair({
    directory,
    boundary,
    stream: 'hr',
    target: `127.0.0.1:${linkPort}`,
    senderSettings: [[['source', 'path'], sourcePath], [['ops', 'port'], sender], ...senderSettings],
    receiverSettings: [
      [['link', 'port'], linkPort],
      [['ops', 'port'], receiver],
      [['kafka', 'brokers'], [cluster.brokers]],
      [['kafka', 'embedded'], true],
      ...receiverSettings,
    ],
  });
  const running = new RunningPair({ pair, directory, ports: { sender, receiver }, sourcePath });
  return {
    running,
    linkPort,
    async read(name) {
      const records: ReadText[] = [];
      const onRecord = ({ key, value }: ReadRecord) =>
        records.push({ key: String(key), value: value?.toString('utf8') ?? null });
      const topic = `${boundary}.${name}`;
      await readCompacted({ brokers: cluster.brokers, topic, timeoutMs: READ_MS, onRecord });
      return records;
    },
    async close() {
      await running.close();
      await cluster.stop();
    },
  };
}
