import { beforeEach, describe, expect, it } from 'vitest';
import type { OlderState } from '../../../../receiver/gate/stream-halt.ts';
import type { Progress, TopicName } from '../../../../receiver/publish/progress.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import type { SnapshotPartRecord, WireRecord } from '../../../../src/wire/record.ts';
import { BackHalf, ISSUER, RULES, testToken } from '../../../support/back-half.ts';
import { progressIn } from '../../../support/kafka-value.ts';
import { signedFrame, spoolFrames, userDelete, userPut } from '../../../support/signed-stream.ts';
import { StateModel, snapshotFrame } from '../../../support/state-model.ts';

let half: BackHalf;
let model: StateModel;
beforeEach(() => {
  half = new BackHalf();
  model = new StateModel();
});

const header = (record: { headers: readonly (readonly [string, string])[] } | undefined, name: string) =>
  record?.headers.find(([each]) => each === name)?.[1];
const ids = (topic: TopicName = 'identity') => half.kafka.records(topic).map((record) => header(record, 'ce_id'));
const progress = () => progressIn(half.kafka.records('progress').at(-1)) as Progress;
const reasons = () => half.kafka.records('quarantine').map((record) => header(record, 'ce_reason'));
/** What a consumer that read all of `identity` holds. */
const state = () =>
  [...new Map(half.kafka.records('identity').map(({ key, value }) => [key, value])).entries()]
    .filter(([, value]) => value !== null)
    .map(([key]) => key)
    .sort();
const at = (sequence: number, index = 0, epoch = 1) => ({ revision: { epoch, sequence, index } });
const join = (group: string, member: string): WireRecord => ({
  kind: 'member',
  operation: 'create',
  group,
  member,
  memberType: 'User',
});

async function run(...frames: readonly ReturnType<typeof signedFrame>[]): Promise<void> {
  spoolFrames(half.store.spool, frames);
  await half.run();
}

describe('a snapshot part', () => {
  it('publishes what differs under its own revision, deletes what it does not name, and is one published record', async () => {
    await run(model.deltas(1, [userPut('a'), userPut('b'), userPut('c')]));
    const lost = model.deltas(2, [userDelete('b'), userPut('d'), userPut('c', { active: false })]);
    expect(lost.header.sequence).toBe(2);
    await run(...model.cycle(3));
    expect(state()).toEqual(['User|a', 'User|c', 'User|d']);
    // Entries come in the order of their keys: c before d.
    expect(ids()).toEqual(['hr/1.1.0', 'hr/1.1.1', 'hr/1.1.2', 'hr/1.2.2', 'hr/1.2.1', 'hr/1.3.0']);
    const tombstone = half.kafka.records('identity').at(-1);
    expect(tombstone).toMatchObject({ key: 'User|b', value: null });
    expect(header(tombstone, 'ce_reason')).toBe('snapshot');
    expect(header(tombstone, 'ce_revision')).toBe('1.3.0');
    expect(progress().totals).toMatchObject({ published: 4, superseded: 0, quarantined: 0 });
    expect(half.audit.entries).toContainEqual(
      expect.objectContaining({
        event: 'snapshot-part',
        published: 2,
        unchanged: 1,
        refused: 0,
        tombstones: 1,
        left: 0,
      }),
    );
  });

  it('changes nothing where nothing differs, and says so once a part in the audit log', async () => {
    await run(model.deltas(1, [userPut('a'), userPut('b'), join('g', 'a')]), ...model.cycle(2, { perPart: 1 }));
    const before = half.kafka.records('identity').length;
    const entries = half.audit.entries.length;
    await run(...model.cycle(5));
    expect(half.kafka.records('identity')).toHaveLength(before);
    expect(half.audit.entries.slice(entries).filter(({ event }) => event.startsWith('record-'))).toEqual([]);
  });

  it('touches its own range alone, and nothing newer than its state', async () => {
    await run(model.deltas(1, [userPut('a'), userPut('m'), userPut('z'), join('g', 'a')]));
    await run(signedFrame({ sequence: 2, records: [userPut('n')] }));
    // As of frame 1: n is newer than that.
    const part = { firstKey: 'User|m', lastKey: 'User|p', asOf: { epoch: 1, sequence: 1, index: 65_535 } };
    await run(snapshotFrame(3, part));
    expect(state()).toEqual(['Member|g|a', 'User|a', 'User|n', 'User|z']);
  });

  it('keeps what it names, although the entry is refused', async () => {
    await run(model.deltas(1, [userPut('a')]));
    const refused = { ...userPut('a'), resource: '{"id":"other"}', ...at(2) } as WireRecord;
    await run(snapshotFrame(3, { entries: [refused] }));
    expect(state()).toEqual(['User|a']);
    expect(reasons()).toHaveLength(1);
    expect(progress().totals).toMatchObject({ published: 2, quarantined: 0 });
  });

  it('never deletes tokens, key sets or the bundle, also of its own transaction', async () => {
    const jwks: WireRecord = { kind: 'key-set', issuer: ISSUER, jwks: '{"keys":[]}' };
    const early = model.deltas(1, [testToken({ jti: 'one' }), jwks, userPut('a')]);
    await run(early, ...model.cycle(2, { more: [{ ...testToken({ jti: 'two', slot: 's' }), ...at(1, 0) }] }));
    await run(...model.cycle(4));
    expect(half.kafka.records('tokens').map(({ value }) => value === null)).toEqual([false, false]);
    expect(half.kafka.records('trust')).toHaveLength(1);
    expect(state()).toEqual(['User|a']);
  });

  it('takes the same token again for no replay, another of its jti for one, and says nothing of one that expired', async () => {
    const token = testToken({ jti: 'one' });
    await run(model.deltas(1, [token]));
    const entries = [
      { ...token, ...at(1) },
      { ...testToken({ jti: 'one', salt: 'x' }), ...at(1) },
      { ...testToken({ jti: 'old', slot: 's', lifetimeMs: 1 }), ...at(1) },
    ];
    await run(...model.cycle(2, { more: entries }));
    expect(ids('tokens')).toEqual(['hr/1.1.0']);
    expect(reasons()).toEqual(['jti-reused']);
    expect(half.audit.entries).toContainEqual(
      expect.objectContaining({ event: 'snapshot-part', part: 1, unchanged: 1, refused: 1, expired: 1 }),
    );
  });

  it('brings a revocation that was lost, and once more changes nothing', async () => {
    await run(model.deltas(1, [testToken({ jti: 'one' })]));
    const revoke: WireRecord = { kind: 'revocation', issuer: ISSUER, target: { jti: 'one' }, ...at(2) };
    await run(...model.cycle(3, { more: [revoke] }));
    expect(half.kafka.records('tokens').at(-1)?.value).toBeNull();
    await run(...model.cycle(5, { more: [revoke] }));
    expect(half.kafka.records('tokens')).toHaveLength(2);
  });

  it('refuses what it carries by an event of its own each time, which is none of those that publish it', async () => {
    const bad = { ...userPut('a'), resource: '{"id":"other"}' } as WireRecord;
    await run(signedFrame({ sequence: 1, records: [bad] }));
    await run(
      snapshotFrame(2, { entries: [{ ...bad, ...at(1) }] }),
      snapshotFrame(3, { cycle: 2, entries: [{ ...bad, ...at(1) }] }),
    );
    await run(snapshotFrame(4, { cycle: 3, entries: [{ ...userPut('a'), ...at(1) }] }));
    expect(ids('quarantine')).toEqual(['1.1', '1.2', '1.3'].map((frame) => `hr/1.1.0/quarantine/${frame}`));
    expect(ids()).toEqual(['hr/1.1.0']);
  });

  it('brings a token in time, and its frame, healed after its end, is no refusal', async () => {
    const token = testToken({ jti: 'one', lifetimeMs: 60_000 });
    // Its cycle is torn, so the gap stays open.
    await run(snapshotFrame(2, { last: false, entries: [{ ...token, ...at(1) }] }));
    half.clock.wall += 600_000;
    await half.run({ forMs: 60_000 });
    expect(half.store.tokens.tokenCount).toBe(0);
    spoolFrames(half.store.spool, [signedFrame({ sequence: 1, records: [token] })], true);
    await half.run();
    expect(ids('tokens')).toEqual(['hr/1.1.0', 'hr/1.1.0/expired']);
    expect(ids('quarantine')).toEqual([]);
    expect(progress().totals).toMatchObject({ superseded: 1, expired: 0 });
  });

  it('lets its tokens wait for a trusted clock, and only them', async () => {
    half.time.isTrusted = false;
    const cycle = model.cycle(1, { more: [{ ...testToken({ jti: 'one' }), ...at(1, 0, 1) }] });
    spoolFrames(half.store.spool, cycle);
    await half.run({ forMs: 5_000 });
    // The token claims frame 1, which is older than the part's state.
    expect(progress()).toMatchObject({ sequence: 2, waitingFrames: ['1.2'], totals: { published: 2 } });
    half.time.isTrusted = true;
    await half.run();
    expect(ids('tokens')).toEqual(['hr/1.1.0']);
    expect(progress()).toMatchObject({ waitingFrames: [], totals: { published: 2 } });
  });

  it('writes history where the site has it', async () => {
    half = new BackHalf({ rules: { ...RULES, hasHistory: true } });
    await run(signedFrame({ sequence: 1, records: [userPut('a')] }), snapshotFrame(2, { entries: [] }));
    expect(half.kafka.records('history').map(({ value }) => value === null)).toEqual([false, true]);
  });

  it.each<[string, Partial<SnapshotPartRecord>]>([
    ['part-range', { firstKey: 'User|b', lastKey: 'User|a' }],
    ['part-range', { firstKey: 'Usér|' }],
    ['part-outside', { firstKey: 'User|b', entries: [{ ...userPut('a'), ...at(1) } as WireRecord] }],
    ['part-outside', { firstKey: 'User|a', lastKey: 'User|a', entries: [{ ...userPut('a'), ...at(1) } as WireRecord] }],
    [
      'part-duplicate',
      {
        entries: [
          { ...userPut('a'), ...at(1) },
          { ...userPut('a'), ...at(2) },
        ] as WireRecord[],
      },
    ],
    ['part-entry', { entries: [{ ...userDelete('a'), ...at(1) } as WireRecord] }],
    ['part-revision', { entries: [{ ...userPut('a'), ...at(3) } as WireRecord] }],
    ['part-revision', { asOf: { epoch: 1, sequence: 3, index: 0 } }],
    ['part-revision', { asOf: { epoch: 1, sequence: 4, index: 0 } }],
  ])('is refused whole as %s, deletes nothing, and makes no cycle whole: %j', async (reason, part) => {
    await run(
      signedFrame({ sequence: 1, records: [userPut('x')] }),
      signedFrame({ sequence: 2, records: [userPut('b')] }),
    );
    const frame = snapshotFrame(3, part);
    await run(frame);
    expect(reasons()).toEqual([reason]);
    expect(state()).toEqual(['User|b', 'User|x']);
    expect(progress()).toMatchObject({ sequence: 3, totals: { published: 2, quarantined: 1 } });
    expect(progress().snapshot).toBeUndefined();
  });

  it('is the only record of its frame, and stands in no other', async () => {
    const part = {
      kind: 'snapshot-part',
      cycle: 1,
      part: 0,
      last: true,
      firstKey: '',
      lastKey: '',
      entries: [],
    } as const;
    const asOf = { epoch: 1, sequence: 0, index: 0 };
    await run(
      signedFrame({
        sequence: 1,
        records: [
          { ...part, asOf },
          { ...part, asOf },
        ],
        header: { kind: 'snapshot' },
      }),
    );
    await run(signedFrame({ sequence: 2, records: [{ ...part, asOf }] }));
    await run(signedFrame({ sequence: 3, records: [userPut('a')], header: { kind: 'snapshot' } }));
    expect(reasons()).toEqual(['part-count', 'part-count', 'kind-unsupported', 'kind-unsupported']);
    expect(half.kafka.records('identity')).toEqual([]);
  });

  it('makes at most so many deletes, leaves the rest to the next cycle, and says so until then', async () => {
    const most = RECEIVER_LIMITS.maxPartTombstones;
    const extra = 7;
    half.database.transaction(() => {
      for (let index = 0; index < most + extra; index++) {
        half.store.subjects.put(`User|${String(index).padStart(6, '0')}`, { ...at(1), isDeleted: false });
      }
    })();
    await run(...model.cycle(2));
    expect(half.kafka.records('identity')).toHaveLength(most);
    expect(new Set(ids()).size).toBe(most);
    expect(half.kafka.records('identity').at(-1)?.key).toBe(`User|${String(most - 1).padStart(6, '0')}`);
    expect(progress().snapshot).toMatchObject({ left: extra });
    expect(half.events).toContainEqual({ event: 'tombstones-left', cycle: 1, left: extra });
    await run(...model.cycle(3));
    expect(half.kafka.records('identity')).toHaveLength(most + extra);
    expect(progress().snapshot?.left).toBeUndefined();
  });

  it('comes alone in its transaction, whatever else waits', async () => {
    await run(model.deltas(1, [userPut('a'), userPut('b'), userPut('c')]), ...model.cycle(2, { perPart: 1 }));
    const perTransaction = half.kafka.transactions.map((records) => progressIn(records.at(-1))?.sequence);
    expect(perTransaction).toEqual([2, 3, 4]);
  });
});

describe('a snapshot whose sender was set back, and no frame of the fork came', () => {
  const told: OlderState[] = [];
  beforeEach(() => {
    told.length = 0;
    half.front = { handleOlderState: (older) => told.push(older) };
  });

  /** Frame 2 says b again; the sender that was set back says it in frame 1, and something else in frame 2. */
  function setBack(): StateModel {
    const other = new StateModel();
    other.deltas(1, [userPut('a'), userPut('b', { active: false })]);
    other.deltas(2, [userPut('c')]);
    return other;
  }

  it('is told to the link, once it is published', async () => {
    await run(model.deltas(1, [userPut('a')]), model.deltas(2, [userPut('b')]));
    await run(...setBack().cycle(4));
    const revision = (sequence: number, index = 0) => ({ epoch: 1, sequence, index });
    const older = { key: 'User|b', published: revision(2), said: revision(1, 1), asOf: revision(3, 65_535) };
    expect(told).toEqual([older]);
    expect(progress()).toMatchObject({ sequence: 4 });
  });

  it('likewise where only recovery learns that it was', async () => {
    await run(model.deltas(1, [userPut('a')]), model.deltas(2, [userPut('b')]));
    half.kafka.plan('committed-unclean');
    await run(...setBack().cycle(4));
    expect(told).toMatchObject([{ key: 'User|b' }]);
  });

  it('is no fault of a state that is older than what was published, nor of another epoch', async () => {
    const first = model.cycle(1);
    await run(model.deltas(2, [userPut('a')]), ...first);
    await run(...new StateModel({ epoch: 2, from: setBack() }).cycle(1));
    expect(told).toEqual([]);
  });
});

describe('a whole cycle', () => {
  it('closes gaps up to its first part’s state, and no others', async () => {
    spoolFrames(half.store.spool, [model.deltas(1, [userPut('a')])]);
    model.deltas(2, [userPut('b')]);
    const healed = model.deltas(3, [userPut('c')]);
    spoolFrames(half.store.spool, [model.deltas(4, [userPut('d')])]);
    const closed: unknown[] = [];
    half.onGapsClosed = (upTo) => closed.push(upTo);
    const [first, ...rest] = model.cycle(5, { perPart: 2 });
    expect(rest).toHaveLength(1);
    spoolFrames(half.store.spool, [first as never]);
    await half.run();
    expect(progress()).toMatchObject({ gaps: [[2, 3]], closedFrames: 0 });
    // Frame 6, the second part, is lost; 7 comes; then 6 after all.
    const late = rest[0] as never;
    spoolFrames(half.store.spool, [model.deltas(7, [userPut('e')])]);
    await half.run();
    expect(progress().gaps).toEqual([
      [2, 3],
      [6, 6],
    ]);
    spoolFrames(half.store.spool, [late], true);
    await half.run();
    expect(progress()).toMatchObject({ gaps: [], closedFrames: 2, sequence: 7 });
    expect(state()).toEqual(['User|a', 'User|b', 'User|c', 'User|d', 'User|e']);
    expect(closed).toEqual([{ epoch: 1, sequence: 4 }]);
    expect(half.events).toContainEqual({ event: 'snapshot-whole', cycle: 1, through: 4, closedFrames: 2 });
    expect(half.audit.entries).toContainEqual(expect.objectContaining({ event: 'snapshot-whole', closedFrames: 2 }));
    // The missing frame comes after all: what it said is said.
    spoolFrames(half.store.spool, [healed], true);
    await half.run();
    expect(ids().filter((id) => id === 'hr/1.3.0')).toHaveLength(1);
  });

  it('closes gaps of its own epoch, also where its transaction goes on into the next', async () => {
    const closed: unknown[] = [];
    half.onGapsClosed = (upTo) => closed.push(upTo);
    const next = [1, 3].map((sequence) => signedFrame({ epoch: 2, sequence, records: [userPut(`e${sequence}`)] }));
    await run(model.deltas(1, [userPut('a')]), model.deltas(2, [userPut('b')]), ...model.cycle(3), ...next);
    expect(half.kafka.transactions).toHaveLength(1);
    expect(progress()).toMatchObject({ epoch: 2, gaps: [[2, 2]], snapshot: { epoch: 1, cycle: 1, through: 2 } });
    expect(closed).toEqual([{ epoch: 1, sequence: 2 }]);
    expect(half.audit.entries).toContainEqual(expect.objectContaining({ event: 'snapshot-whole', epoch: 1 }));
  });

  it('closes a gap that comes to its state, up to there', async () => {
    spoolFrames(half.store.spool, [model.deltas(1, [userPut('a')])]);
    model.deltas(2, [userPut('b')]);
    model.deltas(3, [userPut('c')]);
    // The cycle's first part is lost with frames 2 and 3, so nobody knows its state; the next cycle's is known.
    model.cycle(4);
    await run(...model.cycle(5));
    expect(progress()).toMatchObject({ gaps: [], closedFrames: 3 });
  });

  it('is none while a part is missing, also where the next cycle has begun', async () => {
    await run(model.deltas(1, [userPut('a'), userPut('b'), userPut('c')]));
    const [one, , three] = model.cycle(2, { perPart: 1 });
    await run(one as never, three as never);
    expect(half.events.filter(({ event }) => event === 'snapshot-whole')).toEqual([]);
    await run(...model.cycle(5, { perPart: 2 }));
    expect(half.events.filter(({ event }) => event === 'snapshot-whole')).toHaveLength(1);
    expect(progress().snapshot).toMatchObject({ cycle: 2, parts: [[0, 1]], last: 1 });
  });

  it('comes to the same after a crash between Kafka’s commit and the tables, at every part', async () => {
    const play = async (crashAt: number) => {
      half = new BackHalf();
      const sender = new StateModel();
      await run(sender.deltas(1, [userPut('a'), userPut('b'), userPut('c'), join('g', 'a')]));
      sender.deltas(2, [userDelete('b'), userPut('d')]);
      for (const [index, frame] of sender.cycle(3, { perPart: 2 }).entries()) {
        spoolFrames(half.store.spool, [frame]);
        if (index === crashAt) half.kafka.plan('committed-unclean');
        await half.run();
        if (index === crashAt) half.restart();
      }
      return { identity: half.kafka.records('identity'), last: { ...progress(), publishedAtMs: 0, topics: {} } };
    };
    const plain = await play(-1);
    expect(plain.last).toMatchObject({ gaps: [], closedFrames: 1 });
    for (const crashAt of [0, 1]) expect(await play(crashAt)).toEqual(plain);
  });

  it('is kept track of in a bounded form, however the parts are torn', async () => {
    await run(
      model.deltas(
        1,
        Array.from({ length: 80 }, (_, index) => userPut(`u${String(index).padStart(3, '0')}`)),
      ),
    );
    const parts = model.cycle(2, { perPart: 1 });
    await run(...parts.filter((_, index) => index % 2 === 0));
    expect(progress().snapshot?.parts.length).toBeLessThanOrEqual(16);
    spoolFrames(
      half.store.spool,
      parts.filter((_, index) => index % 2 === 1),
      true,
    );
    await half.run();
    expect(progress().snapshot?.parts.length).toBeLessThanOrEqual(16);
    await run(...model.cycle(2 + parts.length, { perPart: 40 }));
    expect(progress().snapshot).toMatchObject({ cycle: 2, parts: [[0, 1]] });
  });
});

describe('what a snapshot has said', () => {
  it('is not unsaid by an older put of a key that nobody knew, out of a gap', async () => {
    await run(model.deltas(1, [userPut('a')]));
    const put = model.deltas(2, [userPut('x')]);
    model.deltas(3, [userDelete('x')]);
    // Two parts, the second is lost: so the cycle is not whole, and the gap stays open.
    model.deltas(4, [userPut('b')]);
    const [, second] = model.cycle(5, { perPart: 1 });
    await run(second as never);
    spoolFrames(half.store.spool, [put], true);
    await half.run();
    expect(state()).not.toContain('User|x');
    expect(progress().totals.superseded).toBe(1);
  });

  it('does not keep a refused entry out once the rules allow it', async () => {
    const part = (sequence: number, cycle: number) => ({
      cycle,
      entries: [{ ...userPut('a'), ...at(1) } as WireRecord],
      asOf: { epoch: 1, sequence: sequence - 1, index: 0 },
    });
    half = new BackHalf({ rules: { ...RULES, identity: { ...RULES.identity, types: new Map() } as never } });
    await run(snapshotFrame(2, part(2, 1)));
    expect(state()).toEqual([]);
    half.rules = RULES;
    half.restart();
    await run(snapshotFrame(3, part(3, 2)));
    expect(state()).toEqual(['User|a']);
  });
});
