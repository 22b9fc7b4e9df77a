import { describe, expect, it } from 'vitest';
import { Pacer } from '../../../sender/transmit/pacer.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';

const options = { rateBitsPerSecond: 12_000_000, overheadBytes: 66, maxDatagramBytes: 1_452 };

/** Sends as fast as allowed, looking at the clock every `tickMs`; what left, in bytes on the wire. */
function send(pacer: Pacer, options: { readonly untilMs: number; readonly tickMs: number }): number {
  let wireBytes = 0;
  for (let nowMs = 0; nowMs <= options.untilMs; nowMs += options.tickMs) {
    while (pacer.isOpen(nowMs, 1_434)) {
      pacer.handleSent(nowMs, 1_434);
      wireBytes += pacer.wireBytes(1_434);
    }
  }
  return wireBytes;
}

describe('pacer', () => {
  it('gives a link that holds back by itself so much more at once, and no more over time', () => {
    const plain = new Pacer({ ...options, rateBitsPerSecond: 9_600 });
    const ahead = new Pacer({ ...options, rateBitsPerSecond: 9_600, aheadMs: 2_000 });
    const take = (pacer: Pacer, nowMs: number) => {
      let bytes = 0;
      for (; pacer.isOpen(nowMs, 100); bytes += 166) pacer.handleSent(nowMs, 100);
      return bytes;
    };
    expect(take(ahead, 0) - take(plain, 0)).toBeCloseTo(2_400, -3);
    // A timer that comes a second late finds the second.
    expect(take(ahead, 1_000) + take(ahead, 3_000)).toBeGreaterThanOrEqual(3 * 1_200 - 2 * 166);
    expect(take(ahead, 4_000)).toBeLessThanOrEqual(1_200 + 166);
  });

  it('counts what the link adds to each datagram', () => {
    expect(new Pacer(options).wireBytes(1_434)).toBe(1_500);
  });

  it('keeps the rate on the wire', () => {
    // 12 Mb/s are 1,500 bytes a millisecond.
    const wireBytes = send(new Pacer(options), { untilMs: 1_000, tickMs: 0.1 });
    expect(wireBytes).toBeGreaterThanOrEqual(1_500 * 1_000);
    expect(wireBytes).toBeLessThanOrEqual(1_500 * (1_000 + SENDER_LIMITS.maxBurstMs));
  });

  it('catches up after a late timer within one burst, so timers of a millisecond keep the rate', () => {
    const late = send(new Pacer(options), { untilMs: 999, tickMs: SENDER_LIMITS.maxBurstMs });
    expect(late).toBeGreaterThanOrEqual(1_500 * 999);
    const tooLate = send(new Pacer(options), { untilMs: 999, tickMs: SENDER_LIMITS.maxBurstMs * 2 });
    expect(tooLate).toBeLessThan(1_500 * 999 * 0.6);
  });

  it('lets go what its burst holds, and keeps the rate where it is handed over late', () => {
    const pacer = new Pacer({ ...options, burstBytes: 4 * 1_500 });
    expect(pacer.burstMs).toBe(4);
    const burst = (nowMs: number) => {
      let count = 0;
      for (; pacer.isOpen(nowMs, 1_434); count++) pacer.handleSent(nowMs, 1_434);
      return count;
    };
    expect(burst(0)).toBe(4);
    // It left only now: what the bucket gained meanwhile would follow at once.
    pacer.handleHandedOver(10);
    expect(burst(10)).toBe(0);
    expect(burst(12)).toBe(2);
    pacer.handleHandedOver(12.5);
    expect(burst(13)).toBe(1);
  });

  it('always holds one datagram, however slow the link', () => {
    const pacer = new Pacer({ ...options, rateBitsPerSecond: 9_600 });
    expect(pacer.isOpen(0, options.maxDatagramBytes)).toBe(true);
    pacer.handleSent(0, options.maxDatagramBytes);
    const nextMs = pacer.nextDeadlineMs(options.maxDatagramBytes);
    expect(nextMs).toBeCloseTo((8 * 1_518 * 1_000) / 9_600, 0);
    expect(pacer.isOpen(nextMs - 1, options.maxDatagramBytes)).toBe(false);
    expect(pacer.isOpen(nextMs, options.maxDatagramBytes)).toBe(true);
  });

  it('takes a clock that steps back for one that stands', () => {
    const pacer = new Pacer(options);
    while (pacer.isOpen(100, 1_434)) pacer.handleSent(100, 1_434);
    expect(pacer.isOpen(50, 1_434)).toBe(false);
    expect(pacer.isOpen(100.5, 1_434)).toBe(false);
    expect(pacer.isOpen(101.5, 1_434)).toBe(true);
  });
});
