import { describe, expect, it } from 'vitest';
import { type LinkEvent, LinkWatch } from '../../../../receiver/intake/link-watch.ts';
import { FrontHalf } from '../../../support/front-half.ts';
import { ModelJournal, ModelSession, WALL_MS } from '../../../support/model-sender.ts';

const HOUR_MS = 3_600_000;

describe('link watch', () => {
  it('tells silence after three intervals, once, and when it ends, once', () => {
    const watch = new LinkWatch();
    watch.handleClock(0, WALL_MS);
    watch.handleHello(1_000, WALL_MS + 1_000, 5_000);
    expect(watch.nextDeadlineMs()).toBe(16_000);
    expect(told(watch, 15_999)).toEqual([]);
    expect(told(watch, 16_000)).toEqual([{ kind: 'silent', sinceMs: WALL_MS + 1_000, intervalMs: 5_000 }]);
    expect(watch.status(16_000)).toMatchObject({ isSilent: true, ageMs: 15_000 });
    for (let nowMs = 17_000; nowMs < 60_000; nowMs += 1_000) expect(told(watch, nowMs)).toEqual([]);
    watch.handleHello(61_000, WALL_MS + 61_000, 5_000);
    watch.handleHello(61_001, WALL_MS + 61_001, 5_000);
    expect(told(watch, 61_002)).toEqual([{ kind: 'heard', sinceMs: WALL_MS + 1_000, silentMs: 60_000 }]);
    expect(watch.status(61_002).isSilent).toBe(false);
  });

  it('goes by the monotonic clock: a wall clock that jumps a day makes no silence, and hides none', () => {
    const watch = new LinkWatch();
    watch.handleHello(0, WALL_MS, 10_000);
    for (const jumpMs of [24 * HOUR_MS, -24 * HOUR_MS]) {
      watch.handleClock(20_000, WALL_MS + jumpMs);
      expect(watch.poll()).toBeUndefined();
    }
    watch.handleClock(30_000, WALL_MS - 24 * HOUR_MS);
    expect(watch.poll()).toMatchObject({ kind: 'silent', sinceMs: WALL_MS });
  });

  it('after a restart goes by what the stored hello said: when it came, and its interval where that is long', () => {
    const slow = new LinkWatch({ atWallMs: WALL_MS - HOUR_MS, intervalMs: 60_000 });
    slow.handleClock(0, WALL_MS);
    expect(told(slow, 179_999)).toEqual([]);
    expect(told(slow, 180_000)).toEqual([{ kind: 'silent', sinceMs: WALL_MS - HOUR_MS, intervalMs: 60_000 }]);
    // A sender says 1 s at its own start, and 10 s by now.
    const quick = new LinkWatch({ atWallMs: WALL_MS - HOUR_MS, intervalMs: 1_000 });
    quick.handleClock(0, WALL_MS);
    expect(told(quick, 29_999)).toEqual([]);
    expect(told(quick, 30_000)).toHaveLength(1);
  });

  it('where nobody was ever heard, is silent since the start', () => {
    const watch = new LinkWatch();
    watch.handleClock(5, WALL_MS);
    expect(told(watch, 30_005)).toEqual([{ kind: 'silent', sinceMs: WALL_MS, intervalMs: 10_000 }]);
    expect(watch.status(30_005).ageMs).toBeUndefined();
  });
});

describe('silence at the receiver', () => {
  it('is told and audited with its beginning, over a restart too, and ends with the first hello', () => {
    const front = new FrontHalf();
    const session = new ModelSession(new ModelJournal());
    front.meet(session);
    const heardMs = front.wallMs;
    front.pass(3_000);
    expect(front.events.at(-1)).toEqual({ event: 'link-silent', sinceMs: heardMs, intervalMs: 1_000 });
    expect(front.audited.at(-1)).toMatchObject({ event: 'link-silent' });
    front.pass(60_000);
    expect(front.eventNames().filter((name) => name === 'link-silent')).toHaveLength(1);

    const again = new FrontHalf({ store: front.store });
    again.nowMs = 500_000;
    again.open(session);
    expect(again.status.link).toMatchObject({ isSilent: false, sinceMs: heardMs });
    again.pass(30_000);
    expect(again.events.at(-1)).toMatchObject({ event: 'link-silent', sinceMs: heardMs });
    expect(again.status.link.isSilent).toBe(true);
    again.receive(session.hello());
    expect(again.events).toContainEqual({ event: 'link-heard', sinceMs: heardMs, silentMs: 30_000 });
  });

  it('is no silence where hellos come that halt the stream, and replayed ones are no sign of life', () => {
    const front = new FrontHalf();
    const journal = new ModelJournal();
    const session = new ModelSession(journal, { number: 5 });
    const first = session.hello();
    front.meet(session, first);
    const clone = new ModelSession(journal, { number: 2, id: 90 });
    for (let second = 1; second < 20; second++) {
      front.nowMs += 1_000;
      front.receive(clone.hello({ sentAtMs: WALL_MS + second }));
    }
    expect(front.status.gate.halted).toBeDefined();
    expect(front.eventNames()).not.toContain('link-silent');
    for (let second = 1; second < 5; second++) {
      front.nowMs += 1_000;
      front.receive(first);
    }
    expect(front.status.link.isSilent).toBe(true);
  });

  it('notices a lost tail with the next hello, within one interval and the hold time', () => {
    const front = new FrontHalf();
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    front.meet(session);
    journal.append();
    front.pass(999);
    front.receive(session.hello());
    front.pass(3_000);
    expect(front.eventNames()).toContain('gap-opened');
  });
});

function told(watch: LinkWatch, nowMs: number): readonly LinkEvent[] {
  watch.handleClock(nowMs, WALL_MS + nowMs);
  const event = watch.poll();
  return event === undefined ? [] : [event];
}
