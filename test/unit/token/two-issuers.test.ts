/** The keys of an issuer are its own: what else is trusted signs nothing in its name (RFC 8725 §2.7, §3.8). */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { type IssuerTrust, TokenChecker } from '../../../src/token/token-checker.ts';

const NOW_MS = Date.parse('2026-11-22T10:00:00Z');
const A = 'https://idp.example';
const B = 'https://other-idp.example';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
let pairs: Readonly<Record<'a' | 'b', Pair>>;
let checker: TokenChecker;

async function trust(issuer: string, pair: Pair, kids: readonly string[]): Promise<IssuerTrust> {
  const jwk = (await exportJWK(pair.publicKey)) as Record<string, string>;
  return {
    issuer,
    audience: ['https://inside.example'],
    algorithms: ['EdDSA'],
    types: ['at+jwt'],
    maxLifetimeSeconds: 3_600,
    clockSkewSeconds: 60,
    keys: kids.map((kid) => ({ jwk: { ...jwk, kid }, activeFromMs: 0 })),
  };
}

beforeAll(async () => {
  pairs = {
    a: await generateKeyPair('EdDSA', { extractable: true }),
    b: await generateKeyPair('EdDSA', { extractable: true }),
  };
  checker = TokenChecker.ofIssuers([
    await trust(A, pairs.a, ['of a', 'same']),
    await trust(B, pairs.b, ['of b', 'same']),
  ]);
});

async function codeOf(iss: string, kid: string, signer: 'a' | 'b'): Promise<string> {
  const nowSeconds = NOW_MS / 1000;
  const jws = await new SignJWT({ iss, sub: 'alice', aud: 'https://inside.example', jti: 'j-1' })
    .setIssuedAt(nowSeconds - 10)
    .setExpirationTime(nowSeconds + 600)
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
    .sign(pairs[signer].privateKey);
  const verdict = checker.check(jws, NOW_MS);
  return verdict.accepted ? 'accepted' : verdict.code;
}

describe('of two issuers', () => {
  it('each has its own tokens accepted, also under a kid that both have', async () => {
    expect(await codeOf(A, 'of a', 'a')).toBe('accepted');
    expect(await codeOf(A, 'same', 'a')).toBe('accepted');
    expect(await codeOf(B, 'of b', 'b')).toBe('accepted');
    expect(await codeOf(B, 'same', 'b')).toBe('accepted');
  });

  it('neither signs in the name of the other, under its own kid or under one that both have', async () => {
    expect(await codeOf(A, 'of b', 'b')).toBe('key-unknown');
    expect(await codeOf(A, 'same', 'b')).toBe('signature');
    expect(await codeOf(B, 'of a', 'a')).toBe('key-unknown');
    expect(await codeOf(B, 'same', 'a')).toBe('signature');
  });
});
