import { beforeEach, describe, expect, it } from 'vitest';
import type { KafkaRecord } from '../../../../src/kafka/kafka-record.ts';
import { BackHalf, TOPICS } from '../../../support/back-half.ts';
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
import { progressIn } from '../../../support/kafka-value.ts';
import { signedFrame, spoolFrames, userDelete, userPut } from '../../../support/signed-stream.ts';
import { snapshotFrame } from '../../../support/state-model.ts';

let half: GuardedHalf;
beforeEach(() => {
  half = new GuardedHalf();
});

/** 50 people, who have lived for two hours. */
async function settle(count = 50): Promise<void> {
  await half.say(...puts(count));
  half.pass(2 * HOUR_MS);
}

const total = (totals: Readonly<Record<string, number>> | undefined) =>
  Object.values(totals ?? {}).reduce((sum, each) => sum + each, 0);

describe('deletes', () => {
  it('pass up to the share of those who lived an hour ago; beyond, they are held in the same transaction, and the stream goes on', async () => {
    await settle();
    await half.say(...deletes(20), userPut('new'));
    const last = half.kafka.transactions.at(-1) ?? [];
    const [identity, held, progress] = (['identity', 'held', 'progress'] as const).map((name) =>
      last.filter(({ topic }) => topic === TOPICS[name]),
    ) as [KafkaRecord[], KafkaRecord[], KafkaRecord[]];
    expect(identity.map(({ key, value }) => [key, value === null])).toEqual([
      ...names(5).map((name) => [`User|${name}`, true]),
      ['User|new', false],
    ]);
    expect(held.map(({ key }) => key)).toEqual(names(15, 5).map((name) => `User|${name}`));
    expect(half.totals).toMatchObject({ published: 56, held: 15 });
    expect(progressIn(progress[0])?.totals).toEqual(half.totals);
    expect(half.store.subjects.find('User|u4')?.isDeleted).toBe(true);
    expect(half.store.subjects.find('User|u5')?.isDeleted).toBe(false);
    expect(half.store.held.holds()).toMatchObject([{ name: 'deletes-1.2', cause: 'deletes', records: 15 }]);
    const noted = half.audit.entries.filter(({ event }) => event === 'record-held');
    expect(noted.map(({ key }) => key)).toEqual(names(15, 5).map((name) => `User|${name}`));
  });

  it('say in `held` all that it takes to publish them, and why', async () => {
    await settle();
    await half.say(...deletes(6));
    const [held] = half.kafka.records('held');
    const value = JSON.parse(held?.value ?? '');
    expect(value).toMatchObject({
      state: 'held',
      about: { hold: 'deletes-1.2', cause: 'deletes', kind: 'delta', isCounted: true },
      record: { value: null },
    });
    const released = Object.fromEntries(value.record.headers as [string, string][]);
    expect(released).toMatchObject({
      ce_id: 'hr/1.2.5',
      ce_reason: 'source',
      ce_revision: '1.2.5',
      ce_subject: 'User|u5',
    });
    expect(Object.fromEntries(held?.headers ?? [])).toMatchObject({
      'content-type': 'application/json',
      ce_id: 'hr/1.2.5/held',
      ce_type: 'urn:identity-diode:event:held',
      ce_revision: '1.2.5',
      ce_subject: 'User|u5',
      ce_hold: 'deletes-1.2',
      ce_reason: 'deletes',
      ce_dataschema: 'urn:identity-diode:schema:held:1',
    });
  });

  it('pass again as the hour slides on, and not before', async () => {
    await settle();
    await half.say(...deletes(5));
    half.pass(HOUR_MS - 60_000);
    await half.say(userDelete('u5'));
    expect(half.store.held.count).toBe(1);
    half.pass(10 * 60_000);
    await half.say(userDelete('u6'));
    expect(half.store.held.count).toBe(1);
    expect(half.identityKeys.at(-1)).toBe('-User|u6');
  });

  it('of a site of twenty are not stopped by the first who leave', async () => {
    await settle(20);
    await half.say(...deletes(2));
    expect(half.store.held.count).toBe(0);
    await half.say(userDelete('u2'));
    expect(half.store.held.count).toBe(1);
  });

  it('are held from the first moment: a site that has just been filled lived nowhere an hour ago', async () => {
    await half.say(...puts(50));
    await half.say(...deletes(3));
    expect(half.store.held.count).toBe(1);
  });

  it('of what is not there, or gone already, count nothing', async () => {
    await settle();
    await half.say(...deletes(9, 100), userDelete('u0'), userDelete('u0'));
    await half.say(...deletes(4, 1));
    expect(half.store.held.count).toBe(0);
    expect(half.store.progress?.guard?.subjects.at(-1)?.[2]).toBe(5);
  });

  it('are refused where no more can be kept, and never published', async () => {
    await settle();
    Object.defineProperty(half.store.held, 'count', { get: () => 200_000 });
    await half.say(...deletes(6));
    expect(half.kafka.records('quarantine').map(({ key }) => key)).toEqual(['User|u5']);
    expect(half.store.subjects.find('User|u5')?.isDeleted).toBe(false);
  });
});

describe('who loses access', () => {
  it('loses it at once: deactivations pass, and count toward what may be deleted', async () => {
    await settle();
    await half.say(...names(8).map((name) => userPut(name, { active: false })));
    expect(half.store.held.count).toBe(0);
    await half.say(userDelete('u20'));
    expect(half.heldKeys).toEqual(['+User|u20']);
    expect(half.store.progress?.guard?.subjects.at(-1)?.[2]).toBe(8);
  });

  it('is counted once: who is inactive already is not deactivated', async () => {
    await settle();
    await half.say(userPut('u0', { active: false }));
    await half.say(userPut('u0', { active: false, userName: 'other' }));
    expect(half.store.progress?.guard?.subjects.at(-1)?.[2]).toBe(1);
    expect(half.store.subjects.find('User|u0')?.facts).toEqual({ isActive: false, adminRoles: [], roles: [] });
  });

  it('by leaving a group does so too', async () => {
    await settle();
    await half.say(...names(10).map((name) => member('g', name)));
    half.pass(2 * HOUR_MS);
    await half.say(...names(8).map((name) => leave('g', name, 'left-group')));
    expect(half.store.held.count).toBe(0);
    expect(half.store.progress?.guard?.memberships.at(-1)).toEqual([expect.any(Number), 10, 8]);
  });

  it('keeps the memberships of a member whose delete is held, and loses those of one whose delete passes, uncounted', async () => {
    await settle();
    await half.say(...names(20).map((name) => member('g', name)));
    half.pass(2 * HOUR_MS);
    await half.say(...names(7).flatMap((name) => [leave('g', name, 'member-deleted'), userDelete(name)]));
    expect(half.heldKeys).toEqual(['+Member|g|u5', '+User|u5', '+Member|g|u6', '+User|u6']);
    expect(half.store.progress?.guard?.memberships.at(-1)?.[2]).toBe(0);
    // The sender's word that a member goes is no word that it went.
    await half.say(leave('g', 'u10', 'member-deleted'));
    expect(half.heldKeys.at(-1)).toBe('+Member|g|u10');
  });
});

describe('grants', () => {
  it.each([
    ['an admin role', adminPut('u0'), 'User|u0'],
    ['a new subject with one', adminPut('newcomer'), 'User|newcomer'],
    ['an admin group', member('g-admins', 'u0'), 'Member|g-admins|u0'],
  ])('of %s are held', async (_, record, key) => {
    await settle();
    await half.say(record, userPut('u1', { userName: 'other' }));
    expect(half.heldKeys).toEqual([`+${key}`]);
    expect(half.store.held.holds()).toMatchObject([{ name: 'grants-1.2', cause: 'grants', records: 1 }]);
    expect(half.identityKeys.at(-1)).toBe('+User|u1');
  });

  it('are none where the role is there already, is another, or is taken away; a deactivation is never held', async () => {
    const { guard, ...rules } = GUARDED_RULES;
    const open = new BackHalf({ rules });
    half = new GuardedHalf({ kafka: open.kafka, database: open.database });
    await half.say(...puts(3));
    half.rules = { ...GUARDED_RULES, guard: { limits: { ...GUARD, adminRoles: [] }, maxSkewMs: 0 } };
    half.restart();
    await half.say(adminPut('u0', { roles: ['reader'] }), adminPut('u1', { active: false }));
    half.rules = GUARDED_RULES;
    half.restart();
    await half.say(adminPut('u2', { active: false }));
    expect(half.store.held.count).toBe(0);
    expect(half.store.subjects.find('User|u2')?.facts).toEqual({
      isActive: false,
      adminRoles: ['admin'],
      roles: ['admin'],
    });
    await half.say(adminPut('u2'));
    expect(half.heldKeys).toEqual(['+User|u2']);
  });
});

describe('a newer record of a key that is held', () => {
  beforeEach(async () => {
    await settle();
    await half.say(...deletes(8));
  });

  it('replaces it where it passes', async () => {
    await half.say(userPut('u5', { userName: 'back' }));
    expect(half.heldKeys.at(-1)).toBe('-User|u5');
    expect(Object.fromEntries(half.kafka.records('held').at(-1)?.headers ?? []).ce_type).toBe(
      'urn:identity-diode:event:held:replaced',
    );
    expect(half.identityKeys.at(-1)).toBe('+User|u5');
    expect(half.totals).toMatchObject({ published: 56, held: 2, superseded: 1 });
    expect(total(half.totals)).toBe(59);
  });

  it('is judged anew, and held in its place', async () => {
    await half.say(userPut('u5'), userDelete('u5'));
    await half.say(adminPut('u6'));
    expect(half.store.held.find('User|u6')).toMatchObject({ hold: 'grants-1.4', cause: 'grants' });
    expect(half.heldKeys.slice(3)).toEqual(['-User|u5', '+User|u5', '+User|u6']);
    expect(total(half.totals)).toBe(61);
    expect(half.totals).toMatchObject({ held: 3, superseded: 2 });
  });

  it('that deactivates is published at once', async () => {
    await half.say(userPut('u7', { active: false }));
    expect(half.identityKeys.at(-1)).toBe('+User|u7');
    expect(half.store.held.find('User|u7')).toBeUndefined();
  });
});

describe('the hour', () => {
  it('is told by both clocks: one that jumps does not forget it', async () => {
    await settle();
    await half.say(...deletes(5));
    // The receiver's clock jumps; the sender goes on signing as before.
    const signedMs = half.clock.wall;
    half.clock.wall += 5 * HOUR_MS;
    const { spoolFrame } = half;
    half.clock.wall -= 5 * HOUR_MS;
    spoolFrame.call(half, [userDelete('u5')]);
    half.clock.wall += 5 * HOUR_MS;
    await half.run();
    expect(half.store.held.count).toBe(1);
    expect(signedMs).toBeLessThan(half.clock.wall - 4 * HOUR_MS);
  });

  it('is on disk with what it counted: a restart forgets nothing', async () => {
    await settle();
    await half.say(...deletes(5));
    half.restart();
    await half.say(userDelete('u5'));
    expect(half.store.held.count).toBe(1);
  });

  it('goes on where a committed transaction has to be made good', async () => {
    await settle();
    half.kafka.plan('committed-unclean');
    await half.say(...deletes(8));
    expect(half.store.held.count).toBe(3);
    await half.say(userDelete('u9'));
    expect(half.heldKeys).toEqual(
      names(3, 5)
        .concat('u9')
        .map((name) => `+User|${name}`),
    );
    expect(half.store.held.holds().map(({ name, records }) => [name, records])).toEqual([
      ['deletes-1.2', 3],
      ['deletes-1.3', 1],
    ]);
  });
});

describe('a standby that makes several transactions good at once', () => {
  it('reads from the topics what was held and what was published, where it would have judged otherwise', async () => {
    const other = new GuardedHalf({ kafka: half.kafka });
    await settle();
    await half.say(...deletes(5));
    half.pass(2 * HOUR_MS);
    await half.say(...deletes(4, 5), adminPut('u30'));
    expect(half.store.held.count).toBe(1);
    spoolFrames(other.store.spool, half.frames);
    other.clock.wall = half.clock.wall;
    await other.run();
    expect(other.store.held.count).toBe(1);
    expect(other.store.subjects.find('User|u8')?.isDeleted).toBe(true);
    expect(other.store.progress?.totals).toEqual(half.totals);
    expect(other.audit.entries.filter(({ event }) => event === 'tables-read-again')).toHaveLength(1);
  });
});

describe('a snapshot', () => {
  it('without a key whose grant is held ends that: a release would bring back what no later record takes away', async () => {
    await settle();
    await half.say(adminPut('root'));
    expect(half.store.held.find('User|root')).toMatchObject({ cause: 'grants' });
    const before = half.totals;
    half.skip(1);
    spoolFrames(half.store.spool, [snapshotFrame(half.sequence, { firstKey: 'User|root', lastKey: 'User|s' })]);
    await half.run();
    expect(half.store.held.find('User|root')).toBeUndefined();
    expect(half.heldKeys.at(-1)).toBe('-User|root');
    expect(half.totals).toMatchObject({ held: 0, superseded: (before?.superseded ?? 0) + 1 });
    expect(total(half.totals)).toBe(total(before) + 1);
  });

  it('deletes no more of what it does not name than may vanish; the rest is held, once', async () => {
    await settle();
    half.skip(1);
    spoolFrames(half.store.spool, [snapshotFrame(half.sequence)]);
    await half.run();
    expect(half.store.held.count).toBe(45);
    expect(half.kafka.records('identity').filter(({ value }) => value === null)).toHaveLength(5);
    expect(half.totals).toMatchObject({ published: 51, held: 0 });
    half.skip(1);
    spoolFrames(half.store.spool, [snapshotFrame(half.sequence, { cycle: 2 })]);
    await half.run();
    expect(half.heldKeys).toHaveLength(45);
  });

  it('says again what is held, and adds nothing', async () => {
    await settle(5);
    await half.say(adminPut('u0'));
    half.skip(1);
    const entries = names(5).map((name, index) => ({
      ...(index === 0 ? adminPut('u0') : userPut(name)),
      revision: index === 0 ? { epoch: 1, sequence: 2, index: 0 } : { epoch: 1, sequence: 1, index },
    }));
    spoolFrames(half.store.spool, [snapshotFrame(half.sequence, { entries })]);
    await half.run();
    expect(half.heldKeys).toEqual(['+User|u0']);
    expect(half.totals).toMatchObject({ held: 1 });
  });
});

describe('a bundle whose import approvers let through', () => {
  it('is published whole and counts nothing, and what comes after it is judged as ever', async () => {
    await settle();
    half.spoolFrame([...deletes(8), adminPut('u40')]);
    half.spoolFrame(deletes(8, 8));
    half.store.approved.add(half.frames.slice(1).map(placeOf));
    await half.run();
    expect(half.store.held.count).toBe(0);
    expect(half.store.progress?.guard?.subjects.at(-1)?.[2]).toBe(0);
    await half.say(...deletes(8, 16));
    expect(half.store.held.count).toBe(3);
    // Published, it is forgotten.
    expect(half.frames.slice(0, 3).map((frame) => half.store.approved.has(placeOf(frame)))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('lets no other frame of its numbers pass, which a sender signed beside it and nobody was shown', async () => {
    await settle();
    const shown = signedFrame({ sequence: 2, records: deletes(8) });
    half.store.approved.add([placeOf(shown)]);
    await half.say(...deletes(8, 8), adminPut('u40'));
    expect(half.heldKeys).toEqual([...names(3, 13).map((name) => `+User|${name}`), '+User|u40']);
  });

  it('deletes all that a snapshot of it leaves out', async () => {
    await settle();
    half.skip(1);
    const frame = snapshotFrame(half.sequence);
    half.store.approved.add([placeOf(frame)]);
    spoolFrames(half.store.spool, [frame]);
    await half.run();
    expect([half.store.held.count, half.store.subjects.liveCount('subjects')]).toEqual([0, 0]);
  });
});
