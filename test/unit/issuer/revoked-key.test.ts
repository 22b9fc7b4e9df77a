import { describe, expect, it } from 'vitest';
import { openSenderStore } from '../../../sender/sender-store.ts';
import type { BundleContent } from '../../../src/trust/trust-bundle.ts';
import type { TokenRecord } from '../../../src/wire/record.ts';
import { claimsOf, type IssuerRig, issuerConfig, issuerRig, makeSigner, START_MS } from '../../support/issuer-rig.ts';

const { issuer } = issuerConfig;
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const user = (id: string) => ({
  type: 'User',
  op: 'put',
  resource: { schemas: [USER], id, userName: id, active: true },
});

/** Whose tokens were framed, and with which key. */
function issued(rig: IssuerRig): readonly (readonly [sub: string, keyId: string])[] {
  const tokens = rig.records().filter((record): record is TokenRecord => record.kind === 'token');
  return tokens.map(({ jws }) => {
    const { kid } = JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString()) as {
      readonly kid: string;
    };
    return [claimsOf(jws).sub, kid] as const;
  });
}

function revokeIn(rig: IssuerRig, keyId: string, revokedFromMs: number): void {
  const keys = [{ jwk: { kid: keyId }, activeFromMs: 0, revokedFromMs }];
  const bundle = { issuers: [{ issuer, keys }], senders: [] } as unknown as BundleContent;
  rig.core.handleCarried({ statements: [], roots: [], bundle });
}

/** Ann has a token of the first key, Bob one of the second, which signs now. */
async function rotated() {
  const store = openSenderStore(':memory:');
  const [one, two] = [makeSigner(), makeSigner()];
  const first = await issuerRig({}, { store, signer: one });
  await first.feed(user('ann'));
  expect(issued(first)).toEqual([['ann', one.keyId]]);
  const rig = await issuerRig({}, { store, signer: two, atMs: 5_000 });
  await rig.feed(user('bob'));
  expect(issued(rig)).toEqual([['bob', two.keyId]]);
  return { rig, store, one, two };
}

describe('an issuer’s key that is revoked', () => {
  it.each([
    ['a line of the source', (rig: IssuerRig, kid: string) => rig.feed({ revoke: { iss: issuer, kid } })],
    ['the bundle that is carried', async (rig: IssuerRig, kid: string) => revokeIn(rig, kid, START_MS)],
    ['a bundle whose time comes', async (rig: IssuerRig, kid: string) => revokeIn(rig, kid, START_MS + 7_000)],
  ])(
    'by %s leaves nobody without a token: who had one of it gets another within seconds, and nobody else',
    async (_, revoke) => {
      const { rig, one, two } = await rotated();
      await revoke(rig, one.keyId);
      await rig.pass(5_000);
      expect(issued(rig)).toEqual([['ann', two.keyId]]);
      await rig.pass(60_000);
      expect(issued(rig)).toEqual([]);
    },
  );

  it('and that signs itself has nothing issued anew before another key signs, also what it signed since', async () => {
    const { rig, store, two } = await rotated();
    await rig.feed({ revoke: { iss: issuer, kid: two.keyId } }, user('cat'));
    await rig.pass(5_000);
    expect(issued(rig)).toEqual([['cat', two.keyId]]);
    const three = makeSigner();
    const again = await issuerRig({}, { store, signer: three, atMs: 20_000 });
    await again.pass(2_000);
    expect(issued(again)).toEqual([
      ['bob', three.keyId],
      ['cat', three.keyId],
    ]);
  });
});
