import { createHash, KeyObject, sign } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { CompactEncrypt, CompactSign, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { BAD_WAYS, makeTokens } from '../../../bench/workload/tokens.ts';
import type { IssuerConfig } from '../../../src/config/receiver-config.ts';
import { type IssuerTrust, TokenChecker, type TokenFacts } from '../../../src/token/token-checker.ts';

const NOW_MS = Date.parse('2026-11-22T10:00:00Z');
const NOW = NOW_MS / 1000;
const ISSUER = 'https://idp.example';
const directory = mkdtempSync(join(tmpdir(), 'token-checker-'));

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
let eddsa: Pair;
let es256: Pair;
let rs256: Pair;
let checker: TokenChecker;

function issuer(jwksName: string, changes: Partial<IssuerConfig> = {}): IssuerConfig {
  return {
    issuer: ISSUER,
    audience: ['https://inside.example', 'https://other-inside.example'],
    jwks: join(directory, jwksName),
    algorithms: ['EdDSA', 'ES256', 'RS256'],
    types: ['at+jwt', 'JWT'],
    maxLifetimeSeconds: 3_600,
    clockSkewSeconds: 60,
    ...changes,
  };
}

function writeJwks(name: string, keys: readonly unknown[]): string {
  writeFileSync(join(directory, name), JSON.stringify({ keys }));
  return name;
}

async function publicJwk(pair: Pair, more: JWK): Promise<JWK> {
  return { ...(await exportJWK(pair.publicKey)), ...more };
}

beforeAll(async () => {
  eddsa = await generateKeyPair('EdDSA', { extractable: true });
  es256 = await generateKeyPair('ES256', { extractable: true });
  rs256 = await generateKeyPair('RS256', { extractable: true });
  const keys = [
    await publicJwk(eddsa, { kid: 'ed', alg: 'EdDSA', use: 'sig' }),
    await publicJwk(es256, { kid: 'es', use: 'sig' }),
    await publicJwk(rs256, { kid: 'rs' }),
  ];
  checker = TokenChecker.open([issuer(writeJwks('good.json', keys))]);
});

const GOOD_CLAIMS = {
  iss: ISSUER,
  sub: 'svc-1',
  aud: 'https://inside.example',
  jti: 'j-1',
  iat: NOW - 10,
  exp: NOW + 600,
};

function token(claims: object = {}, header: object = {}, pair: Pair = eddsa): Promise<string> {
  return new SignJWT({ ...GOOD_CLAIMS, ...claims })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'ed', typ: 'at+jwt', ...header })
    .sign(pair.privateKey, { crit: { 'urn:example:extension': true } });
}

async function codeOf(jws: string, nowMs = NOW_MS): Promise<string> {
  const verdict = checker.check(jws, nowMs);
  return verdict.accepted ? 'accepted' : verdict.code;
}

describe('public keys', () => {
  it('of a trust bundle are those that are active or passive now, without anything private or else', async () => {
    const jwk = { ...(await exportJWK(eddsa.publicKey)), note: 'x' };
    const at = (kid: string, times: object) => ({ jwk: { ...jwk, kid }, activeFromMs: 0, ...times });
    const keys = [
      at('pending', { activeFromMs: NOW_MS + 1 }),
      at('active', {}),
      at('passive', { passiveFromMs: NOW_MS }),
      at('revoked', { revokedFromMs: NOW_MS }),
    ];
    const { jwks, ...policy } = issuer('unused');
    const trusted = TokenChecker.ofIssuers([{ ...policy, keys } as unknown as IssuerTrust]);
    const served = trusted.publicKeys(NOW_MS).get(ISSUER);
    expect([served?.map(({ kid }) => kid), jwks]).toEqual([['active', 'passive'], expect.any(String)]);
    expect(Object.keys(served?.[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });

  it('with key_ops that lack verify are no keys', async () => {
    const name = writeJwks('ops.json', [await publicJwk(eddsa, { kid: 'ed', key_ops: ['encrypt'] })]);
    expect(() => TokenChecker.open([issuer(name)])).toThrow(/its key_ops do not name "verify"/);
  });
});

describe('a token that holds', () => {
  it('is accepted with its facts', async () => {
    const jws = await token({ aud: ['https://other-inside.example', 'https://inside.example'] });
    expect(checker.check(jws, NOW_MS)).toEqual({
      accepted: true,
      facts: {
        jti: 'j-1',
        sha256: createHash('sha256').update(jws).digest('hex'),
        issuer: ISSUER,
        subject: 'svc-1',
        audience: ['https://inside.example', 'https://other-inside.example'],
        issuedAtMs: (NOW - 10) * 1000,
        expiresAtMs: (NOW + 600) * 1000,
        slot: '',
        keyId: 'ed',
      },
      holdsUntilMs: (NOW + 600 + 60) * 1000,
    });
  });

  it('holds as long as it says, and not a second longer where time ends it', async () => {
    const { jwks: _, ...policy } = issuer('unused');
    const ends = { activeFromMs: 0, passiveFromMs: NOW_MS, revokedFromMs: NOW_MS + 300_500 };
    const jwk = await publicJwk(eddsa, { kid: 'ed' });
    const withEnd = TokenChecker.ofIssuers([{ ...policy, keys: [{ ...ends, jwk }] } as unknown as IssuerTrust]);
    const claims = [{}, { exp: NOW + 7_200, iat: NOW - 3_500 }, { exp: NOW + 100.7 }, { iat: NOW - 3_599.5 }];
    for (const judge of [checker, withEnd]) {
      for (const changes of claims) {
        const jws = await token(changes);
        const first = judge.check(jws, NOW_MS);
        if (!first.accepted) {
          expect(first.code).toBe('lifetime');
          continue;
        }
        const untilMs = first.holdsUntilMs as number;
        for (let at = NOW_MS; at < untilMs; at += 7_001) expect(judge.check(jws, at)).toEqual(first);
        expect(judge.check(jws, untilMs - 1)).toEqual(first);
        expect(judge.check(jws, untilMs + 2_000).accepted).toBe(false);
      }
    }
  });

  it('has one text: another one of the same signature is refused', async () => {
    const jws = await token();
    const [signed, last] = [jws.slice(0, -1), jws.charCodeAt(jws.length - 1)];
    const other = `${signed}${String.fromCharCode(last + 1)}`;
    const signatureOf = (text: string) => Buffer.from(text.split('.')[2] as string, 'base64url');
    expect(signatureOf(other)).toEqual(signatureOf(jws));
    expect(await codeOf(other)).toBe('token-form');
  });

  it('may be signed with each allowed algorithm', async () => {
    expect(await codeOf(await token({}, { alg: 'ES256', kid: 'es' }, es256))).toBe('accepted');
    expect(await codeOf(await token({}, { alg: 'RS256', kid: 'rs' }, rs256))).toBe('accepted');
  });

  it('takes its slot from the configured claim', async () => {
    const keys = [await publicJwk(eddsa, { kid: 'ed' })];
    const slotted = TokenChecker.open([issuer(writeJwks('slot.json', keys), { slotClaim: 'client_id' })]);
    const verdict = await slotted.check(await token({ client_id: 'crawler' }), NOW_MS);
    expect(verdict).toMatchObject({ accepted: true, facts: { slot: 'crawler' } });
  });

  it('holds within the clock skew and not beyond', async () => {
    const jws = await token();
    expect(await codeOf(jws, (NOW + 600 + 59) * 1000)).toBe('accepted');
    expect(await codeOf(jws, (NOW + 600 + 61) * 1000)).toBe('expired');
  });

  it('is known for what it was once it has expired, if it was ever good', async () => {
    const lateMs = (NOW + 10_000) * 1000;
    const held = checker.check(await token(), NOW_MS);
    const { facts } = held as { readonly facts: TokenFacts };
    expect(checker.check(await token(), lateMs)).toMatchObject({ accepted: false, code: 'expired', facts });
    for (const never of [{ exp: NOW + 9_000 }, { jti: 'j\u00e9' }, { sub: '' }]) {
      const verdict = checker.check(await token(never), lateMs);
      expect(verdict).toMatchObject({ accepted: false, code: 'expired' });
      expect(verdict).not.toHaveProperty('facts');
    }
  });
});

describe('a token that does not hold', () => {
  it('is refused in each of the ten ways of the demo with the code that names the way', async () => {
    const made = await makeTokens({ count: 10, badCount: 10, seed: 3, nowMs: NOW_MS });
    writeFileSync(join(directory, 'demo.json'), JSON.stringify(made.jwks));
    const demo = TokenChecker.open([issuer('demo.json')]);
    const codes = new Set<string>();
    for (const [jws, code] of made.bad) {
      const verdict = await demo.check(jws, NOW_MS);
      expect(verdict).toMatchObject({ accepted: false, code });
      codes.add(code);
    }
    expect(codes.size).toBe(BAD_WAYS.length);
  });

  const headers: readonly (readonly [string, object, string])[] = [
    ['brings its own key', { jwk: { kty: 'OKP', crv: 'Ed25519', x: 'AA' } }, 'key-reference'],
    ['names a place for its key', { jku: 'https://evil.example/keys' }, 'key-reference'],
    ['names a certificate', { x5u: 'https://evil.example/cert' }, 'key-reference'],
    ['brings a certificate', { x5c: ['AA'] }, 'key-reference'],
    ['names a certificate by SHA-1', { x5t: 'AA' }, 'key-reference'],
    ['names a certificate by SHA-256', { 'x5t#S256': 'AA' }, 'key-reference'],
    ['has a critical extension', { crit: ['urn:example:extension'], 'urn:example:extension': true }, 'critical'],
    ['has no typ', { typ: undefined }, 'type'],
    ['has no kid', { kid: undefined }, 'key-unknown'],
    ['names a key of another type', { kid: 'es' }, 'key-algorithm'],
  ];
  it.each(headers)('is refused when it %s', async (_, header, code) => {
    expect(await codeOf(await token({}, header))).toBe(code);
  });

  it.each([['b64'], undefined])(
    'is refused when it leaves its payload unencoded (RFC 7797), with crit %j',
    async (crit) => {
      const [, payload, signature] = (await token()).split('.');
      const header = { alg: 'EdDSA', kid: 'ed', typ: 'at+jwt', b64: false, ...(crit && { crit }) };
      const protectedHeader = Buffer.from(JSON.stringify(header)).toString('base64url');
      expect(await codeOf(`${protectedHeader}.${payload}.${signature}`)).toBe('critical');
    },
  );

  const claims: readonly (readonly [string, object, string])[] = [
    ['no sub', { sub: undefined }, 'claim-missing'],
    ['no iss', { iss: undefined }, 'issuer'],
    ['another iss', { iss: `${ISSUER}/` }, 'issuer'],
    ['no aud', { aud: undefined }, 'claim-missing'],
    ['another aud', { aud: 'https://outside.example' }, 'audience'],
    ['an aud that is a part of ours', { aud: ['https://inside'] }, 'audience'],
    ['no exp', { exp: undefined }, 'claim-missing'],
    ['no iat', { iat: undefined }, 'claim-missing'],
    ['an empty sub', { sub: '' }, 'claim-form'],
    ['an exp that is a text', { exp: 'tomorrow' }, 'claim-form'],
    ['an iat in the future', { iat: NOW + 300, exp: NOW + 600 }, 'issued-in-future'],
    ['an iat too long ago', { iat: NOW - 7_200 }, 'expired'],
    ['an exp before its iat', { iat: NOW - 10, exp: NOW - 30 }, 'lifetime'],
    ['a jti that no header can carry', { jti: 'j\u00e9' }, 'jti-form'],
  ];
  it.each(claims)('is refused when it has %s', async (_, changed, code) => {
    expect(await codeOf(await token(changed))).toBe(code);
  });

  it.each([
    ['It ends before it begins.', { iat: NOW - 10, exp: NOW - 30 }, 3_600],
    ['It lives longer than 3600 s.', { exp: NOW + 3_600 }, 3_600],
    ['It ends more than a hundred years from now.', { exp: NOW + 36_526 * 86_400 }, Number.MAX_SAFE_INTEGER],
  ])('is refused for its lifetime with the one reason: %s', async (detail, claims, maxLifetimeSeconds) => {
    const judge = TokenChecker.open([issuer('good.json', { maxLifetimeSeconds })]);
    expect(judge.check(await token(claims), NOW_MS)).toMatchObject({ code: 'lifetime', detail });
  });

  it('is refused under HMAC with the public key as the secret', async () => {
    const secret = Buffer.from(JSON.stringify(await exportJWK(rs256.publicKey)));
    const jws = await new SignJWT(GOOD_CLAIMS).setProtectedHeader({ alg: 'HS256', kid: 'rs', typ: 'JWT' }).sign(secret);
    expect(await codeOf(jws)).toBe('algorithm');
  });

  it('is refused when it is encrypted, whatever it holds', async () => {
    const recipient = await generateKeyPair('ECDH-ES+A256KW');
    const jwe = await new CompactEncrypt(Buffer.from(await token()))
      .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: 'ed', typ: 'at+jwt', cty: 'JWT' })
      .encrypt(recipient.publicKey);
    expect(jwe.split('.').filter((part) => part !== '')).toHaveLength(5);
    expect(await codeOf(jwe)).toBe('token-form');
  });

  it('is refused when a member of its header or a claim stands twice', async () => {
    const text = JSON.stringify(GOOD_CLAIMS).replace('{', '{"sub":"admin",');
    const header = { alg: 'EdDSA', kid: 'ed', typ: 'at+jwt' };
    const jws = await new CompactSign(Buffer.from(text)).setProtectedHeader(header).sign(eddsa.privateKey);
    expect(await codeOf(jws)).toBe('claim-form');
    // Signed as it stands, so that nothing but its form is wrong.
    const twice = JSON.stringify(header).replace('{', '{"alg":"none",');
    const input = [twice, JSON.stringify(GOOD_CLAIMS)].map((part) => Buffer.from(part).toString('base64url')).join('.');
    const signature = sign(null, Buffer.from(input), KeyObject.from(eddsa.privateKey));
    expect(await codeOf(`${input}.${signature.toString('base64url')}`)).toBe('header-form');
  });

  it('is refused where its kid is a path, an address, a query or the name of what every object has', async () => {
    const kids = [
      '../keys/ed',
      '/dev/null',
      'https://evil.example/ed',
      "ed' OR '1'='1",
      '__proto__',
      'constructor',
      'ED',
      'ed\0',
    ];
    for (const kid of [...kids, '', 0, null, ['ed']] as string[]) {
      expect([kid, await codeOf(await token({}, { kid }))]).toEqual([kid, 'key-unknown']);
    }
  });

  it('never throws and never accepts, whatever the text', async () => {
    const part = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        expect(checker.check(parts.join('.'), NOW_MS).accepted).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('is refused when any one of its characters is another', async () => {
    const jws = await token();
    for (let at = 0; at < jws.length; at++) {
      const other = jws[at] === 'A' ? 'B' : 'A';
      const changed = `${jws.slice(0, at)}${other}${jws.slice(at + 1)}`;
      // The last character of a part has bits that decode to nothing: then the bytes verified are the same ones.
      if (sameBytes(jws, changed)) continue;
      expect(await codeOf(changed), `character ${at}`).not.toBe('accepted');
    }
  });
});

describe('a JWKS file', () => {
  it.each([
    ['a private key', async () => ({ ...(await exportJWK(eddsa.privateKey)), kid: 'p' }), 'private'],
    ['a key without kid', async () => publicJwk(eddsa, {}), 'no kid'],
    ['an encryption key', async () => publicJwk(eddsa, { kid: 'e', use: 'enc' }), 'not "sig"'],
    ['an RSA key that is too short', async () => ({ kty: 'RSA', kid: 's', n: 'x'.repeat(171), e: 'AQAB' }), '2048'],
    ['a point off the curve', async () => publicJwk(es256, { kid: 'o', y: 'A'.repeat(43) }), 'no valid JWK'],
    ['a key that no allowed algorithm fits', async () => publicJwk(es256, { kid: 'x', alg: 'ES512' }), 'algorithms'],
  ])('with %s is refused with the cure', async (_, make, seen) => {
    const name = writeJwks('bad.json', [await make()]);
    expect(() => TokenChecker.open([issuer(name)])).toThrow(
      expect.objectContaining({
        code: 'key-invalid',
        message: expect.stringContaining(seen),
      }),
    );
  });

  it('in which a kid stands twice is refused', async () => {
    const key = await publicJwk(eddsa, { kid: 'twice' });
    expect(() => TokenChecker.open([issuer(writeJwks('twice.json', [key, key]))])).toThrow('stands twice');
  });

  it('that is missing is named', async () => {
    expect(() => TokenChecker.open([issuer('none.json')])).toThrow(expect.objectContaining({ code: 'key-missing' }));
  });
});

function sameBytes(a: string, b: string): boolean {
  const decode = (jws: string) => jws.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'));
  const [left, right] = [decode(a), decode(b)];
  // Header and claims are signed as text, so only the signature may differ in form.
  return left.join() === right.join() && a.split('.').slice(0, 2).join() === b.split('.').slice(0, 2).join();
}

describe('a key set that is a trap', () => {
  it('with two members of one name is refused, since another reader may take the other', async () => {
    const good = JSON.stringify(await publicJwk(eddsa, { kid: 'ed' }));
    const other = await publicJwk(await generateKeyPair('EdDSA', { extractable: true }), {});
    writeFileSync(join(directory, 'twice.json'), `{"keys":[${good.replace('{', `{"x":"${other.x}",`)}]}`);
    expect(() => TokenChecker.open([issuer('twice.json')])).toThrow(expect.objectContaining({ code: 'key-invalid' }));
  });

  it('with an exponent of 1 however it is written, or a modulus too short, is refused', async () => {
    const jwk = await publicJwk(rs256, { kid: 'rs' });
    for (const weak of [
      { ...jwk, e: 'AQ' },
      { ...jwk, e: 'AAAB' },
      { ...jwk, n: jwk.n?.slice(0, 170) },
    ]) {
      writeJwks('weak.json', [weak]);
      expect(() => TokenChecker.open([issuer('weak.json')])).toThrow(expect.objectContaining({ code: 'key-invalid' }));
    }
  });

  it('beyond all bounds is not parsed', async () => {
    writeFileSync(join(directory, 'huge.json'), `{"keys":[${' '.repeat(300_000)}]}`);
    expect(() => TokenChecker.open([issuer('huge.json')])).toThrow('more than 262144 bytes');
  });
});
