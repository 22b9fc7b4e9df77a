/** What a token says of itself, believed only to decide how long a snapshot carries it: the receiver verifies it. */
import { WIRE_LIMITS } from '../../src/limits.ts';

export interface UnverifiedClaims {
  readonly issuer: string;
  readonly jti: string;
  /** Of the key that signed it; empty without `kid`. */
  readonly keyId: string;
  /** Empty without `sub`. */
  readonly subject: string;
  /** 0 without `iat`. */
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** Undefined where `iss`, `jti` or `exp` is missing or of no use. Never throws. */
export function unverifiedClaims(jws: string): UnverifiedClaims | undefined {
  const claims = partOf(jws, 1);
  if (claims === undefined) return undefined;
  const { iss, jti, sub, iat, exp } = claims;
  const issuedAtMs = milliseconds(iat) ?? 0;
  const expiresAtMs = milliseconds(exp);
  if (!isText(iss, WIRE_LIMITS.maxIssuerBytes) || !isText(jti, WIRE_LIMITS.maxIdBytes)) return undefined;
  if (expiresAtMs === undefined) return undefined;
  const kid = partOf(jws, 0)?.kid;
  const keyId = isText(kid, WIRE_LIMITS.maxIdBytes) ? kid : '';
  const subject = isText(sub, WIRE_LIMITS.maxIdBytes) ? sub : '';
  return { issuer: iss, jti, keyId, subject, issuedAtMs, expiresAtMs };
}

/** Header (0) or payload (1). */
function partOf(jws: string, index: 0 | 1): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(jws.split('.')[index] ?? '', 'base64url').toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** NumericDate of RFC 7519 §2: seconds, fractions allowed. */
function milliseconds(seconds: unknown): number | undefined {
  if (typeof seconds !== 'number') return undefined;
  const atMs = Math.floor(seconds * 1_000);
  return Number.isSafeInteger(atMs) && atMs > 0 ? atMs : undefined;
}

function isText(value: unknown, maxBytes: number): value is string {
  return typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= maxBytes;
}
