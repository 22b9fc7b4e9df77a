import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WIRE_LIMITS } from '../../src/limits.ts';
import { decodeGapTicket, encodeGapTicket, type GapTicket } from '../../src/wire/gap-ticket.ts';

const steps = fc.array(fc.tuple(fc.nat(2 ** 20), fc.nat(2 ** 20)), { minLength: 1, maxLength: 90 });
const tickets: fc.Arbitrary<GapTicket> = fc.record({
  streamDigest: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  epoch: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  epochIdStart: fc.uint8Array({ minLength: 2, maxLength: 2 }),
  runs: fc.tuple(fc.nat(2 ** 47), steps).map(([start, pairs]) => {
    let least = 1 + start;
    return pairs.map(([skipped, more]) => {
      const from = least + skipped;
      least = from + more + 2;
      return { from, to: from + more };
    });
  }),
});

describe('a gap ticket', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(tickets, (ticket) => {
        expect(decodeGapTicket(encodeGapTicket(ticket))).toEqual(ticket);
      }),
    );
  });

  it('has one encoding: whatever decodes is what would be encoded', () => {
    const nearly = tickets.chain((ticket) => {
      const bytes = encodeGapTicket(ticket);
      return fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] as number) ^ mask;
        return changed;
      });
    });
    const behindVersion = fc.uint8Array({ maxLength: 700 }).map((bytes) => Uint8Array.of(1, ...bytes));
    fc.assert(
      fc.property(fc.oneof(nearly, behindVersion, fc.uint8Array({ maxLength: 40 })), (bytes) => {
        const ticket = decodeGapTicket(bytes);
        if (typeof ticket === 'string') return;
        expect(encodeGapTicket(ticket)).toEqual(Uint8Array.from(bytes));
        expect(ticket.runs.length).toBeLessThanOrEqual(bytes.length / 2);
        expect(bytes.length).toBeLessThanOrEqual(WIRE_LIMITS.maxTicketBytes);
        let last = -1;
        for (const { from, to } of ticket.runs) {
          expect(from > last + 1 && to >= from && to <= WIRE_LIMITS.maxSequence).toBe(true);
          last = to;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
