import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Figure, figure, spreadOf, withFigureFaults, withoutTarget } from '../../../bench/support/figure.ts';

describe('spreadOf', () => {
  it('takes the middle run, or the mean of the two in the middle', () => {
    expect(spreadOf([30, 10, 20])).toEqual({ min: 10, median: 20, max: 30 });
    expect(spreadOf([4, 1, 3, 2])).toEqual({ min: 1, median: 2.5, max: 4 });
  });

  it('has as many runs below its median as above, whatever their order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 1 }), (samples) => {
        const { min, median, max } = spreadOf(samples);
        const below = samples.filter((sample) => sample < median).length;
        const above = samples.filter((sample) => sample > median).length;
        expect(Math.abs(below - above)).toBeLessThanOrEqual(Math.max(0, samples.length - below - above));
        expect(min).toBe(Math.min(...samples));
        expect(max).toBe(Math.max(...samples));
      }),
    );
  });
});

describe('withoutTarget', () => {
  it('leaves the figure as it was without its target, and without a word whether that was met', () => {
    const measurement = { name: 'a.b', unit: 'u', samples: [1, 2, 3], limit: { what: 'x', samples: [2, 4, 6] } };
    const judged = figure({ ...measurement, target: { of: 'ratio', atLeast: 0.4 } });
    expect(judged.met).toBe(true);
    expect(withoutTarget(judged)).toEqual(figure(measurement));
    expect(withoutTarget(judged)).not.toHaveProperty('met');
  });
});

describe('figure', () => {
  it('divides run by run, so that a machine that slows down between two runs changes no ratio', () => {
    const made = figure({
      name: 'a.b',
      unit: 'records/s',
      samples: [100, 10, 50],
      limit: { what: 'the limit', samples: [200, 20, 100] },
    });
    expect(made.ratioSpread).toEqual({ min: 0.5, median: 0.5, max: 0.5 });
    expect(made).toMatchObject({ value: 50, limit: 100, limitOf: 'the limit', ratio: 0.5, runs: [100, 10, 50] });
  });

  it('judges the value or the ratio, as the target says', () => {
    const limit = { what: 'x', samples: [10] };
    const of = (samples: number[], target: Parameters<typeof figure>[0]['target']) =>
      figure({ name: 'a', unit: 'u', samples, limit, ...(target && { target }) }).met;
    expect(of([5], { of: 'ratio', atLeast: 0.5 })).toBe(true);
    expect(of([4.9], { of: 'ratio', atLeast: 0.5 })).toBe(false);
    expect(of([4], { of: 'value', atMost: 4 })).toBe(true);
    expect(of([4.1], { of: 'value', atMost: 4 })).toBe(false);
    expect(of([4], undefined)).toBeUndefined();
  });

  it('meets no target of a ratio without a limit', () => {
    expect(figure({ name: 'a', unit: 'u', samples: [1], target: { of: 'ratio', atLeast: 0 } }).met).toBe(false);
  });

  it('refuses runs and limits that do not belong together', () => {
    const limit = { what: 'x', samples: [1, 2] };
    expect(() => figure({ name: 'a.b', unit: 'u', samples: [1], limit })).toThrow('a.b: 1 runs and 2 limits');
  });
});

describe('a report', () => {
  const one = (samples: readonly number[], limit?: readonly number[]) =>
    figure({ name: 'a.b', unit: 'u', samples, ...(limit && { limit: { what: 'the limit', samples: limit } }) });
  const faultsOf = (...figures: Figure[]) => withFigureFaults({ figures, faults: ['another'] }).faults;

  it.each([
    ['a run of it', one([1, Number.NaN, 2])],
    ['one that took no time', one([Number.POSITIVE_INFINITY])],
    ['its limit', one([1, 2, 3], [Number.NaN, 1, 1])],
    ['a limit of nothing', one([1], [0])],
  ])('is wrong where a figure is no number: %s', (_, odd) => {
    expect(faultsOf(one([1]), odd)).toEqual(['another', 'a.b or its limit is no number']);
  });

  it('is as it was where all are, also 0', () => {
    expect(faultsOf(one([0, 1], [1, 2]), one([0]))).toEqual(['another']);
  });
});
