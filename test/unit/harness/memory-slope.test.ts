import { describe, expect, it } from 'vitest';
import { fitSlope, judgeSlope, minuteFloors, type Sample } from '../../../bench/support/memory-slope.ts';
import { seededFractions } from '../../../bench/workload/seeded-fractions.ts';

const MINUTE_MS = 60_000;
const line = (perHour: number, noise = 0, seed = 1): Sample[] => {
  const random = seededFractions(seed);
  return Array.from({ length: 45 }, (_, minute) => ({
    atMs: minute * MINUTE_MS,
    bytes: 100e6 + (perHour * minute) / 60 + noise * (random() - 0.5),
  }));
};

describe('the slope of memory', () => {
  it('is that of the line, exactly where there is no noise', () => {
    const slope = fitSlope(line(12e6));
    expect(slope?.perHour).toBeCloseTo(12e6, 0);
    expect(slope?.standardError).toBeCloseTo(0, 0);
    expect(slope?.points).toBe(45);
  });

  it('lies within two standard errors of the truth nearly always', () => {
    const misses = Array.from({ length: 200 }, (_, seed) => fitSlope(line(5e6, 8e6, seed + 1))).filter(
      (slope) => slope !== undefined && Math.abs(slope.perHour - 5e6) > 2 * slope.standardError,
    );
    expect(misses.length).toBeLessThan(20);
  });

  it('is less certain where one residual follows another', () => {
    const wave = line(0).map((point, minute) => ({ ...point, bytes: point.bytes + 5e6 * Math.sin(minute / 7) }));
    const shuffled = wave.map((point, index) => ({ ...point, bytes: wave[(index * 17) % 45]?.bytes ?? 0 }));
    expect(fitSlope(wave)?.standardError).toBeGreaterThan(2 * (fitSlope(shuffled)?.standardError ?? 0));
  });

  it.each([
    [30, 4, 'above'],
    [30, 6, 'within'],
    [5, 10, 'within'],
    // A slope of four times the bound, or none at all: nobody can tell.
    [5, 10.5, 'unsure'],
    [80, 31, 'unsure'],
    [90, 31, 'above'],
  ])('of %i ± %d is held against a bound of 20: %s', (perHour, standardError, judgement) => {
    expect(judgeSlope({ perHour, standardError, points: 45 }, 20)).toBe(judgement);
  });

  it('is none of two points', () => {
    expect(fitSlope(line(1).slice(0, 2))).toBeUndefined();
  });

  it('goes through the floor of each minute behind the warm-up', () => {
    const samples = [
      { atMs: 10_000, bytes: 1 },
      { atMs: 61_000, bytes: 9 },
      { atMs: 70_000, bytes: 5 },
      { atMs: 119_000, bytes: 7 },
      { atMs: 121_000, bytes: 8 },
    ];
    expect(minuteFloors(samples, MINUTE_MS).map(({ bytes }) => bytes)).toEqual([5, 8]);
  });
});
