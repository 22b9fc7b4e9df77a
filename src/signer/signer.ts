/**
 * Signer: what signs without showing its key. Behind it stands a key file, a PKCS#11 token, or, with people in between, an
 * offline machine (signing-request.ts). Signatures have the form of JWS (RFC 7518 §3, RFC 8037 §3.1).
 */
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../config/signer-config.ts';
import { jwkThumbprint } from '../crypto/thumbprint.ts';
import { SIGNER_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { settledWithin } from '../ops/settled-within.ts';

export interface Signer {
  /** RFC 7638 thumbprint of the public key: the same wherever the key lies. */
  readonly keyId: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicJwk: PublicJwk;
  /** Rejects with a DiodeError `signer-…`; another try may succeed, since a token may be back. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
  /** Once; no `sign` after it. Waits for nothing. */
  close(): void;
}

/** As it stands in a JWK set (RFC 7517 §4): public members, `kid`, `alg`, `use`. */
export type PublicJwk = Readonly<Record<string, string>>;

/** RSA keys below are refused (RFC 7518 §3.3). */
const MIN_RSA_BITS = 2_048;
/** The hash's length, as RFC 7518 §3.5 wants it. */
export const PSS_SALT_BYTES = 32;

/** The JWK of a public key for one algorithm; undefined where the algorithm does not fit the key's type, curve or length. */
export function publicJwkOf(key: KeyObject, algorithm: SigningAlgorithm): PublicJwk | undefined {
  const { kty, crv, x, y, n, e } = key.export({ format: 'jwk' });
  const about = { alg: algorithm, use: 'sig' };
  switch (algorithm) {
    case 'EdDSA':
      return kty === 'OKP' && crv === 'Ed25519' ? named({ kty, crv, x: text(x) }, about) : undefined;
    case 'ES256':
      return kty === 'EC' && crv === 'P-256' ? named({ kty, crv, x: text(x), y: text(y) }, about) : undefined;
    default:
      return kty === 'RSA' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS
        ? named({ kty, n: text(n), e: text(e) }, about)
        : undefined;
  }
}

/** False, never a throw, where the signature does not hold, or the JWK is none. */
export function verifyWithJwk(jwk: PublicJwk, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const algorithm = SIGNING_ALGORITHMS.find((known) => known === jwk.alg);
    if (algorithm === undefined || publicJwkOf(key, algorithm)?.kid !== jwk.kid) return false;
    return verify(digestOf(algorithm), bytes, { key, ...signatureForm(algorithm) }, signature);
  } catch {
    return false;
  }
}

/** What node:crypto is told beside the key. */
export function signatureForm(algorithm: SigningAlgorithm) {
  if (algorithm === 'ES256') return { dsaEncoding: 'ieee-p1363' } as const;
  if (algorithm === 'PS256') return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: PSS_SALT_BYTES } as const;
  return {};
}

/** Null for EdDSA, which hashes by itself. */
export function digestOf(algorithm: SigningAlgorithm): 'sha256' | null {
  return algorithm === 'EdDSA' ? null : 'sha256';
}

/**
 * Throws DiodeError `signer-failed` unless the signer's own signature comes in time and holds under its own public key: a
 * token may hold a public key beside a private one that is another's.
 */
export async function proveSigner(signer: Signer, name: string): Promise<void> {
  const bytes = Buffer.from('identity-diode/signer-proof/v1\0', 'latin1');
  const signature = signer.sign(bytes);
  if (!(await settledWithin(signature, SIGNER_LIMITS.proofMs))) {
    const seen = `What holds ${name} hangs: it has not signed within ${SIGNER_LIMITS.proofMs / 1_000} s.`;
    throw new DiodeError('signer-failed', seen, 'Plug the token in anew, or restart what serves it.');
  }
  if (verifyWithJwk(signer.publicJwk, bytes, await signature)) return;
  throw new DiodeError(
    'signer-failed',
    `What ${name} signs does not hold under its public key.`,
    'Look which private and public key share its label, and remove the wrong one.',
  );
}

function named(members: Readonly<Record<string, string>>, about: Readonly<Record<string, string>>): PublicJwk {
  return { ...members, kid: jwkThumbprint(members), ...about };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
