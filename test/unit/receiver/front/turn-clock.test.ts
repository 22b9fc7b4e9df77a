import { expect, it } from 'vitest';
import { TurnClock } from '../../../../receiver/intake/turn-clock.ts';

it('looks once for all that one turn brings, and anew for the next', async () => {
  let looks = 0;
  const clock = new TurnClock({ nowMs: () => ++looks, wallMs: () => 1_000 + looks });
  const turn = () => [clock.nowMs(), clock.wallMs(), clock.nowMs(), clock.wallMs()];
  expect(turn()).toEqual([1, 1_001, 1, 1_001]);
  expect(turn()).toEqual([1, 1_001, 1, 1_001]);
  await Promise.resolve();
  expect(turn()).toEqual([2, 1_002, 2, 1_002]);
});
