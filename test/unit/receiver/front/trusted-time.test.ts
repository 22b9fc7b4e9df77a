import { describe, expect, it } from 'vitest';
import { judgementTime, TrustedTime } from '../../../../receiver/intake/trusted-time.ts';

const SKEW_MS = 1_000;
const WALL_MS = 1_000_000;

describe('trusted time', () => {
  it('trusts the local clock until something contradicts it', () => {
    const time = new TrustedTime({ maxSkewMs: SKEW_MS });
    time.handleClock(0, WALL_MS);
    time.handleClock(500, WALL_MS + 500 + SKEW_MS);
    expect(time.isTrusted).toBe(true);
    expect(time.poll()).toBeUndefined();
  });

  it.each([1, -1])('distrusts a clock that jumps by %i time the skew and more', (direction) => {
    const time = new TrustedTime({ maxSkewMs: SKEW_MS });
    time.handleClock(0, WALL_MS);
    time.handleClock(500, WALL_MS + 500 + direction * (SKEW_MS + 1));
    expect(time.poll()).toEqual({ isTrusted: false, reason: 'jump', jumpMs: direction * (SKEW_MS + 1) });
  });

  it('trusts a clock again once a hello agrees with it', () => {
    const time = new TrustedTime({ maxSkewMs: SKEW_MS });
    time.handleClock(0, WALL_MS);
    time.handleClock(1, WALL_MS + 86_400_000);
    time.handleSignedTime(WALL_MS + 86_400_001, { source: 'frame', atMs: WALL_MS + 86_400_001 });
    expect(time.isTrusted).toBe(false);
    time.handleClock(2, WALL_MS + 2);
    time.handleSignedTime(WALL_MS + 2, { source: 'hello', atMs: WALL_MS });
    expect(time.isTrusted).toBe(true);
    expect([time.poll()?.reason, time.poll()]).toEqual(['jump', { isTrusted: true, offsetMs: -2 }]);
  });

  it('distrusts a clock behind or ahead of a hello by more than the skew', () => {
    const time = new TrustedTime({ maxSkewMs: SKEW_MS });
    time.handleSignedTime(WALL_MS, { source: 'hello', atMs: WALL_MS + SKEW_MS + 1 });
    expect(time.reason).toBe('behind');
    time.handleSignedTime(WALL_MS, { source: 'hello', atMs: WALL_MS - SKEW_MS - 1 });
    expect(time.reason).toBe('ahead');
    expect(time.offsetMs).toBe(-SKEW_MS - 1);
    time.handleSignedTime(WALL_MS, { source: 'hello', atMs: WALL_MS - SKEW_MS });
    expect(time.isTrusted).toBe(true);
  });

  it('forgets a signed time from the future once a hello agrees with the clock', () => {
    const time = new TrustedTime({ maxSkewMs: SKEW_MS, signedAtMs: WALL_MS + 86_400_000 });
    time.handleClock(0, WALL_MS);
    expect(time.reason).toBe('behind');
    time.handleSignedTime(WALL_MS, { source: 'hello', atMs: WALL_MS });
    expect(time.isTrusted).toBe(true);
    expect(time.lastSignedMs).toBe(WALL_MS);
  });

  it('lets no token be decided before a hello was compared with the clock, or none came for long enough', () => {
    const silent = new TrustedTime({ maxSkewMs: SKEW_MS, confirmMs: 60_000 });
    silent.handleClock(5, WALL_MS);
    silent.handleSignedTime(WALL_MS, { source: 'frame', atMs: WALL_MS });
    silent.handleClock(60_004, WALL_MS + 59_999);
    expect([silent.isTrusted, judgementTime(silent).isTrusted]).toEqual([true, false]);
    silent.handleClock(60_005, WALL_MS + 60_000);
    expect(judgementTime(silent).isTrusted).toBe(true);
    const heard = new TrustedTime({ maxSkewMs: SKEW_MS, confirmMs: Number.POSITIVE_INFINITY });
    heard.handleClock(0, WALL_MS);
    heard.handleClock(1e9, WALL_MS + 1e9);
    expect(judgementTime(heard).isTrusted).toBe(false);
    heard.handleSignedTime(WALL_MS + 1e9, { source: 'hello', atMs: WALL_MS });
    expect(judgementTime(heard).isTrusted).toBe(false);
    heard.handleSignedTime(WALL_MS + 1e9, { source: 'hello', atMs: WALL_MS + 1e9 });
    expect(judgementTime(heard).isTrusted).toBe(true);
    const agreeing = new TrustedTime({ maxSkewMs: SKEW_MS, confirmMs: 60_000 });
    for (const atMs of [WALL_MS, WALL_MS + 1]) agreeing.handleSignedTime(WALL_MS, { source: 'hello', atMs });
    // Said once, since it wakes the publisher.
    expect([agreeing.poll(), agreeing.poll()]).toEqual([{ isTrusted: true, offsetMs: 0 }, undefined]);
  });

  it('takes an old frame for old, not for a wrong clock', () => {
    const time = new TrustedTime({ maxSkewMs: SKEW_MS });
    time.handleSignedTime(WALL_MS, { source: 'frame', atMs: WALL_MS - 86_400_000 });
    expect(time.isTrusted).toBe(true);
  });

  it('judges by the local clock, bounded below by signed times within the skew alone', () => {
    const time = new TrustedTime({ maxSkewMs: SKEW_MS });
    time.handleSignedTime(WALL_MS, { source: 'frame', atMs: WALL_MS + 700 });
    expect(time.judgeMs(WALL_MS)).toBe(WALL_MS + 700);
    expect(time.judgeMs(WALL_MS + 900)).toBe(WALL_MS + 900);
    time.handleSignedTime(WALL_MS, { source: 'frame', atMs: WALL_MS + 86_400_000 });
    expect(time.judgeMs(WALL_MS)).toBe(WALL_MS + 700);
    expect(time.lastSignedMs).toBe(WALL_MS + 700);
  });

  it('distrusts a clock that stands before the last signed time after a restart', () => {
    const time = new TrustedTime({ maxSkewMs: SKEW_MS, signedAtMs: WALL_MS });
    time.handleClock(0, WALL_MS - SKEW_MS - 1);
    expect(time.reason).toBe('behind');
  });

  it('tells a change once', () => {
    const time = new TrustedTime({ maxSkewMs: SKEW_MS });
    for (let count = 0; count < 5; count++) {
      time.handleSignedTime(WALL_MS, { source: 'hello', atMs: WALL_MS + 2 * SKEW_MS });
    }
    expect(time.poll()?.isTrusted).toBe(false);
    expect(time.poll()).toBeUndefined();
  });
});

describe('a clock that an operator vouches for', () => {
  const DAY_MS = 86_400_000;
  const far = { source: 'hello', atMs: WALL_MS - DAY_MS } as const;
  const word = (atMs: number) => ({ by: 'ana', atMs });
  const contradicted = (options: { readonly confirmMs?: number } = {}) => {
    const time = new TrustedTime({ maxSkewMs: SKEW_MS, ...options });
    time.handleClock(0, WALL_MS);
    time.handleSignedTime(WALL_MS, far);
    time.poll();
    return time;
  };
  const at = (ms: number, stepMs = 0) => ({ monotonicMs: ms, wallMs: WALL_MS + ms + stepMs });

  it('is trusted though the sender contradicts, which is still seen, and told once', () => {
    const time = contradicted();
    expect(time.vouch(at(10), word(WALL_MS + 10 - SKEW_MS))).toBeUndefined();
    expect(time.poll()).toMatchObject({ isTrusted: true, vouchedBy: 'ana' });
    for (const signed of [far, { source: 'frame', atMs: WALL_MS + DAY_MS }, far] as const)
      time.handleSignedTime(WALL_MS + 20, signed);
    expect([time.isTrusted, time.reason, time.poll()]).toEqual([true, 'ahead', undefined]);
    expect(time.vouched).toEqual({ by: 'ana', sinceMs: WALL_MS + 10 });
  });

  it.each([1, -1])('judges by itself alone: no word and no signed time moves it (%i)', (direction) => {
    const time = contradicted();
    time.vouch(at(0), word(WALL_MS + direction * SKEW_MS));
    time.handleSignedTime(WALL_MS, { source: 'hello', atMs: WALL_MS + direction * DAY_MS });
    expect(time.judgeMs(WALL_MS + 7)).toBe(WALL_MS + 7);
  });

  it.each([1, -1])(
    'is so no longer once it jumps, nor once it has been moved so far by small steps (%i)',
    (direction) => {
      const time = contradicted();
      time.vouch(at(0), word(WALL_MS));
      time.poll();
      time.handleClock(10, WALL_MS + 10 + direction * (SKEW_MS - 1));
      expect(time.isTrusted).toBe(true);
      time.handleClock(20, WALL_MS + 20 + direction * (SKEW_MS + 1));
      expect([time.isTrusted, time.reason, time.vouched]).toEqual([false, 'jump', undefined]);
      expect(time.poll()).toMatchObject({ isTrusted: false, reason: 'jump' });
    },
  );

  it('is trusted for itself once a hello agrees, so that the next contradiction counts', () => {
    const time = contradicted();
    time.vouch(at(0), word(WALL_MS));
    time.handleSignedTime(WALL_MS, { source: 'hello', atMs: WALL_MS });
    expect([time.isTrusted, time.vouched]).toEqual([true, undefined]);
    time.handleSignedTime(WALL_MS, far);
    expect(time.isTrusted).toBe(false);
  });

  it.each([1, -1])('is not where the typed time is another (%i)', (direction) => {
    const time = contradicted();
    expect(time.vouch(at(0), word(WALL_MS + direction * (SKEW_MS + 1)))).toBe('far');
    expect(time.isTrusted).toBe(false);
  });

  it('is not where sender and clock agreed that it is later: a clock that was set back', () => {
    const time = new TrustedTime({ maxSkewMs: SKEW_MS });
    time.handleClock(0, WALL_MS);
    time.handleSignedTime(WALL_MS, { source: 'hello', atMs: WALL_MS });
    expect(time.vouch(at(10, -DAY_MS), word(WALL_MS + 10 - DAY_MS))).toBe('past');
    expect([time.isTrusted, time.reason]).toEqual([false, 'jump']);
  });

  it('is after a jump that nobody contradicts, and before the first hello; else there is nothing to vouch for', () => {
    const jumped = new TrustedTime({ maxSkewMs: SKEW_MS });
    jumped.handleClock(0, WALL_MS);
    expect(jumped.vouch(at(0), word(WALL_MS))).toBe('trusted');
    expect(jumped.vouch(at(10, DAY_MS), word(WALL_MS + 10 + DAY_MS))).toBeUndefined();
    expect([jumped.isTrusted, jumped.reason]).toEqual([true, undefined]);
    const unheard = new TrustedTime({ maxSkewMs: SKEW_MS, confirmMs: Number.POSITIVE_INFINITY });
    expect(unheard.vouch(at(0), word(WALL_MS))).toBeUndefined();
    expect(judgementTime(unheard).isTrusted).toBe(true);
  });
});
