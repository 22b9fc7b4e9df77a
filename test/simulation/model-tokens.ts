/** Tokens in the form of a JWS, and a verdict on them that costs no signature: what is under test comes behind it. */
import { sha256Hex } from '../../src/crypto/digest.ts';
import type { TokenVerdict } from '../../src/token/token-checker.ts';
import { START_MS } from './site.ts';

export const ISSUER = 'https://idp.example';
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
}): string {
  const { jti, subject: sub, issuedAtSeconds, lifetimeSeconds, isForged } = token;
  const iat = START_MS / 1_000 + issuedAtSeconds;
  const claims = { iss: ISSUER, jti, sub, aud: 'api', iat, exp: iat + lifetimeSeconds };
  return `${part({ alg: 'EdDSA', kid: 'k' })}.${part(claims)}.${isForged ? FORGED : 'signed'}`;
}

export function claimsOf(jws: string): ModelClaims {
  return JSON.parse(Buffer.from(jws.split('.')[1] as string, 'base64url').toString('utf8')) as ModelClaims;
}

export function isForged(jws: string): boolean {
  return jws.endsWith(`.${FORGED}`);
}

export function verdictOn(jws: string, nowMs: number): TokenVerdict {
  const sha256 = sha256Hex(jws);
  const { jti, sub: subject, iat, exp } = claimsOf(jws);
  if (isForged(jws)) return { accepted: false, code: 'signature', detail: 'Its signature does not hold.', sha256, jti };
  const times = { issuedAtMs: iat * 1_000, expiresAtMs: exp * 1_000 };
  const facts = { jti, sha256, issuer: ISSUER, subject, audience: ['api'], ...times, slot: '', keyId: 'k' };
  if (exp * 1_000 > nowMs) return { accepted: true, facts };
  return { accepted: false, code: 'expired', detail: 'It has expired.', sha256, jti, facts };
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
