/** What an import is held against: the hour of the live guard, and what approvers have before them or refused. */
import { describe, expect, it } from 'vitest';
import { readState } from '../../../receiver/media/import-state.ts';
import { deletes, GuardedHalf, HOUR_MS, leave, member, puts } from '../../support/guarded-half.ts';

const hourOf = (half: GuardedHalf, signedAtMs = half.clock.wall) =>
  readState(half.store.store).hour({ nowMs: half.clock.wall, signedAtMs, maxSkewMs: 300_000 });

describe('the hour that an import is held against', () => {
  it('is that of the live guard: who lived when it began, and who vanished since', async () => {
    const half = new GuardedHalf();
    expect(hourOf(half)).toMatchObject({ subjects: { lived: 0, lost: 0 } });
    await half.say(...puts(40), member('g', 'u0'), member('g', 'u1'));
    expect(hourOf(half)).toMatchObject({ subjects: { lived: 0, lost: 0 } });
    half.pass(2 * HOUR_MS);
    expect(hourOf(half)).toMatchObject({ subjects: { lived: 40, lost: 0 } });
    await half.say(...deletes(3, 10), leave('g', 'u1', 'source'));
    expect(hourOf(half)).toEqual({ subjects: { lived: 40, lost: 3 }, memberships: { lived: 2, lost: 1 } });
    half.pass(2 * HOUR_MS);
    expect(hourOf(half)).toMatchObject({ subjects: { lived: 37, lost: 0 } });
    // A clock of ours that is alone ahead forgets no hour.
    expect(hourOf(half, half.clock.wall - 2 * HOUR_MS)).toMatchObject({ subjects: { lost: 3 } });
  });
});

describe('a key that a snapshot no longer names', () => {
  it('is settled where its delete is held or was refused', async () => {
    const half = new GuardedHalf();
    await half.say(...puts(20));
    await half.say(...deletes(4));
    const asOf = { epoch: 1, sequence: half.sequence, index: 0 };
    const settled = () =>
      ['u0', 'u2', 'u3', 'u9'].map((id) => readState(half.store.store).subjects.isSettled(`User|${id}`, asOf));
    expect(settled()).toEqual([false, true, true, false]);
    for (const { name } of half.store.held.holds()) half.store.held.decide(name, 'reject');
    await half.run();
    expect([half.store.held.pinCount, settled()]).toEqual([2, [false, true, true, false]]);
  });
});
