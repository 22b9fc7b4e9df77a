import { Kafka as CloudEventsKafka } from 'cloudevents';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AdmissionRules, admitGroup } from '../../../../receiver/publish/admission.ts';
import type { GroupFrame } from '../../../../receiver/publish/group-frame.ts';
import type { Admission } from '../../../../receiver/publish/group-ledger.ts';
import { emptyProgress } from '../../../../receiver/publish/progress.ts';
import { unpackFrame } from '../../../../receiver/publish/unpacker.ts';
import { sha256Hex } from '../../../../src/crypto/digest.ts';
import { compileIdentityRules } from '../../../../src/identity/identity-rules.ts';
import { type KafkaRecord, recordFault } from '../../../../src/kafka/kafka-record.ts';
import type { RevocationRecord, TokenRecord, WireRecord } from '../../../../src/wire/record.ts';
import { BackHalf, ISSUER, RULES, TOPICS, testToken, testVerdict } from '../../../support/back-half.ts';
import { CREATED_AT_MS, signedFrame, userDelete, userPut } from '../../../support/signed-stream.ts';

const NOW_MS = CREATED_AT_MS + 2_000;
const header = ({ headers }: KafkaRecord, name: string) => headers.find(([each]) => each === name)?.[1];
const json = ({ value }: KafkaRecord) => JSON.parse(value ?? 'null') as Record<string, unknown>;
const revokeJti = (jti: string, issuer = ISSUER): RevocationRecord => ({ kind: 'revocation', issuer, target: { jti } });
const revokeSubject = (subject: string, issuedBeforeMs: number): RevocationRecord => ({
  kind: 'revocation',
  issuer: ISSUER,
  target: { subject, issuedBeforeMs },
});

let half: BackHalf;
let sequence: number;
beforeEach(() => {
  half = new BackHalf();
  sequence = 0;
});

/** One frame over the tables as they are; what it changes is applied. */
function admit(
  records: readonly WireRecord[],
  rules: AdmissionRules = RULES,
  nowMs = NOW_MS,
  at = ++sequence,
): Admission {
  const { header: frameHeader, digest, payload } = signedFrame({ sequence: at, records });
  const content = unpackFrame(frameHeader, payload);
  const frame: GroupFrame = {
    position: at,
    header: frameHeader,
    digest: Buffer.from(digest).toString('hex'),
    receivedAtMs: CREATED_AT_MS,
    content,
  };
  const tokens = (typeof content === 'string' ? [] : content).filter((one): one is TokenRecord => one.kind === 'token');
  const verdicts = new Map(tokens.map((token) => [token, testVerdict(token, nowMs)]));
  const admission = admitGroup({ frames: [frame], verdicts, scope: 'all' }, half.store.memory, rules);
  half.store.apply(half.store.progress ?? emptyProgress('site-a', 'hr'), 0, admission.changes);
  return admission;
}

const outcomes = ({ tallies }: Admission) =>
  tallies.map(({ kind, outcome, reason, count }) => `${kind} ${outcome}${reason ? ` ${reason}` : ''} ${count}`);
const published = ({ records }: Admission, topic: string) => records.filter((record) => record.topic === topic);

describe('identity records', () => {
  it('carry the CloudEvents headers of the contract', () => {
    const { records } = admit([userPut('a b')]);
    const [record] = records;
    expect(record?.key).toBe('User|a%20b');
    expect(Object.fromEntries(record?.headers ?? [])).toEqual({
      'content-type': 'application/scim+json',
      ce_specversion: '1.0',
      ce_id: 'hr/1.1.0',
      ce_source: 'urn:identity-diode:site-a:hr',
      ce_type: 'urn:ietf:params:scim:event:prov:put:full',
      ce_subject: 'User|a%20b',
      ce_time: '2026-11-22T09:59:59.500Z',
      ce_revision: '1.1.0',
      ce_stream: 'hr',
      ce_boundary: 'site-a',
      ce_epochid: '01'.repeat(16),
      ce_framedigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('are CloudEvents to the SDK', () => {
    const { records } = admit([
      userPut('a'),
      { kind: 'member', operation: 'create', group: 'g', member: 'a', memberType: 'User' },
      testToken({ jti: 'one' }),
    ]);
    for (const record of records) {
      const headers = Object.fromEntries(record.headers);
      const event = CloudEventsKafka.toEvent({
        key: record.key,
        value: record.value,
        body: record.value,
        headers,
        timestamp: '0',
      } as never);
      const one = (Array.isArray(event) ? event[0] : event) as { validate(): boolean } | undefined;
      expect(one?.validate()).toBe(true);
      expect(one).toMatchObject({
        id: headers.ce_id,
        type: headers.ce_type,
        subject: record.key,
        revision: headers.ce_revision,
      });
    }
    expect(records).toHaveLength(3);
  });

  it('a delete is a tombstone that says what, when and why', () => {
    const { records } = admit([userPut('a'), userDelete('a')]);
    expect(records[1]).toMatchObject({ key: 'User|a', value: null });
    expect(header(records[1] as KafkaRecord, 'ce_type')).toBe('urn:ietf:params:scim:event:prov:delete');
    expect(header(records[1] as KafkaRecord, 'ce_reason')).toBe('source');
    expect(header(records[1] as KafkaRecord, 'content-type')).toBeUndefined();
  });

  it('of one key in one group go out in order', () => {
    const { records } = admit([
      userPut('a', { userName: 'x' }),
      userPut('b'),
      userPut('a', { userName: 'y' }),
      userDelete('a'),
      userPut('a', { userName: 'z' }),
    ]);
    expect(records.filter(({ key }) => key === 'User|a').map((record) => header(record, 'ce_revision'))).toEqual([
      '1.1.0',
      '1.1.2',
      '1.1.3',
      '1.1.4',
    ]);
  });

  it('older than what was published are superseded, deletes included', () => {
    admit([userPut('a')], RULES, NOW_MS, 5);
    admit([userDelete('b')], RULES, NOW_MS, 6);
    const late = admit([userPut('a'), userPut('b'), userPut('c')], RULES, NOW_MS, 4);
    expect(outcomes(late)).toEqual(['delta superseded 2', 'delta published 1']);
    expect(late.audit.filter(({ event }) => event === 'record-superseded').map(({ revision }) => revision)).toEqual([
      '1.4.0',
      '1.4.1',
    ]);
  });

  it('that repeat an earlier one keep its revision', () => {
    admit([userPut('a')]);
    const again = admit([{ ...userPut('a'), revision: { epoch: 1, sequence: 1, index: 0 } }]);
    expect(outcomes(again)).toEqual(['delta superseded 1']);
  });

  it('that claim a revision ahead of their place are refused, so that no key can be locked', () => {
    const claimed = admit([{ ...userPut('a'), revision: { epoch: 2, sequence: 1, index: 0 } }]);
    expect(outcomes(claimed)).toEqual(['delta quarantined revision-ahead 1']);
    expect(outcomes(admit([userPut('a')]))).toEqual(['delta published 1']);
  });

  it('outside the grammar or not owned go to quarantine without an attribute of theirs', () => {
    const secret = 'Zq8-very-personal';
    const resource = `{"id":"a","password":"${secret}","schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"${secret}"}`;
    const refused = admit([
      { kind: 'delta', operation: 'put', type: 'User', id: 'a', resource },
      { kind: 'delta', operation: 'put', type: 'Door', id: 'd 1', resource },
    ]);
    expect(refused.outcomes).toMatchObject({ published: 0, quarantined: 2 });
    const entries = published(refused, TOPICS.quarantine);
    expect(entries[0]).toMatchObject({ key: 'User|a' });
    expect(json(entries[0] as KafkaRecord)).toMatchObject({
      kind: 'delta',
      key: 'User|a',
      revision: '1.1.0',
      sha256: sha256Hex(resource),
      reason: expect.any(String),
      path: expect.any(String),
    });
    expect(entries[1]).toMatchObject({ key: 'Door|d%201' });
    expect(JSON.stringify(refused)).not.toContain(secret);
    for (const record of refused.records) expect(recordFault(record)).toBeUndefined();
  });

  it('have an uncompacted copy where history is on, tombstones too', () => {
    const { records } = admit([userPut('a'), userDelete('a')], { ...RULES, hasHistory: true });
    expect(records.map(({ topic }) => topic)).toEqual([
      TOPICS.identity,
      TOPICS.history,
      TOPICS.identity,
      TOPICS.history,
    ]);
    expect(records[2]).toEqual({ ...records[3], topic: TOPICS.identity });
  });
});

describe('tokens', () => {
  it('that hold go to tokens with jti and exp beside them', () => {
    const token = testToken({ jti: 'one' });
    const { records } = admit([token]);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ topic: TOPICS.tokens, key: 'Token|https%3A%2F%2Fidp.example|alice|api|' });
    expect(records[0]?.value).toBe(token.jws);
    expect(header(records[0] as KafkaRecord, 'ce_jti')).toBe('one');
    expect(header(records[0] as KafkaRecord, 'ce_exp')).toBe('2026-11-22T10:10:00.000Z');
    expect(header(records[0] as KafkaRecord, 'content-type')).toBe('application/jwt');
  });

  it('that do not hold go to quarantine with code, digest and jti, never as themselves', () => {
    const bad: TokenRecord = { kind: 'token', jws: 'bad.token.signature' };
    const expired = testToken({ jti: 'old', lifetimeMs: 1_000 });
    const refused = admit([bad, expired]);
    expect(outcomes(refused)).toEqual(['token quarantined signature 1', 'token expired expired 1']);
    expect(published(refused, TOPICS.tokens)).toEqual([]);
    const [first, second] = published(refused, TOPICS.quarantine);
    expect(json(first as KafkaRecord)).toMatchObject({
      reason: 'signature',
      sha256: sha256Hex(bad.jws),
      key: `Token|${sha256Hex(bad.jws)}`,
    });
    expect(json(second as KafkaRecord)).toMatchObject({ reason: 'expired', jti: 'old' });
    expect(JSON.stringify([refused.records.map(json), refused.audit])).not.toContain(bad.jws);
  });

  it('that expired before their frame came are superseded where a snapshot brought them, or a successor, in time', () => {
    const late = [
      testToken({ jti: 'one', lifetimeMs: 1_000 }),
      testToken({ jti: 'x', subject: 'bob', lifetimeMs: 1_000 }),
    ];
    admit(late.slice(0, 1), RULES, CREATED_AT_MS, 5);
    // Its id is remembered no longer than it can be said again; its slot is.
    half.store.tokens.purge(NOW_MS, 10);
    expect(outcomes(admit(late, RULES, NOW_MS, 5))).toEqual(['token superseded 1', 'token expired expired 1']);
    admit([testToken({ jti: 'two' })], RULES, NOW_MS, 6);
    const again = admit(late, RULES, NOW_MS, 4);
    expect(outcomes(again)).toEqual(['token superseded 1', 'token expired expired 1']);
    expect(again.audit).toContainEqual(expect.objectContaining({ event: 'record-superseded', jti: 'one' }));
  });

  it('the same once more is superseded, another with its jti is refused', () => {
    admit([testToken({ jti: 'one' })]);
    const again = admit([testToken({ jti: 'one' }), testToken({ jti: 'one', salt: 'x' })]);
    expect(outcomes(again)).toEqual(['token superseded 1', 'token quarantined jti-reused 1']);
  });

  it('the same jti twice within one group is seen, too', () => {
    const group = admit([testToken({ jti: 'one' }), testToken({ jti: 'one', salt: 'x' }), testToken({ jti: 'one' })]);
    expect(outcomes(group)).toEqual(['token published 1', 'token quarantined jti-reused 1', 'token superseded 1']);
  });

  it('an older one of a slot that comes late is superseded, and its jti remembered', () => {
    admit([testToken({ jti: 'new' })], RULES, NOW_MS, 5);
    expect(outcomes(admit([testToken({ jti: 'old' })], RULES, NOW_MS, 4))).toEqual(['token superseded 1']);
    expect(outcomes(admit([testToken({ jti: 'old', salt: 'x' })], RULES, NOW_MS, 6))).toEqual([
      'token quarantined jti-reused 1',
    ]);
  });

  it('of an issuer that the stream does not carry are refused', () => {
    const rules = {
      ...RULES,
      identity: compileIdentityRules({ resourceTypes: [], tokenIssuers: ['https://other.example'] }),
    };
    expect(outcomes(admit([testToken({ jti: 'one' })], rules))).toEqual(['token quarantined issuer-not-carried 1']);
  });

  it('beyond what can be remembered are refused, since a replay of them could not be seen', () => {
    const rules = { ...RULES, tokens: { ...RULES.tokens, maxTokenIds: 1 } };
    expect(outcomes(admit([testToken({ jti: 'one' }), testToken({ jti: 'two' })], rules))).toEqual([
      'token published 1',
      'token quarantined token-ids-full 1',
    ]);
  });
});

describe('revocations', () => {
  it('of the current token tombstone its slot, with the revision of the token', () => {
    admit([testToken({ jti: 'one' })]);
    const revoked = admit([revokeJti('one')]);
    expect(revoked.records).toHaveLength(1);
    const [tombstone] = revoked.records as [KafkaRecord];
    expect(tombstone).toMatchObject({
      topic: TOPICS.tokens,
      key: 'Token|https%3A%2F%2Fidp.example|alice|api|',
      value: null,
    });
    expect(header(tombstone, 'ce_type')).toBe('urn:identity-diode:event:token:revoked');
    expect(header(tombstone, 'ce_revision')).toBe('1.1.0');
    expect(header(tombstone, 'ce_jti')).toBe('one');
    expect(outcomes(revoked)).toEqual(['revocation published 1']);
  });

  it('of a token that was renewed leave its successor alone', () => {
    admit([testToken({ jti: 'one' }), testToken({ jti: 'two' })]);
    expect(admit([revokeJti('one')]).records).toEqual([]);
  });

  it('refuse the token when it comes after them', () => {
    admit([revokeJti('one')]);
    expect(outcomes(admit([testToken({ jti: 'one' }), testToken({ jti: 'two' })]))).toEqual([
      'token quarantined revoked 1',
      'token published 1',
    ]);
  });

  it('of another issuer name other tokens', () => {
    admit([testToken({ jti: 'one' })]);
    expect(outcomes(admit([revokeJti('one', 'https://other.example')]))).toEqual([
      'revocation quarantined issuer-not-carried 1',
    ]);
    expect(half.store.tokens.findCurrent('Token|https%3A%2F%2Fidp.example|alice|api|')?.jti).toBe('one');
  });

  it('by subject take back every current token issued up to then, and no later one', () => {
    admit([
      testToken({ jti: 'a', slot: '1' }),
      testToken({ jti: 'b', slot: '2' }),
      testToken({ jti: 'c', slot: '3', issuedAtMs: CREATED_AT_MS + 1_000 }),
      testToken({ jti: 'd', subject: 'bob' }),
    ]);
    const revoked = admit([revokeSubject('alice', CREATED_AT_MS)]);
    expect(revoked.records.map((record) => header(record, 'ce_jti'))).toEqual(['a', 'b']);
    expect(revoked.records.map((record) => header(record, 'ce_id'))).toEqual(['hr/1.2.0/1.1.0', 'hr/1.2.0/1.1.1']);
    const later = admit([testToken({ jti: 'e' }), testToken({ jti: 'f', issuedAtMs: CREATED_AT_MS + 1_000 })]);
    expect(outcomes(later)).toEqual(['token quarantined revoked 1', 'token published 1']);
  });

  it('in the same group as the token act in its order', () => {
    const group = admit([testToken({ jti: 'one' }), revokeJti('one'), testToken({ jti: 'two' })]);
    expect(group.records.map(({ value }) => value === null)).toEqual([false, true, false]);
    expect(half.store.tokens.findCurrent('Token|https%3A%2F%2Fidp.example|alice|api|')?.jti).toBe('two');
  });

  it('that come twice change nothing the second time', () => {
    admit([testToken({ jti: 'one' }), revokeJti('one')]);
    const again = admit([revokeJti('one')]);
    expect(again.records).toEqual([]);
    expect(outcomes(again)).toEqual(['revocation published 1']);
  });

  it('leave its place to the successor that stood below them and comes later', () => {
    admit([testToken({ jti: 'one' })], RULES, NOW_MS, 1);
    admit([revokeJti('one')], RULES, NOW_MS, 3);
    const late = admit([testToken({ jti: 'two' })], RULES, NOW_MS, 2);
    expect(outcomes(late)).toEqual(['token published 1']);
    expect(late.records.map((record) => header(record, 'ce_jti'))).toEqual(['two']);
  });

  it('that come late, older than the token, take it back under its own revision: revisions never fall', () => {
    admit([testToken({ jti: 'one' })], RULES, NOW_MS, 5);
    const late = admit([revokeJti('one')], RULES, NOW_MS, 3);
    expect(late.records.map((record) => [header(record, 'ce_revision'), header(record, 'ce_id')])).toEqual([
      ['1.5.0', 'hr/1.3.0/1.5.0'],
    ]);
  });

  it('beyond what can be remembered still take back the current token, and say so', () => {
    const rules = { ...RULES, tokens: { ...RULES.tokens, maxRevocations: 0 } };
    const full = admit([testToken({ jti: 'one' }), revokeJti('one')], rules);
    expect(full.records.map(({ topic }) => topic)).toEqual([TOPICS.tokens, TOPICS.tokens, TOPICS.quarantine]);
    expect(outcomes(full)).toContain('revocation quarantined revocations-full 1');
    // Three events of two records.
    const ids = full.records.map((record) => header(record, 'ce_id'));
    expect(ids).toEqual(['hr/1.1.0', 'hr/1.1.1/1.1.0', 'hr/1.1.1/quarantine/1.1']);
  });

  it('are forgotten once no token that they refuse can live', () => {
    admit([revokeJti('one'), revokeSubject('alice', CREATED_AT_MS), testToken({ jti: 'x', subject: 'bob' })]);
    // Until then it is current, and the sweep's.
    expect(half.store.tokens.purge(CREATED_AT_MS + 3_600_000, 10)).toBe(0);
    half.store.tokens.dropCurrent('Token|https%3A%2F%2Fidp.example|bob|api|');
    expect(half.store.tokens.purge(CREATED_AT_MS + 3_600_000, 10)).toBe(1);
    expect(half.store.tokens).toMatchObject({ revocationCount: 2, tokenCount: 0 });
    expect(half.store.tokens.purge(CREATED_AT_MS + 3_600_001, 10)).toBe(2);
    expect(half.store.tokens.revocationCount).toBe(0);
  });
});

describe('other kinds', () => {
  it('a key set lands on trust and says that it does not count yet', () => {
    const jwks = '{"keys":[{"crv":"Ed25519","kid":"k","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}';
    const { records } = admit([{ kind: 'key-set', issuer: ISSUER, jwks }]);
    expect(records[0]).toMatchObject({ topic: TOPICS.trust, key: 'Jwks|https%3A%2F%2Fidp.example' });
    expect(header(records[0] as KafkaRecord, 'ce_admitted')).toBe('false');
    expect(json(records[0] as KafkaRecord)).toEqual({ admitted: false, issuer: ISSUER, jwks: JSON.parse(jwks) });
  });

  it('whatever stands in a snapshot frame waits for its issue in quarantine, tokens of an untrusted clock too', () => {
    const records = [userPut('a'), testToken({ jti: 'j' })];
    const { header: frameHeader, payload } = signedFrame({ sequence: 1, records, header: { kind: 'snapshot' } });
    const frame: GroupFrame = {
      position: 1,
      header: frameHeader,
      digest: '',
      receivedAtMs: CREATED_AT_MS,
      content: unpackFrame(frameHeader, payload),
    };
    const input = { frames: [frame], verdicts: new Map(), scope: 'all' } as const;
    const admission = admitGroup(input, half.store.memory, RULES);
    expect(outcomes(admission)).toEqual([
      'delta quarantined kind-unsupported 1',
      'token quarantined kind-unsupported 1',
    ]);
    expect(admission.waitingFrames).toEqual([]);
  });

  it('a checkpoint, and a snapshot part in a frame of deltas, go to quarantine', () => {
    const refused = admit([
      { kind: 'checkpoint', note: Buffer.from('n'), previousSize: 0, consistencyProof: [], logKey: Buffer.alloc(32) },
      {
        kind: 'snapshot-part',
        cycle: 1,
        part: 0,
        last: true,
        firstKey: '',
        lastKey: '',
        asOf: { epoch: 1, sequence: 1, index: 0 },
        entries: [],
      },
    ]);
    expect(outcomes(refused)).toEqual([
      'checkpoint quarantined checkpoint-note 1',
      'snapshot-part quarantined kind-unsupported 1',
    ]);
  });

  it('a frame whose payload cannot be read is refused whole, and all its records count', () => {
    const frame = signedFrame({ sequence: 1, records: [userPut('a')], header: { recordCount: 3 } });
    const content = unpackFrame(frame.header, frame.payload);
    expect(content).toBe('record-count');
    const refused = { position: 1, header: frame.header, digest: 'd', receivedAtMs: CREATED_AT_MS, content };
    const input = { frames: [refused], verdicts: new Map(), scope: 'all' } as const;
    const admission = admitGroup(input, half.store.memory, RULES);
    expect(admission.records).toHaveLength(1);
    expect(admission.records[0]).toMatchObject({ topic: TOPICS.quarantine, key: 'Frame|1.1' });
    expect(json(admission.records[0] as KafkaRecord)).toMatchObject({
      kind: 'frame',
      reason: 'record-count',
      recordCount: 3,
    });
    expect(admission.outcomes.quarantined).toBe(3);
    expect(admission.audit).toContainEqual(expect.objectContaining({ event: 'frame-quarantined', frame: '1.1' }));
  });

  it('a time beyond the year 9999 does not keep a refused record from its quarantine', () => {
    const refused = admit([{ kind: 'status', issuer: ISSUER, asOfMs: 2, nextByMs: 2, atMs: Number.MAX_SAFE_INTEGER }]);
    expect(header(refused.records[0] as KafkaRecord, 'ce_time')).toBe('9999-12-31T23:59:59.999Z');
  });
});
