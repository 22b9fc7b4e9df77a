import { describe, expect, it } from 'vitest';
import { newestHead } from '../../../../receiver/witness/log-witness.ts';
import { openCheckpoint } from '../../../../src/audit/checkpoint.ts';
import type { WireRecord } from '../../../../src/wire/record.ts';
import { AnnouncedLog } from '../../../support/announced-log.ts';
import { BackHalf } from '../../../support/back-half.ts';
import { signedFrame, spoolFrames, userPut } from '../../../support/signed-stream.ts';

async function say(half: BackHalf, sequence: number, records: readonly WireRecord[], epoch = 1): Promise<void> {
  spoolFrames(half.store.spool, [signedFrame({ sequence, records, epoch })]);
  await half.run();
}

const text = (note: unknown) => String(note);
const events = (half: BackHalf, name: string) => half.audit.entries.filter(({ event }) => event === name);
const totals = (half: BackHalf) => half.store.progress?.totals;

describe('checkpoints of the sender’s log', () => {
  it('are on no topic, count as witnessed, and stand in the receiver’s own log', async () => {
    const half = new BackHalf();
    const log = new AnnouncedLog();
    await say(half, 1, [userPut('a'), log.grow(5).record()]);
    await say(half, 2, [log.grow(300).record()]);
    expect(totals(half)).toMatchObject({ published: 1, witnessed: 2, quarantined: 0 });
    const others = half.kafka.transactions.flat().filter(({ key }) => key !== 'hr' && key !== 'User|a');
    expect(others).toEqual([]);
    expect(events(half, 'checkpoint-witnessed')).toMatchObject([
      { revision: '1.1.1', size: 5 },
      { revision: '1.2.0', size: 305 },
    ]);
    half.restart();
    expect(half.store.witness.current).toMatchObject({ runs: [{ first: { size: 5 }, last: { size: 305 } }] });
  });

  it('that are missing leave a range that nobody witnessed, until they heal', async () => {
    const half = new BackHalf();
    const log = new AnnouncedLog();
    await say(half, 1, [log.grow(5).record()]);
    const lost = log.grow(5).record();
    await say(half, 3, [log.grow(5).record()]);
    expect(events(half, 'checkpoint-witnessed').at(-1)).toMatchObject({ size: 15, unwitnessed: ['5-14'] });
    await say(half, 2, [lost]);
    expect(events(half, 'checkpoint-witnessed').at(-1)).not.toHaveProperty('unwitnessed');
    expect(totals(half)).toMatchObject({ witnessed: 3 });
  });

  it('of a history that was written anew are refused and raise the alarm, with both heads as evidence', async () => {
    const half = new BackHalf();
    const log = new AnnouncedLog();
    await say(half, 1, [log.grow(5).record()]);
    const forged = log.edited();
    await say(half, 2, [forged.grow(5).record()]);
    await say(half, 3, [forged.grow(5).record(), userPut('a')]);
    // Identities go on.
    expect(totals(half)).toMatchObject({ published: 1, witnessed: 1, quarantined: 2 });
    expect(half.kafka.records('quarantine').map(({ value }) => JSON.parse(String(value)).reason)).toEqual([
      'log-rewritten',
      'log-rewritten',
    ]);
    const [evidence, ...more] = events(half, 'sender-log-rewritten');
    expect(more).toEqual([]);
    const sizes = [evidence?.known, evidence?.found].map((note) => openCheckpoint(text(note), log.signer));
    expect(sizes).toMatchObject([{ size: 5 }, { size: 10 }]);
    const alarms = half.events.filter(({ event }) => event === 'sender-log-rewritten');
    expect(alarms).toMatchObject([{ text: expect.stringContaining('written anew in epoch 1') }]);
    half.restart();
    expect(half.store.witness.current).toMatchObject({ rewrite: { epoch: 1 } });
  });

  it('of a sender that was restored begin anew, in its new epoch', async () => {
    const half = new BackHalf();
    const log = new AnnouncedLog();
    await say(half, 1, [log.grow(5).record()]);
    const backup = log.copy();
    await say(half, 2, [log.grow(9).record()]);
    await say(half, 1, [backup.grow(2, 'again').record()], 2);
    expect(events(half, 'sender-log-rewritten')).toEqual([]);
    expect(events(half, 'sender-log-restarted')).toHaveLength(1);
    expect(half.events).toContainEqual({ event: 'sender-log-restarted', entries: 7 });
    expect(half.store.witness.current).toMatchObject({ restarts: 1, sinceEpoch: 2 });
  });

  it('that nobody signed go to quarantine, and change nothing', async () => {
    const half = new BackHalf();
    const good = new AnnouncedLog().grow(5).record();
    await say(half, 1, [{ ...good, note: Buffer.from('identity-diode/site-a/hr/sender\n5\n') }]);
    expect(totals(half)).toMatchObject({ quarantined: 1, witnessed: 0 });
    expect(JSON.parse(String(half.kafka.records('quarantine')[0]?.value)).reason).toBe('checkpoint-note');
    expect(half.store.witness.current).toBeUndefined();
  });

  it.each(['committed-unclean', 'aborted-unclean'] as const)('count once over %s', async (fault) => {
    const half = new BackHalf();
    const log = new AnnouncedLog();
    await say(half, 1, [log.grow(5).record()]);
    half.kafka.plan(fault);
    await say(half, 2, [log.grow(5).record()]);
    expect(half.kafka.faultsLeft).toBe(0);
    expect(totals(half)).toMatchObject({ witnessed: 2, superseded: 0, quarantined: 0 });
    const state = half.store.witness.current;
    expect(state && newestHead(state).size).toBe(10);
  });
});
