/** In a file of its own: SoftHSM2 reads which mechanisms it has once a process. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSigner } from '../../../src/signer/open-signer.ts';
import { hasSoftToken, makeSoftToken, type SoftToken } from '../../support/soft-token.ts';

describe.skipIf(!hasSoftToken())('a PKCS#11 token without EdDSA', () => {
  let token: SoftToken;
  beforeAll(() => {
    token = makeSoftToken({ ES256: 'ES256' }, ['slots.mechanisms = CKM_ECDSA']);
  });
  afterAll(() => token.remove());

  const open = (algorithm: 'EdDSA' | 'ES256') => {
    const { module, label, pinFile } = token;
    return openSigner({ kind: 'pkcs11', module, token: label, label: algorithm, pinFile }, algorithm, {});
  };

  it('is refused for it by the name of the mechanism, and signs what it has', async () => {
    await expect(open('EdDSA')).rejects.toMatchObject({
      code: 'signer-mechanism',
      seen: 'The token "diode" cannot sign EdDSA: it lacks the mechanism 0x1057.',
      cure: 'Choose an algorithm that the token has; `pkcs11-tool --list-mechanisms` of OpenSC shows them.',
    });
    const signer = await open('ES256');
    expect(await signer.sign(Buffer.from('bytes'))).toHaveLength(64);
    signer.close();
  });
});
