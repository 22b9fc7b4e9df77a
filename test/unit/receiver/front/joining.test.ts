import { describe, expect, it } from 'vitest';
import { WholeState } from '../../../../receiver/publish/whole-state.ts';
import { FrontHalf } from '../../../support/front-half.ts';
import { ModelJournal, ModelSession } from '../../../support/model-sender.ts';

describe('the first hello ever', () => {
  it('makes a receiver that meets a journal under way wait to be whole, durably, with what the hello brought', () => {
    const journal = new ModelJournal();
    for (let count = 0; count < 3; count++) journal.append();
    const front = new FrontHalf();
    front.meet(new ModelSession(journal));
    expect(new WholeState(front.store).current).toMatchObject({ reason: 'joined', epoch: 1, sequence: 3 });
    expect(front.audited).toContainEqual({ event: 'stream-joined', epoch: 1, headSequence: 3 });
    // A later session, with a longer journal, changes nothing.
    journal.append();
    const again = new FrontHalf({ store: front.store });
    again.meet(new ModelSession(journal, { number: 2 }));
    expect(new WholeState(front.store).current).toMatchObject({ sequence: 3 });
  });

  it('leaves it whole where the journal is empty', () => {
    const front = new FrontHalf();
    front.meet(new ModelSession(new ModelJournal()));
    expect(new WholeState(front.store).current).toBeUndefined();
  });

  it('is none where Kafka told first what was published: that says what was lost', () => {
    const journal = new ModelJournal();
    journal.append();
    const front = new FrontHalf();
    const { epochId } = journal;
    const digest = Buffer.from(journal.head.digest).toString('hex');
    front.intake.adoptProgress(front.wallMs, {
      epoch: 1,
      epochId: Buffer.from(epochId).toString('hex'),
      sequence: 1,
      digest,
      gaps: [],
    });
    front.meet(new ModelSession(journal));
    expect(new WholeState(front.store).current).toBeUndefined();
  });

  it('has its gaps closed by a whole snapshot, on disk too', () => {
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    const front = new FrontHalf();
    front.meet(session);
    const frames = [journal.append(), journal.append(), journal.append()];
    for (const index of [0, 2]) front.receive(...session.datagrams(frames[index] as never));
    front.nowMs += 10_000;
    front.poll();
    expect(front.intake.status(front.nowMs).gate.gaps).toHaveLength(1);
    front.intake.closeGaps({ epoch: 1, sequence: 2 });
    front.poll();
    expect(front.audited).toContainEqual({ event: 'gap-closed', from: 2, to: 2, by: 'snapshot' });
    const again = new FrontHalf({ store: front.store });
    expect(again.intake.status(again.nowMs).gate.gaps).toEqual([]);
  });
});
