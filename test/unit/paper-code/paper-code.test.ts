import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePaperCode, encodePaperCode, looksLikePaperCode } from '../../../src/wire/paper-code.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const kinds = fc.constantFrom('R', 'S', 'G' as const) as fc.Arbitrary<'R' | 'S' | 'G'>;
const codes = fc.record({ kind: kinds, bytes: fc.uint8Array({ minLength: 1, maxLength: 120 }) });
const plain = (code: string) => code.replaceAll('-', '');

/** BIP-350 as its reference text has it, written apart from the code under test. */
function bech32m(data: readonly number[]): string {
  const label = [...'identity-diode'].map((letter) => letter.charCodeAt(0));
  const values = [...label.map((code) => code >> 5), 0, ...label.map((code) => code & 31), ...data, 0, 0, 0, 0, 0, 0];
  const generators = [0x3b6a57b2n, 0x26508e6dn, 0x1ea119fan, 0x3d4233ddn, 0x2a1462b3n];
  let check = 1n;
  for (const value of values) {
    const top = check >> 25n;
    check = ((check & 0x1ffffffn) << 5n) ^ BigInt(value);
    generators.forEach((generator, bit) => {
      if ((top >> BigInt(bit)) & 1n) check ^= generator;
    });
  }
  check ^= 0x2bc830a3n;
  const tail = [5n, 4n, 3n, 2n, 1n, 0n].map((place) => Number((check >> (5n * place)) & 31n));
  return [...data, ...tail].map((value) => ALPHABET[value]).join('');
}

describe('a paper code', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(codes, (code) => {
        expect(decodePaperCode(encodePaperCode(code))).toEqual(code);
      }),
    );
  });

  it('comes in groups of five of the letters and digits that a QR code holds in its short form', () => {
    fc.assert(
      fc.property(codes, (code) => {
        expect(encodePaperCode(code)).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-)*[0-9A-HJKMNP-TV-Z]{1,5}$/);
      }),
    );
  });

  it('is read in any case, with O for 0, I or L for 1, and hyphens and spaces anywhere', () => {
    fc.assert(
      fc.property(codes, fc.infiniteStream(fc.nat(5)), (code, choices) => {
        const next = () => choices.next().value as number;
        const typed = [...plain(encodePaperCode(code))]
          .map((letter) => {
            const choice = next();
            const like =
              letter === '0' ? ['0', 'O', 'o'] : letter === '1' ? ['1', 'I', 'l'] : [letter, letter.toLowerCase()];
            return (like[choice % like.length] as string) + (['', '', ' ', '-', '\n', '–'][next()] as string);
          })
          .join('');
        expect(decodePaperCode(typed)).toEqual(code);
      }),
    );
  });

  it('is refused for any one wrong character, at every place and with every letter', () => {
    const code = plain(encodePaperCode({ kind: 'S', bytes: Uint8Array.from({ length: 90 }, (_, at) => at * 7) }));
    for (let at = 0; at < code.length; at++) {
      for (const letter of ALPHABET) {
        if (letter === code[at]) continue;
        const typed = code.slice(0, at) + letter + code.slice(at + 1);
        expect(decodePaperCode(typed), `${letter} at ${at}`).toMatchObject({ reason: 'checksum' });
      }
    }
  });

  it('names the group of the one wrong character, where no other explains it, and never a wrong one', () => {
    const code = plain(encodePaperCode({ kind: 'R', bytes: Uint8Array.from({ length: 44 }, (_, at) => at * 11) }));
    let named = 0;
    for (let at = 0; at < code.length; at++) {
      const wrong = code[at] === 'Z' ? 'Y' : 'Z';
      const problem = decodePaperCode(code.slice(0, at) + wrong + code.slice(at + 1)) as { group?: number };
      if (problem.group === undefined) continue;
      named += 1;
      expect(problem.group).toBe(Math.floor(at / 5) + 1);
    }
    expect(named).toBe(code.length);
  });

  it('is refused when two neighbours are swapped', () => {
    fc.assert(
      fc.property(codes, fc.nat(), (code, place) => {
        const text = plain(encodePaperCode(code));
        const at = place % (text.length - 1);
        fc.pre(text[at] !== text[at + 1]);
        const swapped = text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);
        expect(decodePaperCode(swapped)).toMatchObject({ reason: 'checksum' });
      }),
      { numRuns: 1_000 },
    );
  });

  it('is refused for any two wrong characters and any wrong run of six', () => {
    fc.assert(
      fc.property(
        codes,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 31 }),
        fc.integer({ min: 1, max: 31 }),
        (code, a, b, da, db) => {
          const text = plain(encodePaperCode(code));
          const typed = [...text];
          for (const [place, delta] of [
            [a % text.length, da],
            [b % text.length, db],
          ] as const) {
            typed[place] = ALPHABET[(ALPHABET.indexOf(text[place] as string) + delta) % 32] as string;
          }
          expect(decodePaperCode(typed.join(''))).toHaveProperty('reason');
        },
      ),
      { numRuns: 1_000 },
    );
    fc.assert(
      fc.property(codes, fc.nat(), fc.array(fc.nat(31), { minLength: 6, maxLength: 6 }), (code, place, letters) => {
        const text = plain(encodePaperCode(code));
        const at = place % (text.length - 5);
        const typed = text.slice(0, at) + letters.map((letter) => ALPHABET[letter]).join('') + text.slice(at + 6);
        fc.pre(typed !== text);
        expect(decodePaperCode(typed)).toHaveProperty('reason');
      }),
      { numRuns: 1_000 },
    );
  });

  it('is refused when a character or a group was left out or typed twice', () => {
    const text = plain(encodePaperCode({ kind: 'R', bytes: Uint8Array.from({ length: 44 }, (_, at) => at * 5) }));
    for (let at = 0; at < text.length; at++) {
      expect(decodePaperCode(text.slice(0, at) + text.slice(at + 1))).toHaveProperty('reason');
      expect(decodePaperCode(text.slice(0, at) + text[at] + text.slice(at))).toHaveProperty('reason');
      expect(decodePaperCode(text.slice(0, at) + text.slice(at + 5))).toHaveProperty('reason');
    }
  });

  it('names a character that no code contains, with its group', () => {
    expect(decodePaperCode('R100H-41KUD-5T6AB')).toEqual({ reason: 'character', character: 'U', group: 2 });
  });

  it('is no code where its kind is unknown, although the checksum holds', () => {
    const unknown = encodePaperCode({ kind: 'Z' as 'R', bytes: Uint8Array.of(1, 2, 3) });
    expect(decodePaperCode(unknown)).toEqual({ reason: 'kind', character: 'Z' });
  });

  it('is no code where bits behind the last byte are set or a character too many stands there', () => {
    const kind = ALPHABET.indexOf('R');
    // One byte is two characters, of which the last two bits are zero.
    expect(decodePaperCode(bech32m([kind, 31, 0b11100]))).toEqual({ kind: 'R', bytes: Uint8Array.of(0xff) });
    expect(decodePaperCode(bech32m([kind, 31, 0b11101]))).toEqual({ reason: 'padding' });
    expect(decodePaperCode(bech32m([kind, 31, 0b11100, 0]))).toEqual({ reason: 'padding' });
  });

  it('carries the checksum of Bech32m with the human-readable part identity-diode', () => {
    fc.assert(
      fc.property(codes, (code) => {
        const text = plain(encodePaperCode(code));
        expect(text).toBe(bech32m([...text.slice(0, -6)].map((letter) => ALPHABET.indexOf(letter))));
      }),
    );
  });

  it('never throws and never grows for any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3_000, unit: 'binary' }), (text) => {
        const result = decodePaperCode(text);
        expect('reason' in result || result.bytes.length <= text.length).toBe(true);
      }),
    );
    expect(decodePaperCode('R'.repeat(100_000))).toEqual({ reason: 'length' });
  });

  it('is told apart from a file name', () => {
    expect(looksLikePaperCode('R100H-41KKD-5T6AB')).toBe(true);
    expect(looksLikePaperCode('receiver-card.json')).toBe(false);
    expect(looksLikePaperCode('./RCARD')).toBe(false);
  });
});
