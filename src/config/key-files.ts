/**
 * Private keys in DIR/keys: PKCS #8 in PEM (RFC 5958, 8410), so that `openssl pkey -in FILE -text` reads them. Mode 0600
 * in a directory of 0700, never overwritten, and refused when others could read them.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { OPS_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { createFile, fileError, makeFolder } from './durable-file.ts';

export type KeyKind = 'ed25519' | 'x25519';

export const PRIVATE_KEY_BYTES = 32;

/** DER before the 32 raw bytes: RFC 8410 §7 with the object identifiers 1.3.101.112 and 1.3.101.110. */
const PKCS8_PREFIX: Readonly<Record<KeyKind, string>> = {
  ed25519: '302e020100300506032b657004220420',
  x25519: '302e020100300506032b656e04220420',
};

const OWN_KEY = {
  name: 'key file',
  cure: 'Restore it from the backup; a new key means init in a new directory and trust on the other side.',
} as const;

/** Writes 32 raw private bytes. Throws DiodeError `file-exists` where the file is there already. */
export function createKeyFile(path: string, kind: KeyKind, raw: Uint8Array): void {
  makeFolder(dirname(path), 0o700);
  const der = Buffer.concat([Buffer.from(PKCS8_PREFIX[kind], 'hex'), raw]);
  createFile(path, `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`, 0o600);
}

/**
 * The 32 raw private bytes. Throws DiodeError `key-missing`, `key-mode` (the file readable, or its directory writable,
 * by others) or `key-invalid`; none of them shows a byte of the file.
 */
export function readKeyFile(path: string, kind: KeyKind): Uint8Array {
  const pem = readPrivateText(path);
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem' });
  } catch (error) {
    throw invalid(path, 'holds no private key in PEM', kind, error);
  }
  if (key.asymmetricKeyType !== kind) throw invalid(path, `holds a key of type ${key.asymmetricKeyType}`, kind);
  return key.export({ format: 'der', type: 'pkcs8' }).subarray(-PRIVATE_KEY_BYTES);
}

/** Of any type. Throws as `readKeyFile`. */
export function readPrivateKey(path: string): KeyObject {
  const pem = readPrivateText(path, { name: 'key file', cure: 'Name the right file, or restore it from the backup.' });
  try {
    return createPrivateKey({ key: pem, format: 'pem' });
  } catch (error) {
    const seen = `The key file ${path} holds no private key in PEM without a passphrase.`;
    throw new DiodeError(
      'key-invalid',
      seen,
      'Put there what `openssl genpkey` or `openssl pkcs8 -topk8 -nocrypt` writes.',
      {
        cause: error,
      },
    );
  }
}

/** A secret that is no key, such as a PIN. `name`: what the file is. Throws DiodeError `key-missing` or `key-mode`. */
export function readSecretText(path: string, name: string): string {
  return readPrivateText(path, { name, cure: `Write it with mode 0600: (umask 077; cat > ${path})` });
}

/** The content of a private key file of any kind. Throws DiodeError `key-missing`, `key-mode`, `key-invalid`. */
export function readPrivateText(
  path: string,
  { name, cure }: { readonly name: string; readonly cure: string } = OWN_KEY,
): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(error, path);
    throw new DiodeError('key-missing', `There is no ${name} ${path}.`, cure);
  }
  try {
    // Of the open file, so that nothing is exchanged between the look and the reading.
    const { mode, size } = fstatSync(file);
    if ((mode & 0o077) !== 0) {
      const seen = `The ${name} ${path} has mode ${octal(mode)}: others than its owner can open it.`;
      throw new DiodeError('key-mode', seen, `Run: chmod 600 ${path} (and ask who may have read it).`);
    }
    const directory = dirname(path);
    const directoryMode = statSync(directory).mode;
    if ((directoryMode & 0o022) !== 0) {
      const seen = `The key directory ${directory} has mode ${octal(directoryMode)}: others can exchange the keys.`;
      throw new DiodeError('key-mode', seen, `Run: chmod 700 ${directory}`);
    }
    if (size > OPS_LIMITS.maxKeyFileBytes) {
      throw new DiodeError('key-invalid', `The ${name} ${path} has ${size} bytes, too many for one.`, cure);
    }
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function invalid(path: string, seen: string, kind: KeyKind, cause?: unknown): DiodeError {
  const cure = `Restore the ${kind} key that init wrote.`;
  return new DiodeError('key-invalid', `The key file ${path} ${seen}.`, cure, { cause });
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
