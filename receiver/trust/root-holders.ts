/** Holders of root keys as commands are given them: names with key files, made here or elsewhere. */
import { randomBytes } from 'node:crypto';
import { createKeyFile, PRIVATE_KEY_BYTES, readKeyFile } from '../../src/config/key-files.ts';
import { readRawKey } from '../../src/crypto/base64url.ts';
import { equalBytes } from '../../src/crypto/digest.ts';
import { type SigningKeyPair, sign, signingKeyPair } from '../../src/crypto/sodium.ts';
import { TRUST_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { RootKey } from '../../src/trust/root-statement.ts';
import { isName } from '../../src/wire/frame.ts';

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

/** That so many of them can sign. Throws DiodeError `usage`. */
export function requireHolders(holders: readonly TypedHolder[], threshold: number): void {
  const names = holders.map(({ holder }) => holder);
  if (new Set(names).size !== names.length) {
    throw new DiodeError('usage', 'A holder is named twice.', 'Give each holder a name of their own.');
  }
  requireOwnKeys(holders);
  if (names.length > TRUST_LIMITS.maxRootKeys) {
    throw new DiodeError('usage', `${names.length} holders are too many.`, `Name at most ${TRUST_LIMITS.maxRootKeys}.`);
  }
  if (threshold <= names.length) return;
  const seen = `${threshold} of ${names.length} holders can never sign.`;
  throw new DiodeError('usage', seen, 'Name more holders, or give a lower --threshold.');
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

/** Writes the keys that are made here, 0600. Throws DiodeError `file-exists`. */
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

/** Throws DiodeError `usage` for a key that is no holder's, or is given twice. */
export function requireKeysOf(
  keys: readonly RootKey[],
  signing: readonly { readonly publicKey: Uint8Array }[],
  paths: readonly string[],
  file: string,
): void {
  const again = signing.findIndex(({ publicKey }, index) =>
    signing.slice(0, index).some((each) => equalBytes(each.publicKey, publicKey)),
  );
  if (again >= 0) {
    const cure = 'Nothing was changed: give each key once, or have another holder sign.';
    throw new DiodeError('usage', `The key in ${paths[again]} is given twice, and counts once.`, cure);
  }
  const at = signing.findIndex(({ publicKey }) => !keys.some((each) => equalBytes(each.publicKey, publicKey)));
  if (at < 0) return;
  const holders = keys.map(({ holder }) => holder).join(', ');
  throw new DiodeError(
    'usage',
    `The key in ${paths[at]} is none of ${file}.`,
    `Give the key file of one of: ${holders}.`,
  );
}

/** One key for two holders would be one signature of the m. */
function requireOwnKeys(holders: readonly TypedHolder[]): void {
  const owners = new Map<string, string>();
  for (const { holder, publicKey } of holders) {
    if (publicKey === undefined) continue;
    const key = Buffer.from(publicKey).toString('base64url');
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, holder);
    else {
      const cure = 'Nothing was made: each makes a key of their own with `diode-receiver root key`.';
      throw new DiodeError('usage', `${owner} and ${holder} have the same key, ${key}.`, cure);
    }
  }
}
