/** One partition as a broker keeps it: records of transactions that are open, committed or aborted, and their markers. */
import type { KafkaRecord, ReadRecord } from '../../src/kafka/kafka-record.ts';
import { valueBytes } from './kafka-value.ts';

export interface ModelTransaction {
  readonly transactionalId: string;
  state: 'open' | 'committed' | 'aborted';
  readonly records: KafkaRecord[];
  readonly partitions: Set<ModelLog>;
}

interface Entry {
  readonly offset: number;
  readonly transaction: ModelTransaction;
  /** Absent for a marker. */
  readonly record?: KafkaRecord;
}

export class ModelLog {
  readonly #partition: number;
  #entries: Entry[] = [];
  #nextOffset = 0;

  constructor(partition: number) {
    this.#partition = partition;
  }

  append(transaction: ModelTransaction, record?: KafkaRecord): void {
    this.#entries.push({ offset: this.#nextOffset++, transaction, ...(record && { record }) });
    transaction.partitions.add(this);
  }

  get low(): number {
    return 0;
  }

  get high(): number {
    return this.#nextOffset;
  }

  /** No committed reader comes further: the first record of an open transaction. */
  get lastStable(): number {
    return this.#entries.find(({ transaction }) => transaction.state === 'open')?.offset ?? this.#nextOffset;
  }

  /** In order, from an offset: as a committed reader gets them, below the last stable offset, or all that lies there. */
  read(fromOffset: number, most: number, isCommittedOnly: boolean): readonly ReadRecord[] {
    const end = isCommittedOnly ? this.lastStable : this.high;
    const records: ReadRecord[] = [];
    for (const { offset, record, transaction } of this.#entries) {
      if (offset >= end || records.length === most) break;
      if (offset < fromOffset || record === undefined) continue;
      if (isCommittedOnly && transaction.state !== 'committed') continue;
      const { key, value, headers } = record;
      records.push({ partition: this.#partition, offset, key, value: valueBytes(value), headers, timestampMs: 1 });
    }
    return records;
  }

  /** The cleaner: of each key the last committed record stays; a tombstone only until its retention has passed. */
  compact(options: { readonly forgetsTombstones: boolean }): void {
    const end = this.lastStable;
    const last = new Map<string, number>();
    for (const { offset, record, transaction } of this.#entries) {
      if (offset < end && record !== undefined && transaction.state === 'committed') last.set(record.key, offset);
    }
    this.#entries = this.#entries.filter(({ offset, record }) => {
      if (offset >= end) return true;
      if (record === undefined || last.get(record.key) !== offset) return false;
      return record.value !== null || !options.forgetsTombstones;
    });
  }
}
