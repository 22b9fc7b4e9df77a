/** Bundles at the gate of a running receiver: what a manifest's heads may do, and what they must not. */
import { describe, expect, it } from 'vitest';
import type { AnnouncedHeads } from '../../../../receiver/gate/head-judgement.ts';
import { FrontHalf, HOLD_MS } from '../../../support/front-half.ts';
import { ModelJournal, ModelSession, WALL_MS } from '../../../support/model-sender.ts';

function journalOf(frames: number, epoch = 1): ModelJournal {
  const journal = new ModelJournal({ epoch });
  for (let at = 0; at < frames; at++) journal.append();
  return journal;
}

function take(front: FrontHalf, journal: ModelJournal, from = 1, to = journal.frames.length): readonly string[] {
  const frames = journal.frames.slice(from - 1, to);
  const outcomes = frames.map(({ bytes }) => front.intake.handleBundleFrame(front.nowMs, front.wallMs, bytes));
  front.poll();
  return outcomes;
}

/** Made now. */
const begin = (front: FrontHalf, heads: AnnouncedHeads) =>
  front.intake.handleBundle(front.nowMs, front.wallMs, { ...heads, createdAtMs: front.wallMs });

describe('a bundle at the intake', () => {
  it('pins the epoch of a receiver that never heard a hello, and opens no session', () => {
    const front = new FrontHalf();
    const journal = journalOf(3);
    expect(begin(front, { head: journal.head })).toBe('ready');
    expect(take(front, journal)).toEqual(['released', 'released', 'released']);
    expect([front.spooled, front.status.gate.epoch, front.status.session]).toEqual([['1', '2', '3'], 1, undefined]);
    expect(front.eventNames()).toContain('stream-joined');
    expect(front.status.lastHelloAgeMs).toBeUndefined();
  });

  it('mixes with the link: a frame by both ways is taken once, and the session goes on', () => {
    const front = new FrontHalf();
    const journal = journalOf(4);
    const session = new ModelSession(journal);
    front.meet(session);
    front.receive(...session.datagrams(journal.frames[0] as never));
    expect(begin(front, { head: journal.head })).toBe('ready');
    expect(take(front, journal, 1, 3)).toEqual(['duplicate', 'released', 'released']);
    front.receive(...session.datagrams(journal.frames[2] as never), ...session.datagrams(journal.frames[3] as never));
    expect(front.spooled).toEqual(['1', '2', '3', '4']);
  });

  it('heals a gap', () => {
    const front = new FrontHalf();
    const journal = journalOf(4);
    const session = new ModelSession(journal);
    front.meet(session);
    front.receive(...session.datagrams(journal.frames[0] as never), ...session.datagrams(journal.frames[3] as never));
    front.pass(HOLD_MS + 1);
    expect(front.status.gate.gaps).toMatchObject([{ from: 2, to: 3 }]);
    begin(front, { head: journal.head });
    expect(take(front, journal, 2, 3)).toEqual(['healed', 'healed']);
    expect(front.status.gate.gaps).toEqual([]);
  });

  it('calls nothing missing that its head names as long as it is being taken in, and then what it lacks', () => {
    const front = new FrontHalf();
    const journal = journalOf(5);
    begin(front, { head: journal.head });
    for (let turn = 0; turn < 5; turn++) {
      front.pass(HOLD_MS - 1);
      front.intake.handleBundleActivity(front.nowMs);
    }
    expect(front.status.gate.gaps).toEqual([]);
    take(front, journal, 1, 3);
    front.pass(HOLD_MS + 1);
    expect(front.status.gate.gaps).toMatchObject([{ from: 4, to: 5 }]);
  });

  it('is no copied sender for being old: neither a head below what is known nor an ended epoch halts', () => {
    const front = new FrontHalf();
    const journal = journalOf(4);
    front.meet(new ModelSession(journal));
    const { epoch, epochId } = journal;
    const second = journal.frames[1];
    const early = { epoch, epochId, sequence: 2, digest: second?.digest as Uint8Array, oldestSequence: 1 };
    take(front, journal);
    expect(begin(front, { head: early })).toBe('ready');
    const next = journalOf(1, 2);
    expect(begin(front, { head: next.head, previousEpoch: { ...journal.head, oldestSequence: 0 } })).toBe('ready');
    expect(begin(front, { head: journal.head })).toBe('old');
    expect(front.status.gate.halted).toBeUndefined();
    expect(take(front, journal, 1, 1)).toEqual(['epoch']);
  });

  it.each([
    ['of the epoch before', 1],
    ['of a session that was never met, and a head below', 2],
  ])(
    'overtakes a hello that is held back, %s: no halt, before and after a restart, but for one signed since',
    (_, number) => {
      const front = new FrontHalf();
      const journal = journalOf(2);
      const session = new ModelSession(journal);
      front.meet(session);
      take(front, journal);
      const late = number === 1 ? session : new ModelSession(journal, { number });
      const hellos = [1, 2].map(() => late.hello({ sentAtMs: WALL_MS + 2_000 }));
      front.pass(3_600_000);
      const next = number === 1 ? journalOf(1, 2) : journal;
      const previousEpoch = number === 1 ? { previousEpoch: { ...journal.head, oldestSequence: 0 } } : {};
      if (number === 2) for (let at = 0; at < 5; at++) journal.append();
      const head = { ...next.head };
      expect(begin(front, { head, ...previousEpoch })).toBe('ready');
      take(front, next, number === 1 ? 1 : 3);
      front.receive(hellos[0] as Buffer);
      expect(front.status.gate.halted).toBeUndefined();
      expect(front.status.hellos['hello-stale']).toBe(1);
      const again = new FrontHalf({ store: front.store });
      again.open(session);
      again.receive(hellos[1] as Buffer);
      expect(again.status.gate.halted).toBeUndefined();
      // A restored sender, which runs now.
      const restored = number === 1 ? session : new ModelSession(journalOf(2), { number: 2 });
      again.meet(restored, restored.hello({ head: journalOf(2).head, sentAtMs: front.wallMs + 1 }));
      expect(again.status.gate.halted).toMatchObject({ reason: 'restored-sender' });
    },
  );

  it('overtakes a hello of a new session whose secret is being opened', () => {
    const front = new FrontHalf();
    const journal = journalOf(2);
    front.meet(new ModelSession(journal));
    take(front, journal);
    const second = new ModelSession(journal, { number: 2 });
    front.pass(1_000);
    front.receive(second.hello({ sentAtMs: front.wallMs }));
    for (let at = 0; at < 5; at++) journal.append();
    begin(front, { head: journal.head });
    take(front, journal, 3);
    front.open(second);
    expect(front.status.gate.halted).toBeUndefined();
    expect(front.status.hellos['hello-stale']).toBe(1);
  });

  it('halts for two histories with the words of the link', () => {
    const front = new FrontHalf();
    const journal = journalOf(3);
    begin(front, { head: journal.head });
    take(front, journal);
    const other = new ModelJournal({ epoch: 1 });
    for (let at = 0; at < 3; at++) other.append(100, { fill: 99 });
    expect(begin(front, { head: other.head })).toBe('halted');
    expect(front.status.gate.halted).toMatchObject({ reason: 'equivocation' });
    expect(begin(front, { head: journal.head })).toBe('halted');
    expect(take(front, journal, 1, 1)).toEqual(['halted']);
  });

  it('waits with a new epoch until it is accepted, and then goes on', () => {
    const front = new FrontHalf();
    const journal = journalOf(3);
    begin(front, { head: journal.head });
    take(front, journal);
    const next = journalOf(2, 5);
    expect(begin(front, { head: next.head })).toBe('halted');
    expect(front.status.gate.halted).toMatchObject({ reason: 'epoch-below' });
    expect(front.intake.acceptEpoch(front.wallMs, next)).toBe('accepted');
    expect(begin(front, { head: next.head })).toBe('ready');
    expect(take(front, next)).toEqual(['released', 'released']);
  });

  it('refuses a frame that nobody signed, and says so', () => {
    const front = new FrontHalf();
    const journal = journalOf(1);
    begin(front, { head: journal.head });
    const forged = Buffer.from(journal.frames[0]?.bytes as Uint8Array);
    forged[forged.length - 1] = (forged.at(-1) as number) ^ 1;
    expect(front.intake.handleBundleFrame(front.nowMs, front.wallMs, forged)).toBe('payload-digest');
    expect(front.eventNames()).toContain('frame-refused');
  });
});
