import { describe, expect, it } from 'vitest';
import { RateBucket } from '../../../sender/issuer/rate-bucket.ts';
import { RecentMaximum } from '../../../sender/issuer/recent-maximum.ts';
import {
  marginOf,
  type RenewalMargins,
  renewalMs,
  renewalsPerSecond,
  shortestLifetimeMs,
} from '../../../sender/issuer/renewal-schedule.ts';

const LIFETIME_MS = 900_000;
const margins: RenewalMargins = { linkMs: 0, lastRepeatMs: 60_000, holdMs: 3_000, marginMs: 30_000 };
const START_MS = 1_800_000_000_000;
const span = (issuedAtMs: number, isInTurn: boolean) => ({
  issuedAtMs,
  expiresAtMs: issuedAtMs + LIFETIME_MS,
  isInTurn,
});

describe('a renewal', () => {
  it('leaves room for the link, its last repeat, the hold time and the margin, whoever it is', () => {
    for (let at = 0; at < 1_000; at++) {
      for (const isInTurn of [true, false]) {
        const dueMs = renewalMs(span(START_MS, isInTurn), { ...margins, linkMs: 20_000 }, `User|${at}`);
        expect(START_MS + LIFETIME_MS - dueMs).toBeGreaterThanOrEqual(113_000);
        expect(dueMs).toBeGreaterThanOrEqual(START_MS + (isInTurn ? 0.75 : 0.25) * (LIFETIME_MS - 113_000) - 1);
      }
    }
  });

  it('comes at the same time again for the same token, and at another for another', () => {
    const dueMs = (name: string) => renewalMs(span(START_MS, false), margins, name);
    expect(dueMs('User|a')).toBe(dueMs('User|a'));
    expect(new Set(Array.from({ length: 1_000 }, (_, at) => dueMs(`User|${at}`))).size).toBeGreaterThan(990);
  });

  it('comes halfway where the lifetime leaves no room', () => {
    const dueMs = renewalMs(span(START_MS, true), { ...margins, linkMs: 10_000_000 }, 'User|a');
    expect(dueMs).toBeGreaterThan(START_MS);
    expect(dueMs).toBeLessThanOrEqual(START_MS + LIFETIME_MS / 2);
  });

  it('of 100,000 provisioned at once makes no crowd, in the first hour and a half', () => {
    const subjects = 100_000;
    const perSecond = new Uint32Array(5_400);
    // Journaled at 500 a second, as the rate bucket lets them pass.
    const issued = Float64Array.from({ length: subjects }, (_, at) => START_MS + at * 2);
    let isInTurn = false;
    for (let round = 0; round < 12; round++) {
      for (let at = 0; at < subjects; at++) {
        const dueMs = renewalMs(span(issued[at] as number, isInTurn), margins, `User|${at}`);
        const second = Math.floor((dueMs - START_MS) / 1_000);
        if (second < perSecond.length) (perSecond[second] as number)++;
        issued[at] = dueMs;
      }
      isInTurn = true;
    }
    // The first renewals come in once all are issued; from then on, in any ten seconds.
    const sums: number[] = [];
    for (let second = 400; second + 10 <= perSecond.length; second += 10) {
      sums.push(perSecond.slice(second, second + 10).reduce((sum, count) => sum + count) / 10);
    }
    const needed = renewalsPerSecond(subjects, LIFETIME_MS, margins);
    expect(needed).toBeGreaterThan(111);
    expect(needed).toBeLessThan(150);
    expect(Math.max(...sums)).toBeLessThan(2 * needed);
    // Settled: no second has more than the bucket gives twice over.
    expect(Math.max(...perSecond.slice(2_700))).toBeLessThan(1.6 * needed);
  });

  it('asks for a lifetime of twice what the link takes', () => {
    expect(marginOf(margins)).toBe(93_000);
    expect(shortestLifetimeMs(margins)).toBe(186_000);
    expect(shortestLifetimeMs({ ...margins, linkMs: 500_000 })).toBeGreaterThan(LIFETIME_MS);
  });
});

describe('the rate bucket', () => {
  it('lets a second’s worth through at once, then so many a second, and saves no more', () => {
    const bucket = new RateBucket(0, 500);
    expect(bucket.available(0)).toBe(500);
    bucket.take(500);
    expect(bucket.available(0)).toBe(0);
    expect(bucket.available(100)).toBe(50);
    expect(bucket.available(60_000)).toBe(500);
    expect(bucket.available(59_000)).toBe(500);
  });
});

describe('the recent maximum', () => {
  it('knows the largest of at least half a window, and forgets it', () => {
    const recent = new RecentMaximum(600_000);
    expect(recent.value(0)).toBe(0);
    recent.add(0, 5);
    recent.add(299_000, 3);
    expect(recent.value(300_000)).toBe(5);
    expect(recent.value(599_000)).toBe(5);
    expect(recent.value(600_000)).toBe(0);
    recent.add(600_000, 7);
    expect(recent.value(2_000_000)).toBe(0);
  });
});
