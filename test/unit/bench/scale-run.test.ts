import { describe, expect, it } from 'vitest';
import { openRecordIntake, type RecordIntake } from '../../../bench/benchmarks/scale/record-intake.ts';
import { runStretch } from '../../../bench/benchmarks/scale/scale-run.ts';
import { userKey, userPut } from '../../../bench/workload/sized-users.ts';

describe('sized users', () => {
  it.each([100, 101, 500, 10_000])('have exactly %d bytes', (resourceBytes) => {
    for (const version of [0, 7, 99, 100]) {
      expect(userPut(3, version, { seed: 1, resourceBytes }).resource).toHaveLength(resourceBytes);
    }
  });

  it('have a key of their own each, and another text in the next run', () => {
    const kind = { seed: 1, resourceBytes: 100 };
    expect(new Set(Array.from({ length: 10_000 }, (_, number) => userKey(number, 1))).size).toBe(10_000);
    expect(userPut(3, 1, kind).resource).not.toBe(userPut(3, 2, kind).resource);
  });
});

describe('a stretch', () => {
  const stretch = { seed: 1, resourceBytes: 500, subjects: 100, records: 30, run: 0, firstSequence: 1 };
  const open = () => openRecordIntake(':memory:', { subjects: 100, seed: 1 });

  it('changes users that the table knows, run after run', () => {
    const intake = open();
    const first = runStretch(intake, stretch);
    const second = runStretch(intake, { ...stretch, run: 1, firstSequence: first.nextSequence });
    expect([first.faults, second.faults]).toEqual([[], []]);
    expect(second.nextSequence).toBeGreaterThan(first.nextSequence);
    intake.close();
  });

  it.each<[string, (intake: RecordIntake) => RecordIntake, string]>([
    [
      'a value is another',
      (of) => ({ ...of, subjectCount: 100, take: (s) => of.take(s).with(4, '{}') }),
      '4 is another',
    ],
    ['one is missing', (of) => ({ ...of, subjectCount: 100, take: (s) => of.take(s).slice(1) }), '29 of 30 values'],
    ['a revision was not kept', (of) => ({ ...of, subjectCount: 100, sequenceOf: () => undefined }), 'revisions'],
    ['a subject was made', (of) => ({ ...of, subjectCount: 101 }), '101 of 100 subjects'],
  ])('says so where %s', (_, spoil, fault) => {
    const intake = open();
    expect(runStretch(spoil(intake), stretch).faults).toEqual([expect.stringContaining(fault)]);
    intake.close();
  });
});
