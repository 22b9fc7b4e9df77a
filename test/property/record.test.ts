import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePayload, encodePayload, encodeRecord } from '../../src/wire/record.ts';
import { wireRecord } from './wire-arbitraries.ts';

describe('payloads', () => {
  it('come back as they were encoded, in order', () => {
    fc.assert(
      fc.property(fc.array(wireRecord, { minLength: 1, maxLength: 8 }), (records) => {
        const payload = encodePayload(records.map(encodeRecord));
        const decoded = decodePayload(payload, records.length);
        if (typeof decoded === 'string') expect.fail(decoded);
        // Its memory is used again for the next payload.
        payload.fill(0xff);
        expect(decoded.map((record) => Buffer.from(encodeRecord(record)))).toEqual(
          records.map((record) => Buffer.from(encodeRecord(record))),
        );
        expect(decoded.map(plain)).toEqual(records.map(plain));
      }),
      { numRuns: 300 },
    );
  });

  it('of arbitrary bytes are refused, never thrown over', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 5 }), (bytes, count) => {
        decodePayload(bytes, count);
        decodePayload(encodePayload([bytes]), 1);
        decodePayload(encodePayload([encodePayload([bytes])]), 1);
      }),
      { numRuns: 3_000 },
    );
  });

  it('with some bytes changed are refused or read, never thrown over', () => {
    fc.assert(
      fc.property(wireRecord, fc.nat({ max: 500 }), fc.uint8Array({ maxLength: 12 }), (record, at, noise) => {
        const payload = Buffer.from(encodePayload([encodeRecord(record)]));
        const start = Math.min(at, payload.length);
        payload.set(noise.subarray(0, payload.length - start), start);
        decodePayload(payload, 1);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** As JSON, so that Buffer and Uint8Array compare alike. */
function plain(record: unknown): unknown {
  return JSON.parse(
    JSON.stringify(record, (_, value) =>
      value instanceof Uint8Array || value?.type === 'Buffer' ? Array.from(value.data ?? value) : value,
    ),
  );
}
