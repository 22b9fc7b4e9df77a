import { afterEach, beforeEach, expect, it } from 'vitest';
import { awaitCycle, placeBefore } from '../../../sender/media/snapshot-export.ts';
import { openSenderStore } from '../../../sender/sender-store.ts';
import { CYCLE_START } from '../../../sender/snapshot/snapshot-part.ts';
import { type CycleState, readCycle, writeCycle } from '../../../sender/snapshot/snapshot-store.ts';
import { MEDIA_LIMITS } from '../../../src/limits.ts';
import type { Store } from '../../../src/store/database.ts';

const REQUEST = 'asked-here';
const { restartMs, importLookMs: lookMs } = MEDIA_LIMITS;
const NEVER = Number.POSITIVE_INFINITY;

let store: Store;
let asked: Parameters<typeof awaitCycle>[1];

/** The last cycle before was the third, of 40 parts. */
beforeEach(() => {
  store = openSenderStore(':memory:');
  save({ cycle: 3, endedCycle: 3, endedParts: 40 });
  asked = { ...placeBefore(store), request: REQUEST };
});
afterEach(() => store.close());

function save(change: Partial<CycleState>): void {
  writeCycle(store, { ...readCycle(store), ...change });
}

const met = { request: REQUEST, isRequested: true };
const begun = { request: REQUEST, isRequested: false, cycle: 4, nextPart: 12, place: CYCLE_START };
const ended = { place: undefined, endedCycle: 4, nextPart: 41 };

/** `steps`: what the sender writes, and when. Somebody interrupts it after two minutes. */
async function waited(
  steps: readonly (readonly [atMs: number, change: Partial<CycleState>])[],
  { endsAtMs = NEVER, startsAtMs = NEVER } = {},
) {
  let nowMs = 0;
  const left = [...steps];
  const texts: string[] = [];
  const controller = new AbortController();
  const result = await awaitCycle(store, asked, {
    isRunning: () => nowMs < endsAtMs || nowMs >= startsAtMs,
    onProgress: (text) => texts.at(-1) !== text && texts.push(text),
    signal: controller.signal,
    clock: {
      nowMs: () => nowMs,
      wait: async (delayMs) => {
        nowMs += delayMs;
        while (nowMs >= (left[0]?.[0] ?? NEVER)) save(left.shift()?.[1] ?? {});
        if (nowMs >= 120_000) controller.abort();
      },
    },
  }).catch((error: { code: string }) => error.code);
  return { result, nowMs, texts };
}

it('says what it waits for, and parts without a share, since nobody knows how many there will be', async () => {
  const { result, nowMs, texts } = await waited([
    [1_000, met],
    [60_000, begun],
    [90_000, ended],
  ]);
  expect(result).toEqual({ from: 1, to: 0 });
  expect(nowMs).toBe(90_000);
  expect(texts).toEqual(['waits for the sender to begin it (paused?)', 'part 12; the last snapshot had 40']);
});

it('waits for a sender that is started again, and not for one that is not', async () => {
  const steps = [
    [1_000, begun],
    [40_000, ended],
  ] as const;
  const again = await waited(steps, { endsAtMs: 5_000, startsAtMs: 5_000 + restartMs - 1_000 });
  expect([again.result, again.nowMs]).toEqual([{ from: 1, to: 0 }, 40_000]);
  expect(again.texts).toContain('the sender ended: waits for its restart');
  save({ cycle: 5, endedCycle: 5 });
  asked = { ...placeBefore(store), request: REQUEST };
  const gone = await waited([[1_000, { ...begun, cycle: 6 }]], { endsAtMs: 5_000 });
  expect(gone.result).toBe('not-running');
  expect(Math.abs(gone.nowMs - 5_000 - restartMs)).toBeLessThanOrEqual(lookMs);
});

it('takes the cycle of a request that came after its own, and none that had begun before', async () => {
  save({ cycle: 4, place: CYCLE_START });
  asked = { ...placeBefore(store), request: REQUEST };
  const { nowMs } = await waited([
    [1_000, { place: undefined, endedCycle: 4 }],
    [2_000, { request: 'of somebody else', isRequested: true }],
    [3_000, { isRequested: false, cycle: 5, place: CYCLE_START }],
    [4_000, { place: undefined, endedCycle: 5 }],
  ]);
  expect(nowMs).toBe(4_000);
});

it('ends where the source is not read, and when it is interrupted', async () => {
  expect((await waited([[1_000, { ...met, needsSourceEnd: true }]])).result).toBe('epoch-due');
  save({ needsSourceEnd: false });
  expect(await waited([])).toMatchObject({ result: 'interrupted', nowMs: 120_000 });
});
