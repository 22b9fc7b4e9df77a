/** A calibration on virtual time: the sender's sweep, a link with a seed, the receiver's tally. */
import { seededFractions } from '../../bench/workload/seeded-fractions.ts';
import type { LinkCounters } from '../../receiver/calibration/calibration-places.ts';
import { CalibrationTally, type HeardRun, type StepMeasure } from '../../receiver/calibration/calibration-tally.ts';
import { planSweep, type SweepWish } from '../../sender/calibration/calibration-plan.ts';
import { CalibrationSweep, type SentStep } from '../../sender/calibration/calibration-sweep.ts';
import { calibrationKey } from '../../src/crypto/digest.ts';
import { DatagramCipher } from '../../src/crypto/sodium.ts';

export const MAC_KEY = Buffer.alloc(32, 7);
export const OVERHEAD_BYTES = 66;
export const MARK_BYTES = 108;
export const SHORT_WISH: SweepWish = {
  fromBitsPerSecond: 10_000_000,
  toBitsPerSecond: 80_000_000,
  rates: 4,
  seconds: 0.5,
  symbolBytes: 1_408,
  sizes: [],
  bursts: [],
};

export interface SimulatedLink {
  readonly seed: number;
  /** Of each datagram. */
  readonly lossFraction?: number;
  /** Of them, how many begin a run, and how long it is. */
  readonly lossRun?: number;
  readonly duplicateFraction?: number;
  /** Of each: it comes behind the next `reorderBy`. */
  readonly reorderFraction?: number;
  readonly reorderBy?: number;
  /** What it carries, and how long a datagram may wait for that. */
  readonly bitsPerSecond?: number;
  readonly bufferMs?: number;
  /** Nothing of these is listened to. */
  readonly isDeaf?: (place: { readonly pass: number; readonly step: number; readonly sent: number }) => boolean;
}

export interface SimulatedRun {
  readonly measures: readonly StepMeasure[];
  readonly sent: readonly SentStep[];
  readonly tally: CalibrationTally;
  readonly runs: readonly HeardRun[];
  readonly unheard: number;
  /** What the link dropped, marks too. */
  readonly dropped: number;
  readonly datagrams: number;
}

export function newSweep(wish: SweepWish, options: { readonly passes?: number; readonly run?: number } = {}) {
  const { passes = 1, run = 1 } = options;
  const runId = Buffer.alloc(16, run);
  const steps = planSweep(wish, (bytes) => bytes + OVERHEAD_BYTES);
  const cipher = new DatagramCipher(calibrationKey(MAC_KEY, runId));
  const startedAtMs = 1_795_341_600_000 + run;
  return new CalibrationSweep({ steps, passes, runId, startedAtMs, cipher, overheadBytes: OVERHEAD_BYTES });
}

export function newTally(
  counters: () => LinkCounters = () => NO_COUNTERS,
  heard: { readonly measures: StepMeasure[]; readonly runs: HeardRun[]; unheard: number } = {
    measures: [],
    runs: [],
    unheard: 0,
  },
) {
  const tally = new CalibrationTally({
    keyOf: (runId) => calibrationKey(MAC_KEY, runId),
    counters,
    isJoined: false,
    onStep: (measure) => heard.measures.push(measure),
    onRun: (run) => heard.runs.push(run),
    onUnheard: (steps) => {
      heard.unheard += steps;
    },
  });
  return { tally, heard };
}

export const NO_COUNTERS: LinkCounters = {
  interfaces: new Map(),
  interfaceName: undefined,
  backlog: undefined,
  socket: undefined,
  line: undefined,
};

export function simulateSweep(
  wish: SweepWish,
  link: SimulatedLink,
  options: { readonly passes?: number } = {},
): SimulatedRun {
  const sweep = newSweep(wish, options);
  const { tally, heard } = newTally();
  const random = seededFractions(link.seed);
  const sent: SentStep[] = [];
  const held: { behind: number; readonly datagram: Buffer }[] = [];
  let [nowMs, freeMs, losing, dropped, datagrams] = [1_000, 0, 0, 0, 0];
  let place = { pass: 1, step: 1, sent: 0 };
  const deliver = (atMs: number, datagram: Buffer) => {
    tally.handleDatagram(atMs, datagram);
    for (const late of held) late.behind--;
    while (held[0] !== undefined && held[0].behind <= 0) {
      tally.handleDatagram(atMs, (held.shift() as { datagram: Buffer }).datagram);
    }
  };
  while (!sweep.isDone) {
    const datagram = sweep.poll(nowMs);
    for (let ended = sweep.takeEnded(); ended !== undefined; ended = sweep.takeEnded()) {
      sent.push(ended);
      const isLast = ended.step === wish.rates + wish.sizes.length + wish.bursts.length;
      place = { pass: ended.pass + (isLast ? 1 : 0), step: isLast ? 1 : ended.step + 1, sent: 0 };
    }
    if (datagram === undefined) {
      nowMs = Math.max(nowMs, sweep.nextDeadlineMs());
      continue;
    }
    datagrams++;
    place = { ...place, sent: place.sent + 1 };
    if (link.isDeaf?.(place)) continue;
    const wireMs = ((datagram.length + OVERHEAD_BYTES) * 8_000) / (link.bitsPerSecond ?? Number.POSITIVE_INFINITY);
    const waitMs = Math.max(0, freeMs - nowMs);
    if (losing === 0 && random() < (link.lossFraction ?? 0)) losing = link.lossRun ?? 1;
    if (losing > 0 || waitMs > (link.bufferMs ?? Number.POSITIVE_INFINITY)) {
      losing = Math.max(0, losing - 1);
      dropped++;
      continue;
    }
    freeMs = nowMs + waitMs + wireMs;
    // A mark comes a rest later: nothing is held up for so long.
    if (datagram.length === MARK_BYTES) for (const late of held.splice(0)) tally.handleDatagram(freeMs, late.datagram);
    if (random() < (link.reorderFraction ?? 0)) held.push({ behind: (link.reorderBy ?? 1) + 1, datagram });
    else deliver(freeMs, datagram);
    if (random() < (link.duplicateFraction ?? 0)) deliver(freeMs, datagram);
  }
  tally.finish();
  return { ...heard, sent, tally, dropped, datagrams };
}
