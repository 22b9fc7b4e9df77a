/** Reads test/vectors/wire for the tests beside this file. */
import { readFileSync } from 'node:fs';
import { signingKeyId } from '../../src/crypto/digest.ts';

// biome-ignore lint/suspicious/noExplicitAny: vectors are data of many shapes, and each test names what it reads.
export type Vector = Readonly<Record<string, any>>;

export interface VectorFile extends Vector {
  readonly good: readonly Vector[];
  readonly bad: readonly Vector[];
  readonly ignored: readonly Vector[];
  readonly frames: readonly Vector[];
  readonly refused: readonly Vector[];
}

export function readVectors(name: string): VectorFile {
  return JSON.parse(readFileSync(new URL(`./wire/${name}.json`, import.meta.url), 'utf8'));
}

export function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

const keys = readVectors('keys');

/** What the receiver of the vectors trusts. */
export const trustedKeys = {
  find(keyId: Uint8Array): Uint8Array | undefined {
    const publicKey = bytes(keys.signing.publicKey);
    return signingKeyId(publicKey).equals(keyId) ? publicKey : undefined;
  },
};

/** Each prefix of `whole`, the empty one first, `whole` itself left out. */
export function* prefixesOf(whole: Buffer): Generator<Buffer> {
  for (let length = 0; length < whole.length; length++) yield whole.subarray(0, length);
}

/** `whole` with each of its bits changed, one at a time; the same buffer again and again. */
export function* bitFlipsOf(whole: Buffer): Generator<{ readonly bit: number; readonly bytes: Buffer }> {
  const copy = Buffer.from(whole);
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const at = bit >> 3;
    copy[at] = (copy[at] as number) ^ (1 << (bit & 7));
    yield { bit, bytes: copy };
    copy[at] = whole[at] as number;
  }
}
