/** The command as it is typed, in this process: what it prints, and its exit code. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../../receiver/command-line.ts';
import { ReceiverStore } from '../../../../receiver/receiver-store.ts';
import { explainToken } from '../../../../receiver/tokens/token-explanation.ts';
import { sha256Hex } from '../../../../src/crypto/digest.ts';
import { editConfig } from '../../../support/command-line.ts';
import { typeHere } from '../../../support/typed-command.ts';

const ISSUER = 'https://idp.example';
const IAT = Date.parse('2026-11-22T10:00:00Z') / 1000;
const AT = '2026-11-22T10:05:00Z';
const root = mkdtempSync(join(tmpdir(), 'check-token-'));
const rx = join(root, 'rx');
const jwks = join(root, 'jwks.json');
const file = join(root, 'token.jwt');
let sign: (claims?: object) => Promise<string>;

const type = (...args: readonly string[]) => typeHere(receiverCommandLine(), 'check-token', ...args);

const TYPED = ['--jwks', jwks, '--alg', 'EdDSA', '--iss', ISSUER, '--aud', 'api'];

beforeAll(async () => {
  const pair = await generateKeyPair('EdDSA');
  writeFileSync(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'ed' }] }));
  sign = (claims = {}) =>
    new SignJWT({ iss: ISSUER, sub: 's', aud: 'api', jti: 'j', iat: IAT, exp: IAT + 900, ...claims })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'ed', typ: 'at+jwt' })
      .sign(pair.privateKey);
  await typeHere(receiverCommandLine(), 'init', rx, '--boundary', 'site-a');
  const policy = [
    `  - issuer: ${ISSUER}`,
    '    audience: [api]',
    `    jwks: ${jwks}`,
    '    algorithms: [EdDSA]',
    '    maxLifetimeSeconds: 900',
  ];
  editConfig(rx, { 'issuers: []': `issuers:\n${policy.join('\n')}` });
});
afterAll(() => rmSync(root, { recursive: true }));

describe('check-token with a typed policy', () => {
  it('accepts a token that holds, and says what it is', async () => {
    writeFileSync(file, `${await sign()}\n`);
    const { code, out } = await type(...TYPED, '--at', AT, file);
    expect(code).toBe(0);
    expect(out).toMatch(/^accepted\n {2}sha256: [0-9a-f]{64}\n {2}jti: j\n {2}issuer: https:\/\/idp\.example\n/);
    expect(out).toContain('  expiresAt: 2026-11-22T10:15:00.000Z\n');
  });

  it('refuses one that expired since, with the code and exit code 1', async () => {
    writeFileSync(file, await sign());
    const { code, out } = await type(...TYPED, '--at', '2026-11-23', file);
    expect(code).toBe(1);
    expect(out).toMatch(/^refused: expired It has expired\.\n/);
  });

  it('refuses one of another audience, as JSON where a script asks', async () => {
    writeFileSync(file, await sign({ aud: 'other' }));
    const { code, out } = await type(...TYPED, '--at', AT, '--json', file);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ accepted: false, code: 'audience', jti: 'j' });
  });

  it('refuses what is no token at all, and what is too long', async () => {
    writeFileSync(file, 'x'.repeat(70_000));
    expect((await type(...TYPED, file)).out).toMatch(/^refused: too-long /);
    writeFileSync(file, 'secret');
    const { out } = await type(...TYPED, file);
    expect(out).toMatch(/^refused: token-form /);
    expect(out).not.toContain('secret');
  });

  it.each([
    [['--issuer', ISSUER, 'FILE'], '--jwks, --alg, --issuer and --aud'],
    [['--jwks', jwks, '--alg', 'HS256', '--issuer', ISSUER, '--aud', 'api', 'FILE'], 'HS256 is none'],
    [['--at', 'noon', 'FILE'], 'Give a time'],
    [['--max-lifetime', '0', 'FILE'], 'Give a number of seconds'],
    [[...TYPED, 'no-such-file'], 'There is no no-such-file'],
    [['a', 'b', 'c'], 'Name DIR and one file'],
  ])('%j is wrong usage', async (args, said) => {
    const { code, error } = await type(...args.map((arg) => (arg === 'FILE' ? file : arg)));
    expect(code).toBe(2);
    expect(error).toContain(said);
  });
});

describe('check-token with DIR', () => {
  it('takes the policy of its issuers, before the receiver ever ran', async () => {
    writeFileSync(file, await sign());
    expect(await type(rx, file, '--at', AT)).toMatchObject({ code: 0 });
    writeFileSync(file, await sign({ exp: IAT + 901 }));
    expect((await type(rx, file, '--at', AT)).out).toMatch(/^refused: lifetime /);
    expect(await type(rx, file, '--issuer', 'https://other.example')).toMatchObject({ code: 2 });
  });

  it('knows whose tokens are sealed, as check does', async () => {
    const { publicKey } = await generateKeyPair('ECDH-ES', { crv: 'X25519' });
    const jwk = await exportJWK(publicKey);
    writeFileSync(join(rx, 'api.jwk.json'), JSON.stringify(jwk));
    const sealed = 'sealedAudiences:\n  - audience: api\n    key: api.jwk.json';
    editConfig(rx, { 'sealedAudiences: []': sealed });
    writeFileSync(file, await sign({ aud: ['api', 'other'] }));
    const { out } = await type(rx, file, '--at', AT);
    const checked = await typeHere(receiverCommandLine(), 'check', rx, '--no-kafka');
    const mistyped = sealed.replace('api', 'api/');
    editConfig(rx, { [sealed]: mistyped });
    const missed = await typeHere(receiverCommandLine(), 'check', rx, '--no-kafka', '--json');
    editConfig(rx, { [mistyped]: 'sealedAudiences: []' });
    const seen = `No issuer in ${join(rx, 'config.yaml')} lists the audience api/, so nothing would be sealed to it.`;
    expect(JSON.parse(missed.out).items).toContainEqual(expect.objectContaining({ level: 'fail', item: 'seal', seen }));
    expect(out).toMatch(/^refused: audience-shared /);
    expect(checked.out).toContain(`api: its tokens are sealed to the key ${await calculateJwkThumbprint(jwk)}`);
    expect(await type(rx, file, '--at', AT)).toMatchObject({ code: 0 });
  });

  it('knows what the receiver remembers: revoked tokens, and a jti that another token had', async () => {
    const jws = await sign();
    const token = {
      issuer: ISSUER,
      jti: 'used',
      sha256: 'ab'.repeat(32),
      key: 'k',
      subject: 's',
      keyId: 'ed',
      issuedAtMs: 1,
      expiresAtMs: 2,
    };
    const store = ReceiverStore.open(join(rx, 'data', 'receiver.db'), { maxSpoolBytes: 1e9 });
    store.tokens.putToken(token);
    store.tokens.putRevokedToken({ issuer: ISSUER, jti: 'j', untilMs: 9e12 });
    const issuedBeforeMs = IAT * 1000;
    store.tokens.putRevokedSubject({ issuer: ISSUER, subject: 'gone', issuedBeforeMs, untilMs: 9e12 });
    store.subjects.put('User|left', { revision: { epoch: 1, sequence: 1, index: 0 }, isDeleted: true });
    store.close();
    writeFileSync(file, jws);
    const { code, out } = await type(rx, file, '--at', AT);
    expect(code).toBe(1);
    expect(out).toMatch(/^refused: revoked It was revoked\.\n/);
    writeFileSync(file, await sign({ jti: 'used' }));
    expect((await type(rx, file, '--at', AT)).out).toMatch(/^refused: jti-reused /);
    writeFileSync(file, await sign({ jti: 'other', sub: 'gone' }));
    expect((await type(rx, file, '--at', AT)).out).toMatch(/^refused: revoked /);
    writeFileSync(file, await sign({ jti: 'third', sub: 'left' }));
    expect((await type(rx, file, '--at', AT)).out).toMatch(/^refused: subject-inactive /);
    writeFileSync(file, await sign({ jti: 'fresh' }));
    expect((await type(rx, file, '--at', AT)).code).toBe(0);
  });

  it('over the database of an older program, says what was not judged', async () => {
    const path = join(rx, 'data', 'receiver.db');
    const setVersion = (version: number) => {
      const { store } = ReceiverStore.open(path, { maxSpoolBytes: 1e9 });
      store.pragma(`user_version = ${version}`);
      store.close();
    };
    setVersion(1);
    writeFileSync(file, await sign());
    const { code, out } = await type(rx, file, '--at', AT);
    rmSync(path);
    expect(out).toContain('unjudged: replay and revocation, since the database is of an older program: start the');
    expect(code).toBe(0);
  });

  it('accepts a token that was published before', async () => {
    const jws = await sign();
    const sha256 = sha256Hex(jws);
    const facts = {
      jti: 'j',
      sha256,
      issuer: ISSUER,
      subject: 's',
      audience: ['api'],
      issuedAtMs: 1,
      expiresAtMs: 2,
      slot: '',
      keyId: 'ed',
    };
    const kept = { issuer: ISSUER, jti: 'j', sha256, key: 'k', subject: 's', keyId: '', issuedAtMs: 1, expiresAtMs: 2 };
    const known = {
      findToken: () => kept,
      findRevokedToken: () => undefined,
      findRevokedSubject: () => undefined,
      findRevokedKey: () => undefined,
      findSubject: () => undefined,
      subjectsNamed: () => [],
      subjectAttributes: new Map([[ISSUER, 'id']]),
    };
    expect(explainToken({ accepted: true, facts }, sha256, known)).toMatchObject({ accepted: true });
  });
});
