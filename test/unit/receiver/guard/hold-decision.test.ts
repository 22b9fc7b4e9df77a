import { beforeEach, describe, expect, it } from 'vitest';
import { signApproval } from '../../../../receiver/guard/approval.ts';
import { approvalRequestText, readApprovalRequest, thingDigest } from '../../../../receiver/guard/approval-request.ts';
import type { Hold } from '../../../../receiver/guard/held-table.ts';
import { holdList, MAX_LISTED_HOLDS, readHoldList } from '../../../../receiver/guard/hold-list.ts';
import { holdRequests } from '../../../../receiver/guard/hold-requests.ts';
import { RECEIVER_MIGRATIONS } from '../../../../receiver/receiver-store.ts';
import { signingKeyPair } from '../../../../src/crypto/sodium.ts';
import type { RequestAnswer } from '../../../../src/ops/request-desk.ts';
import { openStore } from '../../../../src/store/database.ts';
import {
  adminPut,
  deletes,
  GUARD,
  GUARDED_RULES,
  GuardedHalf,
  HOUR_MS,
  leave,
  member,
  names,
  placeOf,
  puts,
} from '../../../support/guarded-half.ts';
import { BOUNDARY, STREAM, spoolFrames, userDelete, userPut } from '../../../support/signed-stream.ts';
import { snapshotFrame } from '../../../support/state-model.ts';

const keys = signingKeyPair(Buffer.alloc(32, 1));
const policy = {
  approvers: [{ name: 'alice', key: Buffer.from(keys.publicKey).toString('base64url') }],
  approvals: 1,
  maxSkewMs: 300_000,
};

let half: GuardedHalf;
/** 50 people, and deletes of eight, three of which are held. */
beforeEach(async () => {
  half = new GuardedHalf();
  await half.say(...puts(50));
  half.pass(2 * HOUR_MS);
  await half.say(...deletes(8));
});

interface Deciding {
  readonly holds?: readonly string[];
  readonly thing?: string;
  readonly signed?: string;
}

function decide(action: 'release' | 'reject', { holds, thing, signed }: Deciding = {}): RequestAnswer {
  const { store, clock } = half;
  const listed = thing ?? holdList(store.held.holds().filter(({ name }) => holds?.includes(name) ?? true));
  const signedAtMs = clock.wall;
  const digest = thingDigest(signed ?? listed);
  const scope = { boundary: BOUNDARY, stream: STREAM, action, digest };
  const approval = signApproval({ ...scope, signedAtMs, expiresAtMs: signedAtMs + HOUR_MS }, keys);
  const requests = holdRequests({
    store,
    boundary: BOUNDARY,
    stream: STREAM,
    policy,
    wallMs: clock.wallMs,
    onDecided: () => {},
  });
  const body = { action, thing: listed, approvals: [approval] };
  return requests['decide-holds']?.({ id: '1', kind: 'decide-holds', body }) as RequestAnswer;
}

const typesOf = (topic: 'held' | 'identity', key: string) =>
  half.kafka
    .records(topic)
    .filter((record) => record.key === key)
    .map(({ headers }) =>
      headers
        .find(([name]) => name === 'ce_type')?.[1]
        ?.split(':')
        .at(-1),
    );

function sum(): number {
  return Object.values(half.store.progress?.totals ?? {}).reduce((total, each) => total + each, 0);
}

describe('a release', () => {
  it('publishes what is held as it would have been, in one transaction with its end in `held` and progress', async () => {
    expect(decide('release')).toEqual({
      outcome: 'done',
      detail: expect.objectContaining({ records: 3, persons: 'alice' }),
    });
    const before = half.kafka.transactions.length;
    await half.run();
    const records = half.kafka.transactions.slice(before).flat();
    expect(records.map(({ topic, key }) => `${topic.slice(7)} ${key}`)).toEqual([
      ...names(3, 5).flatMap((name) => [`identity User|${name}`, `held User|${name}`]),
      'progress hr',
    ]);
    const released = Object.fromEntries(records[0]?.headers ?? []);
    expect([records[0]?.value, released.ce_id, released.ce_reason]).toEqual([null, 'hr/1.2.5', 'source']);
    expect(typesOf('held', 'User|u5')).toEqual(['held', 'released']);
    expect(half.totals).toMatchObject({ published: 58, held: 0 });
    expect(half.store.subjects.find('User|u5')).toMatchObject({ isDeleted: true, revision: { sequence: 2, index: 5 } });
    expect([half.store.held.count, half.store.held.holds()]).toEqual([0, []]);
    const noted = half.audit.entries.filter(({ event }) => event === 'record-released');
    expect(noted.map(({ key }) => key)).toEqual(['User|u5', 'User|u6', 'User|u7']);
  });

  it('counts nothing toward what may vanish: an approver said so', async () => {
    decide('release');
    await half.run();
    expect(half.store.progress?.guard).toMatchObject({ decided: 3 });
    expect(half.store.progress?.guard?.subjects.at(-1)?.[2]).toBe(5);
  });

  it('met twice changes nothing', async () => {
    const thing = holdList(half.store.held.holds());
    decide('release');
    expect(decide('reject', { thing })).toMatchObject({ detail: { records: 0 } });
    await half.run();
    const before = half.kafka.transactions.length;
    expect(decide('release', { thing })).toMatchObject({ outcome: 'done', detail: { holds: 0, records: 0 } });
    await half.run();
    expect(
      half.kafka.transactions
        .slice(before)
        .flat()
        .filter(({ topic }) => topic.endsWith('identity')),
    ).toEqual([]);
  });

  it.each(['committed-unclean', 'aborted-unclean'] as const)(
    'is done once where the transaction ends %s',
    async (fault) => {
      decide('release');
      half.kafka.plan(fault);
      await half.run();
      expect(half.identityKeys.filter((key) => key === '-User|u5')).toHaveLength(1);
      expect(half.audit.entries.filter(({ event }) => event === 'tables-read-again')).toEqual([]);
      expect(half.totals).toMatchObject({ published: 58, held: 0 });
      expect([half.store.held.count, half.store.subjects.find('User|u5')?.isDeleted]).toEqual([0, true]);
      await half.say(userPut('u60'));
      expect(half.totals).toMatchObject({ published: 59 });
    },
  );

  it('is of what was shown: another digest, a changed hold or another action is refused', () => {
    const thing = holdList(half.store.held.holds());
    const other = thing.replace('3 records', '2 records');
    expect(decide('release', { thing, signed: other })).toMatchObject({ outcome: 'refused' });
    expect(decide('release', { thing: other })).toMatchObject({
      reason: expect.stringContaining('not what was approved'),
    });
    // Whom it concerns is part of what is signed.
    expect(thing).toContain('\n  User|u5, User|u6, User|u7\n');
    expect(decide('release', { thing: thing.replace('User|u5', 'User|u1') })).toMatchObject({
      reason: expect.stringContaining('not what was approved'),
    });
    expect(decide('release', { thing: `${thing}${thing}` })).toMatchObject({ reason: 'It names no holds.' });
    expect(half.store.held.hasDecided).toBe(false);
  });

  it('of many holds names fewer keys of each, none at last, so that the list stays one that is read', () => {
    const long = Array.from({ length: 8 }, (_, at) => `User|${'x'.repeat(300)}${at}`);
    const [hold] = half.store.held.holds();
    const listOf = (length: number) =>
      holdList(
        Array.from({ length }, (_, at) => ({
          ...(hold as Hold),
          name: `deletes-1.${at}`,
          first: long.map((key) => ({ key })),
        })),
      );
    expect(listOf(1).match(/User/g)).toHaveLength(8);
    expect(listOf(100).match(/User/g)).toHaveLength(100);
    expect(listOf(MAX_LISTED_HOLDS)).not.toContain('User');
    for (const length of [1, 16, 128, 129, MAX_LISTED_HOLDS]) {
      const list = listOf(length);
      expect(readHoldList(list)?.size).toBe(length);
      const request = { boundary: BOUNDARY, stream: STREAM, action: 'release', thing: list } as const;
      expect(readApprovalRequest(approvalRequestText(request))).toEqual(request);
    }
    expect(readHoldList(listOf(MAX_LISTED_HOLDS + 1))).toBeUndefined();
  });

  it('leaves out what was replaced since', async () => {
    const thing = holdList(half.store.held.holds());
    await half.say(userPut('u5', { userName: 'back' }));
    expect(decide('release', { thing })).toMatchObject({ outcome: 'done', detail: { records: 2 } });
    await half.run();
    expect(half.store.subjects.find('User|u5')?.isDeleted).toBe(false);
    expect(sum()).toBe(59);
  });

  it('that was decided and is replaced before its transaction is replaced', async () => {
    decide('release');
    half.spoolFrame([userPut('u5', { userName: 'back' })]);
    await half.run();
    expect(half.identityKeys.filter((key) => key.endsWith('|u5'))).toEqual(['+User|u5', '-User|u5', '+User|u5']);
    expect(sum()).toBe(59);
  });

  it('of one hold leaves the others, and of a grant remembers the role', async () => {
    await half.say(adminPut('u30'), member('g-admins', 'u31'));
    expect(holdList(half.store.held.holds())).toContain('\n  User|u30 (roles admin), Member|g-admins|u31\n');
    decide('release', { holds: ['grants-1.3'] });
    await half.run();
    expect(half.store.subjects.find('User|u30')?.facts).toEqual({
      isActive: true,
      adminRoles: ['admin'],
      roles: ['admin'],
    });
    expect(half.identityKeys.slice(-2)).toEqual(['+User|u30', '+Member|g-admins|u31']);
    expect(half.store.held.holds().map(({ name }) => name)).toEqual(['deletes-1.2']);
    await half.say(adminPut('u30', { roles: ['admin', 'reader'] }));
    expect(half.identityKeys.at(-1)).toBe('+User|u30');
  });

  it('sees the admin role of a grant before others, that there are more, and no long key in their place', async () => {
    const roles = ['aaa', 'admin', 'b\u202ebb', 'ccc', 'ddd'];
    await half.say(adminPut('u30', { roles }), adminPut(`u31${'x'.repeat(200)}`, { roles: ['admin'] }));
    expect(holdList(half.store.held.holds().slice(-1))).toContain(
      `\n  User|u30 (roles admin aaa "b\\u202ebb" ccc and more), User|u31${'x'.repeat(35)}... (roles admin)\n`,
    );
  });

  it('goes to `history` too where that is on', async () => {
    half.rules = { ...GUARDED_RULES, hasHistory: true };
    half.restart();
    decide('release');
    await half.run();
    expect(half.kafka.records('history').map(({ key }) => key)).toEqual(names(3, 5).map((name) => `User|${name}`));
  });
});

describe('a held record that comes again under its own revision, and passes', () => {
  const again = { ...adminPut('u30'), revision: { epoch: 1, sequence: 3, index: 0 } };
  const range = { firstKey: 'User|u30', lastKey: 'User|u31' };

  function sayPart(isApproved = false): Promise<void> {
    half.skip(1);
    const frame = snapshotFrame(half.sequence, { entries: [again], ...range });
    if (isApproved) half.store.approved.add([placeOf(frame)]);
    spoolFrames(half.store.spool, [frame]);
    return half.run();
  }

  it.each<readonly [string, () => Promise<void>]>([
    ['in a bundle that approvers let through', () => sayPart(true)],
    [
      'in a snapshot, under rules that call it no grant any more',
      () => {
        half.rules = { ...GUARDED_RULES, guard: { maxSkewMs: 300_000, limits: { ...GUARD, adminRoles: [] } } };
        half.restart();
        return sayPart();
      },
    ],
  ])('%s: is held no longer', async (_, say) => {
    await half.say(adminPut('u30'));
    await say();
    expect(half.identityKeys.at(-1)).toBe('+User|u30');
    expect(typesOf('held', 'User|u30')).toEqual(['held', 'replaced']);
    expect(half.store.held.holds().map(({ name }) => name)).toEqual(['deletes-1.2']);
    expect(half.totals).toMatchObject({ held: 3, superseded: 1 });
  });

  it('by the next hour, as a sender says it in a new epoch: is held no longer', async () => {
    half.pass(2 * HOUR_MS);
    await half.say({ ...userDelete('u5'), revision: { epoch: 1, sequence: 2, index: 5 } });
    expect(half.identityKeys.at(-1)).toBe('-User|u5');
    expect(typesOf('held', 'User|u5')).toEqual(['held', 'replaced']);
    expect(half.totals).toMatchObject({ held: 2, superseded: 1 });
  });

  it.each(['release', 'reject'] as const)('and is held all the same, as once it was: a %s ends it', async (action) => {
    await half.say(adminPut('u30'));
    half.store.subjects.put('User|u30', { revision: { epoch: 1, sequence: 3, index: 0 }, isDeleted: false });
    const before = sum();
    decide(action, { holds: ['grants-1.3'] });
    half.kafka.plan('committed-unclean');
    half.restart();
    await half.run();
    expect(typesOf('held', 'User|u30')).toEqual(['held', 'replaced']);
    expect(half.identityKeys.filter((key) => key === '+User|u30')).toHaveLength(1);
    expect([half.store.held.hasDecided, half.store.held.count, half.store.held.findPin('User|u30')]).toEqual([
      false,
      3,
      undefined,
    ]);
    expect(half.totals).toMatchObject({ held: 3, superseded: 1 });
    expect(sum()).toBe(before);
  });
});

describe('a rejection', () => {
  beforeEach(async () => {
    decide('reject');
    await half.run();
  });

  it('publishes nothing, counts what it was of as superseded, and leaves a pin', async () => {
    expect(half.totals).toMatchObject({ published: 55, held: 0, superseded: 3 });
    expect(typesOf('held', 'User|u5')).toEqual(['held', 'rejected']);
    expect(half.kafka.records('held').at(-1)?.value).toContain('"state":"pinned"');
    expect(half.store.held.findPin('User|u5')).toMatchObject({
      revision: { sequence: 2, index: 5 },
      hold: 'deletes-1.2',
    });
    expect(half.store.subjects.find('User|u5')?.isDeleted).toBe(false);
  });

  it('is not undone by the next snapshot, nor by one after a lost disk', async () => {
    half.skip(1);
    const entries = names(42, 8).map((name, index) => ({
      ...userPut(name),
      revision: { epoch: 1, sequence: 1, index: index + 8 },
    }));
    spoolFrames(half.store.spool, [snapshotFrame(half.sequence, { entries })]);
    await half.run();
    expect(half.store.subjects.find('User|u5')?.isDeleted).toBe(false);
    expect(half.heldKeys).toHaveLength(6);
    const fresh = new GuardedHalf({ kafka: half.kafka, database: openStore(':memory:', RECEIVER_MIGRATIONS) });
    fresh.pass(2 * HOUR_MS);
    await fresh.run();
    expect(fresh.store.held.findPin('User|u5')).toEqual(half.store.held.findPin('User|u5'));
    spoolFrames(fresh.store.spool, [snapshotFrame(half.sequence + 1, { cycle: 2, entries }, fresh.behindKafka)]);
    await fresh.run();
    expect(fresh.store.progress?.isWhole).toBe(true);
    expect(fresh.store.subjects.find('User|u5')?.isDeleted).toBe(false);
  });

  it('of a grant holds where a snapshot says it again under the same revision', async () => {
    await half.say(adminPut('u30'));
    decide('reject');
    half.skip(1);
    const entries = [{ ...adminPut('u30'), revision: { epoch: 1, sequence: 3, index: 0 } }];
    const range = { firstKey: 'User|u30', lastKey: 'User|u31' };
    spoolFrames(half.store.spool, [snapshotFrame(half.sequence, { entries, ...range })]);
    await half.run();
    expect(half.store.held.findPin('User|u30')).toMatchObject({ revision: { sequence: 3 } });
    expect(half.identityKeys.filter((key) => key.endsWith('u30'))).toHaveLength(1);
    expect(half.heldKeys.filter((key) => key.endsWith('u30'))).toHaveLength(2);
  });

  describe('where its delete was lost and a snapshot no longer has it', () => {
    async function sayWithout(firstKey: string, lastKey: string): Promise<void> {
      half.pass(2 * HOUR_MS);
      half.skip(2);
      spoolFrames(half.store.spool, [snapshotFrame(half.sequence, { firstKey, lastKey })]);
      await half.run();
    }

    it('of a grant keeps nobody there, and the pin goes', async () => {
      await half.say(adminPut('u30'));
      decide('reject');
      await half.run();
      await sayWithout('User|u30', 'User|u31');
      expect(half.identityKeys.at(-1)).toBe('-User|u30');
      expect(half.store.held.findPin('User|u30')).toBeUndefined();
      expect(typesOf('held', 'User|u30')).toEqual(['held', 'rejected', 'replaced']);
    });

    it('of a delete keeps nobody of whom the source said more, which is held', async () => {
      await half.say(adminPut('u5'));
      await sayWithout('User|u5', 'User|u6');
      expect(half.identityKeys.at(-1)).toBe('-User|u5');
      expect([half.store.held.find('User|u5'), half.store.held.findPin('User|u5')]).toEqual([undefined, undefined]);
    });
  });

  it('lets nothing of the key through up to that revision, and what is newer is judged as ever', async () => {
    half.pass(2 * HOUR_MS);
    await half.say(userPut('u5', { userName: 'newer' }));
    expect(half.identityKeys.at(-1)).toBe('+User|u5');
    expect(half.store.held.findPin('User|u5')).toBeUndefined();
    expect(half.heldKeys.at(-1)).toBe('-User|u5');
    await half.say(userDelete('u6'));
    expect(half.identityKeys.at(-1)).toBe('-User|u6');
    expect(half.store.held.findPin('User|u6')).toBeUndefined();
  });

  it('stays below what is held after it', async () => {
    await half.say(userDelete('u5'));
    expect(half.store.held.find('User|u5')).toMatchObject({ revision: { sequence: 3 } });
    const fresh = new GuardedHalf({ kafka: half.kafka, database: openStore(':memory:', RECEIVER_MIGRATIONS) });
    await fresh.run();
    expect(fresh.store.held.find('User|u5')).toEqual(half.store.held.find('User|u5'));
    expect(fresh.store.held.findPin('User|u5')).toMatchObject({ revision: { sequence: 2, index: 5 } });
    decide('release');
    await half.run();
    expect(half.store.held.findPin('User|u5')).toBeUndefined();
    expect(half.identityKeys.at(-1)).toBe('-User|u5');
  });
});

describe('a receiver with a new disk', () => {
  it('knows what is held, in the same holds, and releases it once it is whole', async () => {
    await half.say(adminPut('u30'), leave('g', 'u9', 'left-group'));
    const fresh = new GuardedHalf({ kafka: half.kafka, database: openStore(':memory:', RECEIVER_MIGRATIONS) });
    fresh.pass(HOUR_MS);
    await fresh.run();
    expect(fresh.store.held.holds()).toEqual(half.store.held.holds());
    expect(fresh.store.held.find('User|u30')).toEqual(half.store.held.find('User|u30'));
    expect(fresh.store.held.bytes).toBe(half.store.held.bytes);
    expect(fresh.store.progress?.guard).toEqual(half.store.progress?.guard);
    half = fresh;
    decide('release', { holds: ['grants-1.3'] });
    await half.run();
    expect(half.store.held.count).toBe(4);
  });
});

describe('a receiver that reads its tables back', () => {
  it('carries out what approvers decided before, and says of what it cannot', async () => {
    // Another publishes two frames more, of which this one, as with a restored disk, has the second.
    const other = new GuardedHalf({ kafka: half.kafka });
    spoolFrames(other.store.spool, half.frames);
    other.pass(2 * HOUR_MS);
    other.skip(2);
    await other.say(userPut('u5', { userName: 'back' }));
    await other.say(userPut('u60'));
    expect(decide('release')).toMatchObject({ detail: { records: 3 } });
    spoolFrames(half.store.spool, other.frames.slice(1));
    half.kafka.plan('reading-fails');
    await half.run({ maxWaits: 1 });
    expect(half.store.held.count).toBe(0);
    half.restart();
    await half.run({ forMs: 20_000 });
    expect(half.store.whole.current?.reason).toBe('rebuilt');
    expect(half.store.held.decided(9).map(({ key, decision }) => [key, decision])).toEqual([
      ['User|u6', 'release'],
      ['User|u7', 'release'],
    ]);
    expect(half.audit.entries.filter(({ event }) => event === 'decision-dropped')).toEqual([
      { event: 'decision-dropped', key: 'User|u5', hold: 'deletes-1.2', revision: '1.2.5', decision: 'release' },
    ]);
    expect(half.store.held.droppedDecisions).toEqual([]);
    spoolFrames(half.store.spool, [snapshotFrame(5)]);
    await half.run();
    const released = half.audit.entries.filter(({ event }) => event === 'record-released');
    expect(released.map(({ key }) => key)).toEqual(['User|u6', 'User|u7']);
    expect(half.identityKeys).toEqual(expect.arrayContaining(['-User|u6', '-User|u7']));
  });
});
