/** Tokens as an identity provider signs them, and what its trust bundle says of the key. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { IssuerTrust } from '../../../src/token/token-checker.ts';

export type TokenAlgorithm = 'EdDSA' | 'ES256' | 'RS256';

export interface SignedTokens {
  readonly issuer: IssuerTrust;
  /** Compact JWS, each with a jti of its own. */
  readonly tokens: readonly string[];
  /** One with the signature of another. */
  readonly forged: string;
  /** A good one that has the jti of the first. */
  readonly reused: string;
}

const LIFETIME_SECONDS = 3_600;
const KEY_ID = 'key-1';

/** `count` tokens of as many subjects that hold at `nowMs`. The key is new each time; the claims are not. */
export function signTokens(
  algorithm: TokenAlgorithm,
  { count, nowMs }: { readonly count: number; readonly nowMs: number },
): SignedTokens {
  const { privateKey, publicKey } = KEYS[algorithm]();
  const name = `https://${algorithm.toLowerCase()}.idp.example`;
  const issuer: IssuerTrust = {
    issuer: name,
    audience: ['https://inside.example'],
    algorithms: [algorithm],
    types: ['at+jwt'],
    maxLifetimeSeconds: 2 * LIFETIME_SECONDS,
    clockSkewSeconds: 60,
    slotClaim: 'client_id',
    keys: [
      {
        activeFromMs: 0,
        jwk: { ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: algorithm, use: 'sig' } as never,
      },
    ],
  };
  const header = encode({ alg: algorithm, kid: KEY_ID, typ: 'at+jwt' });
  const iat = Math.floor(nowMs / 1_000) - 5;
  const signed = (subject: number, jti: number) => {
    const claims = { iss: name, aud: issuer.audience[0], client_id: 'payroll', iat, exp: iat + LIFETIME_SECONDS };
    const input = `${header}.${encode({ ...claims, sub: `user-${subject}@example.com`, jti: jtiOf(jti), ...ROLES })}`;
    return `${input}.${signature(input, algorithm, privateKey)}`;
  };
  const tokens = Array.from({ length: count }, (_, index) => signed(index, index));
  const [first = '', second = ''] = tokens;
  const forged = `${first.slice(0, first.lastIndexOf('.'))}${second.slice(second.lastIndexOf('.'))}`;
  return { issuer, tokens, forged, reused: signed(count, 0) };
}

/** What makes it as long as access tokens are: 600 bytes with an Ed25519 signature. */
const ROLES = { roles: ['staff', 'payroll-clerk'], groups: ['finance', 'site-north', 'fire-wardens'] };

function jtiOf(index: number): string {
  return createHash('sha256').update(`${index}`).digest('hex').slice(0, 32);
}

const KEYS: Readonly<Record<TokenAlgorithm, () => { privateKey: KeyObject; publicKey: KeyObject }>> = {
  EdDSA: () => generateKeyPairSync('ed25519'),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2_048 }),
};

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signature(input: string, algorithm: TokenAlgorithm, key: KeyObject): string {
  const digest = algorithm === 'EdDSA' ? null : 'sha256';
  return sign(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}
