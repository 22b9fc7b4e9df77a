import { describe, expect, it } from 'vitest';
import { openSenderStore } from '../../../sender/sender-store.ts';
import type { TokenIssuerConfig } from '../../../src/config/sender-config.ts';
import type { WireRecord } from '../../../src/wire/record.ts';
import { claimsOf, issuerConfig, issuerRig, makeSigner, recordsOf, START_MS } from '../../support/issuer-rig.ts';
import { coreRig, drive, entriesOf } from '../../support/sender-rig.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const user = (id: string, more: object = {}) => ({
  type: 'User',
  op: 'put',
  resource: { schemas: [USER], id, userName: `${id}@example.org`, active: true, ...more },
});
const OTHER = 'https://renamed.site-a.example';

/** One store, and a run of the issuer at each time with each config. */
function site() {
  const store = openSenderStore(':memory:');
  const signer = makeSigner();
  return {
    run: (atMs: number, changes: Partial<TokenIssuerConfig> = {}) => issuerRig(changes, { store, signer, atMs }),
    async runWithout(atMs: number, ...lines: readonly object[]): Promise<readonly WireRecord[]> {
      const { core } = await coreRig({ store, nowMs: atMs, wallMs: START_MS + atMs });
      const { sequence } = core.journal.head;
      core.handleEntries(atMs, entriesOf(lines));
      drive(core, atMs, atMs + 1_000);
      return core.journal
        .framesAfter(sequence, { frames: 1e6, bytes: 1e9 })
        .flatMap(({ bytes }) => [...recordsOf(bytes)]);
    },
  };
}

const tokensOf = (records: readonly WireRecord[]) =>
  records.flatMap((record) => (record.kind === 'token' ? [claimsOf(record.jws)] : []));
const revocationsOf = (records: readonly WireRecord[]) =>
  records.flatMap((record) => (record.kind === 'revocation' ? [{ issuer: record.issuer, ...record.target }] : []));

describe('a changed config', () => {
  it('of the subjects’ type takes the tokens of the type before back, and renews none of them', async () => {
    const { run } = site();
    const first = await run(0);
    await first.feed(user('ann'), user('bob'), {
      type: 'Group',
      op: 'put',
      resource: { schemas: [GROUP], id: 'ci', displayName: 'ci' },
    });
    expect(first.tokens().map(({ sub }) => sub)).toEqual(['ann', 'bob']);
    const again = await run(5_000, { subjectType: 'Group' });
    await again.pass(1_200_000);
    const records = again.records();
    expect(revocationsOf(records)).toMatchObject([{ subject: 'ann' }, { subject: 'bob' }]);
    expect(new Set(tokensOf(records).map(({ sub }) => sub))).toEqual(new Set(['ci']));
    expect(again.issuer.status(again.nowMs(), START_MS + again.nowMs())).toMatchObject({ live: 1, problems: {} });
  });

  it('of audiences issues none for one that went, which goes with its subject all the same, and goes on when it is back', async () => {
    const { run } = site();
    const [a, b] = ['https://a.example', 'https://b.example'];
    const first = await run(0, { audiences: [a] });
    await first.feed(user('ann'), user('bob', { active: false }));
    const second = await run(5_000, { audiences: [b], subject: 'nickName' });
    // No name for the new audience: the old token is all that she has.
    await second.feed(user('ann', { title: 'Chief' }));
    await second.pass(1_000);
    expect(tokensOf(second.records())).toEqual([]);
    const back = await run(10_000, { audiences: [a, b] });
    await back.pass(900_000);
    const audiences = tokensOf(back.records()).map(({ aud }) => aud);
    expect(audiences.filter((aud) => aud === a).length).toBeGreaterThanOrEqual(1);
    expect(audiences.filter((aud) => aud === b).length).toBeGreaterThanOrEqual(2);
    const third = await run(920_000, { audiences: [b], subject: 'nickName' });
    await third.pass(1_000);
    third.records();
    await third.feed(user('ann', { active: false }));
    expect(revocationsOf(third.records())).toMatchObject([{ subject: 'ann' }]);
  });

  it('of audiences leaves no row due of a subject that ended unseen and is back before that is said', async () => {
    const { run, runWithout } = site();
    const first = await run(0);
    await first.feed(user('ann'));
    await runWithout(5_000, user('ann', { active: false }));
    const back = await run(10_000, { audiences: ['https://b.example'] });
    back.core.handleEntries(back.nowMs(), entriesOf([user('ann')]));
    back.desk.handleTurn(back.nowMs(), START_MS + back.nowMs());
    await back.pass(3_000);
    expect(tokensOf(back.records()).map(({ aud }) => aud)).toEqual(['https://b.example']);
    expect(back.issuer.status(back.nowMs(), START_MS + back.nowMs())).toMatchObject({ due: 0 });
  });

  it('of the issuer’s name takes back all that the name before issued, once, and issues anew', async () => {
    const { run } = site();
    const first = await run(0);
    await first.feed(user('ann'), user('bob'));
    const renamed = await run(5_000, { issuer: OTHER });
    await renamed.pass(2_000);
    const records = renamed.records();
    expect(revocationsOf(records)).toEqual([
      { issuer: issuerConfig.issuer, everyone: true, issuedBeforeMs: START_MS + 5_000 },
    ]);
    expect(tokensOf(records).map(({ iss, sub }) => [iss, sub])).toEqual([
      [OTHER, 'ann'],
      [OTHER, 'bob'],
    ]);
    const again = await run(10_000, { issuer: OTHER });
    await again.pass(2_000);
    expect(again.records()).toEqual([]);
  });

  it('without an issuer takes back what it issued, and one that is back issues to all anew, but no more than there are', async () => {
    const { run, runWithout } = site();
    const first = await run(0);
    await first.feed(user('ann'), user('bob'));
    const off = await runWithout(5_000, user('bob', { active: false }));
    expect(revocationsOf(off)).toMatchObject([{ issuer: issuerConfig.issuer, everyone: true }]);
    expect(revocationsOf(await runWithout(7_000))).toEqual([]);
    // In the second in which it was taken back nothing may be issued.
    const back = await run(5_200);
    await back.pass(5_000);
    const tokens = tokensOf(back.records());
    expect(tokens.map(({ sub }) => sub)).toEqual(['ann']);
    expect(tokens[0]?.iat).toBeGreaterThan((START_MS + 5_000) / 1_000);
  });
});

describe('a name that two subjects have', () => {
  it('is taken back from the one that ends, and the other has a new token that the revocation does not cover', async () => {
    const { run } = site();
    const rig = await run(0, { subject: 'userName' });
    await rig.feed(user('1', { userName: 'ann' }));
    await rig.feed(user('2', { userName: 'ann' }));
    expect(rig.tokens()).toHaveLength(2);
    await rig.feed({ type: 'User', op: 'delete', id: '1' }, user('3', { userName: 'ann' }));
    await rig.pass(2_000);
    const records = rig.records();
    const revocations = revocationsOf(records) as readonly { issuedBeforeMs: number }[];
    expect(revocations).toHaveLength(1);
    const tokens = tokensOf(records);
    expect(tokens.map(({ sub }) => sub)).toEqual(['ann', 'ann']);
    for (const { iat } of tokens) expect(iat * 1_000).toBeGreaterThan(revocations[0]?.issuedBeforeMs as number);
  });

  it('has a new token where a source takes the old one back', async () => {
    const { run } = site();
    const rig = await run(0);
    await rig.feed(user('ann'), user('bob'));
    rig.records();
    const revoke = (what: object) => rig.feed({ revoke: { iss: issuerConfig.issuer, ...what } });
    await revoke({ sub: 'ann' });
    await rig.pass(2_000);
    expect(tokensOf(rig.records()).map(({ sub }) => sub)).toEqual(['ann']);
    await revoke({ all: true });
    await rig.pass(3_000);
    expect(tokensOf(rig.records()).map(({ sub }) => sub)).toEqual(['ann', 'bob']);
  });
});
