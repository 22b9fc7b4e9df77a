/**
 * A broker on virtual time, as far as exactly-once rests on it: transactions that are open, committed or aborted, fencing by
 * transactional id, the transaction time-out, the last stable offset against the high watermark, compaction. It fails as it
 * is told: no answer for a while, requests or answers lost, a commit that takes effect late, topics that are gone.
 */
import type { Producer } from '../../receiver/publish/kafka-access.ts';
import type { KafkaRecord } from '../../src/kafka/kafka-record.ts';
import { RdkafkaFailure } from '../../src/kafka/rdkafka-client.ts';
import type { TopicProblem } from '../../src/kafka/topic-spec.ts';
import type { TransactionOutcome } from '../../src/kafka/transactional-publisher.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { ModelLog, type ModelTransaction } from './model-log.ts';

/** What becomes of one transaction: `late`: the broker commits by itself, so long after the client asked. */
export type TransactionFault = 'none' | 'records-lost' | 'commit-lost' | 'answer-lost' | 'late';

export interface BrokerClock {
  nowMs(): number;
  after(delayMs: number, run: () => void): void;
}

/** One process that talks to the broker. What it awaits never ends once it is dead. */
export interface BrokerClient {
  sleep(delayMs: number): Promise<void>;
}

export interface ModelBrokerOptions {
  readonly clock: BrokerClock;
  /** Name → partitions. */
  readonly topics: Readonly<Record<string, number>>;
  readonly transactionTimeoutMs: number;
  readonly latencyMs: () => number;
  readonly drawFault: () => TransactionFault;
  readonly lateMs: () => number;
  /** With each transaction that becomes visible. */
  readonly onCommit: (transactionalId: string, records: readonly KafkaRecord[]) => void;
}

interface Registered {
  generation: number;
  open: ModelTransaction | undefined;
}

const RETRY_MS = 500;
const CLIENT_TIMEOUT_MS = 10_000;

export class ModelBroker {
  readonly #options: ModelBrokerOptions;
  readonly #topics: ReadonlyMap<string, readonly ModelLog[]>;
  readonly #producers = new Map<string, Registered>();
  /** Answers nobody. */
  isDown = false;
  readonly missingTopics = new Set<string>();

  constructor(options: ModelBrokerOptions) {
    this.#options = options;
    const logs = (count: number) => Array.from({ length: count }, (_, partition) => new ModelLog(partition));
    this.#topics = new Map(Object.entries(options.topics).map(([name, count]) => [name, logs(count)]));
  }

  async checkTopics(client: BrokerClient): Promise<readonly TopicProblem[]> {
    await this.#reach(client, CLIENT_TIMEOUT_MS);
    return [...this.missingTopics].map((topic) => {
      return { topic, setting: 'topic', seen: 'missing', wanted: 'present', cure: 'Restore it.' };
    });
  }

  /** Fences every earlier producer of the id, and aborts what it left open. */
  async open(client: BrokerClient, transactionalId: string): Promise<Producer> {
    await this.#reach(client, CLIENT_TIMEOUT_MS);
    await client.sleep(this.#options.latencyMs());
    const registered = this.#producers.get(transactionalId) ?? { generation: 0, open: undefined };
    this.#producers.set(transactionalId, registered);
    if (registered.open !== undefined) this.#end(registered.open, 'aborted');
    const generation = ++registered.generation;
    await client.sleep(this.#options.latencyMs());
    let isSpent = false;
    return {
      publishTransaction: async (records, beforeCommit) => {
        if (isSpent) throw new Error('a spent producer was used again');
        const own = { transactionalId, registered, generation, beforeCommit };
        const outcome = await this.#publish(client, own, records);
        isSpent = outcome.outcome === 'unclean';
        return outcome;
      },
      destroy: async () => true,
    };
  }

  /** Another process opens the id, and no more than that. */
  fence(transactionalId: string): void {
    const registered = this.#producers.get(transactionalId);
    if (registered === undefined) return;
    if (registered.open !== undefined) this.#end(registered.open, 'aborted');
    registered.generation++;
  }

  /** Begins a transaction and leaves it open. */
  begin(transactionalId: string, records: readonly KafkaRecord[]): ModelTransaction {
    const transaction: ModelTransaction = {
      transactionalId,
      state: 'open',
      records: [],
      partitions: new Set(),
    };
    this.#append(transaction, records);
    return transaction;
  }

  end(transaction: ModelTransaction, state: 'committed' | 'aborted'): void {
    this.#end(transaction, state);
  }

  partitions(topic: string): readonly ModelLog[] {
    return this.missingTopics.has(topic) ? [] : (this.#topics.get(topic) ?? []);
  }

  get topics(): readonly string[] {
    return [...this.#topics.keys()].filter((topic) => !this.missingTopics.has(topic));
  }

  compact(topic: string, options: { readonly forgetsTombstones: boolean }): void {
    for (const log of this.#topics.get(topic) ?? []) log.compact(options);
  }

  /** Resolves once the broker answers; rejects after the time-out, as librdkafka does. */
  async reach(client: BrokerClient, timeoutMs: number): Promise<void> {
    const endMs = this.#options.clock.nowMs() + timeoutMs;
    while (this.isDown) {
      if (this.#options.clock.nowMs() >= endMs) {
        throw new RdkafkaFailure({ message: 'Local: All broker connections are down', code: -187 }, []);
      }
      await client.sleep(RETRY_MS);
    }
    await client.sleep(this.#options.latencyMs());
  }

  async #reach(client: BrokerClient, timeoutMs: number): Promise<void> {
    try {
      await this.reach(client, timeoutMs);
    } catch {
      throw new DiodeError('kafka-unreachable', 'No broker answers.', 'Start it.');
    }
  }

  async #publish(
    client: BrokerClient,
    own: {
      readonly transactionalId: string;
      readonly registered: Registered;
      readonly generation: number;
      readonly beforeCommit: () => void;
    },
    records: readonly KafkaRecord[],
  ): Promise<TransactionOutcome> {
    const { clock, latencyMs, transactionTimeoutMs } = this.#options;
    const fault = this.#options.drawFault();
    const endMs = clock.nowMs() + transactionTimeoutMs;
    const isFenced = () => own.registered.generation !== own.generation;
    const timesOut = async (): Promise<TransactionOutcome> => {
      await client.sleep(Math.max(0, endMs - clock.nowMs()));
      return unclean('kafka-timeout');
    };
    if (this.isDown) return timesOut();
    if (isFenced()) return unclean('kafka-fenced');
    if (records.some(({ topic }) => this.missingTopics.has(topic))) return unclean('kafka-topic');
    const half = Math.ceil(records.length / 2);
    const transaction = this.begin(own.transactionalId, records.slice(0, half));
    own.registered.open = transaction;
    clock.after(transactionTimeoutMs, () => this.#end(transaction, 'aborted'));
    // Some records are there by then, others are not; a client that dies of it leaves the transaction open.
    own.beforeCommit();
    await client.sleep(latencyMs());
    if (this.isDown || fault === 'records-lost') {
      if (this.isDown) return timesOut();
      this.#end(transaction, 'aborted');
      return unclean('kafka-unreachable');
    }
    if (isFenced()) return unclean('kafka-fenced');
    if (transaction.state !== 'open') return unclean('kafka-timeout');
    this.#append(transaction, records.slice(half));
    await client.sleep(latencyMs());
    if (this.isDown || fault === 'commit-lost') return timesOut();
    if (isFenced()) return unclean('kafka-fenced');
    if (fault === 'late') {
      clock.after(this.#options.lateMs(), () => this.#end(transaction, 'committed'));
      for (; clock.nowMs() < endMs; await client.sleep(RETRY_MS)) {
        if ((transaction.state as string) === 'committed') return { outcome: 'committed' };
      }
      return unclean('kafka-timeout');
    }
    this.#end(transaction, 'committed');
    await client.sleep(latencyMs());
    if (fault === 'answer-lost') return timesOut();
    return (transaction.state as string) === 'committed' ? { outcome: 'committed' } : unclean('kafka-timeout');
  }

  #append(transaction: ModelTransaction, records: readonly KafkaRecord[]): void {
    for (const record of records) {
      const logs = this.#topics.get(record.topic);
      if (logs === undefined) throw new Error(`there is no topic ${record.topic}`);
      (logs[partitionOf(record.key, logs.length)] as ModelLog).append(transaction, record);
      transaction.records.push(record);
    }
  }

  /** Once: what ends a transaction later finds it ended. */
  #end(transaction: ModelTransaction, state: 'committed' | 'aborted'): void {
    if (transaction.state !== 'open') return;
    transaction.state = state;
    for (const log of transaction.partitions) log.append(transaction);
    const registered = this.#producers.get(transaction.transactionalId);
    if (registered?.open === transaction) registered.open = undefined;
    if (state === 'committed') this.#options.onCommit(transaction.transactionalId, transaction.records);
  }
}

function partitionOf(key: string, count: number): number {
  let hash = 0;
  for (let at = 0; at < key.length; at++) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
  return (hash >>> 0) % count;
}

function unclean(code: 'kafka-timeout' | 'kafka-fenced' | 'kafka-topic' | 'kafka-unreachable'): TransactionOutcome {
  const error = new DiodeError(code, 'The outcome is not known.', 'Nothing is to be done.');
  return { outcome: 'unclean', reason: error.message, error, isFatal: true, isFenced: code === 'kafka-fenced' };
}
