import { describe, expect, it } from 'vitest';
import { ratioChart } from '../../../bench/support/chart.ts';
import { figure } from '../../../bench/support/figure.ts';

const limited = (name: string, target?: { readonly of: 'ratio'; readonly atLeast: number }) =>
  figure({
    name,
    unit: 'GB/s',
    samples: [1, 2, 3],
    limit: { what: 'memcpy', samples: [10, 10, 10] },
    ...(target && { target }),
  });
const marks = (svg: string | undefined, colour: string) => svg?.split(colour).length ?? 0;

describe('ratio chart', () => {
  it('draws a mark for each ratio and for each target', () => {
    const svg = ratioChart('fec', [limited('fec.encode', { of: 'ratio', atLeast: 0.1 }), limited('fec.decode')]);
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>$/);
    for (const text of ['fec.encode / memcpy', 'fec.decode / memcpy', 'ratio to the limit'])
      expect(svg).toContain(text);
    expect(marks(svg, '#1f5fa8') - 1).toBe(2);
    expect(marks(svg, '#c0392b') - 1).toBe(1);
    expect(marks(svg, '#7f8c8d') - 1).toBe(2);
  });

  it('is none where no figure has a limit', () => {
    expect(ratioChart('wire', [figure({ name: 'wire.a', unit: 's', samples: [1] })])).toBeUndefined();
  });
});
