import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardCode, cardFingerprint, cardJson, isFingerprintOf, parseCard } from '../../../src/config/card-form.ts';
import type { DiodeError } from '../../../src/ops/diode-error.ts';
import { type Card, decodeCard, encodeCard } from '../../../src/wire/card.ts';

const names = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });
const cards: fc.Arbitrary<Card> = fc.oneof(
  fc.record({ kind: fc.constant('receiver-card' as const), boundary: names, agreementKey: keys }),
  fc.record({
    kind: fc.constant('sender-card' as const),
    boundary: names,
    stream: names,
    signingKey: keys,
    agreementKey: keys,
  }),
);
const receiver: Card = { kind: 'receiver-card', boundary: 'site-a', agreementKey: new Uint8Array(32).fill(7) };

function refusal(parse: () => unknown): Pick<DiodeError, 'code' | 'seen' | 'cure'> {
  try {
    parse();
  } catch (error) {
    return error as DiodeError;
  }
  throw new Error('it was accepted');
}

/** Comparable whether its keys are Buffers or plain arrays. */
const bytesOf = (card: Card) =>
  Object.fromEntries(
    Object.entries(card).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : Buffer.from(value).toString('hex'),
    ]),
  );

describe('a card', () => {
  it('is the same after its bytes, its file and its code', () => {
    fc.assert(
      fc.property(cards, (card) => {
        expect(bytesOf(decodeCard(card.kind, encodeCard(card)) as Card)).toEqual(bytesOf(card));
        expect(bytesOf(parseCard(cardJson(card), card.kind, 'file'))).toEqual(bytesOf(card));
        expect(bytesOf(parseCard(cardCode(card), card.kind, 'code'))).toEqual(bytesOf(card));
      }),
    );
  });

  it('has the SHA-256 of its bytes as its fingerprint, all of it, grouped', () => {
    const hex = createHash('sha256').update(encodeCard(receiver)).digest('hex');
    expect(cardFingerprint(receiver)).toBe((hex.match(/.{4}/g) as string[]).join(' '));
    expect(isFingerprintOf(receiver, hex.toUpperCase())).toBe(true);
    expect(isFingerprintOf(receiver, hex.slice(0, 60))).toBe(false);
    expect(isFingerprintOf(receiver, '')).toBe(false);
  });

  it('has one encoding: any other that decodes to the same fields is refused', () => {
    const bytes = encodeCard(receiver);
    expect(decodeCard('receiver-card', Buffer.concat([bytes, Buffer.from([0x78, 0x01])]))).toBe('card-encoding');
    expect(decodeCard('receiver-card', Buffer.concat([bytes.subarray(2), bytes.subarray(0, 2)]))).toBe('card-encoding');
  });

  it('of a newer version is told apart from a broken one', () => {
    const newer = Buffer.from(encodeCard(receiver));
    newer[1] = 2;
    expect(decodeCard('receiver-card', newer)).toBe('card-version');
    expect(decodeCard('receiver-card', encodeCard(receiver).subarray(0, 20))).toBe('card-protobuf');
    expect(decodeCard('sender-card', encodeCard(receiver))).toBe('card-field');
  });

  it('never makes its decoder throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isSender) => {
        const result = decodeCard(isSender ? 'sender-card' : 'receiver-card', bytes);
        expect(typeof result === 'string' || Buffer.from(encodeCard(result)).equals(bytes)).toBe(true);
      }),
    );
  });
});

describe('a card file', () => {
  it('is refused where a field was changed, since the fingerprint beside it no longer fits', () => {
    const changed = cardJson(receiver).replace('site-a', 'site-b');
    expect(refusal(() => parseCard(changed, 'receiver-card', 'x.json'))).toMatchObject({
      code: 'card-invalid',
      seen: 'x.json is no card: its fingerprint is not that of its fields, so it was changed or damaged.',
    });
  });

  it('is refused where it is the other kind, another version, or no JSON', () => {
    expect(refusal(() => parseCard(cardJson(receiver), 'sender-card', 'x.json'))).toMatchObject({
      seen: "x.json is a receiver's card.",
      cure: "Give the sender's card instead.",
    });
    const newer = cardJson(receiver).replace('"version": 1', '"version": 2');
    expect(refusal(() => parseCard(newer, 'receiver-card', 'x.json')).seen).toBe(
      'x.json is a card of another version.',
    );
    expect(refusal(() => parseCard('{oops', 'receiver-card', 'x.json')).seen).toBe(
      'x.json is no card: it is not JSON.',
    );
  });

  it('may hold the code instead of JSON; a typing error in it names the group', () => {
    const code = cardCode(receiver);
    expect(bytesOf(parseCard(`${code.toLowerCase()}\n`, 'receiver-card', 'card.txt'))).toEqual(bytesOf(receiver));
    const typo = code.slice(0, 13) + (code[13] === 'A' ? 'B' : 'A') + code.slice(14);
    expect(refusal(() => parseCard(typo, 'receiver-card', 'card.txt'))).toMatchObject({
      code: 'card-invalid',
      seen: 'card.txt is no card code: its checksum does not hold, so there is a typing error in group 3.',
      cure: 'Compare group 3 with the original.',
    });
  });
});
