import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardCode, cardFingerprint, cardJson, parseCard } from '../../src/config/card-form.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { type Card, decodeCard, encodeCard } from '../../src/wire/card.ts';
import { decodePaperCode, encodePaperCode, type PaperCodeKind } from '../../src/wire/paper-code.ts';
import { bytesOf } from './wire-arbitraries.ts';

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const card: fc.Arbitrary<Card> = fc.oneof(
  fc.record({ kind: fc.constant('receiver-card' as const), boundary: name, agreementKey: bytesOf(32) }),
  fc.record({
    kind: fc.constant('sender-card' as const),
    boundary: name,
    stream: name,
    signingKey: bytesOf(32),
    agreementKey: bytesOf(32),
  }),
);
const kind = fc.constantFrom<PaperCodeKind>('R', 'S', 'G');
const bytes = fc.uint8Array({ minLength: 1, maxLength: 600 });

describe('cards', () => {
  it('come back from their bytes, their file and their code', () => {
    fc.assert(
      fc.property(card, (given) => {
        expect(decodeCard(given.kind, Buffer.from(encodeCard(given)))).toEqual(given);
        for (const form of [cardJson(given), cardCode(given), cardCode(given).toLowerCase()]) {
          expect(cardFingerprint(parseCard(form, given.kind, 'card'))).toBe(cardFingerprint(given));
        }
      }),
    );
  });

  it('with one character of the file changed are the same card or none', () => {
    fc.assert(
      fc.property(card, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (given, place, character) => {
        const text = cardJson(given);
        const at = place % text.length;
        const changed = `${text.slice(0, at)}${character}${text.slice(at + 1)}`;
        try {
          expect(cardFingerprint(parseCard(changed, given.kind, 'card'))).toBe(cardFingerprint(given));
        } catch (error) {
          if (!(error instanceof DiodeError)) throw error;
          expect(error.code).toBe('card-invalid');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('paper codes', () => {
  it('come back however they are grouped, in any case, with O for 0 and I or L for 1', () => {
    const joint = fc.constantFrom('', '-', ' ', ' - ', '\n');
    fc.assert(
      fc.property(kind, bytes, joint, fc.boolean(), (given, content, between, isLower) => {
        const code = encodePaperCode({ kind: given, bytes: content });
        const loose = code.replaceAll('-', between).replaceAll('0', 'O').replaceAll('1', 'l');
        const decoded = decodePaperCode(isLower ? loose.toLowerCase() : loose);
        expect(decoded).toEqual({ kind: given, bytes: content });
      }),
    );
  });

  it('never pass with one or two wrong characters, nor with two neighbours swapped', () => {
    const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    const change = fc.record({ place: fc.nat(), shift: fc.integer({ min: 1, max: 31 }) });
    fc.assert(
      fc.property(
        kind,
        bytes,
        fc.array(change, { minLength: 1, maxLength: 2 }),
        fc.nat(),
        (given, content, changes, swap) => {
          const right = encodePaperCode({ kind: given, bytes: content }).replaceAll('-', '');
          const wrong = [...right];
          for (const { place, shift } of changes) {
            const at = place % wrong.length;
            wrong[at] = alphabet[(alphabet.indexOf(wrong[at] as string) + shift) % 32] as string;
          }
          const at = swap % (right.length - 1);
          const swapped = `${right.slice(0, at)}${right[at + 1]}${right[at]}${right.slice(at + 2)}`;
          for (const typed of [wrong.join(''), swapped]) {
            if (typed !== right) expect(decodePaperCode(typed)).toHaveProperty('reason');
          }
        },
      ),
    );
  });

  it('of arbitrary text are refused, never thrown over', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const decoded = decodePaperCode(text);
        if (!('reason' in decoded)) expect(decodePaperCode(encodePaperCode(decoded))).toEqual(decoded);
      }),
      { numRuns: 300 },
    );
  });
});
