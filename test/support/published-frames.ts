/** What the frames of a publisher fixture must have become in Kafka, as kcat reads it. */

import { expect } from 'vitest';
import { compareRevisions, parseRevision } from '../../src/wire/revision.ts';
import { type KcatRecord, kcatRead } from './kafka-tools.ts';
import { progressIn } from './kafka-value.ts';
import { frameRecords, RECORDS_PER_FRAME } from './publisher-fixture.ts';

const header = ({ headers }: KcatRecord, name: string) => headers.find(([each]) => each === name)?.[1];

/** Every record of frames 1 to `count` once, in order within its key, and progress that says so. */
export async function expectAllOnce(brokers: string, count: number): Promise<void> {
  const read = (topic: string) => kcatRead({ brokers, topic: `site-a.${topic}`, committed: true });
  const expected = (kind: 'token' | 'delta') =>
    Array.from({ length: count }, (_, index) => index + 1).flatMap((sequence) =>
      frameRecords(sequence).flatMap((record, index) => (record.kind === kind ? [`hr/1.${sequence}.${index}`] : [])),
    );
  // A commit that was answered becomes readable a moment later: Kafka writes the partitions' markers behind its answer.
  const readable = async () => [(await read('identity')).length, (await read('tokens')).length];
  await expect.poll(readable, { timeout: 30_000 }).toEqual([expected('delta').length, expected('token').length]);
  const [identity, tokens, progress] = [await read('identity'), await read('tokens'), await read('progress')];
  expect(identity.map((record) => header(record, 'ce_id') as string).sort()).toEqual(expected('delta').sort());
  expect(tokens.map((record) => header(record, 'ce_id') as string).sort()).toEqual(expected('token').sort());
  for (const records of [identity, tokens]) {
    const last = new Map<string, string>();
    for (const record of records) {
      const revision = header(record, 'ce_revision') as string;
      const before = last.get(record.key as string) ?? '0.0.0';
      expect(compareRevisions(parseRevision(revision) as never, parseRevision(before) as never)).toBeGreaterThan(0);
      last.set(record.key as string, revision);
    }
  }
  const told = progressIn(progress.at(-1));
  expect(told).toMatchObject({
    sequence: count,
    gaps: [],
    totals: { published: count * RECORDS_PER_FRAME, superseded: 0, quarantined: 0 },
  });
}
