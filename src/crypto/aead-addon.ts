/** The addon of src/native that seals and opens datagrams, compiled at install. The one file that loads it. */
import { createRequire } from 'node:module';
import type { LaneCipher } from './lane-cipher.ts';

export interface AeadAddon {
  /** Throws a RangeError for a key that has not 32 bytes. */
  newCipher(key: Uint8Array): LaneCipher;
}

/** The addon, or why there is none: it was not compiled, or this Node does not let addons use its OpenSSL. */
export function loadAeadAddon(file: URL = builtAddon()): AeadAddon | string {
  try {
    return createRequire(import.meta.url)(file.pathname) as AeadAddon;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND'
      ? 'the addon is not compiled (npm run install compiles it)'
      : `the addon cannot be loaded (${(error as Error).message})`;
  }
}

/** Beside the sources, also for what runs from dist. */
function builtAddon(): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(`${isSource ? '..' : '../../../src'}/native/build/Release/aead.node`, import.meta.url);
}
