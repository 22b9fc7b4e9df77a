/** A private key in a file: PKCS #8 in PEM, 0600, as key-files.ts checks it. */
import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { readPrivateKey } from '../config/key-files.ts';
import type { SigningAlgorithm } from '../config/signer-config.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { digestOf, publicJwkOf, type Signer, signatureForm } from './signer.ts';

/** Throws DiodeError `key-missing`, `key-mode` or `key-invalid`; none of them shows a byte of the file. */
export function openKeyFileSigner(path: string, algorithm: SigningAlgorithm): Signer {
  const key = readPrivateKey(path);
  const publicJwk = publicJwkOf(createPublicKey(key), algorithm);
  if (publicJwk === undefined) throw unfit(path, key, algorithm);
  const digest = digestOf(algorithm);
  const form = { key, ...signatureForm(algorithm) };
  return {
    keyId: publicJwk.kid as string,
    algorithm,
    publicJwk,
    sign: isSlow(algorithm)
      ? (bytes) => signElsewhere(digest, bytes, form)
      : async (bytes) => sign(digest, bytes, form),
    close() {},
  };
}

/** A millisecond and more, while the elliptic curves take some 20 µs: worth a thread of libuv's. */
function isSlow(algorithm: SigningAlgorithm): boolean {
  return algorithm === 'PS256' || algorithm === 'RS256';
}

const signElsewhere = promisify(sign) as (
  digest: string | null,
  bytes: Uint8Array,
  form: Parameters<typeof sign>[2],
) => Promise<Buffer>;

const WANTED: Readonly<Record<SigningAlgorithm, string>> = {
  EdDSA: 'an Ed25519 key: openssl genpkey -algorithm ed25519',
  ES256: 'a P-256 key: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256',
  PS256: 'an RSA key of 2048 bits at least: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072',
  RS256: 'an RSA key of 2048 bits at least: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072',
};

function unfit(path: string, key: KeyObject, algorithm: SigningAlgorithm): DiodeError {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  const detail = namedCurve ?? (modulusLength === undefined ? '' : `${modulusLength} bits`);
  const kind = [key.asymmetricKeyType, detail].filter((part) => part !== '').join(', ');
  const seen = `The key file ${path} holds a key (${kind}) that cannot sign ${algorithm}.`;
  return new DiodeError('key-invalid', seen, `Name the algorithm that fits it, or put there ${WANTED[algorithm]}`);
}
