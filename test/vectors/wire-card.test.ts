import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/crypto/digest.ts';
import { decodeCard, encodeCard } from '../../src/wire/card.ts';
import { decodePaperCode, encodePaperCode } from '../../src/wire/paper-code.ts';
import { bytes, prefixesOf, readVectors } from './wire-vectors.ts';

const { good, bad, refused } = readVectors('card');

describe('cards', () => {
  it.each(good)('$name: bytes, fingerprint and code', (vector) => {
    const card = decodeCard(vector.kind, bytes(vector.bytes));
    if (typeof card === 'string') return expect.fail(card);
    expect(Buffer.from(encodeCard(card)).toString('hex')).toBe(vector.bytes);
    expect(sha256(encodeCard(card)).toString('hex')).toBe(vector.fingerprint);
    const kind = vector.kind === 'sender-card' ? 'S' : 'R';
    expect(encodePaperCode({ kind, bytes: encodeCard(card) })).toBe(vector.code);
    for (const typed of vector.typed) {
      const code = decodePaperCode(typed);
      expect('bytes' in code && [code.kind, Buffer.from(code.bytes).toString('hex')]).toEqual([kind, vector.bytes]);
    }
  });

  it.each(good)('$name: every prefix is refused', ({ kind, bytes: whole }) => {
    for (const prefix of prefixesOf(bytes(whole))) expect(typeof decodeCard(kind, prefix)).toBe('string');
  });

  it.each(bad)('$name: $error', ({ kind, bytes: hex, error }) => {
    expect(decodeCard(kind, bytes(hex))).toBe(error);
  });

  it.each(refused)('a code with $name is refused', ({ typed }) => {
    expect(decodePaperCode(typed)).toHaveProperty('reason');
  });
});
