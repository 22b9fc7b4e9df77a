/**
 * Seals and opens the datagrams of one session and lane where they lie: header, plaintext, tag of 16 bytes (docs/wire-format.md,
 * "Datagram"). Through the addon and the OpenSSL that Node carries, 1.7 times as fast as through libsodium, which does the same
 * where there is no addon.
 */
import { type AeadAddon, loadAeadAddon } from './aead-addon.ts';
import { DatagramCipher } from './sodium.ts';

export interface LaneCipher {
  /**
   * `datagram` is header, plaintext, room for the tag; `headerBytes` are at least 15, the counter at 9 to 14 among them. It is the
   * nonce, which the caller must never use twice. Throws a RangeError where there is no plaintext.
   */
  seal(datagram: Buffer, headerBytes: number): void;
  /** Whether the tag holds: then the plaintext lies open, and otherwise it is spoiled. Never throws for a length. */
  open(datagram: Buffer, headerBytes: number): boolean;
}

const MIN_HEADER_BYTES = 15;
const COUNTER_AT = 9;
const COUNTER_BYTES = 6;
const TAG_BYTES = 16;

/** `key` has 32 bytes. */
export function newLaneCipher(key: Uint8Array, addon: AeadAddon | string = ADDON): LaneCipher {
  return typeof addon === 'string' ? new SodiumLaneCipher(key) : addon.newCipher(key);
}

const ADDON = loadAeadAddon();

class SodiumLaneCipher implements LaneCipher {
  readonly #cipher: DatagramCipher;

  constructor(key: Uint8Array) {
    this.#cipher = new DatagramCipher(key);
  }

  seal(datagram: Buffer, headerBytes: number): void {
    const plaintext = plaintextOf(datagram, headerBytes);
    if (plaintext === undefined) throw new RangeError(`a datagram of ${datagram.length} bytes has no plaintext`);
    this.#cipher.seal(datagram, headerBytes, plaintext, counterOf(datagram));
  }

  open(datagram: Buffer, headerBytes: number): boolean {
    const plaintext = plaintextOf(datagram, headerBytes);
    return plaintext !== undefined && this.#cipher.openInto(plaintext, datagram, headerBytes, counterOf(datagram));
  }
}

function plaintextOf(datagram: Buffer, headerBytes: number): Buffer | undefined {
  const isSound = headerBytes >= MIN_HEADER_BYTES && datagram.length > headerBytes + TAG_BYTES;
  return isSound ? datagram.subarray(headerBytes, datagram.length - TAG_BYTES) : undefined;
}

function counterOf(datagram: Buffer): number {
  return datagram.readUIntBE(COUNTER_AT, COUNTER_BYTES);
}
