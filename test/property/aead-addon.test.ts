/** The AEAD addon at its edge: whatever it is called with, it answers or throws as it says, and goes on working. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newLaneCipher } from '../../src/crypto/lane-cipher.ts';
import { aead, hasAead } from '../support/aead-addon.ts';
import { codeOf } from '../support/udp-addon.ts';

const KEY = Buffer.alloc(32, 1);
const REFUSALS = [undefined, 'ERR_INVALID_ARG_TYPE', 'ERR_OUT_OF_RANGE'];

function detached(): Buffer {
  const buffer = Buffer.from(new ArrayBuffer(64));
  structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
  return buffer;
}

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({ withTypedArray: true, withBigInt: true, withNullPrototype: true }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 65_500, max: 65_540 }).map((bytes) => Buffer.alloc(bytes)),
  fc.constantFrom(0, 1, 1 << 20).map((bytes) => Buffer.alloc(bytes)),
  fc.constant(undefined).map(detached),
  fc.constant(undefined).map(() => new Uint8Array(new SharedArrayBuffer(300))),
  fc.constant(undefined).map(() => new Proxy(Buffer.alloc(64), {})),
);

const headers: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(0, 14, 15, 28, 44, 84, 48, 65_519, 65_535, 65_536, 2 ** 32, 2 ** 53, -1, 15.5, Number.NaN, Infinity),
  fc.anything(),
);

const datagrams = fc.record({
  counter: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  symbol: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  before: fc.nat({ max: 9 }),
});

describe.skipIf(!hasAead)('the AEAD addon at its edge', () => {
  it('refuses or takes whatever it is called with', () => {
    const cipher = aead.newCipher(KEY);
    const calls: readonly ((value: never, header: never) => unknown)[] = [aead.newCipher, cipher.seal, cipher.open];
    fc.assert(
      fc.property(fc.constantFrom(...calls), hostile, headers, (call, value, header) => {
        expect(REFUSALS).toContain(codeOf(() => call(value as never, header as never)));
      }),
      { numRuns: 500 },
    );
    const datagram = Buffer.alloc(100);
    cipher.seal(datagram, 28);
    expect(cipher.open(datagram, 28)).toBe(true);
  });

  it('seals and opens as libsodium does', () => {
    const [own, theirs] = [newLaneCipher(KEY, aead), newLaneCipher(KEY, 'no addon')];
    fc.assert(
      fc.property(datagrams, fc.constantFrom(15, 28), ({ counter, symbol, before }, header) => {
        const slab = Buffer.concat([Buffer.alloc(before + 28, 7), symbol, Buffer.alloc(16)]);
        slab.writeUIntBE(counter, before + 9, 6);
        const other = Buffer.from(slab);
        own.seal(slab.subarray(before), header);
        theirs.seal(other.subarray(before), header);
        expect(slab.equals(other)).toBe(true);
        expect([own.open(slab.subarray(before), header), theirs.open(other.subarray(before), header)]).toEqual([
          true,
          true,
        ]);
        expect(slab.equals(other)).toBe(true);
      }),
    );
  });
});
