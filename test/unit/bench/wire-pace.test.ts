import { describe, expect, it } from 'vitest';
import { burstSeconds, wirePace } from '../../../bench/benchmarks/link/wire-pace.ts';

/** A second of nothing but a hello, then `megabytes` in as many steps of 10 ms: packets of 1,000 bytes. */
function looks(megabytes: number) {
  const quiet = [0, 500, 1_000].map((atMs, at) => ({ atMs, bytes: at * 100, packets: at, dropped: 0 }));
  const burst = Array.from({ length: megabytes }, (_, at) => ({
    atMs: 1_010 + at * 10,
    bytes: 200 + (at + 1) * 1e6,
    packets: 2 + (at + 1) * 1_000,
    dropped: 0,
  }));
  return [...quiet, ...burst];
}

describe('the pace of an interface', () => {
  it('counts what the cable carries beside what the interface counts, and no time before the burst', () => {
    expect(wirePace(looks(100))).toBeCloseTo(1_000 * (1_000 + 24) * 8 * 100, 0);
    expect(burstSeconds(looks(100))).toBeCloseTo(1, 1);
  });

  it('is 0 where nothing left', () => {
    const still = { bytes: 5, packets: 1, dropped: 0 };
    expect(wirePace([])).toBe(0);
    expect(wirePace([{ ...still, atMs: 1 }])).toBe(0);
    expect(wirePace([still, still].map((each, atMs) => ({ ...each, atMs })))).toBe(0);
  });
});
