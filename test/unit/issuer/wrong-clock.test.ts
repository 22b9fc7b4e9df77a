import { describe, expect, it } from 'vitest';
import { openSenderStore } from '../../../sender/sender-store.ts';
import { issuerRig, makeSigner, START_MS } from '../../support/issuer-rig.ts';

const DAY_MS = 86_400_000;
const user = (id: string) => ({
  type: 'User',
  op: 'put',
  resource: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id, userName: id, active: true },
});

describe('a clock that was a day ahead', () => {
  it('and is set right: who has a token of tomorrow gets one of today at once', async () => {
    const rig = await issuerRig();
    await rig.feed(user('ann'));
    rig.setClock(DAY_MS);
    await rig.feed(user('bob'));
    await rig.pass(10_000);
    expect(rig.tokens().at(-1)?.iat).toBeGreaterThanOrEqual((START_MS + DAY_MS) / 1_000);
    rig.setClock(-DAY_MS);
    await rig.pass(10_000);
    const tokens = rig.tokens();
    expect(tokens.map(({ sub }) => sub)).toEqual(['ann', 'bob']);
    for (const { iat } of tokens) expect(iat).toBeLessThan((START_MS + 60_000) / 1_000);
    await rig.pass(10_000);
    expect(rig.tokens()).toEqual([]);
  });

  it('is noticed by the next run as well', async () => {
    const store = openSenderStore(':memory:');
    const signer = makeSigner();
    const ahead = await issuerRig({}, { store, signer, atMs: DAY_MS });
    await ahead.feed(user('ann'));
    const right = await issuerRig({}, { store, signer, atMs: 5_000 });
    await right.pass(2_000);
    expect(right.tokens().map(({ sub }) => sub)).toEqual(['ann']);
  });
});

describe('a clock that was a day behind', () => {
  it('and is set right: all have expired tokens, and new ones at once', async () => {
    const rig = await issuerRig();
    rig.setClock(-DAY_MS);
    await rig.feed(user('ann'), user('bob'));
    rig.records();
    rig.setClock(DAY_MS);
    await rig.pass(2_000);
    const tokens = rig.tokens();
    expect(tokens.map(({ sub }) => sub)).toEqual(['ann', 'bob']);
    for (const { iat } of tokens) expect(iat * 1_000).toBeGreaterThanOrEqual(START_MS);
  });
});
