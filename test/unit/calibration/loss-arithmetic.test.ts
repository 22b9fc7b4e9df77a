import { describe, expect, it } from 'vitest';
import { seededFractions } from '../../../bench/workload/seeded-fractions.ts';
import { failureChance, lossBounds, lossModel } from '../../../receiver/calibration/loss-arithmetic.ts';

function binomialTail(n: number, p: number, above: number): number {
  let [term, sum] = [(1 - p) ** n, 0];
  for (let k = 0; k <= n; k++) {
    if (k > above) sum += term;
    term *= ((n - k) / (k + 1)) * (p / (1 - p));
  }
  return sum;
}

describe('a block that lacks more than its repair', () => {
  it.each([
    [22, 0.01, 2],
    [110, 0.03, 10],
    [201, 0.01, 9],
  ])('of %d symbols at a loss of %d: the binomial, where losses are independent', (n, p, repair) => {
    const model = { start: p, end: 1 - p };
    expect(failureChance(model, n, repair)).toBeCloseTo(binomialTail(n, p, repair), 12);
  });

  it('is as frequent as in a channel that is played', () => {
    const model = { start: 0.004, end: 0.25 };
    const random = seededFractions(1);
    const blocks = 20_000;
    let [isLost, failed] = [false, 0];
    for (let block = 0; block < blocks; block++) {
      let lost = 0;
      for (let symbol = 0; symbol < 55; symbol++) {
        isLost = isLost ? random() >= model.end : random() < model.start;
        if (isLost) lost++;
      }
      if (lost > 5) failed++;
    }
    const expected = failureChance(model, 55, 5);
    // Five standard deviations of so many draws.
    expect(Math.abs(failed / blocks - expected)).toBeLessThan(5 * Math.sqrt(expected / blocks));
    expect(expected).toBeGreaterThan(0.01);
  });

  it('is none without losses, and every one where all is lost', () => {
    expect(failureChance(lossModel({ sent: 100, lost: 0, runs: 0 }, 0), 22, 2)).toBe(0);
    expect(failureChance(lossModel({ sent: 100, lost: 100, runs: 1 }, 1), 22, 2)).toBeCloseTo(1, 12);
  });
});

describe('how sure a share is', () => {
  it.each([
    // Wilson's interval, as the tables have it.
    [1_000, 10, 10, 0.00544, 0.0183],
    [1_000, 0, 0, 0, 0.00383],
  ])('%d sent, %d lost', (sent, lost, runs, low, high) => {
    const bounds = lossBounds({ sent, lost, runs });
    expect(bounds.low).toBeCloseTo(low, 3);
    expect(bounds.high).toBeCloseTo(high, 3);
  });

  it('is less where losses come in runs', () => {
    const single = lossBounds({ sent: 10_000, lost: 100, runs: 100 });
    const runs = lossBounds({ sent: 10_000, lost: 100, runs: 10 });
    expect(runs.high).toBeGreaterThan(1.5 * single.high);
    expect(runs.low).toBeLessThan(single.low);
  });

  it('is nothing at all of nothing', () => {
    expect(lossBounds({ sent: 0, lost: 0, runs: 0 })).toEqual({ low: 0, share: 0, high: 1 });
    expect(lossBounds({ sent: 5, lost: 5, runs: 1 })).toMatchObject({ share: 1, high: 1 });
  });
});
