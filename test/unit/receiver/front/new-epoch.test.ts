import { describe, expect, it } from 'vitest';
import { epochChoice } from '../../../../receiver/gate/epoch-choice.ts';
import { acceptEpochBody, epochRequests } from '../../../../receiver/gate/epoch-requests.ts';
import { readGate } from '../../../../receiver/gate/gate-store.ts';
import { againFrom } from '../../../../receiver/gate/head-judgement.ts';
import { RecentFrames } from '../../../../receiver/gate/recent-frames.ts';
import { RECEIVER_LIMITS, WIRE_LIMITS } from '../../../../src/limits.ts';
import { DiodeError } from '../../../../src/ops/diode-error.ts';
import type { Head } from '../../../../src/wire/hello.ts';
import { FrontHalf, HOLD_MS } from '../../../support/front-half.ts';
import { ModelJournal, ModelSession, type SentFrame, signFrame, WALL_MS } from '../../../support/model-sender.ts';

const previous = (head: Head): Head => ({ ...head, oldestSequence: 0 });

describe('a new epoch at the receiver', () => {
  it('ends a halt by itself where it goes on from all that is known', () => {
    const { front, journal } = halted();
    const { next, session } = newEpoch(2);
    meet(front, session, journal.head);
    front.receive(...session.datagrams(next.append()));
    expect(front.status.gate).toMatchObject({ epoch: 2, sequence: 1 });
    expect(front.status.gate.halted).toBeUndefined();
    expect(front.eventNames()).toContain('stream-resumed');
  });

  it('waits for the operator where it goes on from less, says which, and goes on after the word', () => {
    const { front, journal } = halted();
    const { next, session } = newEpoch(2);
    meet(front, session, headAt(journal, 1));
    expect(front.status.gate.halted).toMatchObject({
      reason: 'epoch-below',
      seen: 'The sender started epoch 2 (0202020202020202), which goes on from frame 1.1; this receiver knows up to 1.3.',
      cure: expect.stringMatching(/type here: diode-receiver accept-epoch DIR$/),
      offeredEpoch: { epoch: 2, epochId: '02'.repeat(16) },
    });
    expect(stored(front)).toMatchObject({ onlyHere: [[2, 3]], isAccepted: false, known: { sequence: 3 } });
    expect(accept(front, 2, next.epochId)).toMatchObject({ outcome: 'done', detail: { wasKnown: false } });
    expect(stored(front)?.isAccepted).toBe(true);
    expect(front.status.gate.halted).toBeDefined();
    meet(front, session, headAt(journal, 1));
    front.receive(...session.datagrams(next.append()));
    expect(front.status.gate).toMatchObject({ epoch: 2, sequence: 1 });
    expect(front.status.gate.halted).toBeUndefined();
    expect(front.audited.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['stream-halted', 'epoch-accepted', 'stream-resumed']),
    );
  });

  it('keeps offer and word over a restart, and a word given twice changes nothing', () => {
    const { front, journal, session: before } = halted();
    const { next, session } = newEpoch(2);
    meet(front, session, undefined);
    const again = new FrontHalf({ store: front.store });
    again.open(before);
    expect(stored(again)).toMatchObject({ offer: { epoch: 2 }, onlyHere: [[1, 3]] });
    accept(again, 2, next.epochId);
    expect(accept(again, 2, next.epochId)).toMatchObject({ outcome: 'done', detail: { wasKnown: true } });
    const third = new FrontHalf({ store: front.store });
    third.open(before);
    meet(third, session, undefined);
    expect(third.status.gate).toMatchObject({ epoch: 2, sequence: 0 });
    // The file of the request may be met once more.
    expect(accept(third, 2, next.epochId)).toMatchObject({ outcome: 'done', detail: { wasKnown: true } });
    expect(journal.head.sequence).toBe(3);
  });

  it('takes the word for one epoch alone: a forged one with the same number stays out', () => {
    const { front } = halted();
    const { next, session } = newEpoch(2);
    const forged = new ModelSession(new ModelJournal({ epoch: 2, epochId: 99 }), { number: 1, id: 99 });
    meet(front, session, undefined);
    accept(front, 2, next.epochId);
    meet(front, forged, undefined);
    expect(front.status.gate.halted).toMatchObject({ offeredEpoch: { epochId: '63'.repeat(16) } });
    expect(stored(front)?.isAccepted).toBe(false);
    meet(front, session, undefined);
    expect(front.status.gate).toMatchObject({ epoch: 2, epochId: '02'.repeat(16) });
    meet(front, forged, undefined);
    expect(front.status.gate.halted?.reason).not.toBe('epoch-below');
  });

  it.each([
    ['an epoch that was there before', { epoch: 1, epochId: Buffer.alloc(16, 7) }],
    ['one beyond half of the numbers that are left', { epoch: 2 ** 52 + 2, epochId: Buffer.alloc(16, 7) }],
  ])('refuses the word for %s', (_, choice) => {
    const { front } = halted();
    expect(epochRequestsOf(front)(acceptEpochBody(choice)).outcome).toBe('refused');
  });

  it.each([undefined, {}, { epoch: '2', epochId: '02' }, { epoch: 2, epochId: 'zz'.repeat(16) }, { epoch: 2.5 }])(
    'refuses a request that names no epoch: %j',
    (body) => {
      expect(epochRequestsOf(halted().front)(body).outcome).toBe('refused');
    },
  );

  it('gives the word only once it is on disk', () => {
    const { front } = halted();
    const { session } = newEpoch(2);
    meet(front, session, undefined);
    const full = { acceptEpoch: () => 'accepted' as const, poll: () => undefined, isCommitted: false };
    const handler = epochRequests({ intake: full, nowMs: () => 0, wallMs: () => 0 })['accept-epoch'];
    const body = acceptEpochBody({ epoch: 2, epochId: Buffer.alloc(16, 2) });
    expect(() => handler?.({ id: '1', kind: 'accept-epoch', body })).toThrow(DiodeError);
  });

  it('reports as lost what the old epoch had and what never came', () => {
    const { front, journal, session } = started(6);
    front.receive(...[0, 2].flatMap((index) => session.datagrams(journal.frames[index] as never)));
    front.pass(HOLD_MS);
    const { session: later } = newEpoch(2);
    meet(front, later, journal.head);
    expect(front.audited.filter(({ event }) => event === 'gap-lost')).toEqual([
      { event: 'gap-lost', from: 2, to: 2 },
      { event: 'gap-lost', from: 4, to: 6 },
    ]);
    expect(front.status.gate.lost).toEqual({ through: 0, frames: 4 });
    expect(readGate(front.store).state?.lost).toEqual({ through: 0, frames: 4 });
    front.intake.closeGaps({ epoch: 2, sequence: 0 });
    front.pass(0);
    expect(front.audited).toContainEqual({ event: 'lost-healed', frames: 4 });
    expect(readGate(front.store).state?.lost).toBeUndefined();
  });

  it('needs the word where the new epoch contradicts a frame that is known, too', () => {
    const { front, journal } = halted();
    const { next, session } = newEpoch(2);
    const forked = { ...journal.head, digest: Buffer.alloc(32, 5) };
    meet(front, session, forked);
    expect(front.status.gate.halted).toMatchObject({ reason: 'equivocation', offeredEpoch: { epoch: 2 } });
    accept(front, 2, next.epochId);
    meet(front, session, forked);
    expect(front.status.gate).toMatchObject({ epoch: 2 });
    expect(front.status.gate.halted).toBeUndefined();
  });

  it('does not halt for old hellos that are replayed after it, of whatever session', () => {
    const { front, journal, session } = started(3);
    front.receive(...session.datagrams(journal.frames[2] as never));
    const restored = new ModelSession(new ModelJournal(), { number: 17 });
    const replayed = restored.hello();
    front.receive(replayed);
    expect(front.status.gate.halted).toBeDefined();
    // The sender lost its disk, so its sessions count from 1 again.
    const { next, session: later } = newEpoch(2);
    const hello = later.hello({ sentAtMs: WALL_MS + 60_000 });
    front.meet(later, hello);
    accept(front, 2, next.epochId);
    front.meet(later, later.hello({ sentAtMs: WALL_MS + 70_000 }));
    expect(front.status.gate.epoch).toBe(2);
    front.receive(replayed, hello, session.hello({ sentAtMs: WALL_MS + 1 }));
    expect(front.status.gate.halted).toBeUndefined();
    expect(front.status.hellos['hello-stale']).toBe(3);
  });

  it('halts again where a clone of the old epoch still runs', () => {
    const { front, journal } = halted();
    const { session: later } = newEpoch(2);
    meet(front, later, journal.head);
    expect(front.status.gate.halted).toBeUndefined();
    const clone = new ModelSession(journal, { number: 40 });
    front.receive(clone.hello({ sentAtMs: WALL_MS + 1 }));
    expect(front.status.gate.halted).toMatchObject({
      reason: 'restored-sender',
      cure: expect.stringContaining('diode-sender new-epoch DIR --epoch 3 --again-from 4;'),
    });
  });

  it('halts where an earlier session goes on although a later one runs: two clones', () => {
    const { front, journal, session } = started(3);
    const clone = new ModelSession(journal, { number: 4 });
    front.meet(clone);
    front.receive(session.hello({ sentAtMs: WALL_MS }));
    expect(front.status.gate.halted).toBeUndefined();
    front.receive(session.hello({ sentAtMs: WALL_MS + 1 }));
    expect(front.status.gate.halted).toMatchObject({ reason: 'restored-sender' });
  });

  it('drops a stored hello of an epoch that ended meanwhile', () => {
    const { front, journal, session } = started(3);
    const progress = { epoch: 2, epochId: '02'.repeat(16), sequence: 9, digest: '07'.repeat(32), gaps: [] };
    front.intake.adoptProgress(front.wallMs, progress);
    front.poll();
    const again = new FrontHalf({ store: front.store });
    again.open(session);
    expect(again.status.gate.halted).toBeUndefined();
    expect(again.status.gate.epoch).toBe(2);
    expect(journal.epoch).toBe(1);
  });
});

describe('from which frame on a restored sender says all again', () => {
  const cureOf = (front: FrontHalf) => /--again-from (\d+)/.exec(front.status.gate.halted?.cure ?? '')?.[1];

  it('is the one behind its head, where that head is known here', () => {
    const { front, journal } = known();
    const restored = new ModelSession(journal, { number: 9 });
    front.receive(restored.hello({ head: headAt(journal, 2) }));
    expect(cureOf(front)).toBe('3');
  });

  it('is the first, where its head is another frame: nobody knows where the histories part', () => {
    for (const number of [2, 9]) {
      const { front, journal } = known();
      const head = { ...headAt(journal, 2), digest: Buffer.alloc(32, 5) };
      front.receive(new ModelSession(journal, { number, id: 77 }).hello({ head, sentAtMs: WALL_MS + 1 }));
      expect(cureOf(front)).toBe('1');
    }
  });

  it('is the first, where a copy ran on beyond what is known here, or into what is missing here', () => {
    const ahead = known();
    const beyond = { ...headAt(ahead.journal, 3), sequence: 5, digest: Buffer.alloc(32, 5) };
    ahead.front.receive(
      new ModelSession(ahead.journal, { number: 2, id: 77 }).hello({ head: beyond, sentAtMs: WALL_MS + 1 }),
    );
    expect(cureOf(ahead.front)).toBe('1');
    const { front, journal, session } = started(3);
    front.receive(...session.datagrams(journal.frames[2] as SentFrame));
    front.receive(new ModelSession(journal, { number: 9, id: 77 }).hello({ head: headAt(journal, 1) }));
    expect(cureOf(front)).toBe('1');
  });

  it('is the first, where nothing has come yet of the sender that runs: it may be the one that stays', () => {
    const { front, journal, session } = known();
    const other = { ...headAt(journal, 3), sequence: 5, digest: Buffer.alloc(32, 5) };
    const running = new ModelSession(journal, { number: 9, id: 77 });
    front.meet(running, running.hello({ head: other }));
    expect(front.status.gate.halted).toBeUndefined();
    front.receive(session.hello({ sentAtMs: WALL_MS + 1 }));
    expect(cureOf(front)).toBe('1');
  });

  it('is the one behind its head, where that was forgotten long ago: else an old backup would undo every delete', () => {
    const head = { ...new ModelJournal().head, sequence: 4, digest: Buffer.alloc(32, 5) };
    const unknown = { digestAt: () => undefined, hasForgotten: () => false };
    expect(againFrom(head, unknown)).toBe(1);
    expect(againFrom(head, { ...unknown, hasForgotten: () => true })).toBe(5);
    const recent = new RecentFrames([], 2);
    for (const sequence of [5, 6, 8]) recent.add({ sequence, digest: head.digest, frameBytes: 1 });
    expect([4, 5, 7, 9].map((sequence) => recent.hasForgotten(sequence))).toEqual([true, true, false, false]);
  });

  it('is the very frame that came twice, where the one before is the same', () => {
    const { front, journal, session } = known();
    const place = { epoch: 1, epochId: journal.epochId, sequence: 3 };
    const previousDigest = journal.frames[1]?.digest as Uint8Array;
    front.receive(...session.datagrams(signFrame({ ...place, previousDigest }, Buffer.alloc(400, 1))));
    expect([front.status.gate.halted?.reason, cureOf(front)]).toEqual(['equivocation', '3']);
    const other = known();
    other.front.receive(
      ...other.session.datagrams(signFrame({ ...place, previousDigest: Buffer.alloc(32, 5) }, Buffer.alloc(400, 1))),
    );
    expect([other.front.status.gate.halted?.reason, cureOf(other.front)]).toEqual(['equivocation', '1']);
  });

  function known() {
    const { front, journal, session } = started(3);
    front.receive(...journal.frames.flatMap((frame) => session.datagrams(frame)));
    return { front, journal, session };
  }
});

/** Whoever has the sender's keys can halt a stream at any time; it must never be for ever. */
describe('a hostile but authentic jump', () => {
  it.each<[string, (hostile: { readonly journal: ModelJournal; readonly front: FrontHalf }) => void]>([
    [
      'of the sequence, by a hello and a frame',
      ({ journal, front }) => {
        const far = WIRE_LIMITS.maxSequence - 1;
        const head = { ...journal.head, sequence: far, digest: Buffer.alloc(32, 6) };
        const session = new ModelSession(journal, { number: 5, id: 66 });
        front.meet(session, session.hello({ head }));
        const place = { epoch: 1, epochId: journal.epochId, sequence: far + 1, previousDigest: head.digest };
        front.receive(...session.datagrams(signFrame(place, Buffer.from('hostile'))));
        front.pass(HOLD_MS);
        expect(front.status.gate.sequence).toBe(far + 1);
      },
    ],
    [
      "of the session's number, its time and its counter",
      ({ journal, front }) => {
        const top = 2 ** 53 - 1;
        const session = new ModelSession(journal, { number: top, id: 66 });
        front.meet(session, session.hello({ sentAtMs: top, counter: top }));
        expect(front.status.hellos.accepted).toBe(2);
      },
    ],
    [
      'of the epoch by itself, as far as that goes',
      ({ journal, front }) => {
        let last = journal.head;
        for (let step = 1; step < 5; step++) {
          const hostile = new ModelJournal({ epoch: 1 + step * RECEIVER_LIMITS.maxEpochJump, epochId: 66 + step });
          meet(front, new ModelSession(hostile, { number: 5, id: 66 + step }), last);
          last = hostile.head;
        }
        expect(front.status.gate.epoch).toBe(1 + 4 * RECEIVER_LIMITS.maxEpochJump);
      },
    ],
    [
      'by a previous epoch at the end of all sequences',
      ({ journal, front }) => {
        const hostile = new ModelSession(new ModelJournal({ epoch: 2, epochId: 66 }), { number: 5, id: 66 });
        meet(front, hostile, { ...journal.head, sequence: WIRE_LIMITS.maxSequence, digest: Buffer.alloc(32, 6) });
        expect(front.status.gate).toMatchObject({ epoch: 2, epochId: '42'.repeat(16) });
      },
    ],
    [
      'of the creation times into the far future',
      ({ journal, front }) => {
        const session = new ModelSession(journal, { number: 5, id: 66 });
        front.meet(session, session.hello({ sentAtMs: 2 ** 53 - 1 }));
        front.receive(...session.datagrams(journal.append(9, { header: { createdAtMs: 2 ** 53 - 1 } })));
        expect(front.status.clock).toMatchObject({ isTrusted: false, reason: 'behind' });
      },
    ],
  ])('%s, is healed by the honest sender in a new epoch', (_, attack) => {
    const { front, journal, session } = started(3);
    front.receive(...session.datagrams(journal.frames[0] as never));
    const honest = journal.head;
    attack({ journal, front });
    // The operator takes the number from `status`, and both commands do what they are for.
    const { next, session: later } = newEpoch(front.status.gate.epoch + 1, 7);
    const hello = () => later.hello({ previousEpoch: previous(honest) });
    front.meet(later, hello());
    if (front.status.gate.halted !== undefined) {
      expect(front.status.gate.halted.cure).toContain('accept-epoch');
      accept(front, next.epoch, next.epochId);
      front.meet(later, hello());
    }
    front.receive(...later.datagrams(next.append()));
    front.receive(later.hello({ previousEpoch: previous(honest) }));
    expect(front.status.gate).toMatchObject({ epoch: next.epoch, sequence: 1 });
    expect(front.status.gate.halted).toBeUndefined();
    expect(front.status.clock.isTrusted).toBe(true);
    expect(front.status.hellos.accepted).toBeGreaterThan(2);
    const restarted = new ModelSession(next, { number: 8 });
    front.meet(restarted);
    front.receive(...restarted.datagrams(next.append()));
    expect(front.status.gate).toMatchObject({ epoch: next.epoch, sequence: 2 });
  });

  it.each([2 ** 52 + 2, 2 ** 53 - 1])('of the epoch to %i is refused and counted, and halts nothing', (epoch) => {
    const { front, journal } = started(1);
    const hostile = new ModelSession(new ModelJournal({ epoch, epochId: 66 }), { number: 5, id: 66 });
    meet(front, hostile, journal.head);
    expect(front.status.hellos['hello-epoch-jump']).toBe(1);
    expect(front.status.gate).toMatchObject({ epoch: 1 });
    expect(front.status.gate.halted).toBeUndefined();
  });

  it('of the epoch beyond what is followed by itself waits for the operator', () => {
    const { front, journal } = started(1);
    const far = new ModelSession(new ModelJournal({ epoch: 2 + RECEIVER_LIMITS.maxEpochJump }), { number: 5, id: 66 });
    meet(front, far, journal.head);
    expect(front.status.gate.halted).toMatchObject({ reason: 'epoch-below' });
  });

  it('of the first epoch that a receiver hears is refused likewise', () => {
    const front = new FrontHalf();
    const hostile = new ModelSession(new ModelJournal({ epoch: 2 ** 53 - 1, epochId: 66 }));
    front.meet(hostile);
    expect(front.status.hellos['hello-epoch-jump']).toBe(1);
    front.meet(new ModelSession(new ModelJournal()));
    expect(front.status.gate.epoch).toBe(1);
  });
});

/** A receiver that knows `count` frames by their head, in session 3. */
function started(count: number) {
  const front = new FrontHalf();
  const journal = new ModelJournal();
  for (let made = 0; made < count; made++) journal.append();
  const session = new ModelSession(journal, { number: 3 });
  front.meet(session);
  return { front, journal, session };
}

/** It has frames 1 to 3, and a restored sender came. */
function halted() {
  const { front, journal, session } = started(3);
  front.receive(...journal.frames.flatMap((frame) => session.datagrams(frame)));
  front.receive(new ModelSession(new ModelJournal(), { number: 4 }).hello());
  expect(front.status.gate.halted).toMatchObject({ reason: 'restored-sender' });
  return { front, journal, session };
}

function newEpoch(epoch: number, number = 1) {
  const next = new ModelJournal({ epoch, epochId: epoch % 251 });
  return { next, session: new ModelSession(next, { number, id: 50 }) };
}

function meet(front: FrontHalf, session: ModelSession, from: Head | undefined): void {
  front.meet(session, session.hello(from ? { previousEpoch: previous(from) } : {}));
}

function headAt(journal: ModelJournal, sequence: number): Head {
  return { ...journal.head, sequence, digest: journal.frames[sequence - 1]?.digest as Uint8Array };
}

function stored(front: FrontHalf) {
  return epochChoice(readGate(front.store).state);
}

function accept(front: FrontHalf, epoch: number, epochId: Uint8Array) {
  return epochRequestsOf(front)(acceptEpochBody({ epoch, epochId }));
}

function epochRequestsOf(front: FrontHalf) {
  const handlers = epochRequests({ intake: front.intake, nowMs: () => front.nowMs, wallMs: () => front.wallMs });
  const handler = handlers['accept-epoch'] as NonNullable<(typeof handlers)[string]>;
  return (body: unknown) => handler({ id: '1', kind: 'accept-epoch', body });
}
