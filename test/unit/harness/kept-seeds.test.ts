import { describe, expect, it } from 'vitest';
import { MUTANTS } from '../../mutants/mutants.ts';
import { KEPT_SEEDS, keptBefore, SHOWN_BY_MUTANTS } from '../../simulation/kept-seeds.ts';
import { scenarioOf } from '../../simulation/scenario.ts';
import { smallBounds } from '../../simulation/small-bounds.ts';

describe('the seeds that are kept', () => {
  it('are older than a draw where they are marked with nothing, or with an earlier one', () => {
    const marked = (drawn: string | undefined) => KEPT_SEEDS.filter((kept) => kept[2] === drawn).length;
    expect(keptBefore('small').size).toBe(marked(undefined));
    expect(keptBefore('trust').size).toBe(marked(undefined) + marked('small'));
    expect(keptBefore('refusal').size).toBe(KEPT_SEEDS.length - marked('refusal'));
  });

  it('are shown by mutants that there are, where they name one', () => {
    const names = new Set(MUTANTS.map(({ name }) => name));
    expect([...SHOWN_BY_MUTANTS.values()].filter((name) => !names.has(name))).toEqual([]);
    const kept = new Set(KEPT_SEEDS.map(([seed]) => seed));
    expect([...SHOWN_BY_MUTANTS.keys()].filter((seed) => !kept.has(seed))).toEqual([]);
  });

  it('draw small bounds only where they were kept with them', () => {
    const draws = (side: 'receiver' | 'sender', seed: number) =>
      Object.keys(smallBounds(seed, { hasCopies: false })[side]).length > 0;
    expect([...keptBefore('small')].filter((seed) => draws('receiver', seed))).toEqual([]);
    expect([...keptBefore('sender')].filter((seed) => draws('sender', seed))).toEqual([]);
    const others = Array.from({ length: 400 }, (_, index) => 700_000 + index);
    expect(others.filter((seed) => draws('receiver', seed)).length).toBeGreaterThan(50);
    expect(others.filter((seed) => draws('sender', seed)).length).toBeGreaterThan(50);
  });

  it('have a thread for the link only where they were kept with it', () => {
    const hasThread = (seed: number) => scenarioOf(seed).threadDelayMs !== undefined;
    expect([...keptBefore('thread')].filter(hasThread)).toEqual([]);
    expect(Array.from({ length: 400 }, (_, index) => 700_000 + index).filter(hasThread).length).toBeGreaterThan(190);
  });

  it('refuse what the thread has no room for only where they were kept with it', () => {
    const isRefusing = (seed: number) => !scenarioOf(seed).canLinkWait;
    expect([...keptBefore('refusal')].filter(isRefusing)).toEqual([]);
    const others = Array.from({ length: 400 }, (_, index) => 700_000 + index);
    const isRefusingThread = (seed: number) =>
      isRefusing(seed) && smallBounds(seed, { hasCopies: false }).receiver.maxReportedBytes !== undefined;
    expect(others.filter(isRefusingThread).length).toBeGreaterThan(15);
  });

  it('run at a constant rate only where they were kept with it', () => {
    const isConstant = (seed: number) => scenarioOf(seed).isConstantRate;
    expect([...keptBefore('rate')].filter(isConstant)).toEqual([]);
    const others = Array.from({ length: 400 }, (_, index) => 700_000 + index);
    expect(others.filter(isConstant).length).toBeGreaterThan(8);
  });
});
