import { describe, expect, it } from 'vitest';
import { Gate, type GateDecision } from '../../../../receiver/gate/gate.ts';
import type { VerifiedFrame } from '../../../../receiver/intake/frame-verifier.ts';
import { verifyFrame } from '../../../../receiver/intake/frame-verifier.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import { decodeHello, decodeHelloBody, decodeHelloDatagram, type HelloBody } from '../../../../src/wire/hello.ts';
import { HOLD_MS, newGate } from '../../../support/front-half.ts';
import {
  BOUNDARY,
  ModelJournal,
  ModelSession,
  type SentFrame,
  STREAM,
  senderKeys,
  signFrame,
  WALL_MS,
} from '../../../support/model-sender.ts';

describe('gate', () => {
  it('releases frames in sequence, whatever their order', () => {
    const { gate, frames } = started(4);
    const outcomes = [1, 0, 3, 2].map((index) => gate.handleFrame(0, frames[index] as VerifiedFrame));
    expect(outcomes).toEqual(['held', 'released', 'held', 'released']);
    expect(drain(gate)).toEqual(['epoch-started 1', 'release 1', 'release 2', 'release 3', 'release 4']);
  });

  it('counts a second frame of one digest as a duplicate, released or held', () => {
    const { gate, frames } = started(3);
    for (const frame of [frames[0], frames[2]]) gate.handleFrame(0, frame as VerifiedFrame);
    expect(gate.handleFrame(0, frames[0] as VerifiedFrame)).toBe('duplicate');
    expect(gate.handleFrame(0, frames[2] as VerifiedFrame)).toBe('duplicate');
  });

  it.each([0, 2])('halts where frame index %i comes with another digest', (index) => {
    const { gate, journal, frames } = started(3);
    for (const known of [frames[0], frames[2]]) gate.handleFrame(0, known as VerifiedFrame);
    const { header } = journal.frames[index] as SentFrame;
    expect(gate.handleFrame(0, verified(signFrame(placeOf(header), Buffer.from('other'))))).toBe('halted');
    expect(gate.state.halt).toMatchObject({ reason: 'equivocation', seen: expect.stringContaining(`1.${index + 1}`) });
    expect(gate.handleFrame(0, frames[1] as VerifiedFrame)).toBe('halted');
    expect(drain(gate).at(-1)).toBe('halted equivocation');
  });

  it('halts where a frame does not continue the one before', () => {
    const { gate, journal, frames } = started(1);
    gate.handleFrame(0, frames[0] as VerifiedFrame);
    const forked = signFrame(
      { epoch: 1, epochId: journal.epochId, sequence: 2, previousDigest: Buffer.alloc(32, 9) },
      Buffer.from('x'),
    );
    gate.handleFrame(0, verified(forked));
    expect(gate.state).toMatchObject({ sequence: 1, halt: { reason: 'chain' } });
  });

  it('halts where a healed frame does not fit its neighbours', () => {
    for (const side of ['before', 'behind']) {
      const { gate, journal, frames } = started(3);
      for (const frame of [frames[0], frames[2]]) gate.handleFrame(0, frame as VerifiedFrame);
      drain(gate, HOLD_MS);
      const previousDigest = side === 'before' ? Buffer.alloc(32, 9) : (journal.frames[0] as SentFrame).digest;
      const forked = signFrame({ epoch: 1, epochId: journal.epochId, sequence: 2, previousDigest }, Buffer.from('x'));
      gate.handleFrame(0, verified(forked));
      expect(gate.state.halt?.reason).toBe(side === 'before' ? 'chain' : 'equivocation');
    }
  });

  it('checks the chain across a gap that heals from its middle', () => {
    const { gate, journal, frames } = started(6);
    for (const frame of [frames[0], frames[5]]) gate.handleFrame(0, frame as VerifiedFrame);
    drain(gate, HOLD_MS);
    expect(gate.handleFrame(0, frames[3] as VerifiedFrame)).toBe('healed');
    const { header } = journal.frames[2] as SentFrame;
    gate.handleFrame(0, verified(signFrame(placeOf(header), Buffer.from('other'))));
    expect(gate.state.halt?.reason).toBe('equivocation');
  });

  it('waits for the hold time, then opens one gap and goes on', () => {
    const { gate, frames } = started(6);
    for (const index of [0, 3, 5]) gate.handleFrame(index, frames[index] as VerifiedFrame);
    drain(gate, 0);
    expect(gate.nextDeadlineMs()).toBe(3 + HOLD_MS);
    expect(drain(gate, 2 + HOLD_MS)).toEqual([]);
    expect(drain(gate, 3 + HOLD_MS)).toEqual(['gap-opened 2-3', 'release 4']);
    expect(drain(gate, 5 + HOLD_MS)).toEqual(['gap-opened 5-5', 'release 6']);
  });

  it('shrinks, splits and closes a gap as its frames come', () => {
    const { gate, frames } = started(7);
    for (const index of [0, 6]) gate.handleFrame(0, frames[index] as VerifiedFrame);
    drain(gate, HOLD_MS);
    gate.handleFrame(0, frames[3] as VerifiedFrame);
    expect(gate.state.gaps.map(({ from, to }) => [from, to])).toEqual([
      [2, 3],
      [5, 6],
    ]);
    for (const index of [1, 2, 5, 4]) gate.handleFrame(0, frames[index] as VerifiedFrame);
    expect(gate.state.gaps).toEqual([]);
    expect(drain(gate, HOLD_MS).at(-1)).toBe('gap-closed 2-6');
  });

  it('closes the oldest gaps as lost where there are too many, and keeps that', () => {
    const { gate, frames } = withLostGaps(2);
    expect(gate.state.gaps).toHaveLength(RECEIVER_LIMITS.maxOpenGaps);
    expect(gate.state.lost).toEqual({ through: 3, frames: 2 });
    expect(gate.handleFrame(0, frames[0] as VerifiedFrame)).toBe('old');
    const again = new Gate({ boundary: BOUNDARY, stream: STREAM, holdMs: HOLD_MS, state: gate.state });
    expect(again.state.lost).toEqual({ through: 3, frames: 2 });
  });

  it('counts what the split of a gap leaves no room for', () => {
    const { gate, frames } = started(2 * RECEIVER_LIMITS.maxOpenGaps + 2);
    for (let index = 3; index < frames.length; index += 2) gate.handleFrame(0, frames[index] as VerifiedFrame);
    drain(gate, HOLD_MS);
    expect(gate.state.gaps).toHaveLength(RECEIVER_LIMITS.maxOpenGaps);
    gate.handleFrame(0, frames[1] as VerifiedFrame);
    expect(drain(gate, HOLD_MS)).toContain('gap-lost 1-1');
    expect(gate.state.lost).toEqual({ through: 1, frames: 1 });
    gate.handleFrame(0, frames[2] as VerifiedFrame);
    expect(drain(gate, HOLD_MS)).toEqual(['release 3']);
  });

  it('has what was lost made good by a snapshot as of the last of it, and by no older one', () => {
    const { gate } = withLostGaps(2);
    gate.handleSnapshot({ epoch: 1, sequence: 2 });
    expect(gate.state.lost).toEqual({ through: 3, frames: 2 });
    gate.handleSnapshot({ epoch: 1, sequence: 3 });
    expect(drain(gate)).toEqual(['lost-healed 2']);
    expect(gate.state.lost).toBeUndefined();
  });

  it('has it made good by the progress topic, too, and learns there what it did not know', () => {
    const { gate, journal } = withLostGaps(2);
    const { sequence, gaps } = gate.state;
    const open = gaps.map(({ from, to }) => [from, to] as const);
    const told = { ...published(journal, sequence, open), lost: { through: 3, frames: 2 } };
    expect(gate.handleProgress(WALL_MS, told)).toBe('same');
    const cycle = { epoch: 1, cycle: 1, parts: [[0, 4]] as const, last: 4 };
    expect(
      gate.handleProgress(WALL_MS, { ...told, lost: undefined, snapshot: { ...cycle, last: 5, through: 3 } }),
    ).toBe('same');
    expect(gate.handleProgress(WALL_MS, { ...told, lost: undefined, snapshot: { ...cycle, through: 3 } })).toBe(
      'adopted',
    );
    expect(gate.state.lost).toBeUndefined();
    expect(gate.handleProgress(WALL_MS, told)).toBe('adopted');
    expect(gate.state.lost).toEqual({ through: 3, frames: 2 });
  });

  it('refuses the newest frame where no more can be held', () => {
    const { gate, frames } = started(RECEIVER_LIMITS.maxHeldFrames + 2);
    const outcomes = frames.slice(1).map((frame) => gate.handleFrame(0, frame));
    expect(outcomes.slice(-2)).toEqual(['held', 'held-full']);
    expect(gate.heldFrames).toBe(RECEIVER_LIMITS.maxHeldFrames);
  });

  it('refuses frames of another boundary, stream or epoch', () => {
    const { gate, journal } = started(0);
    const outcomeOf = (header: object) => gate.handleFrame(0, verified(journal.append(9, { header })));
    expect(outcomeOf({ boundary: 'site-b' })).toBe('boundary');
    expect(outcomeOf({ stream: 'it' })).toBe('stream');
    expect(outcomeOf({ epoch: 2 })).toBe('epoch');
  });

  it('halts where another sender calls itself the same epoch', () => {
    const { gate, journal } = started(0);
    gate.handleFrame(0, verified(journal.append(9, { header: { epochId: Buffer.alloc(16, 99) } })));
    expect(gate.state.halt?.reason).toBe('epoch-id');
  });

  it('refuses a sequence far ahead of everything that a hello confirmed', () => {
    const { gate, journal } = started(1);
    const far = { sequence: 1 + RECEIVER_LIMITS.maxSequenceJump, previousDigest: Buffer.alloc(32, 1) };
    expect(gate.handleFrame(0, verified(journal.append(9, { header: far })))).toBe('sequence-jump');
    expect(gate.wanted({ epoch: 1, sequence: far.sequence, frameBytes: 9 })).toBe(false);
    const near = { sequence: far.sequence - 1, previousDigest: Buffer.alloc(32, 1) };
    expect(gate.handleFrame(0, verified(journal.append(9, { header: near })))).toBe('held');
  });

  it('wants neither what it has nor what another epoch sends, but the second frame of a sequence', () => {
    const { gate, frames } = started(3);
    for (const index of [0, 2]) gate.handleFrame(0, frames[index] as VerifiedFrame);
    const frameBytes = frames[0]?.bytes.length as number;
    const wanted = (epoch: number, sequence: number, bytes: number) =>
      gate.wanted({ epoch, sequence, frameBytes: bytes });
    expect([1, 2, 3, 4].map((sequence) => wanted(1, sequence, frames[sequence - 1]?.bytes.length ?? 1))).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(wanted(2, 4, frameBytes)).toBe(false);
    expect([1, 3].map((sequence) => wanted(1, sequence, frameBytes + 7))).toEqual([true, true]);
  });

  it('names a lost tail after the hold time, by the hello alone', () => {
    const { gate, journal, frames } = started(3);
    gate.handleFrame(0, frames[0] as VerifiedFrame);
    drain(gate, 0);
    gate.handleHello(10, bodyOf(journal), 'follow');
    expect(drain(gate, 9 + HOLD_MS)).toEqual([]);
    expect(drain(gate, 10 + HOLD_MS)).toEqual(['gap-opened 2-3']);
    expect(gate.handleFrame(0, frames[2] as VerifiedFrame)).toBe('healed');
  });

  it('goes on from a stored state', () => {
    const { gate, frames } = started(4);
    for (const index of [0, 2]) gate.handleFrame(0, frames[index] as VerifiedFrame);
    drain(gate, HOLD_MS);
    const again = new Gate({ boundary: BOUNDARY, stream: STREAM, holdMs: HOLD_MS, state: gate.state });
    expect(again.handleFrame(0, frames[3] as VerifiedFrame)).toBe('released');
    expect(again.handleFrame(0, frames[1] as VerifiedFrame)).toBe('healed');
    expect(again.handleFrame(0, frames[0] as VerifiedFrame)).toBe('old');
  });

  it('takes over from the progress topic what a lost disk forgot', () => {
    const { journal, frames } = started(6);
    const gate = newGate();
    gate.handleProgress(WALL_MS, published(journal, 5, [[2, 3]]));
    gate.handleHello(0, bodyOf(journal), 'follow');
    expect([0, 1, 5].map((index) => gate.handleFrame(0, frames[index] as VerifiedFrame))).toEqual([
      'old',
      'healed',
      'released',
    ]);
  });

  it('halts where what was published is another frame than the one at hand', () => {
    const { gate, journal, frames } = started(3);
    for (const frame of frames) gate.handleFrame(0, frame);
    drain(gate);
    expect(gate.handleProgress(WALL_MS, otherThan(journal, 2))).toBe('halted');
    expect(gate.state).toMatchObject({
      sequence: 3,
      halt: {
        reason: 'equivocation',
        cure: expect.stringContaining('diode-sender new-epoch DIR --epoch 2 --again-from 1;'),
      },
    });
  });

  it.each([
    ['the frame behind it, which was released behind a gap', [0, 1, 3], true],
    ['the frame behind it, which waits', [0, 1, 3], false],
    ['the one before a gap', [0, 1, 2, 5], true],
  ] as const)('halts where another frame was published by what is said of it: by %s', (_, indexes, isOpened) => {
    const { gate, journal, frames } = started(6);
    for (const index of indexes) gate.handleFrame(0, frames[index] as VerifiedFrame);
    drain(gate, isOpened ? HOLD_MS : 0);
    expect(gate.handleProgress(WALL_MS, published(journal, 3, []))).not.toBe('halted');
    const again = started(6);
    for (const index of indexes) again.gate.handleFrame(0, again.frames[index] as VerifiedFrame);
    drain(again.gate, isOpened ? HOLD_MS : 0);
    expect(again.gate.handleProgress(WALL_MS, otherThan(journal, 3))).toBe('halted');
    expect(again.gate.state.halt).toMatchObject({ reason: 'equivocation', seen: expect.stringContaining('1.3') });
  });

  it('hands out nothing of a history that is not the published one', () => {
    const { gate, journal, frames } = started(4);
    for (const frame of frames) gate.handleFrame(0, frame);
    gate.handleProgress(WALL_MS, otherThan(journal, 3));
    expect(gate.pendingBytes).toBe(0);
    expect(drain(gate)).toEqual(['epoch-started 1', 'halted equivocation', 'discarded 4 through 1.3']);
  });

  it('halts for what the tables found, whether it remembers the frame or not', () => {
    const { gate, journal } = started(1);
    const halt = { reason: 'equivocation', seen: 'seen', cure: 'cure' } as const;
    gate.handleOtherHistory({ epoch: 2, sequence: 9 }, halt);
    expect(gate.isHalted).toBe(false);
    expect(gate.contradictionOf(otherThan(journal, 1))).toBeUndefined();
    gate.handleOtherHistory({ epoch: 1, sequence: 1 }, halt);
    expect(gate.state.halt).toEqual(halt);
  });

  it('halts where a snapshot of its epoch, published by now, has an older state than what was published', () => {
    const { gate } = started(8);
    const at = (sequence: number, epoch = 1) => ({ epoch, sequence, index: 0 });
    const state = { key: 'User|u1', published: at(4), said: at(2), asOf: at(7) };
    gate.handleOlderState({ ...state, asOf: at(7, 2) });
    expect(gate.isHalted).toBe(false);
    gate.handleOlderState(state);
    expect(gate.state.halt).toEqual({
      reason: 'restored-sender',
      seen: 'Restored or cloned sender: its state as of frame 1.7 has User|u1 as of 1.2.0, and 1.4.0 was published.',
      cure: expect.stringContaining('diode-sender new-epoch DIR --epoch 2 --again-from 1'),
    });
  });

  it('has what is missing behind the last published frame go on from that one', () => {
    const { gate, journal, frames } = started(8);
    for (const index of [0, 6, 7]) gate.handleFrame(0, frames[index] as VerifiedFrame);
    drain(gate, HOLD_MS);
    gate.handleProgress(WALL_MS, otherThan(journal, 4));
    expect(gate.state.gaps).toMatchObject([{ from: 5, to: 6, beforeDigest: Buffer.alloc(32, 7) }]);
    gate.handleFrame(0, frames[4] as VerifiedFrame);
    expect(gate.state.halt).toMatchObject({ reason: 'chain' });
  });

  it('goes on with the frames that waited for what was published long ago', () => {
    const { journal, frames } = started(7);
    const gate = newGate();
    gate.handleHello(0, bodyOf(journal), 'first');
    for (const index of [1, 2, 4, 6]) gate.handleFrame(0, frames[index] as VerifiedFrame);
    gate.handleProgress(WALL_MS, published(journal, 4, [[2, 2]]));
    expect(drain(gate)).toEqual(['joined at 7', 'epoch-started 1', 'release 2', 'gap-closed 2-2', 'release 5']);
    expect([gate.heldFrames, gate.heldBytes]).toEqual([1, frames[6]?.bytes.length]);
  });

  it('misses only what neither its own disk nor the progress topic has', () => {
    const { gate, journal, frames } = started(10);
    for (const index of [0, 5, 9]) gate.handleFrame(0, frames[index] as VerifiedFrame);
    drain(gate, HOLD_MS);
    gate.handleProgress(
      WALL_MS,
      published(journal, 7, [
        [3, 3],
        [6, 6],
      ]),
    );
    expect(gate.state.gaps.map(({ from, to }) => [from, to])).toEqual([
      [3, 3],
      [8, 9],
    ]);
    expect(
      gate.handleProgress(
        WALL_MS,
        published(journal, 7, [
          [3, 3],
          [6, 6],
        ]),
      ),
    ).toBe('same');
  });
});

describe('gate, judging a hello', () => {
  it('pins the first epoch, then follows it', () => {
    const gate = newGate();
    const journal = new ModelJournal();
    expect(gate.judgeHello(bodyOf(journal), true)).toBe('first');
    gate.handleHello(0, bodyOf(journal), 'first');
    journal.append();
    expect(gate.judgeHello(bodyOf(journal), true)).toBe('follow');
  });

  it('takes a new session with a head below what was accepted for a restored sender', () => {
    const { gate, journal, frames } = started(3);
    const old = bodyOf(journal, { head: { ...journal.head, sequence: 1, digest: frames[0]?.digest as Uint8Array } });
    gate.handleFrame(0, frames[2] as VerifiedFrame);
    expect(gate.judgeHello(old, true)).toMatchObject({ reason: 'restored-sender' });
    expect(gate.judgeHello(old, false)).toBe('follow');
  });

  it('takes a head below a position that Kafka told for a restored sender, once what was sent before is here', () => {
    const { gate, journal, frames } = started(4);
    const below = bodyOf(journal, { head: { ...journal.head, sequence: 2, digest: frames[1]?.digest as Uint8Array } });
    // The frame that came is the second one of its name, perhaps: nothing tells that it is the one that was published.
    for (const frame of frames.slice(0, 2)) gate.handleFrame(0, frame);
    drain(gate);
    gate.handleProgress(WALL_MS, published(journal, 4, []));
    const recentFrames = frames.slice(0, 2).map(({ header, digest, bytes }) => {
      return { sequence: header.sequence, digest, frameBytes: bytes.length };
    });
    const restarted = new Gate({
      boundary: BOUNDARY,
      stream: STREAM,
      holdMs: HOLD_MS,
      state: gate.state,
      recentFrames,
    });
    for (const each of [gate, restarted]) {
      expect(each.isBehindUs(100, below)).toBe(false);
      expect(each.judgeHello(below, false)).toBe('follow');
      each.handleHello(100, below, 'follow');
      const isBehind = (waitedMs: number, hello = below) => each.isBehindUs(100 + waitedMs, hello);
      // A head that was overtaken by held frames is not below what Kafka told.
      expect([isBehind(HOLD_MS - 1), isBehind(HOLD_MS), isBehind(HOLD_MS, bodyOf(journal))]).toEqual([
        false,
        true,
        false,
      ]);
      expect(each.judgeHello(below, true)).toMatchObject({
        reason: 'restored-sender',
        cure: expect.stringContaining('--again-from 1;'),
      });
    }
  });

  it('knows again what came before a position that Kafka told, once the sender goes on from there or names it', () => {
    for (const confirm of ['frame', 'healed frame', 'head'] as const) {
      const { gate, journal, frames } = started(6);
      const headOf = (sequence: number) => {
        const digest = frames[sequence - 1]?.digest as Uint8Array;
        return bodyOf(journal, { head: { ...journal.head, sequence, digest } });
      };
      for (const frame of frames.slice(0, 2)) gate.handleFrame(0, frame);
      gate.handleProgress(WALL_MS, published(journal, 4, []));
      if (confirm === 'healed frame') {
        gate.handleFrame(0, frames[5] as VerifiedFrame);
        drain(gate, HOLD_MS);
      }
      if (confirm !== 'head') expect(gate.handleFrame(0, frames[4] as VerifiedFrame)).toMatch(/released|healed/);
      else gate.handleHello(0, headOf(4), 'follow');
      const isBehind = [0, HOLD_MS].map((nowMs) => gate.isBehindUs(nowMs, headOf(2)));
      expect([...isBehind, gate.state.adopted]).toEqual([false, false, undefined]);
      expect(gate.judgeHello(headOf(2), true)).toMatchObject({ cure: expect.stringContaining('--again-from 3;') });
    }
  });

  it('takes another digest at a known sequence for a second history', () => {
    const { gate, journal, frames } = started(2);
    gate.handleFrame(0, frames[0] as VerifiedFrame);
    const head = { ...journal.head, sequence: 1, digest: Buffer.alloc(32, 5) };
    expect(gate.judgeHello(bodyOf(journal, { head }), false)).toMatchObject({ reason: 'equivocation' });
  });

  it('takes another id of the same epoch, or a lower epoch, for a cloned or restored sender', () => {
    const { gate, journal } = started(0);
    const head = { ...journal.head, epochId: Buffer.alloc(16, 77) };
    expect(gate.judgeHello(bodyOf(journal, { head }), true)).toMatchObject({ reason: 'epoch-id' });
    const later = newGate();
    later.handleHello(0, bodyOf(new ModelJournal({ epoch: 3 })), 'first');
    expect(later.judgeHello(bodyOf(journal), true)).toMatchObject({ reason: 'restored-sender' });
  });

  it('accepts a new epoch only where it goes on from no less than what is known', () => {
    const { gate, journal, frames } = started(2);
    for (const frame of frames) gate.handleFrame(0, frame);
    const next = new ModelJournal({ epoch: 2 });
    const from = (previousEpoch: HelloBody['previousEpoch']) => gate.judgeHello(bodyOf(next, { previousEpoch }), true);
    expect(from({ ...journal.head, oldestSequence: 0 })).toBe('next-epoch');
    expect(from({ ...journal.head, oldestSequence: 0, digest: Buffer.alloc(32, 1) })).toMatchObject({
      reason: 'equivocation',
    });
    expect(from({ ...journal.head, oldestSequence: 0, sequence: 1 })).toMatchObject({ reason: 'epoch-below' });
    expect(from({ ...journal.head, oldestSequence: 0, epochId: Buffer.alloc(16, 9) })).toMatchObject({
      reason: 'epoch-below',
    });
    expect(from(undefined)).toMatchObject({ reason: 'epoch-below' });
  });

  it('starts a new epoch with nothing held, its gaps lost, and the halt over', () => {
    const { gate, journal, frames } = started(4);
    for (const index of [0, 2]) gate.handleFrame(0, frames[index] as VerifiedFrame);
    drain(gate, HOLD_MS);
    gate.halt({ reason: 'chain', seen: '', cure: '' });
    const next = new ModelJournal({ epoch: 2 });
    gate.handleHello(0, bodyOf(next, { previousEpoch: { ...journal.head, oldestSequence: 0 } }), 'next-epoch');
    expect(drain(gate, HOLD_MS)).toEqual([
      'halted chain',
      'gap-lost 2-2',
      'gap-lost 4-4',
      'epoch-started 2 after halt',
    ]);
    expect(gate.handleFrame(0, verified(next.append()))).toBe('released');
    expect(gate.handleFrame(0, frames[3] as VerifiedFrame)).toBe('epoch');
  });
});

function started(count: number) {
  const gate = newGate();
  const journal = new ModelJournal();
  gate.handleHello(0, bodyOf(journal), 'first');
  const frames = Array.from({ length: count }, () => verified(journal.append()));
  return { gate, journal, frames };
}

function verified(frame: SentFrame): VerifiedFrame {
  const result = verifyFrame(frame.bytes, senderKeys);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

function placeOf({ epoch, epochId, sequence, previousDigest }: SentFrame['header']) {
  return { epoch, epochId, sequence, previousDigest };
}

function bodyOf(
  journal: ModelJournal,
  changes: { [Key in keyof HelloBody]?: HelloBody[Key] | undefined } = {},
): HelloBody {
  const datagram = decodeHelloDatagram(new ModelSession(journal).hello(changes as Partial<HelloBody>));
  const hello = typeof datagram === 'string' ? datagram : decodeHello(datagram.hello);
  const body = typeof hello === 'string' ? hello : decodeHelloBody(hello.body);
  if (typeof body === 'string') throw new Error(body);
  return body;
}

function published(journal: ModelJournal, sequence: number, gaps: readonly (readonly [number, number])[]) {
  const digest = Buffer.from(journal.frames[sequence - 1]?.digest as Uint8Array).toString('hex');
  return { epoch: 1, epochId: Buffer.from(journal.epochId).toString('hex'), sequence, digest, gaps };
}

/** The same of a history in which that frame is another one. */
function otherThan(journal: ModelJournal, sequence: number) {
  return { ...published(journal, sequence, []), digest: '07'.repeat(32) };
}

/** Every second frame is missing, one gap a frame; `lost` of them more than may be open. */
function withLostGaps(lost: number) {
  const count = RECEIVER_LIMITS.maxOpenGaps + lost;
  const stream = started(2 * count);
  for (let index = 1; index < 2 * count; index += 2) stream.gate.handleFrame(0, stream.frames[index] as VerifiedFrame);
  drain(stream.gate, HOLD_MS);
  return stream;
}

function drain(gate: Gate, nowMs = 0): string[] {
  const told: string[] = [];
  for (let next = gate.poll(nowMs, WALL_MS); next !== undefined; next = gate.poll(nowMs, WALL_MS))
    told.push(name(next));
  return told;
}

function name(decision: GateDecision): string {
  switch (decision.kind) {
    case 'release':
      return `release ${decision.frame.header.sequence}`;
    case 'gap-opened':
    case 'gap-lost':
      return `${decision.kind} ${decision.gap.from}-${decision.gap.to}`;
    case 'gap-closed':
      return `gap-closed ${decision.from}-${decision.to}`;
    case 'epoch-started':
      return `epoch-started ${decision.epoch}${decision.wasHalted ? ' after halt' : ''}`;
    case 'lost-healed':
      return `lost-healed ${decision.frames}`;
    case 'joined':
      return `joined at ${decision.sequence}`;
    case 'halted':
      return `halted ${decision.halt.reason}`;
    case 'discarded':
      return `discarded ${decision.frames} through ${decision.epoch}.${decision.sequence}`;
  }
}

describe('a whole snapshot', () => {
  it('closes gaps up to its state, and what comes of them afterwards is old', () => {
    const { gate, frames } = started(8);
    for (const index of [0, 2, 3, 7]) gate.handleFrame(0, frames[index] as VerifiedFrame);
    drain(gate, HOLD_MS);
    gate.handleSnapshot({ epoch: 2, sequence: 8 });
    expect(gate.state.gaps).toHaveLength(2);
    gate.handleSnapshot({ epoch: 1, sequence: 5 });
    expect(drain(gate)).toEqual(['gap-closed 2-2', 'gap-closed 5-5']);
    expect(gate.state.gaps).toMatchObject([{ from: 6, to: 7 }]);
    expect(gate.handleFrame(0, frames[1] as VerifiedFrame)).toBe('old');
    expect(gate.wanted({ epoch: 1, sequence: 5, frameBytes: 100 })).toBe(false);
    for (const index of [5, 6]) expect(gate.handleFrame(0, frames[index] as VerifiedFrame)).toBe('healed');
    expect(gate.state.gaps).toEqual([]);
  });
});
