/** A key on SoftHSM2, with its library in this process, as token-host.ts has it in its own. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pkcs11Config, SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../../src/config/signer-config.ts';
import { pinSource } from '../../../src/signer/pin-source.ts';
import { openPkcs11Key } from '../../../src/signer/pkcs11-key.ts';
import { CK, loadCryptoki } from '../../../src/signer/pkcs11-module.ts';
import { verifyWithJwk } from '../../../src/signer/signer.ts';
import { TokenLogin } from '../../../src/signer/token-login.ts';
import { hasSoftToken, makeSoftToken, type SoftToken } from '../../support/soft-token.ts';

/** PKCS #11 v3.1: what C_SetPIN needs. */
const CKF_RW_SESSION = 0x2;

describe.skipIf(!hasSoftToken())('a key on a PKCS#11 token', () => {
  let token: SoftToken;
  const open = (changes: Partial<Pkcs11Config> = {}, algorithm: SigningAlgorithm = 'EdDSA') => {
    const { module, label, pinFile } = token;
    const config = { kind: 'pkcs11', module, token: label, label: algorithm, pinFile, ...changes } as const;
    return openPkcs11Key(config, algorithm, new TokenLogin({ token: label, pin: pinSource(config, {}) }));
  };
  beforeAll(() => {
    token = makeSoftToken(Object.fromEntries(SIGNING_ALGORITHMS.map((kind) => [kind, kind])));
  });
  afterAll(() => token.remove());

  it.each(SIGNING_ALGORITHMS)('signs %s as its public half verifies', (algorithm) => {
    const { publicJwk, sign, close } = open({}, algorithm);
    const bytes = Buffer.from('bytes');
    const signature = sign(bytes);
    expect(verifyWithJwk(publicJwk, bytes, signature)).toBe(true);
    expect(verifyWithJwk(publicJwk, Buffer.from('bytez'), signature)).toBe(false);
    close();
  });

  it('goes on after its session was lost: what is asked then fails, and the next try logs in anew', () => {
    const key = open();
    const cryptoki = loadCryptoki(token.module);
    for (const slot of cryptoki.C_GetSlotList(true)) cryptoki.C_CloseAllSessions(slot);
    const bytes = Buffer.from('again');
    expect(() => key.sign(bytes)).toThrow(expect.objectContaining({ code: 'signer-failed' }));
    expect(verifyWithJwk(key.publicJwk, bytes, key.sign(bytes))).toBe(true);
    key.close();
  });

  it('does not try a wrong PIN twice when it logs in anew, and takes up what the PIN file says then', () => {
    const pinFile = join(token.directory, 'changing-pin');
    const write = (pin: string) => writeFileSync(pinFile, pin, { mode: 0o600 });
    write('12345678');
    const key = open({ pinFile });
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
    const sign = () => key.sign(Buffer.from('bytes'));
    expect(sign).toThrow(expect.objectContaining({ code: 'signer-failed' }));
    expect(sign).toThrow(expect.objectContaining({ code: 'signer-pin' }));
    // It would be taken now: that it is not shows that it is not tried.
    setPin('12345678', '99999999');
    expect(sign).toThrow(expect.objectContaining({ code: 'signer-pin' }));
    setPin('99999999', '12345678');
    write('12345678');
    expect(verifyWithJwk(key.publicJwk, Buffer.from('bytes'), sign())).toBe(true);
    key.close();
  });

  it.each([
    ['no library', { module: '/nowhere/lib.so' }, 'signer-module', 'There is no PKCS#11 library /nowhere/lib.so.'],
    ['a library of something else', { module: '/etc/passwd' }, 'signer-module', 'cannot be loaded'],
    ['no such token', { token: 'other' }, 'signer-token', 'sees no token with the label "other": it sees "diode"'],
    ['no such key', { label: 'none' }, 'signer-key', 'has no private key "none"'],
    ['a key of another type', { label: 'ES256' }, 'signer-key', 'of another type than EdDSA needs'],
  ] as const)('says what is wrong: %s', (_, changes, code, seen) => {
    const failure = expect.objectContaining({ code, seen: expect.stringContaining(seen) });
    expect(() => open(changes)).toThrow(failure);
  });

  it('says that the PIN is wrong, and never shows it', () => {
    const pinFile = join(token.directory, 'wrong-pin');
    writeFileSync(pinFile, '99999999', { mode: 0o600 });
    const seen = `The token "diode" refuses the PIN of ${pinFile}.`;
    expect(() => open({ pinFile })).toThrow(expect.objectContaining({ code: 'signer-pin', seen }));
    expect(() => open({ pinFile })).not.toThrow('99999999');
    chmodSync(pinFile, 0o644);
    expect(() => open({ pinFile })).toThrow(expect.objectContaining({ code: 'key-mode' }));
  });
});
