/** A JWT in compact serialisation (RFC 7515 §7.1, RFC 9068 §2), short of its signature. Pure. */
import { createHash } from 'node:crypto';
import type { SigningAlgorithm } from '../../src/config/signer-config.ts';
import type { JsonValue } from '../../src/identity/json-value.ts';

/** What a token says, but for when and under which id. */
export interface TokenContent {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly client_id: string;
  /** Mapped from SCIM, and `cnf`. */
  readonly more: Readonly<Record<string, JsonValue>>;
}

/** 6 bytes of time, so that an index of them grows at its end, and 10 that nobody guesses. */
const JTI_RANDOM_BYTES = 10;
const SHA256_BYTES = 32;

/** `random`: 10 bytes or more. 22 characters. */
export function tokenId(nowMs: number, random: Uint8Array): string {
  const bytes = Buffer.alloc(6 + JTI_RANDOM_BYTES);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes.set(random.subarray(0, JTI_RANDOM_BYTES), 6);
  return bytes.toString('base64url');
}

/** The part before the first dot, the same for all tokens of one key. */
export function tokenHeader(algorithm: SigningAlgorithm, keyId: string): string {
  return base64url({ alg: algorithm, typ: 'at+jwt', kid: keyId });
}

/** Header and claims: what is signed. Seconds, as RFC 7519 §2 counts time. */
export function signingInput(
  header: string,
  { more, ...content }: TokenContent,
  { jti, iat, exp }: { readonly jti: string; readonly iat: number; readonly exp: number },
): string {
  return `${header}.${base64url({ ...content, iat, exp, jti, ...more })}`;
}

/** Tells two contents apart: what a live token says, and what it should say. */
export function contentDigest(content: TokenContent): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(content))
    .digest()
    .subarray(0, SHA256_BYTES / 2);
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}
