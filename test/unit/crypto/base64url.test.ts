import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBase64url, readBase64url, readRawKey } from '../../../src/crypto/base64url.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('base64url', () => {
  it('is read in its one form: of all texts that differ in the last character, one is a signature', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (signature) => {
        const text = Buffer.from(signature).toString('base64url');
        const others = [...ALPHABET].map((last) => `${text.slice(0, -1)}${last}`);
        const sameBytes = others.filter((other) => Buffer.from(other, 'base64url').equals(signature));
        expect(sameBytes).toHaveLength(16);
        expect(sameBytes.filter((other) => readBase64url(other) !== undefined)).toEqual([text]);
        expect(readBase64url(text)).toEqual(Buffer.from(signature));
      }),
    );
  });

  it('is known by its text alone', () => {
    const text = fc.array(fc.constantFrom(...ALPHABET, '=', '+', ' ', '.', '\n', 'é'), { maxLength: 12 });
    const nearly = fc.array(fc.constantFrom(...ALPHABET), { maxLength: 12 });
    fc.assert(
      fc.property(fc.oneof(text, nearly), (characters) => {
        const value = characters.join('');
        expect(isBase64url(value)).toBe(readBase64url(value) !== undefined);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['AA==', 'A', 'AA ', 'A+', ' AA', 7, undefined])('is not %j', (value) => {
    expect(readBase64url(value)).toBeUndefined();
  });

  it('of a raw key has 32 bytes', () => {
    const key = Buffer.alloc(32, 7);
    expect(readRawKey(key.toString('base64url'))).toEqual(key);
    expect(readRawKey(key.subarray(1).toString('base64url'))).toBeUndefined();
    expect(readRawKey(undefined)).toBeUndefined();
  });
});
