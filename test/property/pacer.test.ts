import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pacer } from '../../sender/transmit/pacer.ts';
import { SENDER_LIMITS } from '../../src/limits.ts';

const maxDatagramBytes = 9_000;
const rates = fc.integer({ min: 9_600, max: 10_000_000_000 });
const steps = fc.array(
  fc.record({
    waitMs: fc.double({ min: 0, max: 50, noNaN: true }),
    bytes: fc.integer({ min: 1, max: maxDatagramBytes }),
  }),
  { minLength: 1, maxLength: 200 },
);

describe('pacer', () => {
  it('lets no more leave in any time than rate × time + one burst', () => {
    fc.assert(
      fc.property(rates, steps, (rateBitsPerSecond, plan) => {
        const pacer = new Pacer({ rateBitsPerSecond, overheadBytes: 66, maxDatagramBytes });
        const burstBits = Math.max((rateBitsPerSecond * SENDER_LIMITS.maxBurstMs) / 1_000, 8 * (maxDatagramBytes + 66));
        const sent: { atMs: number; bits: number }[] = [];
        let nowMs = 1_000_000;
        for (const { waitMs, bytes } of plan) {
          nowMs += waitMs;
          if (!pacer.isOpen(nowMs, bytes)) continue;
          pacer.handleSent(nowMs, bytes);
          sent.push({ atMs: nowMs, bits: 8 * (bytes + 66) });
        }
        for (const [index, from] of sent.entries()) {
          let bits = 0;
          for (const later of sent.slice(index)) {
            bits += later.bits;
            const allowedBits = burstBits + ((later.atMs - from.atMs) * rateBitsPerSecond) / 1_000;
            expect(bits).toBeLessThanOrEqual(allowedBits * (1 + 1e-9));
          }
        }
      }),
    );
  });

  it('nor from the link, however late it hands over what a turn let go', () => {
    const turns = fc.array(
      fc.record({
        waitMs: fc.double({ min: 0, max: 20, noNaN: true }),
        /** From the decision to the last datagram's leaving. */
        lateMs: fc.double({ min: 0, max: 20, noNaN: true }),
        bytes: fc.integer({ min: 1, max: maxDatagramBytes }),
      }),
      { minLength: 1, maxLength: 100 },
    );
    const bursts = fc.integer({ min: maxDatagramBytes + 66, max: 100_000 });
    fc.assert(
      fc.property(rates, bursts, turns, (rateBitsPerSecond, burstBytes, plan) => {
        const pacer = new Pacer({ rateBitsPerSecond, overheadBytes: 66, maxDatagramBytes, burstBytes });
        let nowMs = 1_000;
        // What the cable sees: the bucket of whoever stands there.
        let levelBits = 0;
        let seenMs = nowMs;
        for (const { waitMs, lateMs, bytes } of plan) {
          nowMs += waitMs;
          let bits = 0;
          for (; pacer.isOpen(nowMs, bytes); bits += 8 * (bytes + 66)) pacer.handleSent(nowMs, bytes);
          nowMs += lateMs;
          levelBits = Math.max(0, levelBits - ((nowMs - seenMs) * rateBitsPerSecond) / 1_000) + bits;
          seenMs = nowMs;
          expect(levelBits).toBeLessThanOrEqual(8 * burstBytes * (1 + 1e-9));
          pacer.handleHandedOver(nowMs);
        }
      }),
    );
  });

  it('is open at the deadline that it named, so that no loop waits for ever', () => {
    fc.assert(
      fc.property(rates, steps, (rateBitsPerSecond, plan) => {
        const pacer = new Pacer({ rateBitsPerSecond, overheadBytes: 66, maxDatagramBytes });
        let nowMs = 1e9;
        for (const { waitMs, bytes } of plan) {
          nowMs += waitMs;
          if (!pacer.isOpen(nowMs, bytes)) nowMs = pacer.nextDeadlineMs(bytes);
          expect(pacer.isOpen(nowMs, bytes)).toBe(true);
          pacer.handleSent(nowMs, bytes);
        }
      }),
    );
  });
});
