/** Public keys as a PKCS#11 token describes them (PKCS #11 v3.1 §6.1, §6.3), as node:crypto has them. */
import { createPublicKey, type KeyObject } from 'node:crypto';

/** DER of the named curve P-256 (RFC 5480 §2.1.1.1): all that CKA_EC_PARAMS may be for ES256. */
const P256_PARAMETERS = '06082a8648ce3d030107';
const OCTET_STRING = 0x04;
const UNCOMPRESSED = 0x04;

/** Undefined where it is no point of P-256 in an octet string. */
export function p256Key(parameters: Buffer, point: Buffer): KeyObject | undefined {
  const bytes = octetsOf(point, 65);
  if (parameters.toString('hex') !== P256_PARAMETERS || bytes?.[0] !== UNCOMPRESSED) return undefined;
  return fromJwk({ kty: 'EC', crv: 'P-256', x: base64url(bytes.subarray(1, 33)), y: base64url(bytes.subarray(33)) });
}

/** Undefined where it is no point of edwards25519: 32 bytes, in an octet string or, as some tokens have it, alone. */
export function ed25519Key(point: Buffer): KeyObject | undefined {
  const bytes = octetsOf(point, 32);
  return bytes && fromJwk({ kty: 'OKP', crv: 'Ed25519', x: base64url(bytes) });
}

export function rsaKey(modulus: Buffer, exponent: Buffer): KeyObject | undefined {
  return fromJwk({ kty: 'RSA', n: base64url(modulus), e: base64url(exponent) });
}

function octetsOf(point: Buffer, length: number): Buffer | undefined {
  if (point.length === length) return point;
  const isWrapped = point.length === length + 2 && point[0] === OCTET_STRING && point[1] === length;
  return isWrapped ? point.subarray(2) : undefined;
}

function fromJwk(jwk: Record<string, string>): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** Numbers without leading zeros, points as they are. */
function base64url(bytes: Buffer): string {
  return bytes.toString('base64url');
}
