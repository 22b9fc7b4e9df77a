/** Bech32 (BIP-173) of 32 raw key bytes, as age writes keys: `age1…` and `AGE-SECRET-KEY-1…`. */

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const;

/** `prefix` in lower case; so is the answer. */
export function encodeBech32(prefix: string, bytes: Uint8Array): string {
  const values = toFives(bytes);
  const check = remainder([...expanded(prefix), ...values, 0, 0, 0, 0, 0, 0]) ^ 1;
  const checksum = [5, 4, 3, 2, 1, 0].map((at) => (check >>> (5 * at)) & 31);
  return `${prefix}1${[...values, ...checksum].map((value) => ALPHABET[value]).join('')}`;
}

function expanded(prefix: string): number[] {
  const codes = [...prefix].map((letter) => letter.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function remainder(values: readonly number[]): number {
  let check = 1;
  for (const value of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    for (const [bit, generator] of GENERATORS.entries()) if ((top >>> bit) & 1) check ^= generator;
  }
  return check >>> 0;
}

function toFives(bytes: Uint8Array): number[] {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => Number.parseInt(group.padEnd(5, '0'), 2));
}
