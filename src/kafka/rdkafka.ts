/** The one file that imports node-rdkafka. Main thread only: its native module loads in one thread of a process. */
import rdkafka from 'node-rdkafka';
import { DiodeError } from '../ops/diode-error.ts';
import { type ClientConfig, clientSettings, type KafkaConnection } from './kafka-connection.ts';
import { KAFKA_LIMITS } from './kafka-limits.ts';
import type { KafkaRecord, ReadRecord } from './kafka-record.ts';
import { type NativeError, RdkafkaClient, RdkafkaFailure } from './rdkafka-client.ts';

/** The queue of librdkafka is full: try again once it drained. */
export const queueFullCode = rdkafka.CODES.ERRORS.ERR__QUEUE_FULL;
/** No answer within the time-out of the call. */
export const timedOutCode = rdkafka.CODES.ERRORS.ERR__TIMED_OUT;
/** The client failed fatally before; a transaction call answers why. */
export const fatalCode = rdkafka.CODES.ERRORS.ERR__FATAL;

/** UTF-8 of a unit of UTF-16, at most. */
const BYTES_PER_UNIT = 3;

/** A producer; with a transactional id its transaction calls may be used. */
export class RdkafkaProducer extends RdkafkaClient<rdkafka.Producer> {
  readonly #polling: NodeJS.Timeout;
  #deliveryFailure: { readonly message: string; readonly topic: string } | undefined;
  /** Of the last record. */
  #headers: KafkaRecord['headers'] = [];
  readonly #nativeHeaders: rdkafka.MessageHeader[] = [];
  /** Of the last record's value, which node-rdkafka copies before it returns. */
  readonly #bytes = Buffer.allocUnsafeSlow(KAFKA_LIMITS.encodedBytes);
  /** Of its first so many bytes: a Buffer for each record was garbage, and took longer to make than to fill. */
  readonly #views = new Map<number, Buffer>();

  /** Throws DiodeError `config-invalid` for a setting that librdkafka does not know, or that is not to be set. */
  constructor(connection: KafkaConnection, settings: ClientConfig) {
    const global = clientSettings(connection, {
      defaults: {
        // Not zstd: librdkafka as node-rdkafka builds it lacks it.
        'compression.codec': 'lz4',
        // Fills batches where records come one by one; a transaction's come together, so it rarely waits even this.
        'linger.ms': 1,
        'message.max.bytes': KAFKA_LIMITS.messageBytes,
        // How long a topic may be unknown before its records fail; 30 s would outlive a transaction.
        'topic.metadata.propagation.max.ms': KAFKA_LIMITS.unknownTopicMs,
        'queue.buffering.max.messages': KAFKA_LIMITS.queueRecords,
        'queue.buffering.max.kbytes': KAFKA_LIMITS.queueKib,
      },
      // A transaction's commit fails when any record did. Reports of successes would cost an object each.
      fixed: { dr_cb: true, 'delivery.report.only.error': true, ...settings },
    });
    // The second object: with one present, node-rdkafka ignores topic settings in the first.
    const create = () => new rdkafka.Producer(global, { partitioner: 'murmur2_random' });
    super(createNative(create), connection);
    this.native.on('delivery-report', (error, report) => {
      if (error) this.#deliveryFailure ??= { message: error.message, topic: report.topic };
    });
    // Errors and delivery reports wait in librdkafka until a poll fetches them.
    this.#polling = setInterval(() => this.poll(), KAFKA_LIMITS.pollIntervalMs).unref();
  }

  /** The first record that failed since the last `beginTransaction`. */
  get deliveryFailure(): { readonly message: string; readonly topic: string } | undefined {
    return this.#deliveryFailure;
  }

  poll(): void {
    if (this.native.isConnected()) this.native.poll();
  }

  /** Hands a record to librdkafka, which copies it. Throws RdkafkaFailure, `queueFullCode` among its codes. */
  produce({ topic, key, value, headers, timestampMs }: KafkaRecord): void {
    const nativeHeaders = this.#fillHeaders(headers);
    // node-rdkafka would cut a text at a NUL; any other key it makes bytes for less than a Buffer takes.
    const nativeKey = key.includes('\0') ? Buffer.from(key, 'utf8') : key;
    const valueBytes = value === null ? null : this.#encode(value);
    try {
      this.native.produce(topic, null, valueBytes, nativeKey, timestampMs ?? null, undefined, nativeHeaders);
    } catch (error) {
      throw this.failure(error as NativeError);
    }
  }

  /** UTF-8, in memory that the next record takes over; a large text has its own. */
  #encode(text: string): Buffer {
    if (text.length * BYTES_PER_UNIT > this.#bytes.length) return Buffer.from(text, 'utf8');
    const length = this.#bytes.write(text, 0, 'utf8');
    const known = this.#views.get(length);
    if (known !== undefined) return known;
    const view = this.#bytes.subarray(0, length);
    if (length <= KAFKA_LIMITS.keptViewBytes) this.#views.set(length, view);
    return view;
  }

  /**
   * One object with one property a header, filled again for each record, since node-rdkafka copies all before it returns: made
   * anew they were much of the receiver's garbage.
   */
  #fillHeaders(headers: KafkaRecord['headers']): rdkafka.MessageHeader[] {
    const natives = this.#nativeHeaders;
    natives.length = headers.length;
    for (let at = 0; at < headers.length; at++) {
      const header = headers[at] as KafkaRecord['headers'][number];
      const native = natives[at];
      if (native !== undefined && this.#headers[at] === header) continue;
      const [name, text] = header;
      if (native !== undefined && this.#headers[at]?.[0] === name) native[name] = text;
      else natives[at] = { [name]: text };
    }
    this.#headers = headers;
    return natives;
  }

  async initTransactions(timeoutMs: number): Promise<void> {
    await this.call<void>('initTransactions', timeoutMs, (done) => this.native.initTransactions(timeoutMs, done));
    this.answered();
  }

  beginTransaction(): Promise<void> {
    this.#deliveryFailure = undefined;
    return this.call('beginTransaction', 0, (done) => this.native.beginTransaction(done));
  }

  /** Whether every record was acknowledged or has failed. */
  async isFlushed(): Promise<boolean> {
    try {
      await this.call<void>('flush', 0, (done) => this.native.flush(0, (error) => done(error, undefined)));
      return true;
    } catch (error) {
      // node-rdkafka passes on the text of this error alone.
      if (error instanceof RdkafkaFailure && error.message === 'timed out') return false;
      throw error;
    }
  }

  /** Waits for every record of the transaction, and fails when one of them did. */
  async commitTransaction(timeoutMs: number): Promise<void> {
    await this.call<void>('commitTransaction', timeoutMs, (done) => this.native.commitTransaction(timeoutMs, done));
    this.answered();
  }

  abortTransaction(timeoutMs: number): Promise<void> {
    return this.call('abortTransaction', timeoutMs, (done) => this.native.abortTransaction(timeoutMs, done));
  }

  protected override disconnect(done: () => void): void {
    // A poll while another thread frees the client would touch freed memory.
    clearInterval(this.#polling);
    this.native.disconnect(KAFKA_LIMITS.flushTimeoutMs, done);
  }
}

export interface PartitionOffset {
  readonly partition: number;
  readonly offset: number;
}

/** Records and ends of partitions, in the order in which librdkafka gave them. */
export interface ConsumedBatch {
  readonly records: readonly ReadRecord[];
  /** Where a partition had nothing more, control records counted. */
  readonly ends: readonly PartitionOffset[];
}

/** A consumer that is assigned partitions, and neither joins a group nor commits. */
export class RdkafkaConsumer extends RdkafkaClient<rdkafka.KafkaConsumer> {
  #ends: PartitionOffset[] = [];

  constructor(connection: KafkaConnection, settings: ClientConfig) {
    const global = clientSettings(connection, {
      defaults: { 'queued.max.messages.kbytes': KAFKA_LIMITS.readAheadKib },
      fixed: {
        // librdkafka insists on one; without subscribing or committing it is never used.
        'group.id': 'identity-diode',
        'enable.auto.commit': false,
        'enable.auto.offset.store': false,
        'enable.partition.eof': true,
        'allow.auto.create.topics': false,
        ...settings,
      },
    });
    const create = () => new rdkafka.KafkaConsumer(global, { 'auto.offset.reset': 'earliest' });
    super(createNative(create), connection);
    this.native.setDefaultConsumeTimeout(KAFKA_LIMITS.readPauseMs);
    this.native.on('partition.eof', ({ partition, offset }) => this.#ends.push({ partition, offset }));
  }

  /** Low and high watermark; with `isolation.level` read_committed, high would be the last stable offset. */
  async watermarks(topic: string, partition: number, timeoutMs: number): Promise<{ low: number; high: number }> {
    const offsets = await this.call<rdkafka.WatermarkOffsets>('watermarks', timeoutMs, (done) => {
      this.native.queryWatermarkOffsets(topic, partition, timeoutMs, done);
    });
    this.answered();
    return { low: offsets.lowOffset, high: offsets.highOffset };
  }

  assignFromBeginning(topic: string, partitionIds: readonly number[]): void {
    // -2 is the logical offset "beginning".
    this.native.assign(partitionIds.map((partition) => ({ topic, partition, offset: -2 })));
  }

  /** What has come, after 200 ms at most when nothing has. */
  async consume(): Promise<ConsumedBatch> {
    const messages = await this.call<rdkafka.Message[]>('consume', KAFKA_LIMITS.readTimeoutMs, (done) => {
      this.native.consume(KAFKA_LIMITS.readRecords, done);
    });
    if (messages.length > 0) this.answered();
    const ends = this.#ends;
    this.#ends = [];
    return { records: messages.map(toReadRecord), ends };
  }

  protected override disconnect(done: () => void): void {
    this.native.disconnect(done);
  }
}

/** Throws as the constructors do, and opens nothing. */
export function refuseSettings(connection: KafkaConnection): void {
  const global = clientSettings(connection, { fixed: {} });
  createNative(() => new rdkafka.Producer(global));
}

function createNative<C>(create: () => C): C {
  try {
    return create();
  } catch (error) {
    const seen = `librdkafka refuses the Kafka client settings: ${(error as Error).message}.`;
    throw new DiodeError('config-invalid', seen, "Correct them; librdkafka's CONFIGURATION.md lists every setting.");
  }
}

function toReadRecord({ partition, offset, key, value, headers, timestamp }: rdkafka.Message): ReadRecord {
  return {
    partition,
    offset,
    key: key == null ? null : key.toString(),
    value,
    // One object with one property a header.
    headers: (headers ?? []).flatMap((header) =>
      Object.entries(header).map(([name, text]) => [name, text.toString()] as const),
    ),
    timestampMs: timestamp ?? 0,
  };
}
