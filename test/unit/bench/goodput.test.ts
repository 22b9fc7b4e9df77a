import { describe, expect, it } from 'vitest';
import { goodputFigure } from '../../../bench/benchmarks/loss/goodput.ts';

describe('goodput', () => {
  it('is what was delivered of the bytes sent, beside what the channel carries of them at most', () => {
    const made = goodputFigure('loss.random-20.goodput', { loss: 0.2, deliveredBytes: 60, usedBytes: 100 });
    expect(made).toMatchObject({ name: 'loss.random-20.goodput', value: 60, unit: '%', limit: 80 });
    expect(made.ratio).toBeCloseTo(0.75, 12);
  });

  it('is the capacity itself only where nothing is sent twice, nothing added and nothing lost', () => {
    expect(goodputFigure('a', { loss: 0, deliveredBytes: 100, usedBytes: 100 }).ratio).toBe(1);
    expect(goodputFigure('a', { loss: 0, deliveredBytes: 100, usedBytes: 118 }).ratio).toBeCloseTo(0.847, 3);
  });
});
