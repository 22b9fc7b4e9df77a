import { describe, expect, it } from 'vitest';
import { figure } from '../../../bench/support/figure.ts';
import { figureTable, profileTable } from '../../../bench/support/report-text.ts';

const cells = (row: string | undefined) => row?.split('|').map((cell) => cell.trim());

describe('figureTable', () => {
  it('shows median, spread, limit, ratio, and a target that was missed', () => {
    const made = figure({
      name: 'endtoend.deltas',
      unit: 'records/s',
      samples: [10_000, 20_000, 12_345.6],
      limit: { what: 'bare', samples: [50_000, 50_000, 50_000] },
      target: { of: 'ratio', atLeast: 0.35 },
    });
    const rows = figureTable([made]).split('\n');
    expect(cells(rows[2])).toEqual([
      '',
      'endtoend.deltas',
      '12,346 records/s',
      '10,000 … 20,000',
      '50,000 records/s, bare',
      '0.247 × (0.2 … 0.4)',
      '≥ 0.35 ×',
      'no',
      '',
    ]);
  });

  it('leaves empty what a figure does not have', () => {
    const rows = figureTable([figure({ name: 'a', unit: 'MB', samples: [0.0123] })]).split('\n');
    expect(cells(rows[2])).toEqual(['', 'a', '0.0123 MB', '0.0123', '', '', '', '', '']);
  });

  it('is Markdown: as many bars in each line', () => {
    const rows = figureTable([
      figure({ name: 'a', unit: 'datagrams', samples: [3], target: { of: 'value', atMost: 4 } }),
      figure({ name: 'longer', unit: 'MB', samples: [1, 2] }),
    ]).split('\n');
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    expect(rows[1]).toMatch(/^\|( -+ \|)+$/);
    expect(rows[2]).toContain('≤ 4 datagrams');
  });
});

describe('profileTable', () => {
  it('shows each cost as its share of the time that was not idle', () => {
    const text = profileTable({
      program: 'diode-sender, main thread',
      costs: [{ place: 'seal (src/crypto/sodium.ts)', selfSeconds: 1.5 }],
      busySeconds: 6,
      idleSeconds: 2,
      auditSeconds: 0.6,
    });
    expect(text).toContain('diode-sender, main thread: busy 6.00 s, idle 2.00 s');
    expect(text).toContain('Audit log, with all that it calls: 0.60 s, 10.0% of busy.');
    expect(cells(text.split('\n').at(-3))).toEqual(['', 'seal (src/crypto/sodium.ts)', '1.50 s', '25.0%', '']);
  });
});
