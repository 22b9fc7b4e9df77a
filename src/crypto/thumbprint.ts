/**
 * RFC 7638 thumbprints: the name of a public key that is the same wherever it lies, and what people compare. The one place
 * that makes them.
 */
import { sha256 } from './digest.ts';

/** RFC 7638 §3.2, RFC 8037 §2: what is required of a key's type, in the order of the canonical form. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
};

/** SHA-256 of the required members, base64url. Of a type that is not known here, of all members. */
export function jwkThumbprint(jwk: Readonly<Record<string, unknown>>): string {
  const names = REQUIRED[String(jwk.kty)] ?? Object.keys(jwk).sort();
  const members = names.flatMap((name) => (Object.hasOwn(jwk, name) ? [[name, jwk[name]] as const] : []));
  return sha256(Buffer.from(JSON.stringify(Object.fromEntries(members)))).toString('base64url');
}

/** Of a raw Ed25519 public key (RFC 8037 A.3). */
export function ed25519Thumbprint(publicKey: Uint8Array): string {
  return jwkThumbprint({ crv: 'Ed25519', kty: 'OKP', x: Buffer.from(publicKey).toString('base64url') });
}

/** What kind of key it is, such as `EC P-256` or `RSA`. */
export function jwkKind({ kty, crv }: Readonly<Record<string, unknown>>): string {
  return typeof crv === 'string' ? `${kty} ${crv}` : String(kty);
}
