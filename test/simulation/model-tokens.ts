/** Tokens in the form of a JWS, and a verdict on them that costs no signature: what is under test comes behind it. */
import { sha256Hex } from '../../src/crypto/digest.ts';
import { tokenKey } from '../../src/identity/key.ts';
import type { TokenVerdict } from '../../src/token/token-checker.ts';
import { START_MS } from './site.ts';

export const ISSUER = 'https://idp.example';
/** Of the issuer: the one signs to the end, the other may be revoked. */
export const KEPT_KEY = 'k';
export const REVOKED_KEY = 'stolen';
const FORGED = 'forged';

export interface ModelClaims {
  readonly jti: string;
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
}

export function tokenOf(token: {
  readonly jti: string;
  readonly subject: string;
  /** From the run's start. */
  readonly issuedAtSeconds: number;
  readonly lifetimeSeconds: number;
  readonly isForged: boolean;
  readonly keyId?: string;
}): string {
  const { jti, subject: sub, issuedAtSeconds, lifetimeSeconds, isForged, keyId: kid = KEPT_KEY } = token;
  const iat = START_MS / 1_000 + issuedAtSeconds;
  const claims = { iss: ISSUER, jti, sub, aud: 'api', iat, exp: iat + lifetimeSeconds };
  return `${part({ alg: 'EdDSA', kid })}.${part(claims)}.${isForged ? FORGED : 'signed'}`;
}

export function claimsOf(jws: string): ModelClaims {
  return JSON.parse(Buffer.from(jws.split('.')[1] as string, 'base64url').toString('utf8')) as ModelClaims;
}

export function isForged(jws: string): boolean {
  return jws.endsWith(`.${FORGED}`);
}

export function keyIdOf(jws: string): string {
  return (JSON.parse(Buffer.from(jws.split('.')[0] as string, 'base64url').toString('utf8')) as { kid: string }).kid;
}

/** Where tokens of that subject lie: each replaces the one before it. */
export function tokenKeyOf(subject: string): string {
  return tokenKey({ issuer: ISSUER, subject, audiences: ['api'], slot: '' }) as string;
}

/** `isRevoked`: by the bundle that is trusted. */
export function verdictOn(jws: string, nowMs: number, isRevoked: (keyId: string) => boolean): TokenVerdict {
  const keyId = keyIdOf(jws);
  const sha256 = sha256Hex(jws);
  const { jti, sub: subject, iat, exp } = claimsOf(jws);
  if (isForged(jws)) return { accepted: false, code: 'signature', detail: 'Its signature does not hold.', sha256, jti };
  if (isRevoked(keyId)) return { accepted: false, code: 'key-state', detail: 'Its key is revoked.', sha256, jti };
  const times = { issuedAtMs: iat * 1_000, expiresAtMs: exp * 1_000 };
  const facts = { jti, sha256, issuer: ISSUER, subject, audience: ['api'], ...times, slot: '', keyId };
  if (exp * 1_000 > nowMs) return { accepted: true, facts };
  return { accepted: false, code: 'expired', detail: 'It has expired.', sha256, jti, facts };
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
