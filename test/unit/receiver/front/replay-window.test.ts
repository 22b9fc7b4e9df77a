import { describe, expect, it } from 'vitest';
import { ReplayWindow } from '../../../../receiver/intake/replay-window.ts';

describe('replay window', () => {
  it('takes each counter once, in any order within the window', () => {
    const window = new ReplayWindow(64);
    for (const counter of [1, 5, 3, 64, 2, 65]) {
      expect(window.isFresh(counter)).toBe(true);
      window.mark(counter);
      expect(window.isFresh(counter)).toBe(false);
    }
  });

  it('refuses what is older than the window', () => {
    const window = new ReplayWindow(64);
    window.mark(100);
    expect(window.isFresh(100 - 63)).toBe(true);
    expect(window.isFresh(100 - 64)).toBe(false);
  });

  it('does not move for a counter that is only looked at', () => {
    const window = new ReplayWindow(64);
    window.mark(1);
    expect(window.isFresh(2 ** 48 - 1)).toBe(true);
    expect(window.highest).toBe(1);
    expect(window.isFresh(2)).toBe(true);
  });

  it('forgets nothing it should know after a jump over its whole length', () => {
    const window = new ReplayWindow(64);
    for (let counter = 1; counter <= 64; counter++) window.mark(counter);
    window.mark(1_000_000);
    expect(window.isFresh(999_999)).toBe(true);
    expect(window.isFresh(1_000_000)).toBe(false);
    expect(window.isFresh(64)).toBe(false);
  });

  it.each([2 ** 31, 2 ** 32, 2 ** 37, 2 ** 48 - 200])('takes each counter once around %d', (around) => {
    const window = new ReplayWindow(64);
    for (let counter = around - 100; counter < around + 100; counter += 2) window.mark(counter);
    const fresh = Array.from({ length: 64 }, (_, behind) => around + 98 - behind).filter((counter) =>
      window.isFresh(counter),
    );
    expect(fresh).toEqual(Array.from({ length: 32 }, (_, behind) => around + 97 - 2 * behind));
  });

  it('has no counter 0', () => {
    expect(new ReplayWindow().isFresh(0)).toBe(false);
  });
});
