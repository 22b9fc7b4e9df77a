/** A stream without a live link: frames are journaled, and leave on media. */
import { describe, expect, it } from 'vitest';
import { coreStatus } from '../../../sender/ops/core-status.ts';
import { sha256 } from '../../../src/crypto/digest.ts';
import { coreRig, drive, entriesOf, userLine } from '../../support/sender-rig.ts';

describe('a sender without a link', () => {
  it('journals and audits, sends nothing, and owes no repeat', async () => {
    const { core, audit, journal, store } = await coreRig({ isMediaOnly: true });
    core.handleEntries(0, entriesOf([userLine('a'), userLine('b')]));
    expect(drive(core, 0, 70_000)).toEqual([]);
    expect([journal.head.sequence, journal.unsent.frames, core.isDrained]).toEqual([1, 0, true]);
    expect(audit.of('frame-signed')).toHaveLength(1);
    expect(coreStatus(core, 70_000).hello.counter).toBe(0);
    const next = await coreRig({ store, isMediaOnly: true });
    expect(drive(next.core, 0, 70_000)).toEqual([]);
  });

  it('frames a snapshot on command', async () => {
    const { core, journal } = await coreRig({ isMediaOnly: true });
    core.handleEntries(0, entriesOf([userLine('a')]));
    drive(core, 0, 200);
    core.requestSnapshot('one', { isSourceRead: false });
    drive(core, 200, 400);
    expect([journal.head.sequence, core.snapshots.state.endedCycle]).toEqual([2, 1]);
  });

  it('forgets no frame that was not exported: the source waits instead, and goes on once it was', async () => {
    let keptFrom = 1;
    const { core, journal, events } = await coreRig({
      isMediaOnly: true,
      journalBytes: 40_000,
      keptFrom: () => keptFrom,
      packer: { batchRecords: 10 },
    });
    const noise = (at: number) =>
      Array.from({ length: 40 }, (_, part) => sha256(Buffer.of(at, part)).toString('hex')).join('');
    const lines = Array.from({ length: 60 }, (_, at) => userLine(`u${at}`, noise(at)));
    core.handleEntries(0, entriesOf(lines));
    drive(core, 0, 2_000);
    expect([core.pauseReason, journal.head.oldestSequence]).toEqual(['journal-full', 1]);
    const { sequence } = journal.head;
    keptFrom = sequence;
    core.handleEntries(2_000, entriesOf([userLine('after')], 61));
    drive(core, 2_000, 120_000);
    expect(journal.head.sequence).toBeGreaterThan(sequence);
    expect(journal.head.oldestSequence).toBeGreaterThan(1);
    expect(journal.head.oldestSequence).toBeLessThanOrEqual(sequence);
    expect(events).toContainEqual({ kind: 'resumed', reason: 'journal-full' });
  });
});
