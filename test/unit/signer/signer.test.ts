import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Pkcs11Config, SIGNING_ALGORITHMS } from '../../../src/config/signer-config.ts';
import { isThreadHeld } from '../../../src/ops/thread-calls.ts';
import { openSigner } from '../../../src/signer/open-signer.ts';
import { CK, loadCryptoki } from '../../../src/signer/pkcs11-module.ts';
import { proveSigner, type Signer, verifyWithJwk } from '../../../src/signer/signer.ts';
import { hasSoftToken, makeKeyFile, makeSoftToken, type SoftToken } from '../../support/soft-token.ts';

/** PKCS #11 v3.1: what C_SetPIN needs. */
const CKF_RW_SESSION = 0x2;

let folder: string;
const fileOf = (name: string) => join(folder, `${name}.key`);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'signer-'));
  for (const kind of SIGNING_ALGORITHMS) makeKeyFile(fileOf(kind), kind);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** As a verifier that is not ours sees it. */
async function expectJwsHolds({ publicJwk, algorithm, sign }: Signer): Promise<void> {
  const input = `${part({ alg: algorithm, kid: publicJwk.kid })}.${part({ sub: 'a' })}`;
  const jws = `${input}.${Buffer.from(await sign(Buffer.from(input))).toString('base64url')}`;
  const key = await importJWK({ ...publicJwk }, algorithm);
  await expect(compactVerify(jws, key, { algorithms: [algorithm] })).resolves.toBeDefined();
  await expect(compactVerify(`${jws.slice(0, -8)}AAAAAAAA`, key)).rejects.toThrow();
  expect(publicJwk.kid).toBe(await calculateJwkThumbprint({ ...publicJwk }));
  expect(Object.keys(publicJwk).some((member) => ['d', 'p', 'q', 'k'].includes(member))).toBe(false);
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

describe('a key file', () => {
  it.each(SIGNING_ALGORITHMS)('signs %s as jose verifies it, and is named by its thumbprint', async (algorithm) => {
    await expectJwsHolds(await openSigner({ kind: 'file', path: fileOf(algorithm) }, algorithm, {}));
  });

  it('is refused where others could read it, where it is missing, and where the algorithm does not fit', async () => {
    const path = fileOf('EdDSA');
    chmodSync(path, 0o640);
    await expect(openSigner({ kind: 'file', path }, 'EdDSA', {})).rejects.toMatchObject({ code: 'key-mode' });
    chmodSync(path, 0o600);
    const none = { kind: 'file', path: `${path}-none` } as const;
    await expect(openSigner(none, 'EdDSA', {})).rejects.toMatchObject({ code: 'key-missing' });
    await expect(openSigner({ kind: 'file', path }, 'ES256', {})).rejects.toMatchObject({
      code: 'key-invalid',
      seen: `The key file ${path} holds a key (ed25519) that cannot sign ES256.`,
    });
    writeFileSync(path, 'no key', { mode: 0o600 });
    await expect(openSigner({ kind: 'file', path }, 'EdDSA', {})).rejects.toMatchObject({ code: 'key-invalid' });
    makeKeyFile(path, 'EdDSA');
  });
});

describe('a signature under a JWK', () => {
  it('does not hold under another key, another algorithm, another id, or garbage', async () => {
    const { publicJwk, sign } = await openSigner({ kind: 'file', path: fileOf('RS256') }, 'RS256', {});
    const bytes = Buffer.from('bytes');
    const signature = await sign(bytes);
    expect(verifyWithJwk(publicJwk, bytes, signature)).toBe(true);
    expect(verifyWithJwk({ ...publicJwk, alg: 'PS256' }, bytes, signature)).toBe(false);
    expect(verifyWithJwk({ ...publicJwk, alg: 'none' }, bytes, signature)).toBe(false);
    expect(verifyWithJwk({ ...publicJwk, kid: 'other' }, bytes, signature)).toBe(false);
    expect(verifyWithJwk(publicJwk, Buffer.from('bytez'), signature)).toBe(false);
    expect(verifyWithJwk({}, bytes, signature)).toBe(false);
  });

  it('is proved of each signer, since a public key may lie beside the private key of another', async () => {
    const one = await openSigner({ kind: 'file', path: fileOf('RS256') }, 'RS256', {});
    const other = await openSigner({ kind: 'file', path: fileOf('PS256') }, 'RS256', {});
    await expect(proveSigner(one, 'one')).resolves.toBeUndefined();
    const mixed = { ...one, publicJwk: other.publicJwk };
    await expect(proveSigner(mixed, 'one')).rejects.toMatchObject({ code: 'signer-failed' });
  });

  it('is proved in time, or not at all', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const one = await openSigner({ kind: 'file', path: fileOf('EdDSA') }, 'EdDSA', {});
      const hangs = expect(proveSigner({ ...one, sign: () => new Promise(() => {}) }, 'one')).rejects.toMatchObject({
        code: 'signer-failed',
        seen: 'What holds one hangs: it has not signed within 30 s.',
      });
      await vi.advanceTimersByTimeAsync(30_000);
      await hangs;
    } finally {
      vi.useRealTimers();
    }
  });
});

describe.skipIf(!hasSoftToken())('a PKCS#11 token', () => {
  let token: SoftToken;
  const open = (changes: Partial<Pkcs11Config> = {}, algorithm: Signer['algorithm'] = 'EdDSA') => {
    const { module, label, pinFile } = token;
    const pin = changes.pinVariable === undefined ? { pinFile } : {};
    const config = { kind: 'pkcs11', module, token: label, label: algorithm, ...pin, ...changes } as const;
    return openSigner(config, algorithm, { PIN: '12345678' });
  };
  beforeAll(() => {
    token = makeSoftToken(Object.fromEntries(SIGNING_ALGORITHMS.map((kind) => [kind, kind])));
  });
  afterAll(() => token.remove());

  it.each(SIGNING_ALGORITHMS)('signs %s as jose verifies it, and as the same key in a file', async (algorithm) => {
    const signer = await open({}, algorithm);
    await expectJwsHolds(signer);
    const path = join(token.directory, `${algorithm}.key`);
    expect(signer.publicJwk).toEqual((await openSigner({ kind: 'file', path }, algorithm, {})).publicJwk);
    signer.close();
  });

  it('signs what many ask at once, each its own', async () => {
    const signer = await open({}, 'ES256');
    const inputs = Array.from({ length: 20 }, (_, at) => Buffer.from(`input ${at}`));
    const signatures = await Promise.all(inputs.map((input) => signer.sign(input)));
    for (const [at, input] of inputs.entries()) {
      expect(verifyWithJwk(signer.publicJwk, input, signatures[at] as Uint8Array)).toBe(true);
    }
    signer.close();
  });

  it('is known to hold a thread while it signs, and not before or after', async () => {
    const signer = await open();
    expect(isThreadHeld()).toBe(false);
    const signature = signer.sign(Buffer.from('bytes'));
    // Only promises: the library’s answer comes with a turn of the event loop.
    for (let count = 0; count < 10; count++) await Promise.resolve();
    expect(isThreadHeld()).toBe(true);
    await signature;
    expect(isThreadHeld()).toBe(false);
    signer.close();
  });

  it('goes on after its session was lost: what was asked meanwhile fails, and the next try logs in anew', async () => {
    const signer = await open();
    const cryptoki = loadCryptoki(token.module);
    for (const slot of cryptoki.C_GetSlotList(true)) cryptoki.C_CloseAllSessions(slot);
    const bytes = Buffer.from('again');
    await expect(signer.sign(bytes)).rejects.toMatchObject({ code: 'signer-failed' });
    expect(verifyWithJwk(signer.publicJwk, bytes, await signer.sign(bytes))).toBe(true);
    signer.close();
  });

  it('is asked once for all that waited when it failed', async () => {
    const signer = await open();
    const cryptoki = loadCryptoki(token.module);
    for (const slot of cryptoki.C_GetSlotList(true)) cryptoki.C_CloseAllSessions(slot);
    const asked = await Promise.allSettled([1, 2, 3, 4].map((byte) => signer.sign(Buffer.of(byte))));
    expect(asked).toEqual(
      Array(4).fill({ status: 'rejected', reason: expect.objectContaining({ code: 'signer-failed' }) }),
    );
    await expect(signer.sign(Buffer.of(5))).resolves.toHaveLength(64);
    signer.close();
  });

  it('does not try a wrong PIN twice when it logs in anew, and takes up what the PIN file says then', async () => {
    const pinFile = join(token.directory, 'changing-pin');
    const write = (pin: string) => writeFileSync(pinFile, pin, { mode: 0o600 });
    write('12345678');
    const signer = await open({ pinFile });
    const cryptoki = loadCryptoki(token.module);
    const slot = cryptoki.C_GetSlotList(true)[0] as Buffer;
    const setPin = (before: string, after: string) => {
      const session = cryptoki.C_OpenSession(slot, CK.CKF_SERIAL_SESSION | CKF_RW_SESSION);
      cryptoki.C_Login(session, CK.CKU_USER, before);
      cryptoki.C_SetPIN(session, before, after);
      cryptoki.C_CloseAllSessions(slot);
    };
    cryptoki.C_CloseAllSessions(slot);
    write('99999999');
    const sign = () => signer.sign(Buffer.from('bytes'));
    await expect(sign()).rejects.toMatchObject({ code: 'signer-failed' });
    await expect(sign()).rejects.toMatchObject({ code: 'signer-pin' });
    // It would be taken now: that it is not shows that it is not tried.
    setPin('12345678', '99999999');
    await expect(sign()).rejects.toMatchObject({ code: 'signer-pin' });
    setPin('99999999', '12345678');
    write('12345678');
    expect(verifyWithJwk(signer.publicJwk, Buffer.from('bytes'), await sign())).toBe(true);
    signer.close();
  });

  it('takes the PIN from a variable as well', async () => {
    (await open({ pinVariable: 'PIN' })).close();
    await expect(open({ pinVariable: 'NONE' })).rejects.toMatchObject({ code: 'signer-pin' });
  });

  it.each([
    ['no library', { module: '/nowhere/lib.so' }, 'signer-module', 'There is no PKCS#11 library /nowhere/lib.so.'],
    ['a library of something else', { module: '/etc/passwd' }, 'signer-module', 'cannot be loaded'],
    ['no such token', { token: 'other' }, 'signer-token', 'sees no token with the label "other": it sees "diode"'],
    ['no such key', { label: 'none' }, 'signer-key', 'has no private key "none"'],
    ['a key of another type', { label: 'ES256' }, 'signer-key', 'of another type than EdDSA needs'],
  ] as const)('says what is wrong: %s', async (_, changes, code, seen) => {
    await expect(open(changes)).rejects.toMatchObject({ code, seen: expect.stringContaining(seen) });
  });

  it('says that the PIN is wrong, and never shows it', async () => {
    const pinFile = join(token.directory, 'wrong-pin');
    writeFileSync(pinFile, '99999999', { mode: 0o600 });
    const refused = await open({ pinFile }).catch((error: Error) => error);
    expect(refused).toMatchObject({ code: 'signer-pin', seen: `The token "diode" refuses the PIN of ${pinFile}.` });
    expect(String(refused)).not.toContain('99999999');
    chmodSync(pinFile, 0o644);
    await expect(open({ pinFile })).rejects.toMatchObject({ code: 'key-mode' });
  });
});
