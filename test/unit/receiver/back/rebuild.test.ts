import { beforeEach, describe, expect, it } from 'vitest';
import { readGroup } from '../../../../receiver/publish/group-reader.ts';
import { emptyProgress } from '../../../../receiver/publish/progress.ts';
import type { KnownToken } from '../../../../receiver/tokens/token-table.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import type { WireRecord } from '../../../../src/wire/record.ts';
import { BackHalf, ISSUER, RULES, TOPICS, testToken } from '../../../support/back-half.ts';
import { CREATED_AT_MS, signedFrame, spoolFrames, userPut } from '../../../support/signed-stream.ts';
import { snapshotFrame } from '../../../support/state-model.ts';

const KEY = 'Token|https%3A%2F%2Fidp.example|alice|api|';
const revoke: WireRecord = { kind: 'revocation', issuer: ISSUER, target: { jti: 'one' } };

let half: BackHalf;
beforeEach(() => {
  half = new BackHalf();
});

describe('tables read back from the topics', () => {
  it('know the current token of a slot, so that its revocation finds it', async () => {
    spoolFrames(half.store.spool, [signedFrame({ sequence: 1, records: [testToken({ jti: 'one' })] })]);
    await half.run();
    const fresh = new BackHalf({ kafka: half.kafka });
    await fresh.run();
    expect(fresh.store.tokens.findCurrent(KEY)).toMatchObject({
      jti: 'one',
      issuer: ISSUER,
      subject: 'alice',
      expiresAtMs: CREATED_AT_MS + 600_000,
    });
    spoolFrames(fresh.store.spool, [
      snapshotFrame(2, {}, fresh.behindKafka),
      signedFrame({ sequence: 3, records: [revoke] }),
    ]);
    await fresh.run();
    expect(fresh.kafka.records('tokens').at(-1)).toMatchObject({ key: KEY, value: null });
  });

  it('know a revoked token by its tombstone', async () => {
    spoolFrames(half.store.spool, [signedFrame({ sequence: 1, records: [testToken({ jti: 'one' }), revoke] })]);
    await half.run();
    const fresh = new BackHalf({ kafka: half.kafka });
    await fresh.run();
    expect(fresh.store.tokens.findRevokedToken(ISSUER, 'one')).toMatchObject({ jti: 'one' });
    expect(fresh.store.tokens.findCurrent(KEY)).toBeUndefined();
  });

  it('lack revocations by subject: what comes in meanwhile is taken back by another event of the same one', async () => {
    const old = testToken({ jti: 'old', issuedAtMs: CREATED_AT_MS - 1 });
    const revokeAll: WireRecord = {
      kind: 'revocation',
      issuer: ISSUER,
      target: { subject: 'alice', issuedBeforeMs: CREATED_AT_MS },
    };
    spoolFrames(half.store.spool, [signedFrame({ sequence: 1, records: [old, testToken({ jti: 'one' }), revokeAll] })]);
    await half.run();
    const fresh = new BackHalf({ kafka: half.kafka });
    await fresh.run();
    const entries = [{ ...revokeAll, revision: { epoch: 1, sequence: 1, index: 2 } }];
    const said = signedFrame({ sequence: 2, records: [old], header: fresh.behindKafka });
    spoolFrames(fresh.store.spool, [said, snapshotFrame(3, { entries })]);
    await fresh.run();
    const ids = fresh.kafka.records('tokens').map(({ headers }) => headers.find(([name]) => name === 'ce_id')?.[1]);
    expect(ids).toEqual(['hr/1.1.0', 'hr/1.1.1', 'hr/1.1.2/1.1.1', 'hr/1.2.0', 'hr/1.1.2/1.2.0']);
    expect(fresh.kafka.records('tokens').at(-1)).toMatchObject({ key: KEY, value: null });
  });

  it('hold no token as current that an older disk had so, and whose tombstone Kafka has forgotten', async () => {
    spoolFrames(half.store.spool, [signedFrame({ sequence: 1, records: [testToken({ jti: 'one' })] })]);
    await half.run();
    const current = half.store.tokens.findCurrent(KEY) as KnownToken;
    spoolFrames(half.store.spool, [signedFrame({ sequence: 2, records: [revoke] })]);
    await half.run();
    const { kafka } = half;
    kafka.forgetTombstones();
    const restored = new BackHalf({ kafka });
    restored.store.store.transaction(() => {
      restored.store.tokens.putToken(current);
      restored.store.tokens.putCurrent(current);
    })();
    const entries = [{ ...revoke, revision: { epoch: 1, sequence: 2, index: 0 } }];
    spoolFrames(restored.store.spool, [snapshotFrame(3, { entries }, restored.behindKafka)]);
    await restored.run();
    expect(restored.store.whole.current).toBeUndefined();
    expect(kafka.records('tokens')).toEqual([]);
  });

  it('let a token that was decided before be counted once, also where its frame waits for a trusted clock', async () => {
    spoolFrames(half.store.spool, [signedFrame({ sequence: 1, records: [testToken({ jti: 'one' })] })]);
    await half.run();
    const fresh = new BackHalf({ kafka: half.kafka });
    fresh.time.isTrusted = false;
    const again = { ...testToken({ jti: 'one' }), revision: { epoch: 1, sequence: 1, index: 0 } };
    const records = [again, testToken({ jti: 'two' })];
    spoolFrames(fresh.store.spool, [snapshotFrame(2, {}, fresh.behindKafka), signedFrame({ sequence: 3, records })]);
    await fresh.run();
    const totals = () => fresh.store.progress?.totals;
    expect(totals()).toMatchObject({ published: 2, superseded: 1 });
    fresh.time.isTrusted = true;
    await fresh.run();
    expect(totals()).toMatchObject({ published: 3, superseded: 1 });
  });

  it.each([
    ['a value that is no JSON', 'User|z', 'no json'],
    ['a value that is no resource', 'User|z', '[]'],
    ['a key that no receiver writes', 'User|%', '{}'],
  ])('pass %s over, whoever wrote it, and count it', async (_, key, value) => {
    spoolFrames(half.store.spool, [signedFrame({ sequence: 1, records: [userPut('a')] })]);
    await half.run();
    const headers = [
      ['ce_stream', 'hr'],
      ['ce_revision', '1.1.1'],
    ] as const;
    half.kafka.transactions.unshift([{ topic: TOPICS.identity, key, value, headers }]);
    const subjectAttributes = new Map([[ISSUER, 'userName']]);
    const rules = { ...RULES, tokens: { ...RULES.tokens, subjectAttributes } };
    const fresh = new BackHalf({ kafka: half.kafka, rules });
    await fresh.run();
    expect(fresh.store.subjects.find('User|a')).toBeDefined();
    expect(fresh.store.subjects.find(key)).toBeUndefined();
    expect(fresh.audit.entries.find(({ event }) => event === 'tables-rebuilt')).toMatchObject({ unreadable: 1 });
    // Names alone, for attributes that count later.
    fresh.rules = { ...RULES, tokens: { ...RULES.tokens, subjectAttributes: new Map([[ISSUER, 'externalId']]) } };
    fresh.restart();
    await fresh.run();
    expect(fresh.store.names.attributes).toEqual(new Set(['externalId']));
  });

  it('leave the records of other streams out', async () => {
    spoolFrames(half.store.spool, [signedFrame({ sequence: 1, records: [userPut('a')] })]);
    await half.run();
    const headers = [
      ['ce_stream', 'other'],
      ['ce_revision', '9.9.9'],
    ] as const;
    half.kafka.transactions.unshift([{ topic: TOPICS.identity, key: 'User|z', value: '{}', headers }]);
    const fresh = new BackHalf({ kafka: half.kafka });
    await fresh.run();
    expect(fresh.store.subjects.find('User|a')).toBeDefined();
    expect(fresh.store.subjects.find('User|z')).toBeUndefined();
  });
});

describe('a rebuild that is cut short', () => {
  /** Tables up to frame 2, Kafka up to frame 4: as of a disk that was restored. Frame 4 came here again, and 3 is missing. */
  beforeEach(async () => {
    const records = [[userPut('a')], [testToken({ jti: 'one' })], [userPut('b')], [userPut('c')]] as const;
    const frames = records.map((each, at) => signedFrame({ sequence: at + 1, records: each }));
    spoolFrames(half.store.spool, frames.slice(0, 2));
    await half.run();
    const other = new BackHalf({ kafka: half.kafka });
    spoolFrames(other.store.spool, frames);
    await other.run();
    spoolFrames(half.store.spool, frames.slice(3));
    half.kafka.plan('reading-fails');
    await half.run({ maxWaits: 1 });
    spoolFrames(half.store.spool, frames.slice(2, 3), true);
  });

  it.each([
    ['Kafka', () => {}],
    ['the end of the program', () => half.restart()],
  ])('by %s goes on when it can, though the frames have come meanwhile that would lead there', async (_, cut) => {
    cut();
    expect(half.store.tokens.findCurrent(KEY)).toBeUndefined();
    await half.run({ forMs: 20_000 });
    expect(half.store.whole.current?.reason).toBe('rebuilt');
    expect(half.store.unfinished.current).toBeUndefined();
    expect(half.store.tokens.findCurrent(KEY)).toMatchObject({ jti: 'one' });
    spoolFrames(half.store.spool, [snapshotFrame(5), signedFrame({ sequence: 6, records: [revoke] })]);
    await half.run();
    expect(half.kafka.records('tokens').at(-1)).toMatchObject({ key: KEY, value: null });
  });
});

describe('token ids', () => {
  it('are dropped after their tokens expired, but not by a clock that is not trusted', async () => {
    spoolFrames(half.store.spool, [signedFrame({ sequence: 1, records: [testToken({ jti: 'one' })] })]);
    await half.run();
    half.clock.wall += 86_400_000;
    half.time.isTrusted = false;
    await half.run({ forMs: 60_000 });
    expect(half.store.tokens.tokenCount).toBe(1);
    half.time.isTrusted = true;
    await half.run({ forMs: 60_000 });
    expect(half.store.tokens.tokenCount).toBe(0);
  });
});

describe('a group', () => {
  it('is bounded by the bytes of what its frames unpack to, not by what they were sent in', () => {
    // Half the bound each, and a few KB on the wire.
    const bytes = 950_000;
    const records = Array.from(
      { length: Math.floor(RECEIVER_LIMITS.maxTransactionBytes / 2 / bytes) - 2 },
      (_, index) => userPut(`u${index}`, { userName: 'x'.repeat(bytes) }),
    );
    spoolFrames(
      half.store.spool,
      [1, 2, 3].map((sequence) => signedFrame({ sequence, records, compression: 'zstd' })),
    );
    expect(half.store.spool.depth.bytes).toBeLessThan(RECEIVER_LIMITS.maxTransactionBytes / 100);
    const from = { appliedPosition: 0, position: emptyProgress('site-a', 'hr') };
    expect(readGroup(half.store.spool, from, { maxTokenFrames: 0 })?.frames).toHaveLength(2);
  });
});
