/**
 * What people carry on paper or read over a telephone: cards and gap tickets. docs/wire-format.md, "Paper
 * codes". Crockford's base 32, in groups of five:
 *
 *   kind (1 character) | bytes, 5 bits a character, zero bits at the end | checksum (6 characters)
 *
 * The checksum is that of Bech32m (BIP-350) over a fixed label, kind and data, as 5-bit values. Up to 1000 characters
 * it catches for certain any one or two wrong characters and any wrong run of up to six, hence any two neighbours
 * swapped; up to 89 characters any four wrong ones; whatever else passes with a probability of 2^-30, one in 10^9.
 */
import { OPS_LIMITS } from '../limits.ts';

/** R receiver card, S sender card, G gap ticket, B bundle. Each is a letter of the alphabet. */
export type PaperCodeKind = 'R' | 'S' | 'G' | 'B';

export interface PaperCode {
  readonly kind: PaperCodeKind;
  readonly bytes: Uint8Array;
}

/** Why a text is no paper code, with where a single wrong character would explain it. */
export interface PaperCodeProblem {
  readonly reason: 'length' | 'character' | 'checksum' | 'kind' | 'padding';
  /** The group, from 1, that is probably or (for `character`) certainly wrong; absent where none can be named. */
  readonly group?: number;
  readonly character?: string;
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const KINDS: ReadonlySet<string> = new Set<PaperCodeKind>(['R', 'S', 'G', 'B']);
const CHECKSUM_CHARACTERS = 6;
const GROUP_CHARACTERS = 5;
const BECH32M = 0x2bc830a3;
const ONE_ZERO = [0] as const;
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const;
/** Tells these codes from Bech32m of others, as the human-readable part does there (BIP-173 "hrp expand"). */
const LABEL = [...'identity-diode'].map((letter) => letter.charCodeAt(0));
const START = remainder(1, [...LABEL.map((code) => code >> 5), 0, ...LABEL.map((code) => code & 31)]);

/** Upper case, groups of five joined by `-`: letters and digits that a QR code holds in its short form. */
export function encodePaperCode({ kind, bytes }: PaperCode): string {
  const values = [ALPHABET.indexOf(kind), ...toFives(bytes)];
  const check = remainder(START, [...values, 0, 0, 0, 0, 0, 0]) ^ BECH32M;
  for (let at = CHECKSUM_CHARACTERS - 1; at >= 0; at--) values.push((check >>> (5 * at)) & 31);
  const text = values.map((value) => ALPHABET[value]).join('');
  return (text.match(new RegExp(`.{1,${GROUP_CHARACTERS}}`, 'g')) ?? []).join('-');
}

/**
 * Takes what a person typed: any case, O for 0, I and L for 1, hyphens and white space anywhere. Never throws, and
 * never corrects: a guess at what was meant could be another valid code.
 */
export function decodePaperCode(typed: string): PaperCode | PaperCodeProblem {
  const text = normalise(typed);
  if (text.length > OPS_LIMITS.maxPaperCodeCharacters) return { reason: 'length' };
  const values: number[] = [];
  for (const [at, character] of [...text].entries()) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return { reason: 'character', character, group: groupOf(at) };
    values.push(value);
  }
  if (values.length < 2 + CHECKSUM_CHARACTERS) return { reason: 'length' };
  if (remainder(START, values) !== BECH32M) return { reason: 'checksum', ...suspectGroup(values) };
  const kind = ALPHABET[values[0] as number] as string;
  if (!isKind(kind)) return { reason: 'kind', character: kind };
  const bytes = fromFives(values.slice(1, -CHECKSUM_CHARACTERS));
  return bytes === undefined ? { reason: 'padding' } : { kind, bytes };
}

/** Whether a text could be meant as a code, rather than as the name of a file. */
export function looksLikePaperCode(typed: string): boolean {
  const text = normalise(typed);
  return text.length >= 2 + CHECKSUM_CHARACTERS && /^[RSGB][0-9A-Z]+$/.test(text);
}

function normalise(typed: string): string {
  // Cut first: no more is looked at than could be a code.
  const cut = typed.slice(0, 4 * OPS_LIMITS.maxPaperCodeCharacters);
  return cut
    .toUpperCase()
    .replace(/[\s\u2010-\u2015-]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
}

function isKind(character: string): character is PaperCodeKind {
  return KINDS.has(character);
}

/** The BCH remainder of BIP-173, from `state` on. */
function remainder(state: number, values: readonly number[]): number {
  let check = state;
  for (const value of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    // By index: `suspectGroup` comes here 31,000 times for the longest code, and pairs would cost it 8 MB.
    for (let bit = 0; bit < GENERATORS.length; bit++) if ((top >>> bit) & 1) check ^= GENERATORS[bit] as number;
  }
  return check >>> 0;
}

/** The one group in which changing one character makes the code whole; none where there are several or no such group. */
function suspectGroup(values: readonly number[]): { readonly group?: number } {
  // By linearity: what the remainder is off by must be what one wrong value at that place causes.
  const off = (remainder(START, values) ^ BECH32M) >>> 0;
  const groups = new Set<number>();
  for (let wrong = 1; wrong < 32; wrong++) {
    let caused = wrong;
    for (let at = values.length - 1; at >= 0; at--) {
      if (caused === off) groups.add(groupOf(at));
      caused = remainder(caused, ONE_ZERO);
    }
  }
  const [group, other] = groups;
  return group !== undefined && other === undefined ? { group } : {};
}

function groupOf(characterIndex: number): number {
  return Math.floor(characterIndex / GROUP_CHARACTERS) + 1;
}

function toFives(bytes: Uint8Array): number[] {
  const fives: number[] = [];
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) fives.push((held >>> (bits - 5)) & 31);
    held &= (1 << bits) - 1;
  }
  if (bits > 0) fives.push((held << (5 - bits)) & 31);
  return fives;
}

/** Undefined where the count of characters or the bits behind the last byte are not what `toFives` makes. */
function fromFives(fives: readonly number[]): Uint8Array | undefined {
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const five of fives) {
    held = (held << 5) | five;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >>> bits) & 255);
    held &= (1 << bits) - 1;
  }
  return bits < 5 && held === 0 ? Uint8Array.from(bytes) : undefined;
}
