import { describe, expect, it } from 'vitest';
import { MUTANTS } from '../../mutants/mutants.ts';
import { KEPT_SEEDS, SHOWN_BY_MUTANTS } from '../../simulation/kept-seeds.ts';
import { scenarioOf } from '../../simulation/scenario.ts';
import { smallBounds } from '../../simulation/small-bounds.ts';

describe('the seeds that are kept', () => {
  it('are shown by mutants that there are, where they name one', () => {
    const names = new Set(MUTANTS.map(({ name }) => name));
    expect([...SHOWN_BY_MUTANTS.values()].filter((name) => !names.has(name))).toEqual([]);
    const kept = new Set(KEPT_SEEDS.map(([seed]) => seed));
    expect([...SHOWN_BY_MUTANTS.keys()].filter((seed) => !kept.has(seed))).toEqual([]);
  });

  it('draw small bounds only where they were kept with them', () => {
    const draws = (side: 'receiver' | 'sender', seed: number) =>
      Object.keys(smallBounds(seed, { hasCopies: false })[side]).length > 0;
    const drawing = (side: 'receiver' | 'sender') =>
      KEPT_SEEDS.flatMap(([seed, , drawn]) => (draws(side, seed) ? [drawn] : []));
    expect(drawing('receiver')).not.toContain(undefined);
    expect(drawing('sender').filter((drawn) => drawn !== 'sender' && drawn !== 'thread')).toEqual([]);
    const others = Array.from({ length: 400 }, (_, index) => 700_000 + index);
    expect(others.filter((seed) => draws('receiver', seed)).length).toBeGreaterThan(50);
    expect(others.filter((seed) => draws('sender', seed)).length).toBeGreaterThan(50);
  });

  it('have a thread for the link only where they were kept with it', () => {
    const hasThread = (seed: number) => scenarioOf(seed).threadDelayMs !== undefined;
    expect(KEPT_SEEDS.flatMap(([seed, , drawn]) => (hasThread(seed) && drawn !== 'thread' ? [seed] : []))).toEqual([]);
    expect(Array.from({ length: 400 }, (_, index) => 700_000 + index).filter(hasThread).length).toBeGreaterThan(190);
  });

  it('run at a constant rate only where they were kept with it', () => {
    const isConstant = (seed: number) => scenarioOf(seed).isConstantRate;
    expect(
      KEPT_SEEDS.flatMap(([seed, , drawn]) =>
        isConstant(seed) && drawn !== 'rate' && drawn !== 'thread' ? [seed] : [],
      ),
    ).toEqual([]);
    const others = Array.from({ length: 400 }, (_, index) => 700_000 + index);
    expect(others.filter(isConstant).length).toBeGreaterThan(8);
  });
});
