/**
 * One JWS algorithm under one public key (RFC 7518 §3, RFC 8037 §3.1), on the thread that calls. Ed25519 by libsodium, which
 * takes 40% of OpenSSL's time and refuses keys of small order; the rest by node:crypto.
 */
import { constants, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { verifySignature } from '../crypto/sodium.ts';

/** True where the signature holds. False, never a throw, for one of any other form. */
export type SignatureCheck = (input: Uint8Array, signature: Uint8Array) => boolean;

/** Throws for a JWK that is no valid public key. The caller knows that the algorithm fits its type. */
export function signatureCheck(jwk: JsonWebKey, algorithm: string): SignatureCheck {
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  if (algorithm === 'EdDSA' || algorithm === 'Ed25519') {
    const raw = Buffer.from(jwk.x as string, 'base64url');
    return (input, signature) => verifySignature(input, signature, raw);
  }
  const digest = `sha${algorithm.slice(2)}`;
  const options = { key, ...FORMS[algorithm.slice(0, 2) as keyof typeof FORMS] };
  return (input, signature) => holds(digest, input, options, signature);
}

/** RFC 7518 §3.3 to §3.5: of PS the salt is as long as the digest; ES is R beside S. */
const FORMS = {
  RS: { padding: constants.RSA_PKCS1_PADDING },
  PS: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  ES: { dsaEncoding: 'ieee-p1363' },
} as const;

function holds(
  digest: string,
  input: Uint8Array,
  options: (typeof FORMS)[keyof typeof FORMS] & { readonly key: KeyObject },
  signature: Uint8Array,
): boolean {
  try {
    return verify(digest, input, options, signature);
  } catch {
    return false;
  }
}
