/** Compares a topic with a series of deltas while it is read: a million records need no memory. */
import { readCompacted } from '../../../src/kafka/compacted-reader.ts';
import type { ReadRecord } from '../../../src/kafka/kafka-record.ts';
import { type DeltaSeries, deltaKey, deltaText } from '../../workload/sized-deltas.ts';

const READ_TIMEOUT_MS = 600_000;
const MAX_FAULTS = 5;

/** Each subject's deltas, in their order, once. */
export class SeriesCheck {
  readonly faults: string[] = [];
  readonly #series: DeltaSeries;
  /** Index of the delta that must come next, by key. */
  readonly #next = new Map<string, number>();
  #seen = 0;

  constructor(series: DeltaSeries) {
    this.#series = series;
    for (let subject = 0; subject < series.subjects; subject++) this.#next.set(deltaKey(series, subject), subject);
  }

  handleRecord({ key, value }: Pick<ReadRecord, 'key' | 'value'>): void {
    this.#seen += 1;
    const index = this.#next.get(key ?? '');
    if (index === undefined) this.#note(`a record of ${key}, which the source never said`);
    else if (value?.toString('utf8') !== deltaText(this.#series, index))
      this.#note(`another value than delta ${index}`);
    else this.#next.set(key as string, index + this.#series.subjects);
  }

  /** After the last; `count` deltas were said. */
  finish(count: number): readonly string[] {
    return this.#seen === count ? this.faults : [...this.faults, `${this.#seen} of ${count} records arrived`];
  }

  #note(fault: string): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push(fault);
  }
}

/** What is wrong with the topic. */
export async function readBack(
  from: { readonly brokers: string; readonly topic: string },
  series: DeltaSeries,
  count: number,
): Promise<readonly string[]> {
  const check = new SeriesCheck(series);
  const onRecord = (record: ReadRecord) => check.handleRecord(record);
  const read = await readCompacted({ ...from, onRecord, timeoutMs: READ_TIMEOUT_MS });
  return read.outcome === 'read' ? check.finish(count) : [`there is no topic ${from.topic}`];
}
