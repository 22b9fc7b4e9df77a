/** A broker in memory with transactions and fencing, that fails where a test says: what Kafka may answer, in any order. */
import type { KafkaAccess, Producer } from '../../receiver/publish/kafka-access.ts';
import type { Progress, TopicName } from '../../receiver/publish/progress.ts';
import type { KafkaRecord, ReadRecord } from '../../src/kafka/kafka-record.ts';
import type { TopicProblem } from '../../src/kafka/topic-spec.ts';
import type { TransactionOutcome } from '../../src/kafka/transactional-publisher.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { progressIn, valueBytes } from './kafka-value.ts';
import { STREAM } from './signed-stream.ts';

/** One step of the way: what the next call of that kind does instead of working. */
export type Fault =
  | 'topics-fail'
  | 'open-fails'
  | 'progress-fails'
  | 'reading-fails'
  | 'aborted-unclean'
  | 'committed-unclean'
  | 'fenced';

export const FAULTS: readonly Fault[] = [
  'topics-fail',
  'open-fails',
  'progress-fails',
  'aborted-unclean',
  'committed-unclean',
];

export class ModelKafka implements KafkaAccess {
  /** Committed transactions in order. */
  readonly transactions: (readonly KafkaRecord[])[] = [];
  problems: readonly TopicProblem[] = [];
  readonly #topics: (name: TopicName) => string;
  #faults: Fault[] = [];
  #generation = 0;
  opened = 0;
  /** Opened and not destroyed. */
  producersOpen = 0;
  onHandedOver: () => void = () => {};
  onPublish: (records: readonly KafkaRecord[]) => void = () => {};

  constructor(topics: (name: TopicName) => string) {
    this.#topics = topics;
  }

  /** In this order, each at the next call that it fits. */
  plan(...faults: readonly Fault[]): void {
    this.#faults.push(...faults);
  }

  get faultsLeft(): number {
    return this.#faults.length;
  }

  /** Everything committed in one topic. */
  records(topic: TopicName): readonly KafkaRecord[] {
    return this.transactions.flat().filter((record) => record.topic === this.#topics(topic));
  }

  /** As compaction does once `delete.retention.ms` is over: nothing of a deleted key is left. */
  forgetTombstones(): void {
    const last = new Map(this.transactions.flat().map(({ topic, key, value }) => [`${topic} ${key}`, value]));
    for (const [index, records] of this.transactions.entries()) {
      this.transactions[index] = records.filter(({ topic, key }) => last.get(`${topic} ${key}`) !== null);
    }
  }

  forget(count: number): void {
    this.transactions.splice(this.transactions.length - count, count);
  }

  async checkTopics(): Promise<readonly TopicProblem[]> {
    if (this.#takes('topics-fail')) throw unreachable();
    return this.problems;
  }

  async open(): Promise<Producer> {
    if (this.#takes('open-fails')) throw unreachable();
    this.opened += 1;
    this.producersOpen += 1;
    this.#generation += 1;
    const generation = this.#generation;
    let isSpent = false;
    return {
      publishTransaction: async (records, beforeCommit) => {
        if (isSpent) throw new Error('a spent producer was used again');
        this.onHandedOver();
        beforeCommit();
        const outcome = this.#commit(records, generation);
        isSpent = outcome.outcome === 'unclean';
        return outcome;
      },
      destroy: async () => {
        this.producersOpen -= 1;
        return true;
      },
    };
  }

  async readProgress(): Promise<Progress | undefined> {
    if (this.#takes('progress-fails')) throw unreachable();
    return progressIn(this.records('progress').findLast(({ key }) => key === STREAM));
  }

  /** As a compacted topic that the cleaner has been over: the last record of each key. */
  async readTopic(topic: TopicName, onRecord: (record: ReadRecord) => void): Promise<void> {
    if (this.#takes('reading-fails')) throw unreachable();
    const last = new Map(this.records(topic).map((record) => [record.key, record]));
    let offset = 0;
    for (const { key, value, headers } of last.values()) {
      onRecord({ partition: 0, offset: offset++, key, value: valueBytes(value), headers, timestampMs: 1 });
    }
  }

  #commit(records: readonly KafkaRecord[], generation: number): TransactionOutcome {
    this.onPublish(records);
    if (generation !== this.#generation || this.#takes('fenced')) return unclean('kafka-fenced');
    if (this.#takes('aborted-unclean')) return unclean('kafka-timeout');
    this.transactions.push(records);
    return this.#takes('committed-unclean') ? unclean('kafka-timeout') : { outcome: 'committed' };
  }

  #takes(fault: Fault): boolean {
    if (this.#faults[0] !== fault) return false;
    this.#faults.shift();
    return true;
  }
}

function unreachable(): DiodeError {
  return new DiodeError('kafka-unreachable', 'No broker answers.', 'Start it.');
}

function unclean(code: 'kafka-timeout' | 'kafka-fenced'): TransactionOutcome {
  const error = new DiodeError(code, 'The outcome is not known.', 'Nothing is to be done.');
  return { outcome: 'unclean', reason: error.message, error, isFatal: true, isFenced: code === 'kafka-fenced' };
}
