import { describe, expect, it } from 'vitest';
import { freshMs, pollWaitMs, retryAfterMs, retryWaitMs } from '../../../sender/issuer/poll-times.ts';

const DATE = 'Fri, 15 Jan 2027 08:00:00 GMT';
const NOW_MS = Date.parse(DATE);

describe('how long an answer is fresh', () => {
  it.each([
    [{ cacheControl: 'public, max-age=600' }, 600],
    [{ cacheControl: 'Max-Age="600", must-revalidate' }, 600],
    [{ cacheControl: 'max-age=600', age: '120' }, 480],
    [{ cacheControl: 'max-age=600', expires: 'Fri, 15 Jan 2027 09:00:00 GMT', date: DATE }, 600],
    [{ expires: 'Fri, 15 Jan 2027 09:00:00 GMT', date: 'Fri, 15 Jan 2027 08:30:00 GMT' }, 1_800],
    [{ expires: 'Fri, 15 Jan 2027 09:00:00 GMT' }, 3_600],
  ])('follows RFC 9111 §4.2: %j is %i s', (headers, seconds) => {
    expect(freshMs(headers, NOW_MS)).toBe(seconds * 1_000);
  });

  it.each([
    {},
    { cacheControl: 'no-cache, max-age=600' },
    { cacheControl: 'no-store' },
    { cacheControl: 'max-age=0' },
    { cacheControl: 'x-max-age=600' },
    { cacheControl: 'max-age=-5' },
    { cacheControl: 'max-age=600', age: '600' },
    { expires: '0' },
    { expires: 'Fri, 15 Jan 2027 07:00:00 GMT', date: DATE },
  ])('is unsaid by %j', (headers) => {
    expect(freshMs(headers, NOW_MS)).toBeUndefined();
  });
});

describe('when an issuer is asked again', () => {
  const range = (waits: readonly number[]) => [Math.min(...waits), Math.max(...waits)] as const;
  const many = (wait: (at: number) => number) => range(Array.from({ length: 200 }, (_, at) => wait(NOW_MS + at)));

  it.each([
    [undefined, 900_000],
    [600_000, 600_000],
    [1_000, 60_000],
    [90 * 86_400_000, 86_400_000],
  ])('is when its answer is stale, from a minute to a day, a tenth later at most: fresh %j', (fresh, leastMs) => {
    const [least, most] = many((at) => pollWaitMs('https://a.example', at, { usualMs: 900_000, fresh }));
    expect(least).toBeGreaterThanOrEqual(leastMs);
    expect(least).toBeLessThan(leastMs * 1.01);
    expect(most).toBeGreaterThan(leastMs * 1.09);
    expect(most).toBeLessThanOrEqual(leastMs * 1.1);
  });

  it('comes later with every failure, an hour at most, and the same for whoever knows name and time', () => {
    for (const [failures, leastMs] of [
      [1, 15_000],
      [2, 30_000],
      [4, 120_000],
      [8, 1_920_000],
      [9, 3_600_000],
      [500, 3_600_000],
    ] as const) {
      const [least, most] = many((at) => retryWaitMs('a', at, { failures }));
      expect(least).toBeGreaterThanOrEqual(leastMs);
      expect(most).toBeLessThanOrEqual(leastMs * 1.1);
      expect(most).toBeGreaterThan(leastMs * 1.09);
    }
    expect(retryWaitMs('a', NOW_MS, { failures: 3 })).toBe(retryWaitMs('a', NOW_MS, { failures: 3 }));
    expect(retryWaitMs('a', NOW_MS, { failures: 3 })).not.toBe(retryWaitMs('b', NOW_MS, { failures: 3 }));
  });

  it('is never before Retry-After, in seconds or as a date, a day at most', () => {
    expect(retryAfterMs({ retryAfter: '120' }, NOW_MS)).toBe(120_000);
    expect(retryAfterMs({ retryAfter: 'Fri, 15 Jan 2027 08:02:00 GMT' }, NOW_MS)).toBe(120_000);
    expect(retryAfterMs({ retryAfter: 'Fri, 15 Jan 2027 07:00:00 GMT' }, NOW_MS)).toBe(0);
    expect(retryAfterMs({ retryAfter: 'soon' }, NOW_MS)).toBeUndefined();
    const [least] = many((at) => retryWaitMs('a', at, { failures: 1, askedMs: 7_200_000 }));
    expect(least).toBeGreaterThanOrEqual(7_200_000);
    expect(many((at) => retryWaitMs('a', at, { failures: 1, askedMs: 1e12 }))[1]).toBeLessThanOrEqual(86_400_000 * 1.1);
  });
});
