import { describe, expect, it } from 'vitest';
import {
  comparisonNotes,
  comparisonTable,
  type EarlierRun,
  readEarlier,
  unmatchedNotes,
} from '../../../bench/support/comparison.ts';
import { figure } from '../../../bench/support/figure.ts';

const results = [
  { name: 'fec.encode', value: 2, unit: 'GB/s', ratio: 0.1 },
  { name: 'fec.decode', value: 1, unit: 'GB/s' },
  { name: 'wire.bytes', value: 0, unit: 'bytes' },
];
const earlier = readEarlier(JSON.stringify({ machine: {}, results }));

function compare(...figures: Parameters<typeof figure>[0][]) {
  if (typeof earlier === 'string') throw new Error(earlier);
  return comparisonTable(figures.map(figure), earlier.figures)?.rows;
}

describe('an earlier run', () => {
  it('stands beside this one, value and ratio to its limit', () => {
    const limit = { what: 'memcpy', samples: [20] };
    expect(compare({ name: 'fec.encode', unit: 'GB/s', samples: [3], limit })).toEqual([
      ['fec.encode', '3 GB/s', '2', '1.5 ×', '0.15', '0.1', '1.5 ×'],
    ]);
    expect(compare({ name: 'fec.decode', unit: 'GB/s', samples: [0.5], limit })).toEqual([
      ['fec.decode', '0.5 GB/s', '1', '0.5 ×', '', '', ''],
    ]);
  });

  it('is left out where it has no such figure, or in another unit', () => {
    expect(compare({ name: 'fec.other', unit: 'GB/s', samples: [3] })).toBeUndefined();
    expect(compare({ name: 'fec.decode', unit: 'MB/s', samples: [3] })).toBeUndefined();
  });

  it('divides by no nought', () => {
    expect(compare({ name: 'wire.bytes', unit: 'bytes', samples: [3] })?.[0]?.slice(1, 4)).toEqual([
      '3 bytes',
      '0',
      '',
    ]);
  });

  it.each([
    ['{', 'no JSON'],
    ['null', 'no "results"'],
    ['{"results":{}}', 'no "results"'],
    ['{"results":[null]}', 'none of its results'],
    ['{"results":[{"name":"a","value":"1","unit":"s"}]}', 'none of its results'],
  ])('is refused where it is %s', (text, why) => {
    expect(readEarlier(text)).toContain(why);
  });

  it('says which run it is, and in what the two differ', () => {
    const machine = {
      commit: 'aaaaaaa',
      cpu: 'a Xeon',
      cores: 2,
      kernel: '6.1',
      seed: 1,
      isQuick: true,
      isProfiled: false,
    };
    // What is no number is null in JSON.
    const text = JSON.stringify({ machine, results: [...results, { name: 'fec.odd', value: null, unit: 'GB/s' }] });
    const before = readEarlier(text) as EarlierRun;
    expect(comparisonNotes({ ...machine, commit: 'bbbbbbb', isQuick: false, cpu: 'an EPYC' }, before)).toEqual([
      'compared with commit aaaaaaa',
      'cpu differs: an EPYC, before a Xeon',
      'isQuick differs: false, before true',
      '1 results of the earlier run are no figures',
    ]);
    expect(comparisonNotes(machine, { ...before, skipped: 0 })).toEqual(['compared with commit aaaaaaa']);
  });

  it('names what only one of the two measured, of the benchmark at hand', () => {
    const now = ['fec.encode', 'fec.new'].map((name) => figure({ name, unit: 'GB/s', samples: [1] }));
    expect(unmatchedNotes('fec', now, earlier as EarlierRun)).toEqual([
      'not measured before: fec.new',
      'measured before alone: fec.decode',
    ]);
  });
});
