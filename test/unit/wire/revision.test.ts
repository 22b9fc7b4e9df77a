import { describe, expect, it } from 'vitest';
import { compareRevisions, formatRevision, parseRevision } from '../../../src/wire/revision.ts';

const revision = (epoch: number, sequence: number, index: number) => ({ epoch, sequence, index });

describe('revisions', () => {
  it('are ordered by epoch, then sequence, then index', () => {
    const ascending = [revision(1, 9, 9), revision(2, 1, 5), revision(2, 3, 0), revision(2, 3, 1), revision(3, 0, 0)];
    for (const [a, left] of ascending.entries()) {
      for (const [b, right] of ascending.entries())
        expect(Math.sign(compareRevisions(left, right))).toBe(Math.sign(a - b));
    }
  });

  it('come back from their text', () => {
    const largest = revision(Number.MAX_SAFE_INTEGER, 2 ** 48 - 1, 65_535);
    for (const value of [revision(3, 1042, 7), revision(0, 0, 0), largest]) {
      expect(parseRevision(formatRevision(value))).toEqual(value);
    }
    expect(formatRevision(revision(3, 1042, 7))).toBe('3.1042.7');
  });

  it.each(['', '1', '1.2', '1.2.3.4', '01.2.3', '1.2.-3', '1.2.3 ', '9007199254740992.1.1', '1..2', 'a.b.c'])(
    'are not read from "%s"',
    (text) => {
      expect(parseRevision(text)).toBeUndefined();
    },
  );
});
