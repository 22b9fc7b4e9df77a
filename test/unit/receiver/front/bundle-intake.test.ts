/** Bundles at the gate of a running receiver: what a manifest's heads may do, and what they must not. */
import { describe, expect, it } from 'vitest';
import { FrontHalf, HOLD_MS } from '../../../support/front-half.ts';
import { ModelJournal, ModelSession } from '../../../support/model-sender.ts';

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

const begin = (front: FrontHalf, heads: Parameters<FrontHalf['intake']['handleBundle']>[2]) =>
  front.intake.handleBundle(front.nowMs, front.wallMs, heads);

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
