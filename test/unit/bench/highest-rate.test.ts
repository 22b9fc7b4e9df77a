import { describe, expect, it } from 'vitest';
import { highestRate } from '../../../bench/benchmarks/link/highest-rate.ts';

const RATES = [100, 200, 300, 400, 600, 800, 1_000];

/** What it finds where rates up to `limit` are carried, and what it tried for that. */
async function search(limit: number, near?: number) {
  const tried: number[] = [];
  const isCarried = async (rate: number) => {
    tried.push(rate);
    return rate <= limit;
  };
  return { found: await highestRate(RATES, isCarried, near), tried };
}

describe('the search for the highest rate', () => {
  it('finds each of them with a logarithm of tries', async () => {
    for (const rate of RATES) {
      const { found, tried } = await search(rate);
      expect(found).toBe(rate);
      expect(tried.length).toBeLessThanOrEqual(3);
    }
  });

  it('has tried the lowest where none is carried', async () => {
    expect(await search(99)).toEqual({ found: undefined, tried: [400, 200, 100] });
  });

  it('goes step by step from an earlier answer, either way', async () => {
    expect(await search(350, 300)).toEqual({ found: 300, tried: [300, 400] });
    expect(await search(650, 300)).toEqual({ found: 600, tried: [300, 400, 600, 800] });
    expect(await search(150, 300)).toEqual({ found: 100, tried: [300, 200, 100] });
    expect(await search(99, 200)).toEqual({ found: undefined, tried: [200, 100] });
    expect(await search(2_000, 1_000)).toEqual({ found: 1_000, tried: [1_000] });
  });

  it('tries the only rate', async () => {
    expect(await highestRate([50], async () => true)).toBe(50);
    expect(await highestRate([50], async () => false)).toBeUndefined();
  });
});
