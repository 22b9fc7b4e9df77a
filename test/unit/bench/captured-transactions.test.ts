import { describe, expect, it } from 'vitest';
import { capturedTransactions } from '../../../bench/benchmarks/endtoend/captured-transactions.ts';
import type { ReadRecord } from '../../../src/kafka/kafka-record.ts';

const topics = { identity: 'copy.identity', progress: 'copy.progress' };

function delta(key: string, revision: string, value: string | null = '{}'): ReadRecord {
  const headers = [
    ['ce_type', 'x'],
    ['ce_revision', revision],
  ] as const;
  return { partition: 3, offset: 0, key, value: value === null ? null : Buffer.from(value), headers, timestampMs: 5 };
}

function progress(offset: number, sequence: number): ReadRecord {
  const value = Buffer.from(JSON.stringify({ stream: 'hr', sequence }));
  return { partition: 0, offset, key: 'hr', value, headers: [], timestampMs: 6 };
}

describe('capturedTransactions', () => {
  it('puts records of all partitions into the order of their revisions, compared as numbers', () => {
    const identity = [delta('c', '1.10.0'), delta('a', '1.2.10'), delta('b', '1.9.0'), delta('a', '1.2.9')];
    const [only] = capturedTransactions({ identity, progress: [progress(0, 10)] }, topics);
    const revisions = only?.slice(0, -1).map(({ headers }) => headers[1]?.[1]);
    expect(revisions).toEqual(['1.2.9', '1.2.10', '1.9.0', '1.10.0']);
  });

  it('ends each transaction with the progress record that was committed with it', () => {
    const identity = [delta('a', '1.1.0'), delta('b', '1.2.0'), delta('c', '1.3.0')];
    const found = capturedTransactions({ identity, progress: [progress(1, 3), progress(0, 2)] }, topics);
    expect(found.map((records) => records.map(({ topic, key }) => `${topic} ${key}`))).toEqual([
      ['copy.identity a', 'copy.identity b', 'copy.progress hr'],
      ['copy.identity c', 'copy.progress hr'],
    ]);
  });

  it('copies key, value, headers and time, tombstones included', () => {
    const identity = [delta('a', '1.1.0', null)];
    const [only] = capturedTransactions({ identity, progress: [progress(0, 1)] }, topics);
    expect(only?.[0]).toEqual({
      topic: 'copy.identity',
      key: 'a',
      value: null,
      headers: identity[0]?.headers,
      timestampMs: 5,
    });
  });

  it('leaves out progress that no record was committed with', () => {
    const found = capturedTransactions(
      { identity: [delta('a', '1.2.0')], progress: [progress(0, 1), progress(1, 2), progress(2, 2)] },
      topics,
    );
    expect(found).toHaveLength(1);
  });

  it('refuses records that no progress covers, and records without a revision', () => {
    const beyond = { identity: [delta('a', '1.2.0')], progress: [progress(0, 1)] };
    expect(() => capturedTransactions(beyond, topics)).toThrow('1 records lie beyond the last progress record');
    const bare = { identity: [{ ...delta('a', ''), headers: [] }], progress: [progress(0, 1)] };
    expect(() => capturedTransactions(bare, topics)).toThrow('without a revision');
  });
});
