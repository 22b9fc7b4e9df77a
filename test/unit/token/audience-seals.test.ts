/** Tokens sealed to their audience: what it opens, what nobody else does, and which keys are no such keys. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compactDecrypt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { jwkThumbprint } from '../../../src/crypto/thumbprint.ts';
import { AudienceSeals } from '../../../src/token/audience-seals.ts';
import type { TokenVerdict } from '../../../src/token/token-checker.ts';

const directory = mkdtempSync(join(tmpdir(), 'audience-seals-'));
const JWS = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';
const API = 'https://api.example';
const x25519 = generateKeyPairSync('x25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = (key: KeyObject) => key.export({ format: 'jwk' });

function file(name: string, content: unknown): string {
  const path = join(directory, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function accepted(audience: readonly string[]): TokenVerdict {
  const facts = { jti: 'one', sha256: 'ab', issuer: 'i', subject: 's', audience, issuedAtMs: 1, expiresAtMs: 2 };
  return { accepted: true, facts: { ...facts, slot: '', keyId: 'k' } };
}

const sealsOf = (content: unknown) => AudienceSeals.open([{ audience: API, key: file('api.jwk.json', content) }]);

describe('a token of an audience that has a key', () => {
  it.each([
    ['X25519', x25519],
    ['P-256', p256],
  ])('is a JWE of another text each time, which that key alone opens: %s', async (_, { publicKey, privateKey }) => {
    const seals = await sealsOf({ ...jwk(publicKey), use: 'enc', kid: 'its own name' });
    const [first, second] = await Promise.all([1, 2].map(() => seals.seal(JWS, accepted([API]))));
    if (!first?.accepted || !second?.accepted) throw new Error('it is refused');
    expect(second.sealed).not.toBe(first.sealed);
    expect(decodeProtectedHeader(first.sealed as string)).toEqual({
      alg: 'ECDH-ES',
      enc: 'A256GCM',
      typ: 'JWT',
      cty: 'JWT',
      kid: jwkThumbprint(jwk(publicKey) as Record<string, unknown>),
      epk: expect.objectContaining({ kty: publicKey.asymmetricKeyType === 'ec' ? 'EC' : 'OKP' }),
    });
    const { plaintext } = await compactDecrypt(first.sealed as string, privateKey);
    expect(Buffer.from(plaintext).toString('latin1')).toBe(JWS);
    const another = privateKey === p256.privateKey ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : x25519;
    const stranger = another === x25519 ? generateKeyPairSync('x25519').privateKey : another.privateKey;
    await expect(compactDecrypt(first.sealed as string, stranger)).rejects.toMatchObject({
      code: 'ERR_JWE_DECRYPTION_FAILED',
    });
  });

  it('is refused where it is for others too, and says once what it is for however often', async () => {
    const seals = await sealsOf(jwk(x25519.publicKey));
    expect(await seals.seal(JWS, accepted([API, 'https://other.example']))).toMatchObject({
      accepted: false,
      code: 'audience-shared',
      jti: 'one',
    });
    expect(await seals.seal(JWS, accepted([API, API]))).toMatchObject({ accepted: true, sealed: expect.any(String) });
  });

  it('stays as it is where it was refused, or its audience has none', async () => {
    const seals = await sealsOf(jwk(x25519.publicKey));
    const refused: TokenVerdict = { accepted: false, code: 'signature', detail: '', sha256: 'ab' };
    expect(await seals.seal(JWS, refused)).toBe(refused);
    const others = accepted(['https://other.example', 'https://third.example']);
    expect(await seals.seal(JWS, others)).toBe(others);
  });
});

describe('a key to which nothing can be sealed', () => {
  const { x } = jwk(x25519.publicKey);
  it.each([
    ['the private one', jwk(x25519.privateKey), 'private key'],
    ['of another curve', jwk(generateKeyPairSync('ed25519').publicKey), 'P-256 or X25519'],
    ['a symmetric one', { kty: 'oct', k: 'AAAA' }, 'private key'],
    ['one for signatures', { ...jwk(p256.publicKey), use: 'sig' }, 'its use is "sig"'],
    ['one for another algorithm', { ...jwk(p256.publicKey), alg: 'ECDH-ES+A256KW' }, 'its alg is'],
    [
      'a point of small order',
      { kty: 'OKP', crv: 'X25519', x: Buffer.alloc(32).toString('base64url') },
      'no valid JWK',
    ],
    ['no point of the curve', { ...jwk(p256.publicKey), y: jwk(p256.publicKey).x }, 'no valid JWK'],
    ['a set', { keys: [{ kty: 'OKP', crv: 'X25519', x }] }, 'P-256 or X25519'],
    ['null', 'null', 'P-256 or X25519'],
    ['no JSON', 'Montag', 'Nothing can be sealed'],
  ])('is refused with its file: %s', async (_, content, seen) => {
    await expect(sealsOf(content)).rejects.toMatchObject({
      code: 'key-invalid',
      message: expect.stringContaining(seen),
    });
  });

  it('is missed where there is no file', async () => {
    const audiences = [{ audience: API, key: join(directory, 'none.json') }];
    await expect(AudienceSeals.open(audiences)).rejects.toMatchObject({ code: 'key-missing' });
  });
});
