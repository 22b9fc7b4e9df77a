import { describe, expect, it } from 'vitest';
import { rateFigures } from '../../../bench/benchmarks/endtoend/rate-figures.ts';
import { figureTable } from '../../../bench/support/report-text.ts';

const of = (recordsPerSecond: number, bareRecordsPerSecond: number) =>
  rateFigures({ recordsPerSecond: [recordsPerSecond], bareRecordsPerSecond: [bareRecordsPerSecond] });

describe('the rate of the whole', () => {
  it('is judged by its ratio and by itself, so that one does not stand for the other', () => {
    const met = (...rates: [number, number]) => of(...rates).map((each) => each.met);
    expect(met(19_019, 52_169)).toEqual([true, false]);
    expect(met(20_000, 60_000)).toEqual([false, true]);
    expect(met(21_000, 60_000)).toEqual([true, true]);
  });

  it('shows a miss in the table', () => {
    const rows = figureTable(of(19_019, 52_169)).split('\n');
    expect(rows[2]).toMatch(/^\| endtoend\.deltas .*≥ 0\.35 × .*\| yes \|$/);
    expect(rows[3]).toMatch(/^\| endtoend\.deltas\.absolute .*≥ 20,000 records\/s \| no *\|$/);
  });
});
