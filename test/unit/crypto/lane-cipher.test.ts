import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type LaneCipher, newLaneCipher } from '../../../src/crypto/lane-cipher.ts';
import { aead, hasAead } from '../../support/aead-addon.ts';

const KEY = Buffer.from('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f', 'hex');
const HEADER_BYTES = 28;
const TAG_BYTES = 16;
const SYMBOL = Buffer.from(Array.from({ length: 1_408 }, (_, at) => (at * 7) % 251));

const WAYS: readonly { name: string; make: (key: Uint8Array) => LaneCipher; isThere: boolean }[] = [
  { name: 'the addon', make: (key) => newLaneCipher(key, aead), isThere: hasAead },
  { name: 'libsodium', make: (key) => newLaneCipher(key, 'no addon'), isThere: true },
];

function open(counter: number, symbol = SYMBOL): Buffer {
  const datagram = Buffer.concat([Buffer.alloc(HEADER_BYTES, 0x1d), symbol, Buffer.alloc(TAG_BYTES)]);
  datagram.writeUIntBE(counter, 9, 6);
  return datagram;
}

/** By node:crypto, which neither way uses. */
function sealedByNode(counter: number, symbol = SYMBOL, key = KEY): Buffer {
  const header = open(counter).subarray(0, HEADER_BYTES);
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(counter, 6, 6);
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(header, { plaintextLength: symbol.length });
  return Buffer.concat([header, cipher.update(symbol), cipher.final(), cipher.getAuthTag()]);
}

describe.each(WAYS.filter(({ isThere }) => isThere))('a lane cipher by $name', ({ make }) => {
  it.each([1, 255, 2 ** 32, 2 ** 48 - 1])(
    'seals in place what node:crypto seals with the nonce of counter %i',
    (counter) => {
      const datagram = open(counter);
      make(KEY).seal(datagram, HEADER_BYTES);
      expect(datagram.equals(sealedByNode(counter))).toBe(true);
    },
  );

  it.each([1, 63, 64, 65, 191, 192, 1_408, 8_896])('seals and opens a symbol of %i bytes', (bytes) => {
    const symbol = Buffer.alloc(bytes, 0xa5);
    const cipher = make(KEY);
    const datagram = open(9, symbol);
    cipher.seal(datagram, HEADER_BYTES);
    expect(datagram.equals(sealedByNode(9, symbol))).toBe(true);
    expect(cipher.open(datagram, HEADER_BYTES)).toBe(true);
    expect(datagram.subarray(0, -TAG_BYTES).equals(open(9, symbol).subarray(0, -TAG_BYTES))).toBe(true);
  });

  it('opens one after the other, also behind one that was forged', () => {
    const cipher = make(KEY);
    for (let counter = 1; counter <= 20; counter++) {
      const forged = sealedByNode(counter);
      forged[60] = (forged[60] as number) ^ 1;
      expect(cipher.open(forged, HEADER_BYTES)).toBe(false);
      const datagram = sealedByNode(counter);
      expect(cipher.open(datagram, HEADER_BYTES)).toBe(true);
      expect(datagram.subarray(HEADER_BYTES, -TAG_BYTES).equals(SYMBOL)).toBe(true);
    }
  });

  it('opens none of which a single bit was changed, wherever it lies', () => {
    const cipher = make(KEY);
    const bits = (HEADER_BYTES + 64 + TAG_BYTES) * 8;
    const genuine = sealedByNode(5, SYMBOL.subarray(0, 64));
    const opened: number[] = [];
    for (let bit = 0; bit < bits; bit++) {
      const datagram = Buffer.from(genuine);
      datagram[bit >> 3] = (datagram[bit >> 3] as number) ^ (1 << (bit & 7));
      if (cipher.open(datagram, HEADER_BYTES)) opened.push(bit);
    }
    expect(opened).toEqual([]);
  });

  it('opens nothing of another key', () => {
    expect(make(Buffer.alloc(32)).open(sealedByNode(7), HEADER_BYTES)).toBe(false);
  });

  it('opens none without a symbol, however short, and seals none', () => {
    const cipher = make(KEY);
    for (let bytes = 0; bytes <= HEADER_BYTES + TAG_BYTES; bytes++) {
      expect(cipher.open(sealedByNode(7).subarray(0, bytes), HEADER_BYTES)).toBe(false);
    }
    expect(() => cipher.seal(Buffer.alloc(HEADER_BYTES + TAG_BYTES), HEADER_BYTES)).toThrow(RangeError);
  });

  it('touches nothing around the datagram, which may be part of a larger buffer', () => {
    const cipher = make(KEY);
    const slab = Buffer.concat([Buffer.alloc(99, 0xee), sealedByNode(3), Buffer.alloc(99, 0xee)]);
    const datagram = slab.subarray(99, -99);
    expect(cipher.open(datagram, HEADER_BYTES)).toBe(true);
    cipher.seal(datagram, HEADER_BYTES);
    expect(slab.equals(Buffer.concat([Buffer.alloc(99, 0xee), sealedByNode(3), Buffer.alloc(99, 0xee)]))).toBe(true);
  });
});

describe('newLaneCipher', () => {
  it('takes the addon where it is compiled', () => {
    const { seal } = newLaneCipher(KEY);
    expect(Object.hasOwn(newLaneCipher(KEY), 'seal')).toBe(hasAead);
    expect(seal).toBeTypeOf('function');
  });
});
