import { expect, it } from 'vitest';
import { waitForImport } from '../../../receiver/commands/import-wait.ts';
import { type ImportingStatus, importProgress } from '../../../receiver/media/import-progress.ts';
import { MEDIA_LIMITS } from '../../../src/limits.ts';

const MIB = 1024 * 1024;

interface Seen {
  readonly current?: NonNullable<ImportingStatus['imports']>['current'];
  readonly reason?: 'spool-full' | 'disk-full';
  readonly sequence?: number;
  readonly unwhole?: ImportingStatus['unwhole'];
}

function status({ current, reason, sequence = 9, unwhole }: Seen = {}): ImportingStatus {
  return {
    imports: { waiting: 1, imported: 0, ...(current && { current }) },
    ...(unwhole && { unwhole }),
    intake: {
      accepting: reason === undefined ? { isAccepting: true } : { isAccepting: false, reason },
      gate: { sequence },
    },
  };
}

const half = { number: 7, doneBytes: 6 * MIB, bytes: 12 * MIB };

it('says how much of the bundle is taken in, and else what it waits for', () => {
  const textOf = (seen?: Seen) => importProgress(seen && status(seen), 7).text;
  expect(importProgress(status({ current: half }), 7)).toMatchObject({
    share: 0.5,
    text: '6.0 MiB of 12.0 MiB taken in',
  });
  expect(importProgress(status({ current: { ...half, number: 6 } }), 7)).toMatchObject({
    share: 0,
    text: 'bundle 6 comes first, 6.0 MiB of 12.0 MiB taken in',
  });
  expect(textOf({ current: { ...half, doneBytes: 12 * MIB } })).toContain('all of it read');
  expect(textOf({ current: half, reason: 'spool-full' })).toContain('waits for room: its spool is full until Kafka');
  const unwhole = { reason: 'joined', sinceMs: 0 } as const;
  expect(textOf({ current: half, reason: 'spool-full', unwhole })).toContain('a larger `spool.maxBytes`, or a whole');
  expect(textOf({ current: half, reason: 'disk-full' })).toContain('waits for room: its disk is full');
  expect(textOf({})).toBe('the receiver takes it in');
  expect(textOf()).toContain('does not answer');
});

const NEVER = Number.POSITIVE_INFINITY;

it('sees that the receiver gets on by what it read of the bundle, and by what it released of that', () => {
  const placeOf = (seen: Seen) => importProgress(status(seen), 7).place;
  const places = [{ current: half }, { current: { ...half, doneBytes: 7 * MIB } }, { current: half, sequence: 10 }, {}];
  expect(new Set(places.map(placeOf)).size).toBe(4);
  expect(placeOf({ current: half, reason: 'spool-full' })).toBe(placeOf({ current: half }));
});

/** Each look is 200 ms later; `movesMs`: how often the receiver gets on, whom somebody interrupts after ten minutes. */
function waited({
  movesMs = NEVER,
  doneAtMs = NEVER,
  haltsAtMs = NEVER,
  goneAtMs = NEVER,
  endsAtMs = NEVER,
  startsAtMs = NEVER,
  isSilentAt = (_: number) => false,
}) {
  let atMs = 0;
  let drawn = 0;
  const controller = new AbortController();
  const wait = waitForImport({
    isDone: () => atMs >= doneAtMs,
    isThere: () => atMs < Math.min(goneAtMs, doneAtMs),
    isHalted: () => atMs >= haltsAtMs,
    isRunning: () => atMs < endsAtMs || atMs >= startsAtMs,
    progress: async () => ({
      share: 0,
      text: '',
      place: isSilentAt(atMs) ? undefined : `${Math.floor(atMs / movesMs)}`,
    }),
    onProgress: () => {
      drawn++;
    },
    signal: controller.signal,
    clock: {
      nowMs: () => atMs,
      wait: async (delayMs) => {
        atMs += delayMs;
        if (atMs >= 600_000) controller.abort();
      },
    },
  });
  return wait.then((outcome) => ({ outcome, atMs, drawn }));
}

it('waits as long as the receiver gets on, however long that is', async () => {
  const { outcome, atMs, drawn } = await waited({ movesMs: MEDIA_LIMITS.importSilenceMs - 1_000, doneAtMs: 300_000 });
  expect([outcome, atMs]).toEqual(['done', 300_000]);
  expect(drawn).toBe(300_000 / MEDIA_LIMITS.importLookMs);
});

it('waits for a receiver that is started again, and not for one that is not', async () => {
  const { restartMs } = MEDIA_LIMITS;
  const restart = { endsAtMs: 5_000, startsAtMs: 5_000 + restartMs - 1_000, doneAtMs: 30_000, movesMs: 1_000 };
  expect(await waited(restart)).toMatchObject({ outcome: 'done', atMs: 30_000 });
  const { outcome, atMs } = await waited({ movesMs: 1_000, endsAtMs: 5_000 });
  expect(outcome).toBe('waiting');
  expect(Math.abs(atMs - 5_000 - restartMs)).toBeLessThanOrEqual(MEDIA_LIMITS.importLookMs);
});

it('does not wait where nothing moves, where a halt stands in the way, or when it is interrupted', async () => {
  expect(await waited({})).toMatchObject({ outcome: 'waiting', atMs: MEDIA_LIMITS.importSilenceMs });
  expect(await waited({ movesMs: 1_000, haltsAtMs: 5_000 })).toMatchObject({ outcome: 'waiting', atMs: 5_000 });
  expect(await waited({ movesMs: 1_000 })).toMatchObject({ outcome: 'waiting', atMs: 600_000 });
});

it('takes an answer that comes back as it was for no movement', async () => {
  const isSilentAt = (atMs: number) => atMs % 10_000 >= 8_000;
  expect(await waited({ isSilentAt })).toMatchObject({ outcome: 'waiting', atMs: MEDIA_LIMITS.importSilenceMs });
});

it('tells a bundle that the receiver put away from one that it still has', async () => {
  expect(await waited({ movesMs: 1_000, goneAtMs: 5_000 })).toMatchObject({ outcome: 'gone', atMs: 5_000 });
  expect(await waited({ movesMs: 1_000, goneAtMs: 5_000, haltsAtMs: 5_000 })).toMatchObject({ outcome: 'gone' });
});
