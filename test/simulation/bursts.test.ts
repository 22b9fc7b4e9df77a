/**
 * Bursts of total loss while fresh traffic fills half the link, with the settings that `init` writes: 10% repair, repeats at
 * 1, 10 and 60 s, a hold time of 3 s, 50 Mbit/s. The first repeat comes within the hold time, so nothing becomes a gap.
 */
import { describe, expect, it } from 'vitest';
import { type LinkEvent, type LossyRun, runLossy } from '../../bench/benchmarks/loss/lossy-run.ts';
import { makeChanges } from '../../bench/benchmarks/wire/changes.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import { readDatagramHeader } from '../../src/wire/datagram.ts';
import { Random } from './random.ts';

const WORK_MS = 6_000;
const BURST_MS = 200;
const BURSTS = 2;
const SLOT_MS = WORK_MS / BURSTS;
/** Changes of which no compression helps, 930 a second: half of 50 Mbit/s with 10% repair. */
const CHANGES = 5_580;
const CHANGE_BYTES = 4_096;
/** The hold time behind the last line. */
const END_MS = WORK_MS + 3_500;

describe('bursts of 200 ms while fresh traffic fills half the link', () => {
  it.each([1, 2, 3])('leave no gap, and everything is delivered in order: seed %i', async (seed) => {
    const random = new Random(seed);
    // Anywhere in the first half of its slot, so that no burst takes the first repeat of what the one before took.
    const bursts = Array.from({ length: BURSTS }, (_, index) => (index + random.fraction() / 2) * SLOT_MS);
    const isLost = (nowMs: number) => bursts.some((fromMs) => nowMs >= fromMs && nowMs < fromMs + BURST_MS);
    const lines = makeChanges({ count: CHANGES, resourceBytes: CHANGE_BYTES, filler: 'noise', seed });
    const events: LinkEvent[] = [];
    const run = await runLossy({
      lines,
      workMs: WORK_MS,
      endMs: END_MS,
      isLost,
      onDatagram: (event) => events.push(event),
    });
    expect(run.freshShare).toBeGreaterThan(0.48);
    expect(run.freshShare).toBeLessThan(0.6);
    const lostBytes = events.filter((event) => event.isLost).reduce((sum, { datagram }) => sum + datagram.length, 0);
    expect(lostBytes).toBeGreaterThan(BURSTS * 0.45 * ((BURST_MS * 50_000) / 8));
    expect(framesThatLostTheirFirstPass(events)).toBeGreaterThan(BURSTS);
    expect(run.gaps).toEqual([]);
    expect(delivered(run)).toEqual(run.sent.map(({ sequence, bytes }) => `${sequence} ${sha256Hex(bytes)}`));
    expect(Math.max(...run.releases.map(({ ageMs }) => ageMs))).toBeLessThan(3_000);
  });
});

function delivered({ spooled }: LossyRun): readonly string[] {
  return spooled.map(({ sequence, bytes, isHealed }) => `${sequence}${isHealed ? ' healed' : ''} ${sha256Hex(bytes)}`);
}

function framesThatLostTheirFirstPass(events: readonly LinkEvent[]): number {
  const fresh = events.filter(({ kind }) => kind === 'source' || kind === 'repair');
  const sequences = (some: readonly LinkEvent[]) =>
    new Set(some.map(({ datagram }) => readDatagramHeader(datagram).sequence));
  const came = sequences(fresh.filter(({ isLost }) => !isLost));
  return [...sequences(fresh)].filter((sequence) => !came.has(sequence)).length;
}
