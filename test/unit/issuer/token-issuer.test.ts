import { importJWK, jwtVerify } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { IssuePlan } from '../../../sender/issuer/issue-plan.ts';
import { searchIssued } from '../../../sender/issuer/issued-log.ts';
import { issuerAlarms } from '../../../sender/issuer/issuer-view.ts';
import { statusIntervalMs } from '../../../sender/issuer/status-interval.ts';
import { openSenderStore } from '../../../sender/sender-store.ts';
import { sha256Hex } from '../../../src/crypto/digest.ts';
import { subjectKey } from '../../../src/identity/key.ts';
import { ISSUER_LIMITS } from '../../../src/limits.ts';
import { DiodeError } from '../../../src/ops/diode-error.ts';
import type { Signer } from '../../../src/signer/signer.ts';
import type { RevocationRecord } from '../../../src/wire/record.ts';
import { claimsOf, issuerConfig, issuerRig, makeSigner, START_MS } from '../../support/issuer-rig.ts';
import { entriesOf } from '../../support/sender-rig.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const user = (id: string, more: object = {}) => ({
  type: 'User',
  op: 'put',
  resource: { schemas: [USER], id, userName: `${id}@example.org`, active: true, ...more },
});
const group = (id: string, members: readonly string[], displayName = id) => ({
  type: 'Group',
  op: 'put',
  resource: { schemas: [GROUP], id, displayName, members: members.map((value) => ({ value })) },
});
const roles = (...values: readonly string[]) => ({ roles: values.map((value) => ({ value })) });
const remove = (id: string) => ({ type: 'User', op: 'delete', id });
const statusOf = ({ issuer, nowMs }: Awaited<ReturnType<typeof issuerRig>>) =>
  issuer.status(nowMs(), START_MS + nowMs());

afterEach(() => vi.restoreAllMocks());

describe('the issuer', () => {
  it('issues a token at once that jose verifies as RFC 9068 has it', async () => {
    const rig = await issuerRig();
    await rig.feed(user('ann', { ...roles('operator'), entitlements: [{ value: 'badge' }] }), group('ops', ['ann']));
    const records = rig.records();
    const jws = records.flatMap((record) => (record.kind === 'token' ? [record.jws] : []))[0] as string;
    const key = await importJWK({ ...rig.signer.publicJwk }, 'EdDSA');
    const { payload, protectedHeader } = await jwtVerify(jws, key, {
      issuer: 'https://issuer.site-a.example',
      audience: 'https://api.example',
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
      requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id'],
      currentDate: new Date(START_MS + rig.nowMs()),
    });
    expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: rig.signer.keyId });
    expect(payload).toMatchObject({ sub: 'ann', roles: ['operator'], groups: ['ops'], entitlements: ['badge'] });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900);
    expect(payload.jti).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(statusOf(rig)).toMatchObject({ live: 1, due: 0, issued: 1, revoked: 0, problems: {} });
  });

  it('issues at once when roles or groups change, and nothing when a put changes neither', async () => {
    const rig = await issuerRig({ claims: { roles: 'roles', groups: 'groups.display' } });
    await rig.feed(user('ann', roles('reader')), group('ops', [], 'Operators'));
    expect(rig.tokens()).toMatchObject([{ roles: ['reader'] }]);
    await rig.feed(user('ann', roles('reader')));
    expect(rig.tokens()).toEqual([]);
    await rig.feed(user('ann', roles('reader', 'writer')));
    expect(rig.tokens()).toMatchObject([{ roles: ['reader', 'writer'] }]);
    await rig.feed(group('ops', ['ann'], 'Operators'));
    expect(rig.tokens()).toMatchObject([{ groups: ['Operators'] }]);
    await rig.feed(group('ops', ['ann'], 'Operations'));
    expect(rig.tokens()).toMatchObject([{ groups: ['Operations'] }]);
    await rig.feed(group('ops', [], 'Operations'));
    const [last] = rig.tokens();
    expect(last).not.toHaveProperty('groups');
  });

  it('renews with room to spare, for hours, so that a token is good at any time', async () => {
    const rig = await issuerRig();
    await rig.feed(...Array.from({ length: 10 }, (_, at) => user(`u${at}`)));
    await rig.pass(4_500_000);
    const all = rig.tokens();
    for (let at = 0; at < 10; at++) {
      const tokens = all.filter(({ sub }) => sub === `u${at}`);
      for (const [index, next] of tokens.slice(1).entries()) {
        // 60 s of repeats, 3 s of hold time, 30 s of margin; a loop that sleeps a second, and the second that iat is cut to.
        expect((tokens[index]?.exp as number) - next.iat).toBeGreaterThanOrEqual(91);
      }
      expect(tokens.length).toBeGreaterThanOrEqual(6);
      expect(tokens.length).toBeLessThanOrEqual(9);
    }
    expect(statusOf(rig)).toMatchObject({ live: 10, lapsed: 0, dropped: 0 });
  });

  it.each([
    ['is deactivated', user('ann', { active: false })],
    ['is deleted', remove('ann')],
  ])('takes a subject’s tokens back in the very frame in which it %s, and issues no more', async (_, line) => {
    const rig = await issuerRig();
    await rig.feed(user('ann'), user('bob'));
    rig.records();
    await rig.feed(line);
    const records = rig.records();
    expect(records.map(({ kind }) => kind)).toEqual(['delta', 'revocation']);
    const { issuer, target } = records[1] as RevocationRecord;
    expect(issuer).toBe(issuerConfig.issuer);
    expect(target).toEqual({ subject: 'ann', issuedBeforeMs: expect.any(Number) });
    await rig.pass(1_800_000);
    expect(new Set(rig.tokens().map(({ sub }) => sub))).toEqual(new Set(['bob']));
    expect(statusOf(rig)).toMatchObject({ live: 1, revoked: 1 });
    // Again changes nothing: there is nothing left to take back.
    await rig.feed(remove('ann'));
    expect(rig.records().map(({ kind }) => kind)).toEqual(['delta']);
  });

  it('gives a subject that is back in the same second a token that its revocation does not cover', async () => {
    const rig = await issuerRig();
    await rig.feed(user('ann'));
    await rig.feed(user('ann', { active: false }));
    const revoked = rig.records().find((record) => record.kind === 'revocation') as RevocationRecord;
    await rig.feed(user('ann'));
    await rig.pass(2_000);
    const [token] = rig.tokens();
    const { issuedBeforeMs } = revoked.target as { issuedBeforeMs: number };
    expect((token?.iat as number) * 1_000).toBeGreaterThan(issuedBeforeMs);
  });

  it('drops what was signed for a subject that changed or ended meanwhile', async () => {
    let release: (() => void)[] = [];
    const real = makeSigner();
    const slow: Signer = {
      ...real,
      sign: (bytes) => new Promise((resolve) => release.push(() => resolve(real.sign(bytes)))),
    };
    const letGo = () => {
      for (const go of release) go();
      release = [];
    };
    const rig = await issuerRig({}, { signer: slow });
    await rig.feed(user('ann', roles('reader')), user('bob'));
    expect(rig.tokens()).toEqual([]);
    await rig.feed(user('ann', roles('writer')), remove('bob'));
    letGo();
    await rig.pass(200);
    expect(rig.tokens()).toEqual([]);
    expect(statusOf(rig)).toMatchObject({ dropped: 2, issued: 0 });
    letGo();
    await rig.pass(200);
    expect(rig.tokens()).toMatchObject([{ sub: 'ann', roles: ['writer'] }]);
  });

  it('takes back what was issued under another name, where sub is an attribute that changed', async () => {
    const rig = await issuerRig({ subject: 'userName' });
    await rig.feed(user('7', { userName: 'ann' }));
    rig.records();
    await rig.feed(user('7', { userName: 'anna' }));
    const [delta, revocation, token] = rig.records();
    expect([delta?.kind, token?.kind]).toEqual(['delta', 'token']);
    expect(revocation).toMatchObject({ kind: 'revocation', target: { subject: 'ann' } });
  });

  it('binds a token to the subject’s key, and makes none where that key is none', async () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    const rig = await issuerRig({ confirmation: { from: 'nickName', as: 'jkt' } });
    await rig.feed(user('ann', { nickName: JSON.stringify(jwk) }), user('bob'), user('cy', { nickName: 'cyril' }));
    const tokens = rig.tokens();
    expect(tokens.map(({ sub, cnf }) => [sub, cnf])).toEqual([
      ['ann', { jkt: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k' }],
      ['bob', undefined],
    ]);
    const status = { ...statusOf(rig), ...rig.desk.status };
    expect(status.problems).toEqual({ 'holder-key': 1 });
    expect(issuerAlarms(status)).toEqual([
      expect.stringContaining('No token can be made of some subjects: holder-key 1'),
    ]);
    await rig.feed(user('cy'));
    expect(rig.tokens()).toMatchObject([{ sub: 'cy' }]);
    expect(statusOf(rig).problems).toEqual({});
  });

  it('makes no token larger than one may be, and says so', async () => {
    const rig = await issuerRig();
    const many = Array.from({ length: 4_000 }, (_, at) => `role-number-${at}`);
    await rig.feed(user('ann', roles(...many)));
    expect(rig.tokens()).toEqual([]);
    expect(statusOf(rig).problems).toEqual({ 'too-large': 1 });
  });

  it('issues one for each audience', async () => {
    const rig = await issuerRig({ audiences: ['https://a.example', 'https://b.example'] });
    await rig.feed(user('ann'));
    expect(rig.tokens().map(({ aud }) => aud)).toEqual(['https://a.example', 'https://b.example']);
    await rig.feed(remove('ann'));
    expect(rig.records().filter(({ kind }) => kind === 'revocation')).toHaveLength(1);
  });

  it('lets so many a second through, changes first', async () => {
    const rig = await issuerRig({ maxTokensPerSecond: 20 });
    await rig.feed(...Array.from({ length: 100 }, (_, at) => user(`u${at}`)));
    await rig.pass(1_800);
    const tokens = rig.tokens();
    expect(tokens.length).toBeGreaterThanOrEqual(40);
    expect(tokens.length).toBeLessThanOrEqual(62);
    await rig.pass(4_000);
    expect(statusOf(rig)).toMatchObject({ live: 100, due: 0 });
  });

  it('looks at once through many whose tokens need no change', async () => {
    const rig = await issuerRig();
    const users = Array.from({ length: 1_000 }, (_, at) => `u${at}`);
    await rig.feed(...users.map((id) => user(id)));
    await rig.pass(3_000);
    expect(statusOf(rig)).toMatchObject({ live: 1_000, due: 0 });
    rig.store.exec('UPDATE issue_plan SET look_ms = 0');
    await rig.pass(500);
    expect(statusOf(rig)).toMatchObject({ issued: 1_000, due: 0 });
  });

  it('looks at members of a group only where a token says something of groups', async () => {
    const marked = vi.spyOn(IssuePlan.prototype, 'markKnown');
    const rig = await issuerRig({ claims: { roles: 'roles' } });
    await rig.feed(user('ann'), group('ops', ['ann']));
    expect(marked).not.toHaveBeenCalled();
    for (const path of ['groups', 'groups.display']) {
      marked.mockClear();
      const reading = await issuerRig({ claims: { of: path } });
      await reading.feed(user('ann'), group('ops', ['ann']));
      expect(marked).toHaveBeenCalledWith(subjectKey('User', 'ann'));
    }
  });

  it('renews in time while more changes than the rate lets through', async () => {
    const rig = await issuerRig({ maxTokensPerSecond: 2, lifetimeSeconds: 300 });
    const early = ['x', 'y', 'z'];
    await rig.feed(...early.map((id) => user(id)));
    await rig.pass(2_000);
    await rig.feed(...Array.from({ length: 700 }, (_, at) => user(`a${at}`)));
    // All are looked at at once, those that are due to be renewed among them, and last by their keys.
    await rig.pass(200_000);
    rig.core.handleEntries(rig.nowMs(), entriesOf(early.map((id) => user(id, { title: 'Chief' }))));
    await rig.pass(120_000);
    expect(statusOf(rig).due).toBeGreaterThan(50);
    const tokens = rig.tokens();
    for (const id of early) {
      const own = tokens.filter(({ sub }) => sub === id);
      expect(own.length).toBeGreaterThan(1);
      for (const [at, next] of own.slice(1).entries()) expect(next.iat).toBeLessThan(own[at]?.exp as number);
    }
  });
});

describe('the issued-token log', () => {
  it('has what each token said, found by id, digest, subject, audience and time', async () => {
    const rig = await issuerRig();
    await rig.feed(user('ann'), user('bob'));
    const jws = rig.records().flatMap((record) => (record.kind === 'token' ? [record.jws] : []));
    const logged = [...searchIssued(rig.store, {})];
    expect(logged.map(({ sha256 }) => sha256)).toEqual(jws.map((text) => sha256Hex(text)));
    const { jti, exp, iat } = claimsOf(jws[0] as string);
    expect(logged[0]).toMatchObject({
      jti,
      issuer: issuerConfig.issuer,
      subject: 'ann',
      audience: 'https://api.example',
      issuedAtMs: iat * 1_000,
      expiresAtMs: exp * 1_000,
      keyId: rig.signer.keyId,
      revision: expect.stringMatching(/^1\.\d+\.\d+$/),
    });
    const find = (query: Parameters<typeof searchIssued>[1]) =>
      [...searchIssued(rig.store, query)].map((t) => t.subject);
    expect(find({ jti })).toEqual(['ann']);
    expect(find({ sha256: sha256Hex(jws[1] as string) })).toEqual(['bob']);
    expect(find({ subject: 'bob', audience: 'https://api.example' })).toEqual(['bob']);
    expect(find({ goodAtMs: START_MS + 500_000 })).toEqual(['ann', 'bob']);
    expect(find({ goodAtMs: START_MS + 1_000_000 })).toEqual([]);
  });

  it('has every token before any datagram of its frame leaves, and none whose frame is not journaled', async () => {
    const rig = await issuerRig();
    const { core, store } = rig;
    const poll = core.poll.bind(core);
    let datagrams = 0;
    vi.spyOn(core, 'poll').mockImplementation((nowMs, wallMs) => {
      const datagram = poll(nowMs, wallMs);
      if (datagram !== undefined) {
        datagrams++;
        const framed = core.totals.records.token;
        expect(store.prepare('SELECT count(*) FROM issued_token').pluck().get()).toBe(framed);
      }
      return datagram;
    });
    await rig.feed(...Array.from({ length: 50 }, (_, at) => user(`u${at}`)));
    expect(rig.tokens()).toHaveLength(50);
    expect(datagrams).toBeGreaterThan(10);
  });

  it('holds the frame back where it cannot be written', async () => {
    const rig = await issuerRig();
    await rig.feed(user('ann'));
    const { sequence } = rig.core.journal.head;
    rig.store.exec(`CREATE TEMP TRIGGER no_log BEFORE INSERT ON issued_token BEGIN SELECT RAISE(ABORT, 'no log'); END`);
    await expect(rig.feed(user('ann', roles('writer')))).rejects.toThrow('SQLITE_CONSTRAINT_TRIGGER');
    rig.store.exec('DROP TRIGGER no_log');
    const tokens = rig.tokens();
    expect(tokens).toHaveLength(1);
    // The change itself was framed; the token that follows it was not.
    expect(rig.core.journal.head.sequence).toBe(sequence + 1);
    await rig.pass(200);
    expect(rig.tokens()).toMatchObject([{ roles: ['writer'] }]);
    expect(rig.store.prepare('SELECT count(*) FROM issued_token').pluck().get()).toBe(2);
  });

  it('forgets a token so many days after it expired', async () => {
    const rig = await issuerRig({ logDays: 1 });
    await rig.feed(user('ann'));
    await rig.feed(remove('ann'));
    await rig.pass(60_000);
    expect([...searchIssued(rig.store, {})]).toHaveLength(1);
    // The subject's own row goes a day after it ended.
    expect(rig.issuer.purge(START_MS + 86_400_000 + 899_000, 10)).toBe(1);
    expect([...searchIssued(rig.store, {})]).toHaveLength(1);
    expect(rig.issuer.purge(START_MS + 86_400_000 + 901_000, 10)).toBe(1);
    expect([...searchIssued(rig.store, {})]).toHaveLength(0);
  });
});

describe('the status of its revocations', () => {
  const statuses = (records: ReturnType<Awaited<ReturnType<typeof issuerRig>>['records']>) =>
    records.filter((record) => record.kind === 'status');

  it('is said at its interval, behind all that was read, and the next is due when its last repeat has arrived', async () => {
    const rig = await issuerRig({}, { statusIntervalMs: 60_000 });
    await rig.feed(user('ann'));
    await rig.pass(185_000);
    const said = statuses(rig.records());
    expect(said).toHaveLength(4);
    for (const { issuer, asOfMs, nextByMs } of said) {
      expect(issuer).toBe(issuerConfig.issuer);
      // The interval, 60 s of repeats, 3 s of hold time, 30 s of margin, and what frames waited here.
      expect(nextByMs - asOfMs).toBeGreaterThanOrEqual(153_000);
      expect(nextByMs - asOfMs).toBeLessThan(155_000);
    }
    const times = said.map(({ asOfMs }) => asOfMs);
    for (const [at, time] of times.slice(1).entries()) {
      expect(time - (times[at] as number)).toBeGreaterThanOrEqual(60_000);
      expect(time - (times[at] as number)).toBeLessThanOrEqual(61_000);
    }
    rig.core.handleEntries(rig.nowMs(), entriesOf([remove('ann')]));
    await rig.pass(61_000);
    expect(rig.records().map(({ kind }) => kind)).toEqual(['delta', 'revocation', 'status']);
  });

  it('is held back while something is unread, and by whoever paused the sender, but not by a key that does not sign', async () => {
    let isRead = false;
    const real = makeSigner();
    const broken = { ...real, sign: () => Promise.reject(new DiodeError('signer-failed', 'Seen.', 'Cure.')) };
    const rig = await issuerRig({}, { statusIntervalMs: 60_000, isSourceRead: () => isRead, signer: broken });
    await rig.feed(user('ann'));
    await rig.pass(120_000);
    expect(statuses(rig.records())).toEqual([]);
    isRead = true;
    await rig.pass(1_000);
    expect(statuses(rig.records())).toHaveLength(1);
    rig.core.pause.pause(START_MS, '');
    await rig.pass(300_000);
    rig.core.pause.resume();
    expect(statuses(rig.records())).toEqual([]);
    await rig.pass(1_000);
    expect(statuses(rig.records())).toHaveLength(1);
  });

  it('comes behind the revocations of subjects that ended while no issuer ran', async () => {
    const store = openSenderStore(':memory:');
    const signer = makeSigner();
    const first = await issuerRig({}, { store, signer });
    await first.feed(...Array.from({ length: 300 }, (_, at) => user(`u${at}`)));
    await first.pass(2_000);
    const off = await import('../../support/sender-rig.ts');
    const { core } = await off.coreRig({ store });
    core.handleEntries(0, off.entriesOf(Array.from({ length: 300 }, (_, at) => remove(`u${at}`))));
    off.drive(core, 0, 1_000);
    const options = { store, signer, atMs: 5_000, statusIntervalMs: 60_000 };
    const again = await issuerRig({ maxTokensPerSecond: 20 }, options);
    await again.pass(2_000);
    const early = again.records();
    expect(early.length).toBeGreaterThan(10);
    expect(statuses(early)).toEqual([]);
    await again.pass(20_000);
    const kinds = [...early, ...again.records()].map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'revocation')).toHaveLength(300);
    expect(kinds.at(-1)).toBe('status');
    expect(kinds.indexOf('status')).toBe(kinds.length - 1);
  });

  it('goes as often as the link can afford, and not at all on sticks', () => {
    const of = (link: object, statusSeconds?: number) =>
      statusIntervalMs({ link } as Parameters<typeof statusIntervalMs>[0], {
        ...issuerConfig,
        ...(statusSeconds !== undefined && { statusSeconds }),
      });
    expect(of({ kind: 'udp', helloIntervalMs: 10_000 })).toBe(60_000);
    expect(of({ kind: 'serial', helloIntervalMs: 62_500 })).toBe(375_000);
    expect(of({ kind: 'serial', helloIntervalMs: 62_500 }, 30)).toBe(30_000);
    expect(of({ kind: 'media', helloIntervalMs: 10_000 }, 30)).toBeUndefined();
  });
});

describe('after a restart', () => {
  it('goes on where it was: no token twice, each renewal when it was due', async () => {
    const store = openSenderStore(':memory:');
    const signer = makeSigner();
    const first = await issuerRig({}, { store, signer });
    await first.feed(...Array.from({ length: 10 }, (_, at) => user(`u${at}`)));
    const due = store.prepare('SELECT key, look_ms FROM issue_plan ORDER BY key').all();
    const again = await issuerRig({}, { store, signer, atMs: 60_000 });
    await again.pass(3_000);
    expect(again.records()).toEqual([]);
    expect(store.prepare('SELECT key, look_ms FROM issue_plan ORDER BY key').all()).toEqual(due);
  });

  it('issues anew what the config says otherwise now, and follows what ended while it was off', async () => {
    const store = openSenderStore(':memory:');
    const signer = makeSigner();
    const first = await issuerRig({}, { store, signer });
    await first.feed(user('ann', { title: 'Chief' }), user('bob'));
    const off = await import('../../support/sender-rig.ts');
    const { core } = await off.coreRig({ store });
    core.handleEntries(0, off.entriesOf([remove('bob')]));
    off.drive(core, 0, 1_000);
    const again = await issuerRig({ claims: { title: 'title' } }, { store, signer, atMs: 5_000 });
    await again.pass(3_000);
    const records = again.records();
    expect(records.filter(({ kind }) => kind === 'revocation')).toMatchObject([{ target: { subject: 'bob' } }]);
    const tokens = records.flatMap((record) => (record.kind === 'token' ? [claimsOf(record.jws)] : []));
    expect(tokens).toMatchObject([{ sub: 'ann', title: 'Chief' }]);
  });

  it('says its keys once, with the one before as long as a token of it may be good', async () => {
    const store = openSenderStore(':memory:');
    const [one, two] = [makeSigner(), makeSigner()];
    const keySets = (records: ReturnType<Awaited<ReturnType<typeof issuerRig>>['records']>) =>
      records.flatMap((record) =>
        record.kind === 'key-set'
          ? [(JSON.parse(record.jwks) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)]
          : [],
      );
    const first = await issuerRig({}, { store, signer: one });
    await first.feed(user('ann'));
    expect(keySets(first.records())).toEqual([[one.keyId]]);
    const again = await issuerRig({}, { store, signer: one, atMs: 5_000 });
    await again.pass(1_000);
    expect(keySets(again.records())).toEqual([]);
    const rotated = await issuerRig({}, { store, signer: two, atMs: 10_000 });
    await rotated.pass(1_000);
    expect(keySets(rotated.records())).toEqual([[two.keyId, one.keyId]]);
    const later = await issuerRig({}, { store, signer: two, atMs: 3_600_000 });
    await later.pass(1_000);
    expect(keySets(later.records())).toEqual([[two.keyId]]);
  });
});

describe('a key that does not sign', () => {
  it('is said once, tried again at growing intervals, and holds nothing else up', async () => {
    const real = makeSigner();
    let isAway = true;
    let asked = 0;
    const failure = new DiodeError('signer-failed', 'The token is gone.', 'Plug it in.');
    const signer: Signer = {
      ...real,
      sign: (bytes) => {
        asked++;
        return isAway ? Promise.reject(failure) : real.sign(bytes);
      },
    };
    const rig = await issuerRig({}, { signer });
    await rig.feed(user('ann'));
    await rig.pass(120_000);
    expect(rig.records().map(({ kind }) => kind)).toEqual(['delta', 'key-set']);
    expect(rig.signerEvents).toEqual([failure]);
    expect(asked).toBeGreaterThan(4);
    expect(asked).toBeLessThan(12);
    const alarms = issuerAlarms({ ...statusOf(rig), ...rig.desk.status });
    expect(alarms).toEqual(['No tokens are issued: The token is gone. Plug it in.']);
    isAway = false;
    await rig.pass(31_000);
    expect(rig.tokens()).toMatchObject([{ sub: 'ann' }]);
    expect(rig.signerEvents).toEqual([failure, undefined]);
  });
});

describe('a key that hangs', () => {
  const hanging = () => {
    const real = makeSigner();
    const asked: (() => void)[] = [];
    let [isBack, closed] = [false, 0];
    const signer: Signer = {
      ...real,
      sign: (bytes) =>
        isBack ? real.sign(bytes) : new Promise((resolve) => asked.push(() => resolve(real.sign(bytes)))),
      close: () => closed++,
    };
    const answer = () => {
      isBack = true;
      for (const go of asked) go();
    };
    return { signer, asked, answer, closed: () => closed };
  };
  const users = Array.from({ length: 20 }, (_, at) => user(`u${at}`));

  it('is an alarm after its time, is asked no more while it hangs, and goes on once it answers', async () => {
    const { signer, asked, answer } = hanging();
    const rig = await issuerRig({}, { signer });
    await rig.feed(...users);
    await rig.pass(29_000);
    expect(rig.signerEvents).toEqual([]);
    await rig.pass(600_000);
    expect(rig.signerEvents).toMatchObject([{ code: 'signer-failed' }]);
    expect(issuerAlarms({ ...statusOf(rig), ...rig.desk.status })).toEqual([
      expect.stringContaining('No tokens are issued: The key of the issuer hangs'),
    ]);
    expect(asked).toHaveLength(ISSUER_LIMITS.askedAtOnce);
    answer();
    await rig.pass(1_000);
    expect(statusOf(rig)).toMatchObject({ issued: 20, due: 0, unsigned: 20 });
    expect(rig.signerEvents.at(-1)).toBeUndefined();
  });

  it('that is away at the start is waited for: all else goes on, and all are issued one when it is back', async () => {
    const away = new DiodeError('signer-token', 'It is not there.', 'Plug it in.');
    let tries = 0;
    const openSigner = async () => {
      tries++;
      if (tries < 3) throw away;
      return makeSigner();
    };
    const rig = await issuerRig({}, { openSigner });
    await rig.feed(...users);
    expect(rig.signerEvents).toEqual([away]);
    expect(rig.desk.status).toEqual({ failure: { seen: 'It is not there.', cure: 'Plug it in.' } });
    const kinds = () => rig.records().map(({ kind }) => kind);
    expect(kinds()).toEqual(Array(20).fill('delta'));
    await rig.pass(5_000);
    expect([tries, rig.signerEvents.at(-1)]).toEqual([3, undefined]);
    expect(rig.desk.status).toMatchObject({ keyId: expect.any(String), algorithm: 'EdDSA' });
    expect(kinds().sort()).toEqual(['key-set', ...Array(20).fill('token')]);
  });

  it('that hangs at the start does not hold a stop up, and is closed when it comes', async () => {
    let closed = 0;
    let come: (signer: Signer) => void = () => {};
    const openSigner = () =>
      new Promise<Signer>((resolve) => {
        come = resolve;
      });
    const rig = await issuerRig({}, { openSigner });
    await rig.feed(...users);
    await rig.desk.stop();
    come({ ...makeSigner(), close: () => closed++ });
    await rig.pass(100);
    expect(closed).toBe(1);
  });

  it('does not hold a stop up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { signer, asked, closed } = hanging();
      const rig = await issuerRig({}, { signer });
      await rig.feed(...users);
      const stopping = rig.desk.stop();
      await vi.advanceTimersByTimeAsync(8_000);
      await stopping;
      expect([asked.length, closed()]).toEqual([ISSUER_LIMITS.askedAtOnce, 1]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('hands over at a stop what it was asked already, and is closed', async () => {
    const { signer, asked, answer, closed } = hanging();
    const rig = await issuerRig({}, { signer });
    await rig.feed(...users);
    const stopping = rig.desk.stop();
    answer();
    await stopping;
    expect([asked.length, closed()]).toEqual([ISSUER_LIMITS.askedAtOnce, 1]);
    await rig.pass(200);
    expect(rig.tokens()).toHaveLength(ISSUER_LIMITS.askedAtOnce);
  });
});

describe('a batch', () => {
  it('ends at its first failure', async () => {
    let asked = 0;
    const failure = new DiodeError('signer-failed', 'Seen.', 'Cure.');
    const signer: Signer = {
      ...makeSigner(),
      sign: () => {
        asked++;
        return Promise.reject(failure);
      },
    };
    const rig = await issuerRig({}, { signer });
    await rig.feed(...Array.from({ length: 64 }, (_, at) => user(`u${at}`)));
    expect(rig.signerEvents).toEqual([failure]);
    expect(asked).toBeLessThanOrEqual(ISSUER_LIMITS.askedAtOnce);
  });
});

describe('its alarms', () => {
  it('say when the lifetime is too short for the link as it is, and when the rate is', async () => {
    const rig = await issuerRig({ lifetimeSeconds: 300 });
    const alarms = () => issuerAlarms({ ...statusOf(rig), ...rig.desk.status });
    await rig.feed(user('ann'));
    expect(alarms()).toEqual([]);
    rig.issuer.handleFirstPass(rig.nowMs(), 100_000);
    expect(alarms()).toEqual([
      expect.stringContaining('Tokens live too short for this link: 5 min 0 s, and it asks for 6 min'),
    ]);
    const slow = { ...statusOf(rig), ...rig.desk.status, lifetimeMs: 900_000, neededPerSecond: 12.1, maxPerSecond: 10 };
    expect(issuerAlarms(slow)).toEqual([expect.stringContaining('Renewals do not keep up: 13 tokens a second')]);
  });
});
