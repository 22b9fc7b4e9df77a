import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayWindow } from '../../receiver/intake/replay-window.ts';

const WINDOW = 128;

describe('replay window, any order of counters', () => {
  it('takes exactly what a list of all counters seen would take', () => {
    const near = fc.integer({ min: 1, max: 600 });
    const far = fc.maxSafeNat().map((value) => (value % (2 ** 48 - 1)) + 1);
    const counters = fc.array(fc.oneof({ weight: 20, arbitrary: near }, { weight: 1, arbitrary: far }), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(counters, (order) => {
        const window = new ReplayWindow(WINDOW);
        const seen = new Set<number>();
        let highest = 0;
        for (const counter of order) {
          const isFresh = !seen.has(counter) && counter > highest - WINDOW;
          expect(window.isFresh(counter)).toBe(isFresh);
          if (!isFresh) continue;
          window.mark(counter);
          seen.add(counter);
          highest = Math.max(highest, counter);
        }
      }),
    );
  });
});
