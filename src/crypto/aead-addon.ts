/** The addon of src/native that seals and opens datagrams, compiled at install. */
import { builtAddon, loadNativeAddon } from '../native/native-addon.ts';
import type { LaneCipher } from './lane-cipher.ts';

export interface AeadAddon {
  /** Throws a RangeError for a key that has not 32 bytes. */
  newCipher(key: Uint8Array): LaneCipher;
}

/** The addon, or why there is none: it was not compiled, or this Node does not let addons use its OpenSSL. */
export function loadAeadAddon(file: URL = builtAddon('aead')): AeadAddon | string {
  return loadNativeAddon(file) as AeadAddon | string;
}
