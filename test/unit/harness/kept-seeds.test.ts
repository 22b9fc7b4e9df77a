import { describe, expect, it } from 'vitest';
import { MUTANTS } from '../../mutants/mutants.ts';
import { KEPT_SEEDS, SHOWN_BY_MUTANTS } from '../../simulation/kept-seeds.ts';
import { smallBounds } from '../../simulation/small-bounds.ts';

describe('the seeds that are kept', () => {
  it('are shown by mutants that there are, where they name one', () => {
    const names = new Set(MUTANTS.map(({ name }) => name));
    expect([...SHOWN_BY_MUTANTS.values()].filter((name) => !names.has(name))).toEqual([]);
    const kept = new Set(KEPT_SEEDS.map(([seed]) => seed));
    expect([...SHOWN_BY_MUTANTS.keys()].filter((seed) => !kept.has(seed))).toEqual([]);
  });

  it('draw small bounds only where they were kept with them', () => {
    const drawing = KEPT_SEEDS.filter(([seed]) => Object.keys(smallBounds(seed)).length > 0);
    expect(drawing.filter(([, , drawn]) => drawn !== 'small')).toEqual([]);
    const others = Array.from({ length: 400 }, (_, index) => Object.keys(smallBounds(700_000 + index)).length > 0);
    expect(others.filter((draws) => draws).length).toBeGreaterThan(50);
  });
});
