import { describe, expect, it } from 'vitest';
import { openSenderStore } from '../../../sender/sender-store.ts';
import type { AuditEvent } from '../../../src/audit/audit-log.ts';
import type { Store } from '../../../src/store/database.ts';
import { issuerConfig, issuerRig, makeSigner, START_MS } from '../../support/issuer-rig.ts';
import { coreRig, type MemoryAudit } from '../../support/sender-rig.ts';

const { issuer } = issuerConfig;
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const users = (...ids: readonly string[]) =>
  ids.map((id) => ({ type: 'User', op: 'put', resource: { schemas: [USER], id, userName: id, active: true } }));

const [one, two, three] = [makeSigner(), makeSigner(), makeSigner()];
const iso = (atMs: number) => new Date(START_MS + atMs).toISOString();
const keyEvents = (audit: MemoryAudit) => audit.entries.filter(({ event }) => event.startsWith('issuer-'));
const placeOf = (audit: MemoryAudit, wanted: (entry: AuditEvent) => boolean) => audit.entries.findIndex(wanted);

/** Ann and Bob have tokens of the first key. */
async function first(store: Store) {
  const rig = await issuerRig({}, { store, signer: one });
  await rig.feed(...users('ann', 'bob'));
  return rig;
}

describe('the record of an issuer’s key', () => {
  it('names the one that signs, once a run and before it signs anything', async () => {
    const rig = await first(openSenderStore(':memory:'));
    expect(keyEvents(rig.audit)).toEqual([
      { event: 'issuer-key-opened', issuer, key: one.keyId, algorithm: 'EdDSA', unexpiredTokens: 0, unexpired: [] },
    ]);
    const opened = placeOf(rig.audit, ({ event }) => event === 'issuer-key-opened');
    const signed = placeOf(rig.audit, ({ records }) => String(records).includes('Token|'));
    expect(opened).toBeLessThan(signed);
    expect(rig.events.filter(({ kind }) => kind === 'issuer-key-changed')).toEqual([]);
  });

  it('says when another one signs, and what those before have left', async () => {
    const store = openSenderStore(':memory:');
    await first(store);
    const second = await issuerRig({}, { store, signer: two, atMs: 5_000 });
    await second.feed(...users('cat'));
    const changed = { event: 'issuer-key-changed', issuer, from: one.keyId, to: two.keyId, algorithm: 'EdDSA' };
    const unexpired = [`${one.keyId} 2 ${iso(900_000)}`];
    expect(keyEvents(second.audit)).toEqual([{ ...changed, unexpiredTokens: 2, unexpired }]);
    expect(second.events).toContainEqual(
      expect.objectContaining({ kind: 'issuer-key-changed', changedFrom: one.keyId, keyId: two.keyId }),
    );
    const same = await issuerRig({}, { store, signer: two, atMs: 10_000 });
    await same.pass(1_000);
    expect(keyEvents(same.audit)).toMatchObject([{ event: 'issuer-key-opened', unexpiredTokens: 2 }]);
    // Nobody is left who signed before Cat's, and Cat's has not expired yet.
    const third = await issuerRig({}, { store, signer: three, atMs: 902_000 });
    await third.pass(100);
    const left = [`${two.keyId} 1 ${iso(905_000)}`];
    expect(keyEvents(third.audit)).toMatchObject([{ from: two.keyId, unexpiredTokens: 1, unexpired: left }]);
  });

  it.each([
    ['without an issuer', async (store: Store) => coreRig({ store, nowMs: 5_000, wallMs: START_MS + 5_000 })],
    ['with another', (store: Store) => issuerRig({ issuer: 'https://other.example' }, { store, atMs: 5_000 })],
  ])('and of an issuer that the config names no longer, %s: what it had in force, once', async (_, start) => {
    const store = openSenderStore(':memory:');
    await first(store);
    const { audit, events, core } = await start(store);
    const removed = { issuer, unexpiredTokens: 2, unexpired: [`${one.keyId} 2 ${iso(900_000)}`] };
    expect(keyEvents(audit)).toEqual([{ event: 'issuer-removed', ...removed }]);
    expect(audit.synced).toBe(audit.entries.length);
    expect(events).toMatchObject([{ kind: 'issuer-removed', issuer }]);
    expect(core.flush(6_000, START_MS + 6_000)).toBe(true);
    expect(keyEvents((await start(store)).audit)).toEqual([]);
  });
});
