/** In a file of its own: SoftHSM2 reads which mechanisms it has once a process. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pinSource } from '../../../src/signer/pin-source.ts';
import { openPkcs11Key } from '../../../src/signer/pkcs11-key.ts';
import { TokenLogin } from '../../../src/signer/token-login.ts';
import { hasSoftToken, makeSoftToken, type SoftToken } from '../../support/soft-token.ts';

describe.skipIf(!hasSoftToken())('a PKCS#11 token without EdDSA', () => {
  let token: SoftToken;
  beforeAll(() => {
    token = makeSoftToken({ ES256: 'ES256' }, ['slots.mechanisms = CKM_ECDSA']);
  });
  afterAll(() => token.remove());

  const open = (algorithm: 'EdDSA' | 'ES256') => {
    const { module, label, pinFile } = token;
    const config = { kind: 'pkcs11', module, token: label, label: algorithm, pinFile } as const;
    return openPkcs11Key(config, algorithm, new TokenLogin({ token: label, pin: pinSource(config, {}) }));
  };

  it('is refused for it by the name of the mechanism, and signs what it has', () => {
    const failure = {
      code: 'signer-mechanism',
      seen: 'The token "diode" cannot sign EdDSA: it lacks the mechanism 0x1057.',
      cure: 'Choose an algorithm that the token has; `pkcs11-tool --list-mechanisms` of OpenSC shows them.',
    };
    expect(() => open('EdDSA')).toThrow(expect.objectContaining(failure));
    const key = open('ES256');
    expect(key.sign(Buffer.from('bytes'))).toHaveLength(64);
    key.close();
  });
});
