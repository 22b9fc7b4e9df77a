import { describe, expect, it } from 'vitest';
import { planKills, VICTIMS } from '../../crash/kill-plan.ts';

describe('the plan of a crash run', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planKills({ kills: 50, seed: 7 })).toEqual(planKills({ kills: 50, seed: 7 }));
    expect(planKills({ kills: 50, seed: 7 })).not.toEqual(planKills({ kills: 50, seed: 8 }));
    expect(planKills({ kills: 20, seed: 7 })).toEqual(planKills({ kills: 50, seed: 7 }).slice(0, 20));
  });

  it('hits all three, and 30 kills take below three minutes', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const plan = planKills({ kills: 30, seed });
      expect(new Set(plan.map(({ victim }) => victim))).toEqual(new Set(VICTIMS));
      expect(plan.at(-1)?.atMs).toBeLessThan(180_000);
    }
  });

  it('lets a victim come back before it is hit again', () => {
    const back = new Map<string, number>();
    for (const { victim, atMs, downMs } of planKills({ kills: 500, seed: 3 })) {
      expect(atMs).toBeGreaterThan(back.get(victim) ?? -1);
      back.set(victim, atMs + downMs);
    }
  });
});
