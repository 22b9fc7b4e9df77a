/** What waits longer where the link is slow, and what a sender does while its link takes nothing. */
import { describe, expect, it } from 'vitest';
import { BlockTable } from '../../receiver/intake/block-table.ts';
import { LinkWatch } from '../../receiver/intake/link-watch.ts';
import { RepeatSchedule } from '../../sender/transmit/repeat-schedule.ts';
import { SendLoop } from '../../sender/transmit/send-loop.ts';
import { serialDefaults } from '../../src/config/serial-defaults.ts';
import type { SendLink } from '../../src/link/link.ts';
import { frameGeometry } from '../../src/wire/geometry.ts';
import { coreRig, entriesOf, userLine } from '../support/sender-rig.ts';
import { until } from '../support/until.ts';

/** 240 s at 9,600 baud. */
const LAST_REPEAT_MS = serialDefaults(9_600).repeatAfterMs.at(-1) as number;
const geometry = frameGeometry({ frameBytes: 100, symbolBytes: 64, blockCount: 1 }) as NonNullable<
  ReturnType<typeof frameGeometry>
>;

describe('a slow link', () => {
  it('lets an incomplete frame wait for its last repeat', () => {
    const table = new BlockTable();
    table.assembly(0, { epoch: 1, sequence: 1, geometry });
    table.handleLastRepeat(LAST_REPEAT_MS);
    expect(table.nextDeadlineMs()).toBe(2 * LAST_REPEAT_MS);
    table.expire(2 * LAST_REPEAT_MS - 1);
    expect(table.takeEvicted()).toEqual([]);
    table.expire(2 * LAST_REPEAT_MS);
    expect(table.takeEvicted()).toHaveLength(1);
    // A fast one's bound is no lower than it was.
    table.handleLastRepeat(1_000);
    table.assembly(0, { epoch: 1, sequence: 2, geometry });
    expect(table.nextDeadlineMs()).toBe(120_000);
  });

  it('skips a repeat for want of capacity later', () => {
    const schedule = new RepeatSchedule([LAST_REPEAT_MS]);
    schedule.handleWaiting({ sequence: 1, pass: 2, firstPassMs: 0 });
    expect(schedule.pollSkipped(2 * LAST_REPEAT_MS)).toBeUndefined();
    expect(schedule.pollSkipped(2 * LAST_REPEAT_MS + 1)).toMatchObject({ sequence: 1 });
    const fast = new RepeatSchedule([1_000]);
    fast.handleWaiting({ sequence: 1, pass: 2, firstPassMs: 0 });
    expect(fast.pollSkipped(61_000)).toBeUndefined();
    expect(fast.pollSkipped(61_001)).toMatchObject({ sequence: 1 });
  });

  it('is silent only after three of its own intervals, before a first hello too', () => {
    const { helloIntervalMs } = serialDefaults(9_600);
    const watch = new LinkWatch(undefined, helloIntervalMs);
    watch.handleClock(0, 0);
    expect(watch.nextDeadlineMs()).toBe(3 * helloIntervalMs);
  });
});

describe('a link that takes nothing', () => {
  it('is waited for, while lines are journaled; then what it refused is sent first, and no repeat is late', async () => {
    const { core } = await coreRig();
    let nowMs = 0;
    const link = new StuckLink();
    let resumedMs: number | undefined;
    const resume = core.handleResumed.bind(core);
    core.handleResumed = (atMs) => {
      resumedMs = atMs;
      resume(atMs);
    };
    const clock = { nowMs: () => nowMs, wallMs: () => 1_800_000_000_000 + nowMs };
    const failures: unknown[] = [];
    const loop = new SendLoop({ core, link, clock, onTurn: () => {}, onFatal: (error) => failures.push(error) });
    core.handleEntries(0, entriesOf([userLine('a')]));
    nowMs = 10_000;
    loop.wake();
    await until(() => core.journal.head.sequence === 1);
    expect(link.sent).toEqual([]);
    const [refused] = link.refused;
    nowMs = 20_000;
    link.isStuck = false;
    link.tellRoom();
    await until(() => core.isDrained);
    loop.stop();
    expect(link.sent[0]).toBe(refused);
    expect(resumedMs).toBe(20_000);
    expect(failures).toEqual([]);
  });
});

describe('a kernel that is full', () => {
  it('is waited for: meanwhile the core is asked for nothing, and afterwards no repeat is late', async () => {
    let nowMs = 0;
    let isFull = true;
    const heard: string[] = [];
    const waiting = [Buffer.of(1), Buffer.of(2)];
    const link = Object.assign(new StuckLink(), {
      isStuck: false,
      flush: () => {
        nowMs++;
        return !isFull;
      },
    });
    const core = {
      burstMs: 1,
      poll: () => {
        const datagram = waiting.length > 1 || !isFull ? waiting.shift() : undefined;
        heard.push(`poll ${datagram?.[0]}`);
        return datagram;
      },
      handleHandedOver: (atMs: number) => void heard.push(`handed over ${atMs}`),
      keepJournal: () => void heard.push('journal'),
      handleResumed: (atMs: number) => void heard.push(`resumed ${atMs}`),
      nextDeadlineMs: () => Number.POSITIVE_INFINITY,
      nextJournalMs: () => Number.POSITIVE_INFINITY,
    };
    let turns = 0;
    const clock = { nowMs: () => nowMs, wallMs: () => 0 };
    const loop = new SendLoop({ core, link, clock, onTurn: () => turns++, onFatal: () => {} });
    for (const atMs of [0, 500, 20_000]) {
      nowMs = atMs;
      isFull = atMs < 20_000;
      const before = turns;
      loop.wake();
      await until(() => turns > before);
      expect(loop.isHolding).toBe(isFull);
    }
    loop.stop();
    expect(heard).toEqual([
      ...['poll 1', 'poll undefined', 'journal', 'journal'],
      ...['handed over 20001', 'resumed 20001', 'poll 2', 'poll undefined', 'handed over 20002'],
    ]);
  });
});

class StuckLink implements SendLink {
  readonly maxDatagramBytes = 65_507;
  readonly overheadBytes = 66;
  queuedDatagrams = 0;
  readonly sent: Buffer[] = [];
  readonly refused: Buffer[] = [];
  isStuck = true;
  tellRoom: () => void = () => {};

  send(datagram: Buffer): boolean {
    (this.isStuck ? this.refused : this.sent).push(datagram);
    return !this.isStuck;
  }

  onRoom(handler: () => void): void {
    this.tellRoom = handler;
  }

  onError(): void {}

  async close(): Promise<void> {}
}
