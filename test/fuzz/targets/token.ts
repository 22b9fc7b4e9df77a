import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TokenChecker, type TokenVerdict } from '../../../src/token/token-checker.ts';
import { InputReader } from '../input-reader.ts';

const NOW_MS = 1_795_341_600_000;
const ISSUER = 'https://idp.example';
// RFC 8410: PKCS #8 of an Ed25519 key is this prefix and its seed.
const seed = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 21)]);
const privateKey = createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' });
const publicKey = createPublicKey(privateKey);
const checker = openChecker();

/** An odd first byte: a JWS as it comes. An even one: header and claims, signed anew. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  const jws = reader.boolean() ? reader.rest().toString('latin1') : signedAnew(reader.chunk(), reader.rest());
  checkVerdict(jws, checker.check(jws, NOW_MS));
}

function checkVerdict(jws: string, verdict: TokenVerdict): void {
  if (!verdict.accepted) {
    assert.match(verdict.detail, /^[ -~]+$/);
    return;
  }
  const { facts } = verdict;
  const [header = '', claims = '', signature = ''] = jws.split('.');
  const message = Buffer.from(`${header}.${claims}`, 'latin1');
  assert.ok(verify(null, message, publicKey, Buffer.from(signature, 'base64url')), 'only what its issuer signed');
  assert.match(facts.jti, /^[!-~]{1,256}$/);
  assert.equal(facts.issuer, ISSUER);
  assert.ok(facts.audience.includes('api'));
  for (const text of facts.audience) assert.equal(typeof text, 'string');
  for (const text of [facts.subject, facts.slot]) assert.ok(Buffer.byteLength(text) <= 256);
  for (const atMs of [facts.issuedAtMs, facts.expiresAtMs]) assert.ok(Number.isSafeInteger(atMs));
  assert.ok(facts.expiresAtMs > NOW_MS - 60_000 && facts.expiresAtMs - facts.issuedAtMs <= 3_600_000);
}

function signedAnew(header: Buffer, claims: Buffer): string {
  const message = `${header.toString('base64url')}.${claims.toString('base64url')}`;
  return `${message}.${sign(null, Buffer.from(message, 'latin1'), privateKey).toString('base64url')}`;
}

function openChecker(): TokenChecker {
  const folder = mkdtempSync(join(tmpdir(), 'identity-diode-fuzz-'));
  const jwks = join(folder, 'jwks.json');
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'ed', use: 'sig' };
  writeFileSync(jwks, JSON.stringify({ keys: [jwk] }));
  try {
    return TokenChecker.open([
      {
        issuer: ISSUER,
        audience: ['api'],
        jwks,
        algorithms: ['EdDSA'],
        types: ['at+jwt', 'JWT'],
        maxLifetimeSeconds: 3_600,
        clockSkewSeconds: 60,
        slotClaim: 'client_id',
      },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
