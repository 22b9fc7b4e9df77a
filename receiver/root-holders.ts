/** Holders of root keys as commands are given them: names with key files, made here or elsewhere. */
import { randomBytes } from 'node:crypto';
import { createKeyFile, PRIVATE_KEY_BYTES, readKeyFile } from '../src/config/key-files.ts';
import { readRawKey } from '../src/crypto/base64url.ts';
import { equalBytes } from '../src/crypto/digest.ts';
import { type SigningKeyPair, sign, signingKeyPair } from '../src/crypto/sodium.ts';
import { DiodeError } from '../src/ops/diode-error.ts';
import type { RootKey } from '../src/trust/root-statement.ts';
import { isName } from '../src/wire/frame.ts';

/** `alice`: a key is made for her here; `alice=KEY`: made elsewhere, by `root key`. */
export interface TypedHolder {
  readonly holder: string;
  readonly publicKey?: Uint8Array;
}

export interface NewHolder extends RootKey {
  /** Where it is made here. */
  readonly made?: { readonly path: string; readonly seed: Uint8Array; readonly keys: SigningKeyPair };
}

/** Throws DiodeError `usage`. */
export function parseHolder(typed: string): TypedHolder {
  const at = typed.indexOf('=');
  const holder = at < 0 ? typed : typed.slice(0, at);
  if (!isName(holder)) {
    const cure = 'Use letters, digits, `.`, `_` and `-`, at most 64, the first a letter or digit.';
    throw new DiodeError('usage', `${JSON.stringify(holder)} is no name for a holder.`, cure);
  }
  if (at < 0) return { holder };
  const publicKey = readRawKey(typed.slice(at + 1));
  if (publicKey !== undefined) return { holder, publicKey };
  const seen = `What stands behind ${holder}= is no public key.`;
  throw new DiodeError('usage', seen, 'Give the 43 characters that `diode-receiver root key` printed for that holder.');
}

/** With keys; those that are made here are in memory alone until `storeHolderKeys`. */
export function newHolders(typed: readonly TypedHolder[], pathOf: (holder: string) => string): readonly NewHolder[] {
  return typed.map(({ holder, publicKey }) => {
    if (publicKey !== undefined) return { holder, publicKey };
    const seed = randomBytes(PRIVATE_KEY_BYTES);
    const keys = signingKeyPair(seed);
    return { holder, publicKey: keys.publicKey, made: { path: pathOf(holder), seed, keys } };
  });
}

/** Writes the keys that are made here, 0600. Throws DiodeError `directory-exists`. */
export function storeHolderKeys(holders: readonly NewHolder[]): void {
  for (const { made } of holders) if (made !== undefined) createKeyFile(made.path, 'ed25519', made.seed);
}

export function makeHolderKey(path: string): SigningKeyPair {
  const seed = randomBytes(PRIVATE_KEY_BYTES);
  createKeyFile(path, 'ed25519', seed);
  return signingKeyPair(seed);
}

/** Who signs: with a key file, or on a token. */
export interface HolderSigner {
  /** Of the file or token, for sentences. */
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly sign: (input: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  readonly close: () => void;
}

/** Throws DiodeError `key-missing`, `key-mode`, `key-invalid`. */
export function keyFileSigners(paths: readonly string[]): readonly HolderSigner[] {
  return readHolderKeys(paths).map(({ publicKey, secretKey }, at) => ({
    name: paths[at] ?? '',
    publicKey,
    sign: (input) => sign(input, secretKey),
    close: () => {},
  }));
}

/** Throws DiodeError `key-missing`, `key-mode`, `key-invalid`. */
export function readHolderKeys(paths: readonly string[]): readonly SigningKeyPair[] {
  return paths.map((path) => signingKeyPair(readKeyFile(path, 'ed25519')));
}

/** Throws DiodeError `usage` for a key that is no holder's. */
export function requireKeysOf(
  keys: readonly RootKey[],
  signing: readonly { readonly publicKey: Uint8Array }[],
  paths: readonly string[],
  file: string,
): void {
  const at = signing.findIndex(({ publicKey }) => !keys.some((each) => equalBytes(each.publicKey, publicKey)));
  if (at < 0) return;
  const holders = keys.map(({ holder }) => holder).join(', ');
  throw new DiodeError(
    'usage',
    `The key in ${paths[at]} is none of ${file}.`,
    `Give the key file of one of: ${holders}.`,
  );
}
