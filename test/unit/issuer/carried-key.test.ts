import { describe, expect, it } from 'vitest';
import { issuerAlarms } from '../../../sender/issuer/issuer-view.ts';
import type { BundleContent } from '../../../src/trust/trust-bundle.ts';
import { issuerConfig, issuerRig, START_MS } from '../../support/issuer-rig.ts';

describe('the issuer’s key in the bundle that is carried', () => {
  it('is an alarm from the time on from which receivers refuse what it signs', async () => {
    const rig = await issuerRig();
    const alarms = () =>
      issuerAlarms({ ...rig.issuer.status(rig.nowMs(), START_MS + rig.nowMs()), ...rig.desk.status });
    const carry = (keys: readonly object[], issuer = issuerConfig.issuer) => {
      const bundle = { issuers: [{ issuer, keys }], senders: [] } as unknown as BundleContent;
      rig.core.handleCarried({ statements: [], roots: [], bundle });
    };
    const refused = (state: string) =>
      expect(alarms()).toEqual([
        expect.stringContaining(
          `has the issuer's key (${rig.signer.keyId}) as ${state}, so receivers with a root refuse`,
        ),
      ]);
    // Without a root nothing is carried, and receivers have the key by hand.
    expect(alarms()).toEqual([]);
    const jwk = { ...rig.signer.publicJwk };
    carry([{ jwk, activeFromMs: 0, passiveFromMs: START_MS + 60_000 }]);
    expect(alarms()).toEqual([]);
    await rig.pass(61_000);
    refused('passive');
    carry([{ jwk, activeFromMs: 0, revokedFromMs: START_MS }]);
    refused('revoked');
    carry([{ jwk, activeFromMs: START_MS + 3_600_000 }]);
    refused('pending');
    carry([{ jwk: { ...jwk, kid: 'other' }, activeFromMs: 0 }]);
    refused('unlisted');
    carry([{ jwk, activeFromMs: 0 }], 'https://other.example');
    refused('unlisted');
  });
});
