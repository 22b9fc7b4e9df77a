import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Pkcs11Config, SIGNING_ALGORITHMS } from '../../../src/config/signer-config.ts';
import { openSigner } from '../../../src/signer/open-signer.ts';
import { proveSigner, type Signer, verifyWithJwk } from '../../../src/signer/signer.ts';
import { hasSoftToken, makeKeyFile, makeSoftToken, type SoftToken } from '../../support/soft-token.ts';

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

  it('signs as jose verifies it, and as the same key in a file', async () => {
    const signer = await open();
    await expectJwsHolds(signer);
    const path = join(token.directory, 'EdDSA.key');
    expect(signer.publicJwk).toEqual((await openSigner({ kind: 'file', path }, 'EdDSA', {})).publicJwk);
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

  it('takes the PIN from a variable as well', async () => {
    (await open({ pinVariable: 'PIN' })).close();
    await expect(open({ pinVariable: 'NONE' })).rejects.toMatchObject({ code: 'signer-pin' });
  });

  it('says what its opening said', async () => {
    const seen = 'The library /usr/lib/softhsm/libsofthsm2.so sees no token with the label "other": it sees "diode".';
    await expect(open({ token: 'other' })).rejects.toMatchObject({ code: 'signer-token', seen });
  });
});
