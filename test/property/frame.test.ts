import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, decodeFrameHeader, encodeFrame, encodeFrameHeader } from '../../src/wire/frame.ts';
import { bytesOf, frameHeader } from './wire-arbitraries.ts';

describe('frames', () => {
  it('come back as they were encoded', () => {
    const parts = fc.record({
      header: fc.uint8Array({ minLength: 1, maxLength: 640 }),
      signature: bytesOf(64),
      payload: fc.uint8Array({ minLength: 1, maxLength: 3_000 }),
    });
    fc.assert(
      fc.property(parts, (frame) => {
        const decoded = decodeFrame(encodeFrame(frame));
        if (typeof decoded === 'string') expect.fail(decoded);
        for (const part of ['header', 'signature', 'payload'] as const) {
          expect(Buffer.compare(decoded[part], frame[part])).toBe(0);
        }
      }),
    );
  });

  it('have one form: what decodes encodes to the same bytes', () => {
    const mutated = fc.tuple(bytesOf(200), fc.nat({ max: 199 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(mutated, ([payload, at, byte]) => {
        const bytes = Buffer.from(encodeFrame({ header: payload, signature: payload.subarray(0, 64), payload }));
        bytes[at] = byte;
        const decoded = decodeFrame(bytes);
        if (typeof decoded !== 'string') expect(Buffer.from(encodeFrame(decoded)).equals(bytes)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of arbitrary bytes are refused, never thrown over', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        decodeFrame(bytes);
        decodeFrame(Buffer.concat([Uint8Array.of(0x0a), bytes]));
      }),
      { numRuns: 2_000 },
    );
  });

  it('headers come back as they were encoded, in at most 640 bytes', () => {
    fc.assert(
      fc.property(frameHeader, (header) => {
        const bytes = encodeFrameHeader(header);
        expect(bytes.length).toBeLessThanOrEqual(640);
        expect(decodeFrameHeader(Buffer.from(bytes))).toEqual(header);
      }),
    );
  });

  it('headers of arbitrary or mutated bytes are refused, never thrown over', () => {
    fc.assert(
      fc.property(frameHeader, fc.nat({ max: 399 }), fc.uint8Array({ maxLength: 20 }), (header, at, noise) => {
        decodeFrameHeader(noise);
        const bytes = Buffer.from(encodeFrameHeader(header));
        bytes.set(noise.subarray(0, bytes.length - Math.min(at, bytes.length)), Math.min(at, bytes.length));
        decodeFrameHeader(bytes);
      }),
      { numRuns: 1_000 },
    );
  });
});
