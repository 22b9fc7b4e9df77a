/**
 * The last stage's way out: whole transactions to Kafka, and an honest word about each.
 *
 * librdkafka speaks the older transaction protocol, in which a producer cannot always tell an aborted transaction
 * from a committed one. So there are two outcomes only: committed, and unclean. After an unclean one this publisher
 * is spent: destroy it, open a new one (which ends whatever was left open, and fences any other), and read the
 * progress topic again to learn what was committed.
 */
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { DiodeError } from '../ops/diode-error.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { explainKafkaFailure, type KafkaAttempt, type KafkaFailure } from './kafka-failure.ts';
import { KAFKA_LIMITS } from './kafka-limits.ts';
import { type KafkaRecord, recordFault } from './kafka-record.ts';
import { fatalCode, queueFullCode, RdkafkaProducer, timedOutCode } from './rdkafka.ts';
import { RdkafkaFailure } from './rdkafka-client.ts';

export interface TransactionalPublisherOptions extends KafkaConnection {
  /** One per boundary and stream, so that a standby fences its predecessor. */
  readonly transactionalId: string;
  /** The broker aborts a transaction that is open for longer. 15 s by default. */
  readonly transactionTimeoutMs?: number;
  /** How long opening may wait for a predecessor's transaction to end. 30 s by default. */
  readonly initTimeoutMs?: number;
}

export type TransactionOutcome =
  | { readonly outcome: 'committed' }
  | {
      readonly outcome: 'unclean';
      /** One sentence and its cure, as in `error.message`. */
      readonly reason: string;
      readonly error: DiodeError;
      /** librdkafka gave this client up. */
      readonly isFatal: boolean;
      /**
       * Another producer opened the same transactional id. Kafka answers alike when a transaction outlived its
       * time-out, so this is true only while the time-out had not passed: then it is certain.
       */
      readonly isFenced: boolean;
    };

/** A transactional, idempotent producer with one transaction at a time. Made by `open`; main thread only. */
export class TransactionalPublisher {
  readonly #producer: RdkafkaProducer;
  readonly #attempt: Omit<KafkaAttempt, 'during'>;
  readonly #transactionTimeoutMs: number;
  #phase: 'idle' | 'publishing' | 'spent' = 'idle';
  #begun: Promise<void>;

  private constructor(producer: RdkafkaProducer, options: TransactionalPublisherOptions) {
    this.#producer = producer;
    this.#attempt = { brokers: options.brokers, transactionalId: options.transactionalId };
    this.#transactionTimeoutMs = options.transactionTimeoutMs ?? KAFKA_LIMITS.transactionTimeoutMs;
    this.#begun = this.#begin();
  }

  /**
   * A publisher that is ready: every earlier producer of this transactional id is fenced, and what it left open is
   * ended. Rejects with DiodeError (`kafka-*`, or `config-invalid` for a client setting) and leaves nothing behind.
   */
  static async open(options: TransactionalPublisherOptions): Promise<TransactionalPublisher> {
    const { brokers, transactionalId } = options;
    const producer = createProducer(options);
    let during = 'while connecting';
    try {
      await producer.connect();
      during = 'while opening the transactional producer';
      await producer.initTransactions(options.initTimeoutMs ?? KAFKA_LIMITS.initTransactionsTimeoutMs);
    } catch (error) {
      const explained = explainKafkaFailure(asFailure(error), { brokers, transactionalId, during });
      await producer.close();
      throw explained;
    }
    return new TransactionalPublisher(producer, options);
  }

  /**
   * All records in one transaction, or none; bounded by the transaction's time-out. Never rejects for what Kafka
   * does. Throws (before anything is sent) for a record that `recordFault` refuses, and for a call while another
   * runs: both are mistakes of the program. No records: committed, without a request, and `beforeCommit` is not asked.
   *
   * `beforeCommit`, synchronous, runs while Kafka takes the records, and nothing is committed unless it returns: what it
   * throws aborts the transaction and is passed on.
   */
  async publishTransaction(
    records: readonly KafkaRecord[],
    beforeCommit: () => void = () => {},
  ): Promise<TransactionOutcome> {
    let passed: KafkaRecord | undefined;
    for (const record of records) {
      const fault = recordFault(record, passed);
      if (fault !== undefined) throw new Error(`a record for topic ${record.topic} cannot be published: ${fault}`);
      passed = record;
    }
    if (this.#phase === 'publishing') throw new Error('one transaction at a time: the one before has not ended');
    const startedMs = performance.now();
    if (this.#phase === 'spent') {
      return this.#unclean({ message: 'the publisher is spent and must be opened again' }, startedMs);
    }
    if (records.length === 0) return { outcome: 'committed' };
    this.#phase = 'publishing';
    let refusal: { readonly error: unknown } | undefined;
    try {
      await this.#begun;
      await this.#produceAll(records, startedMs);
      try {
        beforeCommit();
      } catch (error) {
        refusal = { error };
        throw error;
      }
      await this.#flush(startedMs);
      const remainingMs = this.#transactionTimeoutMs - (performance.now() - startedMs);
      await this.#producer.commitTransaction(Math.max(1, Math.round(remainingMs)));
      this.#phase = 'idle';
      this.#begun = this.#begin();
      return { outcome: 'committed' };
    } catch (error) {
      this.#phase = 'spent';
      const failure = await this.#settle(asFailure(error));
      if (refusal !== undefined) throw refusal.error;
      return this.#unclean(failure, startedMs);
    }
  }

  /**
   * Frees the client, within 10 s; an open transaction is aborted by the broker or by the next `open`. False when
   * librdkafka hangs: the client is abandoned with a thread of its own, and the process should end itself soon.
   */
  destroy(): Promise<boolean> {
    this.#phase = 'spent';
    return this.#producer.close();
  }

  /**
   * Ahead of the records, while nobody waits for them: it takes turns of three threads. The broker hears of a transaction, and
   * its time-out runs, with the first record only.
   */
  #begin(): Promise<void> {
    const begun = this.#producer.beginTransaction();
    // Whoever publishes next is told.
    begun.catch(() => {});
    return begun;
  }

  async #produceAll(records: readonly KafkaRecord[], startedMs: number): Promise<void> {
    let untilTurn = KAFKA_LIMITS.recordsPerTurn;
    for (const record of records) {
      while (!this.#produceOne(record)) {
        if (performance.now() - startedMs > this.#transactionTimeoutMs) {
          throw new Error('timed out: the queue to Kafka stayed full');
        }
        await delay(KAFKA_LIMITS.queueFullPauseMs);
        this.#producer.poll();
      }
      untilTurn -= 1;
      if (untilTurn === 0) {
        untilTurn = KAFKA_LIMITS.recordsPerTurn;
        this.#producer.poll();
        await turn();
      }
    }
  }

  /**
   * The commit would flush as well, but without reports of success it looks in steps of 10 ms whether it may go on:
   * most of what a small transaction takes.
   */
  async #flush(startedMs: number): Promise<void> {
    while (!(await this.#producer.isFlushed())) {
      // Out of time: the commit says what is missing.
      if (performance.now() - startedMs > this.#transactionTimeoutMs) return;
      await delay(KAFKA_LIMITS.flushPauseMs);
    }
  }

  /** False when librdkafka's queue is full. */
  #produceOne(record: KafkaRecord): boolean {
    try {
      this.#producer.produce(record);
      return true;
    } catch (error) {
      if (error instanceof RdkafkaFailure && error.code === queueFullCode) return false;
      throw error instanceof RdkafkaFailure ? new TopicFailure(error, record.topic) : error;
    }
  }

  /**
   * Aborts, so that readers are not held up until the time-out, and finds the reason: a delivery report knows more
   * than the commit that it made fail, and after a fatal failure only a transaction call says which.
   */
  async #settle(failure: KafkaFailure): Promise<KafkaFailure> {
    this.#producer.poll();
    // Delivery reports come through the event loop, perhaps after the commit's own answer.
    await turn();
    await turn();
    // Read before the abort, which fails every record that is still queued.
    const delivery = this.#producer.deliveryFailure;
    const known = failure instanceof RdkafkaFailure && failure.isFatal && failure.code !== fatalCode;
    // A cluster that does not answer will not answer an abort either.
    const silent = failure.code === timedOutCode;
    const abortFailure = known || silent ? undefined : await this.#abort();
    if (abortFailure?.isFatal === true) return abortFailure;
    if (known || failure instanceof TopicFailure || delivery === undefined) return failure;
    return new TopicFailure(delivery, delivery.topic);
  }

  async #abort(): Promise<RdkafkaFailure | undefined> {
    try {
      await this.#producer.abortTransaction(KAFKA_LIMITS.abortTimeoutMs);
      return undefined;
    } catch (error) {
      return error as RdkafkaFailure;
    }
  }

  #unclean(failure: KafkaFailure, startedMs: number): TransactionOutcome {
    const topic = failure instanceof TopicFailure ? failure.topic : undefined;
    const log = failure.log ?? this.#producer.failureLog;
    const during = 'while publishing a transaction';
    const plain = { code: failure.code, message: failure.message, log };
    const error = explainKafkaFailure(plain, { ...this.#attempt, topic, during });
    const inTime = performance.now() - startedMs < this.#transactionTimeoutMs;
    return {
      outcome: 'unclean',
      reason: error.message,
      error,
      isFatal: failure instanceof RdkafkaFailure && failure.isFatal,
      isFenced: error.code === 'kafka-fenced' && inTime,
    };
  }
}

/** A failure that is known to concern one topic. */
class TopicFailure extends Error implements KafkaFailure {
  readonly code: number | undefined;
  readonly topic: string;

  constructor(failure: KafkaFailure, topic: string) {
    super(failure.message);
    this.code = failure.code;
    this.topic = topic;
  }
}

function createProducer(options: TransactionalPublisherOptions): RdkafkaProducer {
  return new RdkafkaProducer(options, {
    'transactional.id': options.transactionalId,
    'transaction.timeout.ms': options.transactionTimeoutMs ?? KAFKA_LIMITS.transactionTimeoutMs,
    'enable.idempotence': true,
    acks: -1,
  });
}

function asFailure(error: unknown): KafkaFailure {
  return error instanceof RdkafkaFailure || error instanceof TopicFailure ? error : { message: String(error) };
}
