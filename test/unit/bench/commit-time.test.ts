import { describe, expect, it } from 'vitest';
import { commitTimeMs } from '../../../bench/benchmarks/endtoend/commit-time.ts';

const second = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString();
const decided = (at: number, through: string, counts: object) =>
  JSON.stringify({ seq: at, at: second(at), event: 'transaction', through, ...counts });
const committed = (at: number, through: string) =>
  JSON.stringify({ seq: at, at: second(at), event: 'transaction-committed', through });

const log = [
  JSON.stringify({ seq: 0, at: second(0), event: 'program-started' }),
  decided(1, '1.1', { published: 10, quarantined: 0 }),
  committed(2, '1.1'),
  decided(3, '1.4', { published: 25, superseded: 3, held: 1, expired: 1, quarantined: 0 }),
  committed(5, '1.4'),
  decided(6, '1.5', { published: 1 }),
  committed(7, '1.5'),
  '',
].join('\n');

describe('commitTimeMs', () => {
  it.each([
    [1, 2],
    [10, 2],
    [11, 5],
    [40, 5],
    [41, 7],
  ])('finds when record %i was committed, every outcome counted', (records, at) => {
    expect(commitTimeMs(log, records)).toBe(Date.parse(second(at)));
  });

  it('does not take a decision for a commit', () => {
    const open = `${log}${decided(8, '1.6', { published: 100 })}\n`;
    expect(() => commitTimeMs(open, 42)).toThrow('41 of 42 records');
  });

  it('counts what a healed gap brought, which moves the stream no further', () => {
    const healed = [decided(1, '1.4', { published: 10 }), committed(2, '1.4')];
    const later = [decided(3, '1.4', { published: 5 }), committed(4, '1.4')];
    expect(commitTimeMs([...healed, ...later].join('\n'), 15)).toBe(Date.parse(second(4)));
  });

  it('counts a transaction that was decided twice once', () => {
    const twice = [decided(1, '1.1', { published: 10 }), decided(2, '1.1', { published: 10 }), committed(3, '1.1')];
    expect(commitTimeMs(twice.join('\n'), 10)).toBe(Date.parse(second(3)));
    expect(() => commitTimeMs([...twice, committed(4, '1.1')].join('\n'), 11)).toThrow('10 of 11 records');
  });
});
