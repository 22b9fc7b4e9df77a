/** What takes a token out of its topic: its jti, subject, key or issuer revoked, its end, its subject gone; and what refuses it. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { receiverAlarms } from '../../../../receiver/ops/receiver-alarms.ts';
import { type AdmissionRules, admitGroup } from '../../../../receiver/publish/admission.ts';
import type { KafkaRecord } from '../../../../src/kafka/kafka-record.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import type { RevocationTarget, WireRecord } from '../../../../src/wire/record.ts';
import { ISSUER, RULES, testToken, testVerdict } from '../../../support/back-half.ts';
import { deletes, GUARD, GuardedHalf, puts } from '../../../support/guarded-half.ts';
import { CREATED_AT_MS, signedFrame, spoolFrames, userDelete, userPut } from '../../../support/signed-stream.ts';
import { snapshotFrame } from '../../../support/state-model.ts';
import { receiverStatusSample } from '../../../support/status-samples.ts';

const revoke = (target: RevocationTarget, more: object = {}): WireRecord => ({
  kind: 'revocation',
  issuer: ISSUER,
  target,
  ...more,
});
const everyone = (issuedBeforeMs: number) => revoke({ everyone: true, issuedBeforeMs });
const header = ({ headers }: KafkaRecord, name: string) => headers.find(([each]) => each === name)?.[1];

function rulesOf(attribute: string, guard?: AdmissionRules['guard']): AdmissionRules {
  const tokens = { ...RULES.tokens, subjectAttributes: new Map([[ISSUER, attribute]]) };
  return { ...RULES, tokens, ...(guard && { guard }) };
}

let half: GuardedHalf;
beforeEach(() => {
  half = new GuardedHalf({ rules: rulesOf('id') });
});

/** What the topic came to: jti of each current token, by key. */
function current(): readonly string[] {
  const last = new Map(half.kafka.records('tokens').map((record) => [record.key, record]));
  return [...last.values()].filter(({ value }) => value !== null).map((record) => header(record, 'ce_jti') as string);
}

/** Of each tombstone: whose, and why. */
function ended(): readonly string[] {
  return half.kafka
    .records('tokens')
    .filter(({ value }) => value === null)
    .map((record) => `${header(record, 'ce_jti')} ${header(record, 'ce_reason')}`);
}

const refusals = () => half.kafka.records('quarantine').map((record) => header(record, 'ce_reason'));

describe('a revoked key', () => {
  it('takes back all that it signed, whatever its date, and refuses what comes later', async () => {
    await half.say(
      testToken({ jti: 'a1', subject: 'a', keyId: 'stolen' }),
      testToken({ jti: 'b1', subject: 'b', keyId: 'stolen', issuedAtMs: CREATED_AT_MS - 60_000 }),
      testToken({ jti: 'c1', subject: 'c', keyId: 'kept' }),
    );
    await half.say(revoke({ key: 'stolen' }));
    expect(ended()).toEqual(['a1 key-revoked', 'b1 key-revoked']);
    await half.say(testToken({ jti: 'a2', subject: 'a', keyId: 'stolen' }), testToken({ jti: 'b2', subject: 'b' }));
    expect(current()).toEqual(['b2', 'c1']);
    expect(refusals()).toEqual(['revoked']);
    expect(half.store.progress?.sweep?.swept).toBe(2);
  });

  it('takes back what came before it in its own frame, and not its successor of another key', async () => {
    await half.say(
      testToken({ jti: 'a1', subject: 'a', keyId: 'stolen' }),
      testToken({ jti: 'b1', subject: 'b', keyId: 'stolen' }),
      revoke({ key: 'stolen' }),
      testToken({ jti: 'b2', subject: 'b', keyId: 'kept' }),
    );
    expect(current()).toEqual(['b2']);
    expect(ended()).toEqual(['a1 key-revoked']);
  });

  it('is done before the next group is published, in as many transactions as it takes', async () => {
    const count = RECEIVER_LIMITS.maxSweptTokens + 1;
    const common = { issuer: ISSUER, sha256: 'ab', keyId: 'stolen', issuedAtMs: 1, expiresAtMs: 9e15 };
    half.database.transaction(() => {
      for (let at = 0; at < count; at++) {
        half.store.tokens.putCurrent({ ...common, jti: `t${at}`, subject: `s${at}`, key: `Token|${at}` });
      }
    })();
    await half.say(revoke({ key: 'stolen' }), userPut('a'));
    await half.say(userPut('b'));
    const sizes = half.kafka.transactions.map((records) => records.length - 1);
    expect(sizes).toEqual([1, RECEIVER_LIMITS.maxSweptTokens, 1, 1]);
    expect(half.store.tokens.endedCount).toBe(0);
    expect(new Set(ended()).size).toBe(count);
  });

  it('that is said again looks at no slot, and the first time at those of its key alone', () => {
    const { tokens } = half.store;
    const said = { issuer: ISSUER, keyId: 'stolen', issuedBeforeMs: 9e15, untilMs: 9e15, saidAtMs: 1 };
    half.database.exec('CREATE TABLE looked (jti TEXT)');
    half.database.exec(
      'CREATE TRIGGER look AFTER UPDATE OF ended ON token WHEN NEW.ended IS NOT NULL BEGIN INSERT INTO looked VALUES (NEW.jti); END',
    );
    const token = { issuer: ISSUER, sha256: 'ab', subject: 's', keyId: 'stolen', issuedAtMs: 1, expiresAtMs: 9e15 };
    tokens.putCurrent({ ...token, jti: 'before', key: 'Token|1' });
    tokens.putRevokedKey(said);
    // No admission lets such a one in: it is there to be looked at.
    tokens.putCurrent({ ...token, jti: 'behind', key: 'Token|2' });
    tokens.putRevokedKey(said);
    expect(half.database.prepare('SELECT jti FROM looked').pluck().all()).toEqual(['before']);
    const plan = half.database.prepare(
      'EXPLAIN QUERY PLAN SELECT 1 FROM token WHERE is_current = 1 AND issuer = ? AND key_id = ?',
    );
    expect(JSON.stringify(plan.all('', ''))).toContain('token_by_signer (issuer=? AND key_id=?)');
  });

  it('is remembered for ever: no purge forgets it', async () => {
    await half.say(revoke({ key: 'stolen' }));
    half.store.tokens.purge(9e15, 100);
    await half.say(testToken({ jti: 'late', keyId: 'stolen' }));
    expect(refusals()).toEqual(['revoked']);
  });

  it('is swept from what a rebuild found current, where it is still known', () => {
    const { tokens } = half.store;
    const token = {
      issuer: ISSUER,
      jti: 'j',
      sha256: 'ab',
      key: 'Token|1',
      subject: 's',
      issuedAtMs: 1,
      expiresAtMs: 9,
    };
    tokens.putRevokedKey({ issuer: ISSUER, keyId: 'stolen', issuedBeforeMs: 9e15, untilMs: 9e15, saidAtMs: 1 });
    while (tokens.clearCurrent(1));
    tokens.putCurrent({ ...token, keyId: 'stolen' });
    tokens.endRevoked();
    expect(tokens.endedCount).toBe(1);
    expect(tokens.findEnded(0, 10)).toMatchObject([{ key: 'Token|1', reason: 'key-revoked', endedAtMs: 0 }]);
  });

  it('has a bound of its own, beyond which it is refused and said', async () => {
    const bounds = { issuedBeforeMs: 9e15, untilMs: 9e15, saidAtMs: 0 };
    for (let at = 0; at < RECEIVER_LIMITS.maxRevokedKeys; at++) {
      half.store.tokens.putRevokedKey({ issuer: ISSUER, keyId: `k${at}`, ...bounds });
    }
    await half.say(revoke({ key: 'one too many' }), revoke({ key: 'k7' }));
    expect(refusals()).toEqual(['revocations-full']);
  });

  it('is swept once where the power goes between the commit of Kafka and the tables', async () => {
    await half.say(testToken({ jti: 'a1', keyId: 'stolen' }), testToken({ jti: 'b1', subject: 'b', keyId: 'stolen' }));
    const { store } = half;
    const apply = store.apply.bind(store);
    store.apply = (progress, position, changes) => {
      if (progress.sweep !== undefined) throw new Error('power cut');
      apply(progress, position, changes);
    };
    half.spoolFrame([revoke({ key: 'stolen' })]);
    await expect(half.run()).rejects.toThrow('power cut');
    expect(ended()).toHaveLength(2);
    half.restart();
    expect(half.store.tokens.endedCount).toBe(2);
    await half.say(userPut('x'));
    expect(ended()).toHaveLength(2);
    expect(half.store.tokens.endedCount).toBe(0);
    expect(half.store.progress?.sweep).toMatchObject({ swept: 2 });
  });
});

describe('a revoked issuer', () => {
  it('takes back what was issued up to then, and nothing newer', async () => {
    await half.say(
      testToken({ jti: 'old', subject: 'a' }),
      testToken({ jti: 'new', subject: 'b', issuedAtMs: CREATED_AT_MS + 2 }),
    );
    await half.say(everyone(CREATED_AT_MS + 1));
    expect(ended()).toEqual(['old issuer-revoked']);
    await half.say(
      testToken({ jti: 'late', subject: 'c', issuedAtMs: CREATED_AT_MS + 1 }),
      testToken({ jti: 'fresh', subject: 'c', issuedAtMs: CREATED_AT_MS + 3 }),
    );
    expect(current()).toEqual(['new', 'fresh']);
    expect(refusals()).toEqual(['revoked']);
  });
});

describe('a token that expired', () => {
  it('leaves a tombstone that says so, once the largest skew is over', async () => {
    await half.say(testToken({ jti: 'one', lifetimeMs: 60_000 }));
    half.pass(110_000);
    await half.run({ forMs: 25_000 });
    expect(ended()).toEqual(['one expired']);
    const tombstone = half.kafka.records('tokens').at(-1) as KafkaRecord;
    expect(header(tombstone, 'ce_type')).toBe('urn:identity-diode:event:token:expired');
    expect(header(tombstone, 'ce_id')).toBe('hr/1.1.0/expired');
    expect(header(tombstone, 'ce_revision')).toBe('1.1.0');
    await half.run({ forMs: 60_000 });
    expect(ended()).toEqual(['one expired']);
  });

  it('leaves one tombstone over an unclean end, after a bundle that allows less skew', async () => {
    half.expirySlackMs = 600_000;
    await half.say(testToken({ jti: 'one', lifetimeMs: 60_000 }));
    half.onRecovered = () => {
      half.expirySlackMs = 60_000;
    };
    half.pass(200_000);
    half.kafka.plan('committed-unclean');
    await half.run({ forMs: 60_000 });
    expect(ended()).toEqual(['one expired']);
    expect(half.audit.entries.filter(({ event }) => event === 'tables-read-again')).toEqual([]);
  });

  it('leaves none that its renewal has taken the place of', async () => {
    await half.say(testToken({ jti: 'one', lifetimeMs: 60_000 }));
    await half.say(testToken({ jti: 'two', lifetimeMs: 600_000 }));
    half.pass(200_000);
    await half.run({ forMs: 25_000 });
    expect(ended()).toEqual([]);
    expect(current()).toEqual(['two']);
  });

  it('stays while the clock is not trusted', async () => {
    await half.say(testToken({ jti: 'one', lifetimeMs: 60_000 }));
    half.time.isTrusted = false;
    half.pass(200_000);
    await half.run({ forMs: 25_000 });
    expect(ended()).toEqual([]);
    half.time.isTrusted = true;
    await half.run({ forMs: 25_000 });
    expect(ended()).toEqual(['one expired']);
  });
});

describe('a subject that is gone', () => {
  const token = (jti: string, subject = 'alice') => testToken({ jti, subject });

  it.each([
    ['switched off', userPut('alice', { active: false })],
    ['deleted', userDelete('alice')],
  ])('by being %s loses its token in the same transaction, and gets no other', async (_, gone) => {
    await half.say(userPut('alice'), userPut('bob'), token('one'), token('two', 'bob'));
    await half.say(gone);
    expect(ended()).toEqual(['one subject-inactive']);
    expect(half.kafka.transactions.at(-1)?.map(({ key }) => key)).toContain('User|alice');
    await half.say(token('three'));
    expect(refusals()).toEqual(['subject-inactive']);
    expect(current()).toEqual(['two']);
    await half.say(userPut('alice'), token('four'));
    expect(current()).toEqual(['four', 'two']);
  });

  it('by being absent from a snapshot loses it too', async () => {
    await half.say(userPut('alice'), token('one'));
    spoolFrames(half.store.spool, [snapshotFrame(2)]);
    await half.run();
    expect(ended()).toEqual(['one subject-inactive']);
  });

  it('by a delete that approvers released, when they did', async () => {
    half = new GuardedHalf({ rules: rulesOf('id', { limits: GUARD, maxSkewMs: 300_000 }) });
    await half.say(...puts(5), token('one', 'u3'));
    await half.say(...deletes(4));
    expect(ended()).toEqual([]);
    half.store.held.decide('deletes-1.2', 'release');
    await half.run();
    expect(ended()).toEqual(['one subject-inactive']);
  });

  it('that nobody ever named may be anybody', async () => {
    await half.say(token('one', 'service'));
    expect(current()).toEqual(['one']);
  });

  it('is known by the attribute that the config names, also once it was deleted, and after a rename', async () => {
    half = new GuardedHalf({ rules: rulesOf('userName') });
    await half.say(
      userPut('1', { userName: 'alice' }),
      userPut('2', { userName: 'bob' }),
      token('one'),
      token('two', 'bob'),
    );
    await half.say(userPut('1', { userName: 'carol' }));
    expect(ended()).toEqual(['one subject-inactive']);
    await half.say(userDelete('2'), token('three', 'bob'), token('four', 'carol'));
    expect(ended()).toEqual(['one subject-inactive', 'two subject-inactive']);
    expect(refusals()).toEqual(['subject-inactive']);
    // Somebody else has the name now.
    await half.say(userPut('3', { userName: 'bob' }), token('five', 'bob'));
    expect(current()).toEqual(['five', 'four']);
  });

  it('loses the tokens of every issuer that calls it so, also where one record renames it and switches it off', async () => {
    const other = 'https://other.example';
    const identity = { ...RULES.identity, issuers: new Set(['*']) };
    const subjectAttributes = new Map([ISSUER, other].map((issuer) => [issuer, 'userName']));
    half = new GuardedHalf({ rules: { ...RULES, identity, tokens: { ...RULES.tokens, subjectAttributes } } });
    half.judge = (token, nowMs) => {
      const verdict = testVerdict(token, nowMs);
      const isOther = verdict.accepted && verdict.facts.keyId === 'other';
      return isOther ? { ...verdict, facts: { ...verdict.facts, issuer: other } } : verdict;
    };
    await half.say(
      userPut('1', { userName: 'alice' }),
      token('one'),
      testToken({ jti: 'two', subject: 'alice', keyId: 'other' }),
    );
    await half.say(userPut('1', { userName: 'left-alice', active: false }));
    expect(ended()).toEqual(['one subject-inactive', 'two subject-inactive']);
  });

  it('is known by an attribute that is set later too: names of before are read back once', async () => {
    const restart = (attribute: string) => {
      half.rules = rulesOf(attribute);
      half.restart();
    };
    await half.say(userPut('1', { userName: 'alice' }), userPut('2', { userName: 'bob', active: false }), token('one'));
    restart('userName');
    await half.say(token('two', 'bob'));
    expect(refusals()).toEqual(['subject-inactive']);
    await half.say(userDelete('1'));
    expect(ended()).toEqual(['one subject-inactive']);
    half.restart();
    await half.say(userPut('3', { userName: 'carol' }));
    expect(half.audit.entries.filter(({ event }) => event === 'names-read')).toEqual([
      { event: 'names-read', attributes: 'userName', records: 2, unreadable: 0 },
    ]);
    // A name that was given while nobody asked for it.
    restart('id');
    await half.say(userPut('3', { userName: 'carla' }), token('three', 'carla'));
    restart('userName');
    await half.say(userDelete('3'));
    expect(ended()).toEqual(['one subject-inactive', 'three subject-inactive']);
  });

  it('is known by the attribute that a bundle brings while a transaction is planned', async () => {
    let subjectAttributes = new Map([[ISSUER, 'id']]);
    const tokens = {
      ...RULES.tokens,
      get subjectAttributes() {
        return subjectAttributes;
      },
    };
    half = new GuardedHalf({ rules: { ...RULES, tokens } });
    await half.say(userPut('1', { userName: 'alice' }), token('one'));
    half.judge = (...asked) => {
      subjectAttributes = new Map([[ISSUER, 'userName']]);
      return testVerdict(...asked);
    };
    await half.say(token('two', 'service'), userDelete('1'));
    expect(ended()).toEqual(['one subject-inactive']);
    expect(current()).toEqual(['two']);
  });

  it('is looked for once in a rename, and never among all that the group holds', () => {
    const looked = (count: number) => {
      const said = (before: string) =>
        Array.from({ length: count }, (_, at) => userPut(`${at}`, { userName: `${before}${at}` }));
      const tokens = Array.from({ length: count }, (_, at) => token(`j${at}`, `a${at}`));
      const frame = signedFrame({ sequence: 1, records: tokens });
      const content = [...said('a'), ...tokens, ...said('b')];
      const values = vi.spyOn(Map.prototype, 'values');
      const subjectsNamed = vi.spyOn(half.store.memory, 'subjectsNamed');
      const verdicts = new Map(tokens.map((each) => [each, testVerdict(each, CREATED_AT_MS)]));
      const frames = [{ ...frame, content, digest: 'ab', position: 1, receivedAtMs: CREATED_AT_MS }];
      const { outcomes } = admitGroup({ frames, verdicts, scope: 'all' }, half.store.memory, rulesOf('userName'));
      const maps = values.mock.contexts as Map<unknown, unknown>[];
      const held = maps.reduce((sum, { size }) => sum + size, 0);
      const asked = subjectsNamed.mock.calls.length;
      vi.restoreAllMocks();
      return { held, asked, published: outcomes.published };
    };
    // Each token asks for its holder, each rename for the name before it.
    expect(looked(50)).toEqual({ held: expect.any(Number), asked: 100, published: 150 });
    expect(looked(100).held).toBeLessThan(3 * looked(50).held);
  });

  it('gets no older token back after the disk was lost, although its name went with it', async () => {
    half = new GuardedHalf({ rules: rulesOf('userName') });
    const older = token('one');
    await half.say(userPut('1', { userName: 'alice' }), older, token('two'));
    await half.say(userDelete('1'));
    expect(ended()).toEqual(['two subject-inactive']);
    const again = new GuardedHalf({ kafka: half.kafka, rules: rulesOf('userName') });
    again.skip(3);
    spoolFrames(again.store.spool, [snapshotFrame(3, {}, again.behindKafka)]);
    await again.run();
    await again.say(older, token('two'), testToken({ jti: 'service', subject: 'service' }));
    expect(current()).toEqual(['service']);
    expect(refusals()).toEqual(['revoked', 'revoked']);
  });

  it('is told from what expired when the disk was lost: a month of that is not taken for revoked', async () => {
    await half.say(testToken({ jti: 'one', lifetimeMs: 60_000 }));
    half.pass(200_000);
    await half.run({ forMs: 25_000 });
    expect(ended()).toEqual(['one expired']);
    const again = new GuardedHalf({ kafka: half.kafka, rules: rulesOf('id') });
    await again.run();
    expect(again.store.tokens.revocationCount).toBe(0);
  });

  it('is known again after the disk was lost', async () => {
    half = new GuardedHalf({ rules: rulesOf('userName') });
    await half.say(userPut('1', { userName: 'alice' }), token('one'));
    const { kafka } = half;
    half = new GuardedHalf({ kafka, rules: rulesOf('userName') });
    await half.run();
    expect(half.store.names.keysOf('userName', 'alice')).toEqual(['User|1']);
  });
});

describe('the time from the source to the tombstone', () => {
  it('is told for each tombstone of what the source says now, and for nothing that is said again', async () => {
    const delays: number[] = [];
    half.onRevocations = (delaysMs) => delays.push(...delaysMs);
    await half.say(testToken({ jti: 'one' }), testToken({ jti: 'two', subject: 'b', keyId: 'stolen' }));
    const atMs = half.clock.wall - 4_000;
    half.spoolFrame([revoke({ jti: 'one' }, { atMs }), revoke({ key: 'stolen' }, { atMs })]);
    await half.run();
    expect(delays).toHaveLength(2);
    for (const delay of delays) expect(delay).toBeGreaterThanOrEqual(4_000);
  });

  it('and an issuer that fell silent, are alarms', () => {
    const issuers = receiverStatusSample.issuers.map((status) => ({ ...status, isOverdue: true }));
    const late = { ...receiverStatusSample, issuers, slowestRevocationMs: 61_000 };
    const alarms = receiverAlarms(late).join('\n');
    expect(alarms).toContain(
      'The revocations of https://idp.example are not fresh: they were complete as of 1970-01-01T00:15',
    );
    expect(alarms).toContain(
      'A revocation took 1 min 1 s from its source to its tombstone, and 10.0 s is the objective.',
    );
    const quiet = { ...receiverStatusSample, slowestRevocationMs: 10_000 };
    expect(receiverAlarms(quiet).join('\n')).not.toMatch(/not fresh|A revocation took/);
  });
});

describe('the status of an issuer', () => {
  const status = (asOfMs: number, nextByMs: number, issuer = ISSUER): WireRecord => ({
    kind: 'status',
    issuer,
    asOfMs,
    nextByMs,
  });

  it('is published, and the last one remembered, also where the disk is lost', async () => {
    await half.say(status(CREATED_AT_MS - 20, CREATED_AT_MS + 60_000));
    await half.say(status(CREATED_AT_MS - 10, CREATED_AT_MS + 70_000));
    const records = half.kafka.records('trust');
    expect(records.map(({ key }) => key)).toEqual(Array(2).fill('Status|https%3A%2F%2Fidp.example'));
    const last = { issuer: ISSUER, asOfMs: CREATED_AT_MS - 10, nextByMs: CREATED_AT_MS + 70_000 };
    expect(JSON.parse(records[1]?.value ?? '')).toEqual(last);
    expect(half.store.statuses.all).toEqual([last]);
    half = new GuardedHalf({ kafka: half.kafka, rules: rulesOf('id') });
    await half.run();
    expect(half.store.statuses.all).toEqual([last]);
  });

  it.each([
    ['the future', status(CREATED_AT_MS + 310_000, CREATED_AT_MS + 400_000)],
    ['that none is due for years', status(CREATED_AT_MS, CREATED_AT_MS + 31 * 86_400_000 + 1)],
    ['nothing: the next one is due before it', status(CREATED_AT_MS, CREATED_AT_MS)],
  ])('is refused where it claims %s', async (_, record) => {
    await half.say(record);
    expect(refusals()).toEqual(['status-time']);
    expect(half.store.statuses.all).toEqual([]);
  });

  it('is refused of an issuer whose tokens nobody takes', async () => {
    const identity = { ...RULES.identity, issuers: new Set(['*']) };
    const tokens = { ...RULES.tokens, isKnown: (issuer: string) => issuer === ISSUER };
    half = new GuardedHalf({ rules: { ...rulesOf('id'), identity, tokens } });
    await half.say(status(CREATED_AT_MS, CREATED_AT_MS + 1, 'https://other.example'));
    expect(refusals()).toEqual(['issuer']);
  });
});
