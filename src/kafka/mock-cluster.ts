import { RdkafkaProducer } from './rdkafka.ts';

/** librdkafka's mock cluster in this process: the embedded default for the demo and quick tests. */
export interface MockCluster {
  /** host:port, several separated by commas. */
  readonly brokers: string;
  /** Frees it, within 10 s; every record is gone. False when librdkafka hangs. */
  stop(): Promise<boolean>;
}

/**
 * A mock cluster that serves until `stop`. It is weaker than a broker: it keeps about 5 MB a partition, topics appear
 * by themselves with 4 partitions, nobody is fenced, and aborted records stay visible.
 */
export async function startMockCluster({ brokerCount = 1 } = {}): Promise<MockCluster> {
  // A client of its own holds the cluster; nothing else uses it.
  const holder = new RdkafkaProducer({ brokers: '' }, { 'test.mock.num.brokers': brokerCount });
  const { brokers } = await holder.connect();
  return { brokers: brokers.join(','), stop: () => holder.close() };
}
