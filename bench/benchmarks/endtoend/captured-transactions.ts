/** What the receiver committed together, found again from what lies in its topics. Pure. */
import type { ReadRecord } from '../../../src/kafka/kafka-record.ts';
import type { BareRecord } from './bare-producer.ts';

export interface CapturedTopics {
  readonly identity: readonly ReadRecord[];
  readonly progress: readonly ReadRecord[];
}

/** Topics of the copies. */
export interface CopyTopics {
  readonly identity: string;
  readonly progress: string;
}

/**
 * The identity records of each transaction in the order of their revisions, each with the progress record that was
 * committed with them. Transactions of progress alone are left out.
 */
export function capturedTransactions(captured: CapturedTopics, topics: CopyTopics): readonly (readonly BareRecord[])[] {
  const identity = captured.identity
    .map((record) => ({ record, place: revisionOf(record) }))
    .sort((a, b) => a.place.sequence - b.place.sequence || a.place.index - b.place.index);
  const transactions: BareRecord[][] = [];
  let next = 0;
  for (const progress of [...captured.progress].sort((a, b) => a.offset - b.offset)) {
    const upTo = (JSON.parse(progress.value?.toString('utf8') ?? '{}') as { sequence?: number }).sequence ?? 0;
    const from = next;
    while (next < identity.length && (identity[next]?.place.sequence ?? 0) <= upTo) next++;
    if (next === from) continue;
    const copies = identity.slice(from, next).map(({ record }) => copyOf(record, topics.identity));
    transactions.push([...copies, copyOf(progress, topics.progress)]);
  }
  if (next < identity.length) throw new Error(`${identity.length - next} records lie beyond the last progress record`);
  return transactions;
}

/** ce_revision is epoch.sequence.index; a benchmark's run stays in one epoch. */
function revisionOf(record: ReadRecord): { readonly sequence: number; readonly index: number } {
  const text = record.headers.find(([name]) => name === 'ce_revision')?.[1] ?? '';
  const [, sequence = Number.NaN, index = Number.NaN] = text.split('.').map(Number);
  if (Number.isNaN(sequence + index)) throw new Error(`a record without a revision: ${JSON.stringify(text)}`);
  return { sequence, index };
}

function copyOf({ key, value, headers, timestampMs }: ReadRecord, topic: string): BareRecord {
  return { topic, key: key ?? '', value, headers, timestampMs };
}
