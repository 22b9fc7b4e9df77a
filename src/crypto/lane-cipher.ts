/**
 * Seals and opens the datagrams of one session and lane where they lie: header of 28 bytes, symbol, tag of 16
 * (docs/wire-format.md, "Datagram"). Through the addon and the OpenSSL that Node carries, twice as fast as through libsodium,
 * which does the same where there is no addon.
 */
import { type AeadAddon, loadAeadAddon } from './aead-addon.ts';
import { DatagramCipher } from './sodium.ts';

export interface LaneCipher {
  /**
   * `datagram` is header, symbol, room for the tag. The nonce is the header's counter, which the caller must never use twice.
   * Throws a RangeError for one without symbol.
   */
  seal(datagram: Buffer): void;
  /** Whether the tag holds: then the symbol lies open, and otherwise it is spoiled. Never throws. */
  open(datagram: Buffer): boolean;
}

const HEADER_BYTES = 28;
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

  seal(datagram: Buffer): void {
    const symbol = symbolOf(datagram);
    if (symbol.length === 0) throw new RangeError(`a datagram of ${datagram.length} bytes has no symbol`);
    this.#cipher.seal(datagram, HEADER_BYTES, symbol, counterOf(datagram));
  }

  open(datagram: Buffer): boolean {
    const symbol = symbolOf(datagram);
    return symbol.length > 0 && this.#cipher.openInto(symbol, datagram, HEADER_BYTES, counterOf(datagram));
  }
}

function symbolOf(datagram: Buffer): Buffer {
  return datagram.subarray(HEADER_BYTES, Math.max(HEADER_BYTES, datagram.length - TAG_BYTES));
}

function counterOf(datagram: Buffer): number {
  return datagram.readUIntBE(COUNTER_AT, COUNTER_BYTES);
}
