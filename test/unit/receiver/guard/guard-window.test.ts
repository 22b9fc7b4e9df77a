import { describe, expect, it } from 'vitest';
import {
  EMPTY_WINDOW,
  type GuardWindow,
  guardTimeMs,
  lossesIn,
  readWindow,
  windowAt,
  withChange,
} from '../../../../receiver/guard/guard-window.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_MS = 1_000 * HOUR_MS;

/** One lost at each of these minutes, of 100 at first. */
function lost(...minutes: readonly number[]): GuardWindow {
  return minutes.reduce((window, minute, index) => {
    const atMs = START_MS + minute * MINUTE_MS;
    return withChange(windowAt(window, atMs), 'subjects', { atMs, livedBefore: Math.max(0, 100 - index), lost: 1 });
  }, EMPTY_WINDOW);
}
const at = (window: GuardWindow, minute: number) =>
  lossesIn(windowAt(window, START_MS + minute * MINUTE_MS), 'subjects', 77);

describe('the sliding hour', () => {
  it('knows who lived when it began, and what vanished since', () => {
    expect(at(EMPTY_WINDOW, 0)).toEqual({ lived: 77, lost: 0 });
    expect(at(lost(0, 1, 20), 30)).toEqual({ lived: 100, lost: 3 });
    expect(lossesIn(lost(0), 'memberships', 5)).toEqual({ lived: 5, lost: 0 });
  });

  it('forgets what is more than an hour old, within five minutes', () => {
    expect(at(lost(0, 20), 60)).toEqual({ lived: 100, lost: 2 });
    expect(at(lost(0, 20), 66)).toEqual({ lived: 99, lost: 1 });
    expect(at(lost(0, 20), 90)).toEqual({ lived: 77, lost: 0 });
  });

  it('takes what lies ahead of a clock that was set back for now, and counts it for an hour more', () => {
    const back = windowAt(lost(0, 20, 40), START_MS - 24 * HOUR_MS);
    expect(back.subjects).toEqual([[START_MS - 24 * HOUR_MS, 100, 3]]);
    expect(lossesIn(windowAt(back, START_MS - 24 * HOUR_MS + 59 * MINUTE_MS), 'subjects', 77).lost).toBe(3);
    expect(lossesIn(windowAt(back, START_MS - 24 * HOUR_MS + 66 * MINUTE_MS), 'subjects', 77).lost).toBe(0);
  });

  it('has 14 buckets at most, however often something changes', () => {
    const window = lost(...Array.from({ length: 600 }, (_, minute) => minute));
    expect(window.subjects.length).toBeLessThanOrEqual(14);
    expect(readWindow(JSON.parse(JSON.stringify(window)))).toEqual(window);
    expect(JSON.stringify({ ...window, memberships: window.subjects }).length).toBeLessThan(1_000);
  });

  it.each([
    [null],
    [{ subjects: [] }],
    [{ subjects: [[1, 2]], memberships: [] }],
    [{ subjects: [[1, 2, -3]], memberships: [] }],
    [{ subjects: Array.from({ length: 15 }, () => [1, 2, 3]), memberships: [] }],
  ])('is not %j', (value) => {
    expect(readWindow(value)).toBeUndefined();
  });

  it('passes as both clocks say', () => {
    expect(guardTimeMs(1_000, 0, 300)).toBe(1_000);
    expect(guardTimeMs(1_000, 900, 300)).toBe(1_000);
    expect(guardTimeMs(9_000, 900, 300)).toBe(1_200);
    expect(guardTimeMs(1_000, 9_000, 300)).toBe(1_000);
  });
});
