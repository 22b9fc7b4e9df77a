import { describe, expect, it } from 'vitest';
import { NOWHERE, placeLosses } from '../../../receiver/calibration/calibration-places.ts';
import { calibrationKey } from '../../../src/crypto/digest.ts';
import { DatagramCipher } from '../../../src/crypto/sodium.ts';
import { encodeCalibration, writeCalibrationHeader } from '../../../src/wire/calibration.ts';
import { HEADER_BYTES, TAG_BYTES } from '../../../src/wire/datagram.ts';
import { MAC_KEY, NO_COUNTERS, newSweep, newTally, SHORT_WISH, simulateSweep } from '../../support/simulated-sweep.ts';

const PROBE = {
  role: 'probe',
  step: 1,
  steps: 3,
  pass: 1,
  passes: 1,
  startedAtMs: 1_000,
  rateBitsPerSecond: 1_000_000,
  datagramBytes: 108,
  wireBytes: 174,
  burst: 0,
  count: 10,
  index: 0,
  elapsedUs: 0,
} as const;

/** One datagram of a run, by hand. */
function datagram(change: Parameters<typeof encodeCalibration>[0] | object = {}, run = 1, key = MAC_KEY): Buffer {
  const runId = Buffer.alloc(16, run);
  const said = encodeCalibration({ ...PROBE, ...change }, 108);
  const bytes = Buffer.alloc(HEADER_BYTES + said.length + TAG_BYTES);
  writeCalibrationHeader(bytes, { runId, counter: 1 });
  new DatagramCipher(calibrationKey(key, runId)).seal(bytes, HEADER_BYTES, said, 1);
  return bytes;
}

describe('a sweep over a link that loses nothing', () => {
  const { measures, sent, tally } = simulateSweep({ ...SHORT_WISH, sizes: [512], bursts: [16] }, { seed: 1 });

  it('is measured as it was sent, step by step', () => {
    expect(measures.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const [at, measure] of measures.entries()) {
      const { planned, sent: count } = sent[at] as (typeof sent)[number];
      expect(measure).toMatchObject({ sent: count, received: count, isWhole: true, isSentKnown: true, reordered: 0 });
      expect(measure).toMatchObject({ datagramBytes: planned.datagramBytes, burst: planned.burst, duplicates: 0 });
      expect(measure.loss).toEqual({ runs: 0, lost: 0, longest: 0, classes: [] });
    }
    expect(measures.map(({ datagramBytes }) => datagramBytes)).toEqual([1_452, 1_452, 1_452, 1_452, 556, 1_452]);
    expect(tally.isEnded && tally.isWhole).toBe(true);
  });

  it('has the rates that it was to have', () => {
    for (const { rateBitsPerSecond, offeredBitsPerSecond, arrivedBitsPerSecond, burst } of measures) {
      if (burst > 0) continue;
      // A burst of 5 ms leaves at the start: of 0.5 s a hundredth.
      expect(offeredBitsPerSecond).toBeGreaterThan(rateBitsPerSecond * 0.99);
      expect(offeredBitsPerSecond).toBeLessThan(rateBitsPerSecond * 1.02);
      expect(arrivedBitsPerSecond).toBeCloseTo(offeredBitsPerSecond as number, -3);
    }
  });
});

describe('losses', () => {
  it.each([1, 2])('are all found, and in their runs (seed %d)', (seed) => {
    const { measures, dropped } = simulateSweep(SHORT_WISH, { seed, lossFraction: 0.01, lossRun: 4 });
    const lost = measures.reduce((sum, { loss }) => sum + loss.lost, 0);
    const runs = measures.reduce((sum, { loss }) => sum + loss.runs, 0);
    // Marks may be among what the link dropped.
    expect(dropped - lost).toBeGreaterThanOrEqual(0);
    expect(dropped - lost).toBeLessThanOrEqual(3 * measures.length);
    expect(lost / runs).toBeGreaterThan(3.6);
    expect(lost / runs).toBeLessThan(4.6);
    for (const { sent, received, loss } of measures) {
      expect(received + loss.lost).toBe(sent);
      expect(loss.classes.reduce((sum, count) => sum + count, 0)).toBe(loss.runs);
    }
  });

  it('at the very end are told by the mark', () => {
    const { tally, heard } = newTally();
    for (const index of [0, 1, 2, 5]) tally.handleDatagram(index, datagram({ index }));
    tally.handleDatagram(20, datagram({ role: 'mark', count: 9, index: 0 }));
    expect(heard.measures[0]).toMatchObject({ sent: 9, received: 4, isSentKnown: true });
    expect(heard.measures[0]?.loss).toEqual({ runs: 2, lost: 5, longest: 3, classes: [0, 1, 1] });
  });

  it('of all marks leave the count that was planned', () => {
    const { tally, heard } = newTally();
    tally.handleDatagram(0, datagram());
    tally.handleDatagram(1, datagram({ step: 2 }));
    expect(heard.measures[0]).toMatchObject({ sent: 10, received: 1, isSentKnown: false });
  });

  it('of a whole step leave its mark, and of its marks too a gap', () => {
    const { tally, heard } = newTally();
    tally.handleDatagram(0, datagram());
    tally.handleDatagram(1, datagram({ step: 2, role: 'mark', count: 7 }));
    expect(heard.measures[1]).toMatchObject({ step: 2, sent: 7, received: 0, isWhole: true });
    expect(heard.measures[1]?.loss).toMatchObject({ runs: 1, lost: 7, longest: 7 });
    expect(heard.unheard).toBe(0);
    const other = newTally();
    other.tally.handleDatagram(0, datagram());
    other.tally.handleDatagram(1, datagram({ step: 3 }));
    expect(other.heard.unheard).toBe(1);
    expect(other.tally.isWhole).toBe(false);
  });
});

describe('order', () => {
  it('is counted as RFC 4737 does, and what came twice once', () => {
    const { measures } = simulateSweep(SHORT_WISH, {
      seed: 5,
      reorderFraction: 0.02,
      reorderBy: 3,
      duplicateFraction: 0.01,
    });
    for (const { sent, received, reordered, farthest, duplicates, loss } of measures) {
      expect(received).toBe(sent);
      expect(loss.lost).toBe(0);
      expect(reordered / sent).toBeGreaterThan(0.002);
      expect(reordered / sent).toBeLessThan(0.05);
      expect(farthest).toBeGreaterThanOrEqual(1);
      expect(farthest).toBeLessThanOrEqual(6);
      expect(duplicates).toBeLessThan(0.03 * sent);
    }
    expect(measures.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBeGreaterThan(0);
  });
});

describe('a link of its own rate', () => {
  it('lets delays rise before it loses, and carries no more', () => {
    const limit = 30_000_000;
    const { measures } = simulateSweep(SHORT_WISH, { seed: 1, bitsPerSecond: limit, bufferMs: 100 });
    const [ten, twenty, forty, eighty] = measures;
    expect(ten?.delayRiseMs).toBeLessThan(1);
    expect(twenty?.delayRiseMs).toBeLessThan(1);
    expect(forty?.delayRiseMs).toBeGreaterThan(50);
    expect(eighty?.loss.lost).toBeGreaterThan(0.4 * (eighty?.sent as number));
    expect(eighty?.arrivedBitsPerSecond).toBeLessThan(limit * 1.01);
  });
});

describe('a receiver that starts late', () => {
  it('judges nothing that was sent before, and hears the rest in the next pass', () => {
    const early = (place: { pass: number; step: number; sent: number }) =>
      place.pass === 1 && (place.step === 1 || (place.step === 2 && place.sent <= 100));
    const { measures, tally } = simulateSweep(SHORT_WISH, { seed: 1, isDeaf: early }, { passes: 2 });
    expect(measures[0]).toMatchObject({ pass: 1, step: 2, isWhole: false });
    expect(measures[0]?.loss.lost).toBe(0);
    expect(measures.map(({ pass, step }) => [pass, step])).toEqual([
      [1, 2],
      [1, 3],
      [1, 4],
      [2, 1],
      [2, 2],
      [2, 3],
      [2, 4],
    ]);
    expect(tally.isWhole).toBe(true);
  });

  it.each([
    ['misses none of the first probes where they were sent before', 1_000, 1_007, { sent: 7, isWhole: false }],
    ['counts the first probes as lost where it listened by then', 1_000, 1_031, { sent: 10, isWhole: true }],
  ])('%s', (_, listensFromMs, firstMs, measure) => {
    const { tally, heard } = newTally();
    tally.handleIdle(listensFromMs);
    tally.handleDatagram(firstMs, datagram({ index: 3, elapsedUs: 30_000 }));
    tally.finish();
    expect(heard.measures).toMatchObject([measure]);
  });

  it('says nothing of a step of which it heard the mark alone', () => {
    const { tally, heard } = newTally();
    tally.handleDatagram(0, datagram({ step: 2, role: 'mark' }));
    tally.handleDatagram(1, datagram({ step: 3, index: 0 }));
    tally.finish();
    expect(heard.measures.map(({ step, isWhole }) => [step, isWhole])).toEqual([[3, true]]);
    expect(heard.unheard).toBe(0);
  });
});

describe('what is not of the sweep', () => {
  it('changes nothing and is counted: strangers, other datagrams, what does not fit, late ones', () => {
    const { tally, heard } = newTally();
    tally.handleDatagram(0, datagram());
    tally.handleDatagram(0, datagram({ index: 1 }, 1, Buffer.alloc(32, 8)));
    tally.handleDatagram(0, Buffer.from('GET / HTTP/1.1\r\n'));
    tally.handleDatagram(0, datagram({ step: 4 }));
    tally.handleDatagram(0, datagram({ role: 'mark', count: 10 }));
    tally.handleDatagram(0, datagram({ index: 5 }));
    expect(tally.refused).toEqual({ other: 1, forged: 1, 'calibration-field': 1, 'old-run': 0, late: 1 });
    expect(heard.measures).toHaveLength(1);
    expect(heard.measures[0]).toMatchObject({ received: 1, sent: 10 });
  });

  it('is an older run, played again: the one that began last counts', () => {
    const { tally, heard } = newTally();
    tally.handleDatagram(0, datagram({ startedAtMs: 500, index: 1 }, 2));
    tally.handleDatagram(0, datagram({ startedAtMs: 900 }, 3));
    tally.handleDatagram(0, datagram({ startedAtMs: 500, index: 2 }, 2));
    tally.handleDatagram(0, datagram({ startedAtMs: 900, index: 1 }, 3));
    expect(heard.runs.map(({ startedAtMs }) => startedAtMs)).toEqual([500, 900]);
    expect(tally.refused['old-run']).toBe(1);
    expect(tally.current?.tally.received).toBe(2);
  });

  it('leaves no memory behind: of two hundred runs four keys', () => {
    const { tally } = newTally();
    for (let run = 1; run <= 200; run++) tally.handleDatagram(0, datagram({ startedAtMs: run }, run));
    expect(tally.run?.startedAtMs).toBe(200);
    expect(tally.refused.forged).toBe(0);
  });
});

describe('where it was lost', () => {
  it('is told by what the kernel counted meanwhile, not before', () => {
    let counters = {
      ...NO_COUNTERS,
      interfaceName: 'eth0',
      interfaces: new Map([['eth0', { packets: 900, lost: 4 }]]),
    };
    const { tally, heard } = newTally(() => counters);
    counters = { ...counters, interfaces: new Map([['eth0', { packets: 1_000, lost: 5 }]]), socket: 3 };
    tally.handleIdle(0);
    for (const index of [0, 4, 9]) tally.handleDatagram(0, datagram({ index }));
    // 10 sent: 3 came, 1 lost at the interface, 2 at the socket, 1 dropped behind the interface, 3 never arrived.
    counters = { ...counters, interfaces: new Map([['eth0', { packets: 1_007, lost: 6 }]]), socket: 5 };
    tally.handleDatagram(1, datagram({ role: 'mark', count: 10 }));
    expect(heard.measures[0]?.places).toEqual({
      before: 3,
      interface: 1,
      backlog: 0,
      between: 1,
      socket: 2,
      line: 0,
      elsewhere: 0,
    });
  });
});

describe("a core's backlog", () => {
  const lost = { received: 3, lost: 7, marks: 1, isJoined: false };
  const counted = (packets: number, dropped: number, backlog: number | undefined, socket = 0) => ({
    interfaceName: 'eth0',
    interfaces: new Map([['eth0', { packets, lost: dropped }]]),
    backlog,
    socket,
    line: undefined,
  });

  it('is told from other losses of the interface, which counts both', () => {
    // A card counts what its driver took, so the 4 of the backlog are among its 8 packets.
    const places = placeLosses(lost, counted(100, 5, 40), counted(108, 10, 44));
    expect(places).toEqual({ ...NOWHERE, backlog: 4, interface: 1, before: 2 });
  });

  it('is not blamed for what it lost of other interfaces, or where nobody counts it', () => {
    expect(placeLosses(lost, counted(100, 5, 40), counted(104, 5, 900))).toEqual({ ...NOWHERE, before: 7 });
    expect(placeLosses(lost, counted(100, 5, undefined), counted(104, 12, undefined))).toEqual({
      ...NOWHERE,
      interface: 7,
    });
  });
});

describe('a sweep that the link or the machine does not keep up with', () => {
  it('ends each step by itself, and its mark says what was sent', () => {
    const sweep = newSweep({ ...SHORT_WISH, rates: 1, toBitsPerSecond: 1_000_000_000 });
    const { tally, heard } = newTally();
    let nowMs = 0;
    let probes = 0;
    for (; !sweep.isDone && nowMs < 10_000; nowMs += 10) {
      // A link that takes one datagram in 10 ms.
      const sent = sweep.poll(nowMs);
      if (sent === undefined) continue;
      if (sent.length === 1_452) probes++;
      tally.handleDatagram(nowMs, sent);
    }
    expect(sweep.isDone).toBe(true);
    expect(probes).toBeGreaterThan(100);
    expect(heard.measures).toEqual([expect.objectContaining({ sent: probes, received: probes, isSentKnown: true })]);
    expect(heard.measures[0]?.offeredBitsPerSecond).toBeLessThan(1_300_000);
  });
});

describe('the memory of a sweep', () => {
  it('is used again once the kernel has what is in it, and every probe says what it is all the same', () => {
    const sweep = newSweep({ ...SHORT_WISH, rates: 1, toBitsPerSecond: 100_000_000, sizes: [64], bursts: [] });
    const { tally, heard } = newTally();
    const slabs = new Set<ArrayBufferLike>();
    let turn: Buffer[] = [];
    for (let nowMs = 0; !sweep.isDone && nowMs < 60_000; nowMs += 0.25) {
      for (let sent = sweep.poll(nowMs); sent !== undefined; sent = sweep.poll(nowMs)) turn.push(sent);
      for (const sent of turn) {
        slabs.add(sent.buffer);
        tally.handleDatagram(nowMs, sent);
      }
      turn = [];
      sweep.handleHandedOver(nowMs, true);
    }
    expect(heard.measures.map(({ loss, received }) => [loss.lost, received > 3_000])).toEqual([
      [0, true],
      [0, expect.any(Boolean)],
    ]);
    expect(slabs.size).toBeLessThan(5);
  });
});
