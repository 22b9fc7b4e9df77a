import { DiodeError } from '../ops/diode-error.ts';
import type { ClientConfig, KafkaConnection } from './kafka-connection.ts';
import { explainKafkaFailure } from './kafka-failure.ts';
import { KAFKA_LIMITS } from './kafka-limits.ts';
import type { ReadRecord } from './kafka-record.ts';
import { RdkafkaConsumer } from './rdkafka.ts';
import { RdkafkaFailure } from './rdkafka-client.ts';

/** What reading needs of a consumer. */
export type CompactedConsumer = Pick<
  RdkafkaConsumer,
  'connect' | 'watermarks' | 'assignFromBeginning' | 'consume' | 'close'
>;

/** Where the cluster is: in tests a model of one, on virtual time. */
export interface CompactedReadEdge {
  openConsumer(connection: KafkaConnection, settings: ClientConfig): CompactedConsumer;
  nowMs(): number;
}

export interface CompactedReadOptions extends KafkaConnection {
  readonly edge?: CompactedReadEdge;
  readonly topic: string;
  /** In offset order within a partition. What it throws ends the reading and is passed on. */
  readonly onRecord: (record: ReadRecord) => void;
  /** For everything, waiting for another producer's open transaction included. */
  readonly timeoutMs: number;
}

export type CompactedRead =
  | { readonly outcome: 'read'; readonly records: number; readonly partitions: number }
  /**
   * None that this user may see. A user who may write a topic sees it, so for a topic that is published to in the
   * same transactions (progress) this is never a hidden one that later accepts records.
   */
  | { readonly outcome: 'topic-missing' };

/**
 * Everything committed in the topic, at least up to each partition's high watermark as of the call. The last stable
 * offset would be too early: another stream's open transaction must hide nothing, so its end is waited for.
 * Rejects with DiodeError: `kafka-timeout` names the partition that could not be read to its end, other `kafka-*`.
 */
export async function readCompacted(given: CompactedReadOptions): Promise<CompactedRead> {
  const options = { edge: REAL_EDGE, ...given };
  const deadlineMs = options.edge.nowMs() + options.timeoutMs;
  const connectTimeoutMs = Math.min(options.timeoutMs, options.connectTimeoutMs ?? KAFKA_LIMITS.connectTimeoutMs);
  const bounded = { ...options, connectTimeoutMs };
  const partitions = await findEnds(bounded, deadlineMs);
  if (partitions === undefined) return { outcome: 'topic-missing' };
  const records = await readUntil(partitions, bounded, deadlineMs);
  return { outcome: 'read', records, partitions: partitions.length };
}

const REAL_EDGE: CompactedReadEdge = {
  openConsumer: (connection, settings) => new RdkafkaConsumer(connection, settings),
  nowMs: () => performance.now(),
};

type Options = CompactedReadOptions & { readonly edge: CompactedReadEdge };

/** How far one partition must be read, and has been. */
interface PartitionProgress {
  readonly partition: number;
  readonly endOffset: number;
  nextOffset: number;
}

/** Undefined when there is no such topic. */
async function findEnds(options: Options, deadlineMs: number): Promise<PartitionProgress[] | undefined> {
  const { topic, edge } = options;
  // Uncommitted, since librdkafka answers the last stable offset to a client that reads committed records only.
  const consumer = edge.openConsumer(options, { 'isolation.level': 'read_uncommitted' });
  const requestTimeoutMs = () => Math.max(1, Math.min(deadlineMs - edge.nowMs(), KAFKA_LIMITS.connectTimeoutMs));
  try {
    const { topics } = await consumer.connect();
    const partitionIds = topics.find(({ name }) => name === topic)?.partitionIds ?? [];
    if (partitionIds.length === 0) return undefined;
    const partitions: PartitionProgress[] = [];
    for (const partition of partitionIds) {
      const { low, high: endOffset } = await consumer.watermarks(topic, partition, requestTimeoutMs());
      // Nothing is left below low, and nothing at all where it equals high.
      partitions.push({ partition, endOffset, nextOffset: low });
    }
    return partitions;
  } catch (error) {
    throw explain(error, options, 'while asking where the topic ends');
  } finally {
    await consumer.close();
  }
}

/** Reads all partitions to their ends; answers how many records there were. */
async function readUntil(
  partitions: readonly PartitionProgress[],
  options: Options,
  deadlineMs: number,
): Promise<number> {
  const unread = () => partitions.filter(({ nextOffset, endOffset }) => nextOffset < endOffset);
  if (unread().length === 0) return 0;
  const consumer = options.edge.openConsumer(options, { 'isolation.level': 'read_committed' });
  const reach = (partition: number, nextOffset: number) => {
    const progress = partitions.find((one) => one.partition === partition);
    if (progress !== undefined && nextOffset > progress.nextOffset) progress.nextOffset = nextOffset;
  };
  let records = 0;
  let lastFailure: unknown;
  try {
    await consumer.connect();
    consumer.assignFromBeginning(
      options.topic,
      unread().map(({ partition }) => partition),
    );
    while (unread().length > 0) {
      if (options.edge.nowMs() > deadlineMs) throw notReadInTime(unread(), options, lastFailure);
      try {
        const batch = await consumer.consume();
        for (const message of batch.records) {
          options.onRecord(message);
          reach(message.partition, message.offset + 1);
        }
        records += batch.records.length;
        // The position alone would do with plain records. After a control record (a commit or an abort marker), which
        // is never handed over, only the report of the partition's end tells how far the reading has come.
        for (const { partition, offset } of batch.ends) reach(partition, offset);
      } catch (error) {
        if (!isPassing(error)) throw error;
        lastFailure = error;
      }
    }
    return records;
  } catch (error) {
    throw explain(error, options, 'while reading it');
  } finally {
    await consumer.close();
  }
}

/** The cluster may come back within the time that is left. */
function isPassing(error: unknown): boolean {
  return error instanceof RdkafkaFailure && error.code !== undefined && passingCodes.has(error.code);
}

const passingCodes: ReadonlySet<number> = new Set([
  // Local: transport, all brokers down, timed out, resolve. Broker: timed out, leader not available, not the leader.
  ...[-195, -187, -185, -193, 7, 5, 6],
  // Group authorization: librdkafka looks for the coordinator of the group that it insists on and we never use.
  30,
]);

function notReadInTime(unread: readonly PartitionProgress[], options: CompactedReadOptions, lastFailure: unknown) {
  const places = unread.map(
    ({ partition, nextOffset, endOffset }) => `${partition} (at ${nextOffset} of ${endOffset})`,
  );
  const last = lastFailure instanceof Error ? ` Kafka last said: ${lastFailure.message}.` : '';
  const seen = `Topic ${options.topic} was not read to its end in ${options.timeoutMs} ms: partition ${places.join(', ')}.`;
  const cure =
    'Another producer may hold a transaction open: it ends by its transaction time-out at the latest. ' +
    'Try again; if it stays so, look for it with kafka-transactions.sh.';
  return new DiodeError('kafka-timeout', `${seen}${last}`, cure);
}

/** What librdkafka says, explained; anything else (a fault of `onRecord`, a DiodeError) as it is. */
function explain(error: unknown, { brokers, topic }: CompactedReadOptions, during: string): unknown {
  return error instanceof RdkafkaFailure ? explainKafkaFailure(error, { brokers, topic, during }) : error;
}
