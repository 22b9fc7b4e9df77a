import { describe, expect, it } from 'vitest';
import { readGate } from '../../../../receiver/gate/gate-store.ts';
import { GateWriter } from '../../../../receiver/gate/gate-writer.ts';
import type { VerifiedFrame } from '../../../../receiver/intake/frame-verifier.ts';
import { verifyFrame } from '../../../../receiver/intake/frame-verifier.ts';
import { receiverNotReady } from '../../../../receiver/ops/receiver-alarms.ts';
import { emptyProgress, type Progress } from '../../../../receiver/publish/progress.ts';
import type { Unwhole } from '../../../../receiver/publish/whole-state.ts';
import { Wholeness } from '../../../../receiver/publish/wholeness.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import { BackHalf } from '../../../support/back-half.ts';
import { progressIn } from '../../../support/kafka-value.ts';
import { type CoreRig, coreRig, drive, entriesOf, signing, userLine } from '../../../support/sender-rig.ts';
import { CREATED_AT_MS, signedFrame, spoolFrames, userDelete, userPut } from '../../../support/signed-stream.ts';
import { StateModel, snapshotFrame } from '../../../support/state-model.ts';
import { receiverStatusSample } from '../../../support/status-samples.ts';

const progressOf = ({ kafka }: BackHalf) =>
  kafka.records('progress').length === 0 ? undefined : (progressIn(kafka.records('progress').at(-1)) as Progress);

/** What a consumer that read all of `identity` holds. */
function stateOf({ kafka }: BackHalf): readonly string[] {
  const last = new Map(kafka.records('identity').map(({ key, value }) => [key, value]));
  return [...last]
    .filter(([, value]) => value !== null)
    .map(([key]) => key)
    .sort();
}

function joined(half: BackHalf, sequence: number): void {
  half.store.whole.join({ epoch: 1, sequence }, CREATED_AT_MS);
}

const user = (id: string) => [userPut(id)];

describe('a receiver with an empty disk that meets a stream under way', () => {
  it('publishes nothing until every frame from the first to that head is there, then all of it in order', async () => {
    const half = new BackHalf();
    joined(half, 3);
    spoolFrames(
      half.store.spool,
      [2, 3, 4].map((sequence) => signedFrame({ sequence, records: user(`u${sequence}`) })),
    );
    await half.run({ forMs: 60_000 });
    expect(half.kafka.transactions).toEqual([]);
    spoolFrames(half.store.spool, [signedFrame({ sequence: 1, records: user('u1') })], true);
    await half.run();
    expect(stateOf(half)).toEqual(['User|u1', 'User|u2', 'User|u3', 'User|u4']);
    expect(progressOf(half)).toMatchObject({ isWhole: true, gaps: [], sequence: 4 });
    expect(half.store.whole.current).toBeUndefined();
  });

  it('is whole after one cycle, and publishes nothing before its last part', async () => {
    const half = new BackHalf();
    const sender = new StateModel();
    for (let sequence = 1; sequence <= 5; sequence++) sender.deltas(sequence, user(`u${sequence}`));
    joined(half, 5);
    const late = sender.deltas(6, user('u6'));
    const cycle = sender.cycle(7, { perPart: 2 });
    expect(cycle).toHaveLength(3);
    for (const frame of [late, ...cycle.slice(0, 2)]) {
      spoolFrames(half.store.spool, [frame]);
      await half.run({ forMs: 11_000 });
      expect(half.kafka.transactions).toEqual([]);
    }
    // Over a restart, too.
    half.restart();
    spoolFrames(half.store.spool, cycle.slice(2));
    await half.run();
    expect(stateOf(half)).toEqual([1, 2, 3, 4, 5, 6].map((each) => `User|u${each}`));
    expect(progressOf(half)).toMatchObject({ isWhole: true, gaps: [], closedFrames: 5 });
    // Each value was seen first with the progress that said that it is not all.
    const first = half.kafka.transactions.find((records) => records.length > 1);
    expect(progressIn(first?.at(-1))).toMatchObject({ isWhole: false });
  });

  it('goes on after a crash amid the cycle that made it whole', async () => {
    for (const fault of ['committed-unclean', 'aborted-unclean'] as const) {
      for (let crashAt = 0; crashAt < 4; crashAt++) {
        const half = new BackHalf();
        const sender = new StateModel();
        for (let sequence = 1; sequence <= 6; sequence++) sender.deltas(sequence, user(`u${sequence}`));
        joined(half, 6);
        spoolFrames(half.store.spool, sender.cycle(7, { perPart: 2 }));
        let published = 0;
        half.kafka.onPublish = () => {
          if (published++ === crashAt) half.kafka.plan(fault);
        };
        await half.run();
        half.restart();
        await half.run();
        expect(stateOf(half)).toHaveLength(6);
        expect(progressOf(half)).toMatchObject({ isWhole: true, gaps: [] });
        expect(half.store.spool.depth.frames).toBe(0);
      }
    }
  });

  it('goes on with a cycle whose first part was published with all that was missing, of an epoch that ended', async () => {
    const half = new BackHalf();
    const old = new StateModel();
    joined(half, 1);
    const first = old.deltas(1, user('u1'));
    // Frame 2 never came: so the epoch ends with a loss, and behind it only a snapshot makes the receiver whole.
    const third = old.deltas(3, user('u3'));
    const sender = new StateModel({ epoch: 2, from: old });
    const [begun, ended] = sender.cycle(2, { perPart: 1 }) as [VerifiedFrame, VerifiedFrame];
    spoolFrames(half.store.spool, [first, third, sender.deltas(1, user('u1')), begun]);
    half.kafka.onPublish = () => {
      half.kafka.onPublish = () => {};
      spoolFrames(half.store.spool, [ended]);
    };
    await half.run({ forMs: 11_000 });
    expect(progressIn(half.kafka.transactions[0]?.at(-1))).toMatchObject({
      epoch: 2,
      sequence: 2,
      isWhole: false,
    });
    expect(progressOf(half)).toMatchObject({ epoch: 2, sequence: 3, isWhole: true });
    expect(half.store.whole.current).toBeUndefined();
  });

  it('does not take two halves of two cycles for a whole one', async () => {
    const half = new BackHalf();
    const sender = new StateModel();
    for (let sequence = 1; sequence <= 4; sequence++) sender.deltas(sequence, user(`u${sequence}`));
    joined(half, 4);
    const first = sender.cycle(5, { perPart: 2 });
    const second = sender.cycle(7, { perPart: 2 });
    spoolFrames(half.store.spool, [first[0], second[1]] as VerifiedFrame[]);
    await half.run({ forMs: 30_000 });
    expect(half.kafka.transactions).toEqual([]);
  });

  it('takes a whole cycle although the next one began behind it, and was torn', async () => {
    const half = new BackHalf();
    const sender = new StateModel();
    for (let sequence = 1; sequence <= 4; sequence++) sender.deltas(sequence, user(`u${sequence}`));
    joined(half, 4);
    spoolFrames(half.store.spool, [
      ...sender.cycle(5, { perPart: 2 }),
      sender.cycle(7, { perPart: 2 })[0] as VerifiedFrame,
    ]);
    await half.run({ forMs: 30_000 });
    expect(stateOf(half)).toEqual([1, 2, 3, 4].map((each) => `User|u${each}`));
    expect(progressOf(half)).toMatchObject({ isWhole: true, sequence: 7 });
  });

  it('starts at once where the journal was empty', async () => {
    const half = new BackHalf();
    joined(half, 0);
    spoolFrames(half.store.spool, [signedFrame({ sequence: 1, records: user('a') })]);
    await half.run();
    expect(progressOf(half)).toMatchObject({ isWhole: true, sequence: 1 });
  });

  it('reads ahead in pieces, so that a long spool is never loaded whole', async () => {
    const half = new BackHalf();
    const sender = new StateModel();
    joined(half, 1);
    for (let sequence = 2; sequence <= 1_200; sequence++) {
      spoolFrames(half.store.spool, [sender.deltas(sequence, [userPut(`u${sequence % 7}`)])]);
    }
    const sizes: number[] = [];
    const next = half.store.spool.next.bind(half.store.spool);
    half.store.spool.next = (after, limits) => {
      const frames = next(after, limits);
      if (half.store.whole.current !== undefined) sizes.push(frames.length);
      return frames;
    };
    await half.run({ forMs: 20_000 });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256);
    // Each frame once, whatever wakes it.
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1_199);
    spoolFrames(half.store.spool, sender.cycle(1_201));
    await half.run();
    expect(progressOf(half)).toMatchObject({ isWhole: true });
  });

  it('says so, with the cure', () => {
    const reasons = receiverNotReady({ ...receiverStatusSample, unwhole: { reason: 'joined', sinceMs: 0 } });
    expect(reasons.join()).toContain('diode-sender snapshot DIR');
  });
});

describe('frames that were lost', () => {
  it('leave a receiver that joined not whole, however few gaps are open', async () => {
    const half = new BackHalf();
    joined(half, 3);
    half.store.apply(
      {
        ...emptyProgress('site-a', 'hr'),
        isWhole: false,
        epoch: 1,
        sequence: 5,
        headSequence: 5,
        lost: { through: 2, frames: 1 },
      },
      0,
    );
    expect(Wholeness.isReached(half.store.whole.current as Unwhole, half.store.progress as Progress)).toBe(false);
  });

  it('stay lost over a lost disk, unclean ends and restarts, until a whole cycle counts them out', async () => {
    const first = new BackHalf();
    const sender = new StateModel();
    const gaps = RECEIVER_LIMITS.maxOpenGaps + 2;
    for (let sequence = 1; sequence <= 2 * gaps; sequence++) {
      const frame = sender.deltas(sequence, user(`u${sequence}`));
      if (sequence % 2 === 0) spoolFrames(first.store.spool, [frame]);
    }
    first.kafka.plan('committed-unclean');
    await first.run();
    const lost = { through: 3, frames: 2 };
    expect(progressOf(first)).toMatchObject({ lost, closedFrames: 0, isWhole: true });
    expect(first.store.progress).toMatchObject({ lost });
    const half = new BackHalf({ kafka: first.kafka });
    await half.run({ forMs: 30_000 });
    expect(progressOf(half)).toMatchObject({ lost, closedFrames: gaps - 2, isWhole: false });
    spoolFrames(half.store.spool, sender.cycle(2 * gaps + 1));
    await half.run();
    expect(progressOf(half)).toMatchObject({ closedFrames: gaps, isWhole: true });
    expect(progressOf(half)?.lost).toBeUndefined();
  });
});

describe('a receiver that lost its disk', () => {
  async function lost(): Promise<{ first: BackHalf; half: BackHalf; sender: StateModel; old: VerifiedFrame }> {
    const first = new BackHalf();
    const sender = new StateModel();
    spoolFrames(first.store.spool, [sender.deltas(1, [userPut('a'), userPut('b'), userPut('x')])]);
    // Frame 2 is missing: a gap. It holds an older put of x.
    const old = sender.deltas(2, [userPut('x', { active: false }), userPut('y')]);
    spoolFrames(first.store.spool, [sender.deltas(3, [userDelete('x'), userDelete('y')])]);
    await first.run();
    expect(progressOf(first)?.gaps).toEqual([[2, 2]]);
    return { first, half: new BackHalf({ kafka: first.kafka }), sender, old };
  }

  it('tells consumers that it is not whole, closes its gaps as lost, and publishes nothing else', async () => {
    const { half, sender } = await lost();
    const before = half.kafka.records('identity').length;
    spoolFrames(half.store.spool, [sender.deltas(4, user('c'))]);
    await half.run({ forMs: 30_000 });
    expect(half.kafka.records('identity')).toHaveLength(before);
    expect(progressOf(half)).toMatchObject({ isWhole: false, sequence: 3, gaps: [], closedFrames: 1 });
    expect(half.events).toContainEqual({ event: 'not-whole', through: '1.3', lostFrames: 1 });
    spoolFrames(half.store.spool, sender.cycle(5));
    await half.run();
    expect(progressOf(half)).toMatchObject({ isWhole: true, sequence: 5 });
    expect(stateOf(half)).toEqual(['User|a', 'User|b', 'User|c']);
  });

  it('keeps to that over restarts and unclean ends before its first progress', async () => {
    const { half, sender } = await lost();
    half.kafka.plan('aborted-unclean');
    await half.run({ forMs: 30_000 });
    half.restart();
    half.kafka.plan('committed-unclean');
    await half.run({ forMs: 30_000 });
    expect(
      half.events.filter(({ event }) => event === 'not-publishing').map((event) => 'code' in event && event.code),
    ).not.toContain('state-lost');
    half.restart();
    await half.run({ forMs: 30_000 });
    expect(progressOf(half)).toMatchObject({ isWhole: false });
    spoolFrames(half.store.spool, sender.cycle(4));
    await half.run();
    expect(progressOf(half)).toMatchObject({ isWhole: true });
  });

  it('does not take for lost what another receiver said meanwhile of the same frame', async () => {
    const { first, half, sender } = await lost();
    half.kafka.plan('fenced');
    await half.run({ forMs: 5_000 });
    expect(half.store.whole.current).toMatchObject({ reason: 'rebuilt' });
    // The former one is started again, has nothing new to publish, and tells its gap once more.
    first.clock.monotonic += 60_000;
    first.clock.wall += 60_000;
    await first.run({ forMs: 11_000 });
    expect(progressOf(first)).toMatchObject({ sequence: 3, gaps: [[2, 2]] });
    half.restart();
    await half.run({ forMs: 30_000 });
    expect(half.events.filter((event) => 'code' in event && event.code === 'state-lost')).toEqual([]);
    spoolFrames(half.store.spool, sender.cycle(4));
    await half.run();
    expect(progressOf(half)).toMatchObject({ isWhole: true, sequence: 4 });
  });

  it('is not made whole by another receiver that is, whether that one moved on or not', async () => {
    for (const movesOn of [false, true]) {
      const first = new BackHalf();
      const sender = new StateModel();
      const published = [sender.deltas(1, [userPut('a'), userPut('x')]), ...sender.cycle(2)];
      spoolFrames(first.store.spool, [...published, sender.deltas(3, [userDelete('x')])]);
      await first.run();
      first.kafka.forgetTombstones();
      const half = new BackHalf({ kafka: first.kafka });
      await half.run({ forMs: 11_000 });
      expect(progressOf(half)).toMatchObject({ isWhole: false, sequence: 3 });
      // The former one is started again; both hear the link.
      const next = movesOn ? [sender.deltas(4, user('b'))] : [];
      for (const each of [first, half]) spoolFrames(each.store.spool, next);
      first.clock.monotonic += 60_000;
      first.clock.wall += 60_000;
      await first.run({ forMs: 11_000 });
      expect(progressOf(first)).toMatchObject({ isWhole: true, sequence: movesOn ? 4 : 3 });
      half.restart();
      half.clock.monotonic += 120_000;
      half.clock.wall += 120_000;
      await half.run({ forMs: 11_000 });
      expect(half.store.whole.current).toMatchObject({ reason: 'rebuilt' });
      expect(progressOf(half)).toMatchObject({ isWhole: false });
      spoolFrames(half.store.spool, sender.cycle(5));
      await half.run();
      expect(progressOf(half)).toMatchObject({ isWhole: true, sequence: 5 });
    }
  });

  it('publishes nothing of what came from another history than what Kafka has', async () => {
    const { half, sender } = await lost();
    // To the empty disk, out of a restored sender: frame 3 is another, and a whole cycle follows.
    spoolFrames(half.store.spool, [
      signedFrame({ sequence: 3, records: user('z') }),
      signedFrame({ sequence: 4, records: user('z') }),
      ...new StateModel().cycle(5),
    ]);
    const before = half.kafka.records('identity').length;
    await half.run({ forMs: 30_000 });
    expect(half.kafka.records('identity')).toHaveLength(before);
    expect(half.store.spool.frameCount).toBe(0);
    expect(half.events).toContainEqual({ event: 'not-whole', through: '1.3', lostFrames: 4 });
    const next = new StateModel({ epoch: 2, from: sender });
    spoolFrames(half.store.spool, [next.deltas(1, user('c')), ...next.cycle(2)]);
    await half.run();
    expect(stateOf(half)).toEqual(['User|a', 'User|b', 'User|c']);
  });

  it.each(['before', 'behind'] as const)(
    'nor where the one frame that both have is missing: told by the next, %s the rebuild',
    async (when) => {
      const { half, sender } = await lost();
      const before = half.kafka.records('identity').length;
      const stray = new StateModel();
      stray.deltas(3, user('stray'));
      if (when === 'behind') await half.run({ forMs: 11_000 });
      spoolFrames(half.store.spool, [stray.deltas(4, user('z')), ...stray.cycle(5)]);
      half.restart();
      const epochId = Buffer.alloc(16, 1);
      const state = { epoch: 1, epochId, sequence: 5, digest: Buffer.alloc(32), gaps: [] };
      new GateWriter(half.database).writeState(state, 0);
      const halts: unknown[] = [];
      half.front = { contradictionOf: () => undefined, handleOtherHistory: (...told) => halts.push(told) };
      await half.run({ forMs: 30_000 });
      expect(half.kafka.records('identity')).toHaveLength(before);
      expect(half.store.spool.frameCount).toBe(0);
      const halt = { reason: 'equivocation', seen: expect.stringContaining('signed two frames 1.3') };
      // On the disk too: a crash before the link's state is written next forgets nothing.
      expect(readGate(half.database).state?.halt).toMatchObject(halt);
      expect(halts).toEqual([[expect.objectContaining({ epoch: 1, sequence: 3 }), expect.objectContaining(halt)]]);
      const next = new StateModel({ epoch: 2, from: sender });
      spoolFrames(half.store.spool, [next.deltas(1, user('c')), ...next.cycle(2)]);
      await half.run();
      expect(stateOf(half)).toEqual(['User|a', 'User|b', 'User|c']);
    },
  );

  it('nor of another sender that calls itself the same epoch, whatever is missing of it', async () => {
    const { half } = await lost();
    const before = half.kafka.records('identity').length;
    const header = { epochId: Buffer.alloc(16, 77) };
    const cycle = snapshotFrame(21, { entries: [] }, header);
    spoolFrames(half.store.spool, [signedFrame({ sequence: 20, records: user('z'), header }), cycle]);
    await half.run({ forMs: 30_000 });
    expect(half.kafka.records('identity')).toHaveLength(before);
    expect(half.store.spool.frameCount).toBe(0);
  });

  it('nor of what the front half alone knows to be another, since a full disk keeps it from the spool', async () => {
    const { half } = await lost();
    const halt = { reason: 'equivocation', seen: 'seen', cure: 'cure' } as const;
    const before = half.kafka.records('identity').length;
    spoolFrames(half.store.spool, [...new StateModel().cycle(5)]);
    half.front = { contradictionOf: () => halt, handleOtherHistory: () => {} };
    await half.run({ forMs: 30_000 });
    expect(half.kafka.records('identity')).toHaveLength(before);
    expect(half.store.spool.frameCount).toBe(0);
  });

  it('publishes nothing of another history that came behind the rebuild, either', async () => {
    const { half } = await lost();
    await half.run({ forMs: 11_000 });
    const before = half.kafka.records('identity').length;
    spoolFrames(half.store.spool, [signedFrame({ sequence: 3, records: user('z') }), ...new StateModel().cycle(4)]);
    half.restart();
    await half.run({ forMs: 30_000 });
    expect(half.kafka.records('identity')).toHaveLength(before);
    expect(half.store.spool.frameCount).toBe(0);
    expect(half.audit.entries).toContainEqual(expect.objectContaining({ event: 'frames-discarded', through: '1.3' }));
  });

  it('is whole after a crash behind the commit that made it so', async () => {
    const { half, sender } = await lost();
    await half.run({ forMs: 11_000 });
    half.kafka.plan('committed-unclean');
    spoolFrames(half.store.spool, sender.cycle(4));
    await half.run();
    half.restart();
    await half.run({ forMs: 11_000 });
    expect(half.store.whole.current).toBeUndefined();
    expect(progressOf(half)).toMatchObject({ isWhole: true, sequence: 4 });
  });

  it('does not count parts that were published before the loss', async () => {
    const first = new BackHalf();
    const sender = new StateModel();
    const cycle = [sender.deltas(1, [userPut('a'), userPut('b'), userPut('c')]), ...sender.cycle(2, { perPart: 1 })];
    spoolFrames(first.store.spool, cycle.slice(0, 3));
    await first.run();
    const half = new BackHalf({ kafka: first.kafka });
    spoolFrames(half.store.spool, cycle.slice(3));
    await half.run({ forMs: 30_000 });
    expect(progressOf(half)).toMatchObject({ isWhole: false });
  });
});

describe('no older put ever brings a deleted subject back', () => {
  it('after a lost receiver disk and a day in which Kafka forgot the tombstone, not even by a late ticket', async () => {
    const first = new BackHalf();
    const sender = new StateModel();
    spoolFrames(first.store.spool, [sender.deltas(1, [userPut('a'), userPut('x')])]);
    const old = sender.deltas(2, [userPut('x', { active: false }), userPut('y')]);
    spoolFrames(first.store.spool, [sender.deltas(3, [userDelete('x'), userDelete('y')])]);
    await first.run();
    first.kafka.forgetTombstones();
    const half = new BackHalf({ kafka: first.kafka });
    await half.run({ forMs: 11_000 });
    expect(half.store.subjects.find('User|x')).toBeUndefined();
    spoolFrames(half.store.spool, [old], true);
    await half.run({ forMs: 11_000 });
    spoolFrames(half.store.spool, sender.cycle(4));
    await half.run();
    expect(stateOf(half)).toEqual(['User|a']);
    expect(half.kafka.records('identity').filter(({ key }) => key === 'User|x')).toEqual([]);
  });

  it('nor in a new epoch, which says what may not have arrived once more under its old revision', async () => {
    const first = new BackHalf();
    const sender = new StateModel();
    spoolFrames(first.store.spool, [sender.deltas(1, [userPut('a'), userPut('x')])]);
    spoolFrames(first.store.spool, [sender.deltas(2, [userDelete('x')])]);
    await first.run();
    first.kafka.forgetTombstones();
    const half = new BackHalf({ kafka: first.kafka });
    const next = new StateModel({ epoch: 2, from: sender });
    const carried = [
      { ...userPut('x'), revision: { epoch: 1, sequence: 1, index: 1 } },
      { ...userDelete('x'), revision: { epoch: 1, sequence: 2, index: 0 } },
    ];
    spoolFrames(half.store.spool, [
      signedFrame({ epoch: 2, sequence: 1, records: carried }),
      next.deltas(2, user('b')),
      ...next.cycle(3),
    ]);
    await half.run();
    expect(stateOf(half)).toEqual(['User|a', 'User|b']);
    expect(half.kafka.records('identity').filter(({ key }) => key === 'User|x')).toEqual([]);
    expect(progressOf(half)?.totals.superseded).toBe(2);
  });

  it('after a day in which Kafka forgot the tombstone, with the disk at hand', async () => {
    const half = new BackHalf();
    const sender = new StateModel();
    spoolFrames(half.store.spool, [sender.deltas(1, [userPut('x')])]);
    const old = sender.deltas(2, [userPut('x', { active: false })]);
    spoolFrames(half.store.spool, [sender.deltas(3, [userDelete('x')])]);
    await half.run();
    half.kafka.forgetTombstones();
    half.restart();
    spoolFrames(half.store.spool, [old], true);
    await half.run();
    expect(stateOf(half)).toEqual([]);
    expect(progressOf(half)?.totals.superseded).toBe(1);
  });

  it('by a late ticket, before and after the snapshot that deleted it', async () => {
    for (const when of ['before', 'after'] as const) {
      const half = new BackHalf();
      const sender = new StateModel();
      spoolFrames(half.store.spool, [sender.deltas(1, [userPut('x'), userPut('a')])]);
      const put = sender.deltas(2, [userPut('x', { active: false }), userPut('y')]);
      sender.deltas(3, [userDelete('x'), userDelete('y')]);
      spoolFrames(half.store.spool, [sender.deltas(4, [userPut('b')])]);
      await half.run();
      if (when === 'before') spoolFrames(half.store.spool, [put], true);
      spoolFrames(half.store.spool, sender.cycle(5));
      if (when === 'after') spoolFrames(half.store.spool, [put], true);
      await half.run();
      expect(stateOf(half)).toEqual(['User|a', 'User|b']);
    }
  });

  it('in a new epoch whose sender was restored to before the delete', async () => {
    const half = new BackHalf();
    const before = new StateModel();
    spoolFrames(half.store.spool, [before.deltas(1, [userPut('x'), userPut('a')])]);
    const restored = new StateModel({ epoch: 2, from: before });
    spoolFrames(half.store.spool, [before.deltas(2, [userDelete('x')])]);
    await half.run();
    // Its state still has x at 1.1.0; the snapshot of the new epoch says so, and x stays deleted.
    spoolFrames(half.store.spool, restored.cycle(1));
    await half.run();
    expect(stateOf(half)).toEqual(['User|a']);
    // What the source says anew counts.
    spoolFrames(half.store.spool, [restored.deltas(2, [userPut('x')])]);
    await half.run();
    expect(stateOf(half)).toEqual(['User|a', 'User|x']);
  });
});

describe('sender and receiver together', () => {
  function framesOf(rig: CoreRig, after: number): VerifiedFrame[] {
    return rig.journal.framesAfter(after, { frames: 1e6, bytes: 1e12 }).map(({ bytes }) => {
      const frame = verifyFrame(bytes, { find: () => signing.publicKey });
      if (typeof frame === 'string') throw new Error(frame);
      return frame;
    });
  }

  it('come to one state by a real sender’s cycle, whatever was lost before it', async () => {
    const rig = await coreRig({ packer: { batchRecords: 5, batchBodyBytes: 4_096 }, wallMs: CREATED_AT_MS });
    const half = new BackHalf();
    const lines: object[] = Array.from({ length: 60 }, (_, index) => userLine(`u${index}`));
    const members = Array.from({ length: 20 }, (_, index) => ({ value: `u${index}` }));
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:Group'];
    lines.push({ type: 'Group', op: 'put', resource: { schemas, id: 'g', displayName: 'g', members } });
    for (let index = 0; index < 60; index += 3) lines.push({ type: 'User', op: 'delete', id: `u${index}` });
    rig.core.handleEntries(0, entriesOf(lines));
    drive(rig.core, 0, 1_000, CREATED_AT_MS);
    // Two of three frames are lost.
    const all = framesOf(rig, 0);
    spoolFrames(
      half.store.spool,
      all.filter((_, index) => index % 3 === 0),
    );
    await half.run();
    rig.core.requestSnapshot('r1', { isSourceRead: false });
    drive(rig.core, 1_000, 60_000, CREATED_AT_MS);
    const cycle = framesOf(rig, all.length);
    expect(cycle.length).toBeGreaterThan(1);
    spoolFrames(half.store.spool, cycle);
    await half.run();
    const expected = [
      'Group|g',
      ...lines.slice(0, 60).flatMap((_, index) => (index % 3 === 0 ? [] : [`User|u${index}`])),
      ...members.flatMap(({ value }, index) => (index % 3 === 0 ? [] : [`Member|g|${value}`])),
    ];
    expect(stateOf(half)).toEqual(expected.sort());
    expect(progressOf(half)).toMatchObject({
      gaps: [],
      closedFrames: all.filter((_, index) => index % 3 !== 0).length,
    });
    expect(half.kafka.records('quarantine')).toEqual([]);
  });
});
