import { describe, expect, it } from 'vitest';
import { type AdvisedLink, advise } from '../../../receiver/calibration/calibration-advice.ts';
import { CHART_SIZE, calibrationChart } from '../../../receiver/calibration/calibration-chart.ts';
import { NOWHERE } from '../../../receiver/calibration/calibration-places.ts';
import type { StepMeasure } from '../../../receiver/calibration/calibration-tally.ts';
import { adviceText, stepLine, stepNotes } from '../../../receiver/calibration/calibration-view.ts';
import { drawSvg } from '../../../src/cli/svg-chart.ts';
import { SHORT_WISH, type SimulatedLink, simulateSweep } from '../../support/simulated-sweep.ts';

const MIB = 1024 * 1024;
const UDP: AdvisedLink = { kind: 'udp', receiveBufferBytes: 16 * MIB, grantedBytes: 16 * MIB };
/** 2 · √2 ^ n Mbit/s: 11.3 is the last below a link of 12, 16 the first above. */
const WISH = { ...SHORT_WISH, fromBitsPerSecond: 2_000_000, toBitsPerSecond: 32_000_000, rates: 9 };

const played = new Map<string, readonly StepMeasure[]>();

/** Played once for all tests that ask for it. */
function measuresOn(link: SimulatedLink, wish = WISH): readonly StepMeasure[] {
  const name = JSON.stringify([link, wish]);
  const measures = played.get(name) ?? simulateSweep(wish, link).measures;
  played.set(name, measures);
  return measures;
}

function adviseOn(link: SimulatedLink, wish = WISH, advised: AdvisedLink = UDP) {
  const measures = measuresOn(link, wish);
  return { measures, advice: advise(measures, advised) };
}

describe('the rate', () => {
  it.each([1, 2])('is a fifth below the highest step that a link of 12 Mbit/s carries (seed %d)', (seed) => {
    const { advice } = adviseOn({ seed, bitsPerSecond: 12_000_000, bufferMs: 20 });
    expect(advice.cleanBitsPerSecond).toBeCloseTo(11_313_708, -5);
    expect(advice.limitBitsPerSecond).toBeCloseTo(16_000_000, -5);
    expect(advice.rateBitsPerSecond).toBe(9_000_000);
  });

  it('is not one that fills buffers, though nothing is lost yet', () => {
    const { measures, advice } = adviseOn({ seed: 1, bitsPerSecond: 12_000_000, bufferMs: 10_000 });
    expect(measures.every(({ loss }) => loss.lost === 0)).toBe(true);
    expect(advice.cleanBitsPerSecond).toBeCloseTo(11_313_708, -5);
  });

  it('is found behind losses that are there at every rate', () => {
    const { advice } = adviseOn({ seed: 4, lossFraction: 0.02, bitsPerSecond: 12_000_000, bufferMs: 20 });
    expect(advice.cleanBitsPerSecond).toBeCloseTo(11_313_708, -5);
    expect(advice.loss.lost / advice.loss.sent).toBeGreaterThan(0.014);
    expect(advice.loss.lost / advice.loss.sent).toBeLessThan(0.026);
  });

  it('says that it may be more where no limit was met', () => {
    const { advice } = adviseOn({ seed: 1 });
    expect(advice.limitBitsPerSecond).toBeUndefined();
    expect(advice.rateBitsPerSecond).toBe(25_000_000);
    expect(adviceText(advice)).toContain('the highest rate that was tried');
  });

  it('is the lower of two where the receiver may carry less than the link: above 100 Mbit/s', () => {
    const { advice } = adviseOn({ seed: 1 });
    const textAt = (rateBitsPerSecond: number) => adviceText({ ...advice, rateBitsPerSecond });
    expect(textAt(100_000_000)).not.toContain('the lower of the two');
    expect(textAt(110_000_000)).toContain('the lower of the two');
  });

  it('does not ask for a higher one where the sender made no more', () => {
    const slowed = measuresOn({ seed: 1 }).map((step) => ({
      ...step,
      offeredBitsPerSecond: Math.min(step.offeredBitsPerSecond ?? Number.POSITIVE_INFINITY, 10_000_000),
    }));
    const advice = advise(slowed, UDP);
    expect(advice).toMatchObject({ limitBitsPerSecond: undefined, rateBitsPerSecond: 8_000_000 });
    // The first step above 10 Mbit/s by more than a tenth.
    expect(advice.unmadeBitsPerSecond).toBeCloseTo(11_313_708, -5);
    expect(adviceText(advice)).toContain('all that the sender made of 11.3 Mbit/s');
    expect(adviceText(advice)).not.toContain('may show more');
    expect(adviseOn({ seed: 1 }).advice.unmadeBitsPerSecond).toBeUndefined();
  });

  it('is none where the lowest loses too much already', () => {
    const { advice } = adviseOn({ seed: 1, lossFraction: 0.4 });
    expect(advice).toMatchObject({ rateBitsPerSecond: undefined, symbolBytes: undefined, repairPercent: undefined });
    expect(adviceText(advice)).toContain('The lowest rate, 2');
    expect(adviceText(advise([], UDP))).toContain('No rate was heard.');
  });
});

describe('the repair', () => {
  it.each([
    [0, 5, 5],
    [0.01, 10, 20],
    [0.03, 20, 36],
  ])('rises with the loss: %d', (lossFraction, least, most) => {
    const { advice } = adviseOn({ seed: 2, lossFraction });
    expect(advice.repairPercent).toBeGreaterThanOrEqual(least);
    expect(advice.repairPercent).toBeLessThanOrEqual(most);
  });

  it('rises with the length of its runs', () => {
    // The same share of losses, one by one and six by six.
    const single = adviseOn({ seed: 3, lossFraction: 0.012 }).advice;
    const runs = adviseOn({ seed: 3, lossFraction: 0.002, lossRun: 6 }).advice;
    expect(runs.repairPercent).toBeGreaterThan(1.5 * (single.repairPercent as number));
  });

  it('cannot heal everything, and says so', () => {
    const advice = advise(withRuns({ share: 0.1, length: 60 }), UDP);
    expect(advice.repairPercent).toBe(100);
    expect(advice.failedBlocks).toBeGreaterThan(1e-3);
    expect(adviceText(advice)).toContain('cure the losses first');
  });

  it('wants longer frames where runs are longer than what a frame repairs', () => {
    const advice = advise(withRuns({ share: 0.00004, length: 40 }), UDP);
    const frameSymbols = (advice.batchBodyBytes as number) / 1_408;
    expect((frameSymbols * (advice.repairPercent as number)) / 100).toBeGreaterThanOrEqual(40);
    expect(adviceText(advice)).toContain(`packer:\n  batchBodyBytes: ${advice.batchBodyBytes}`);
    expect(adviseOn({ seed: 1 }).advice.batchBodyBytes).toBeUndefined();
  });
});

/** A long sweep, a share of which is lost in runs of one length. */
function withRuns({ share, length }: { readonly share: number; readonly length: number }) {
  return measuresOn({ seed: 1 }).map((measure) => {
    const sent = 1_000_000;
    const lost = share * sent;
    return {
      ...measure,
      sent,
      received: sent - lost,
      loss: { runs: lost / length, lost, longest: length, classes: [] },
    };
  });
}

describe('size and bursts', () => {
  const wish = { ...WISH, sizes: [512, 8_896], bursts: [16, 64] };

  it('are the largest that come like anything else', () => {
    const { advice } = adviseOn({ seed: 1 }, wish);
    expect(advice).toMatchObject({
      symbolBytes: 8_896,
      bursts: { clean: 64, lossy: undefined },
      burstBytes: undefined,
    });
    // 64 datagrams of 1,518 bytes at once wait 65 ms at 12 Mbit/s, 16 of them 16 ms. 5 ms of 9 Mbit/s are 3 datagrams.
    const slow = adviseOn({ seed: 1, bitsPerSecond: 12_000_000, bufferMs: 40 }, wish).advice;
    expect(slow).toMatchObject({ bursts: { clean: 16, lossy: 64, ofSender: 3 }, burstBytes: undefined });
  });

  it('are smaller where longer datagrams lose so much more that their repair costs more than headers', () => {
    const measures = measuresOn({ seed: 1 }, wish).map((measure) => {
      const sent = 1_000;
      const lost = Math.round(measure.datagramBytes / 10);
      return { ...measure, sent, loss: { runs: lost, lost, longest: 1, classes: [lost] } };
    });
    // 556 bytes lose 5.6%, 1,452 lose 14.5%, and 8,940 lose 89%.
    expect(advise(measures, UDP).symbolBytes).toBe(512);
  });

  it('are bounded where the sender would let more leave at once than came', () => {
    const measures = measuresOn({ seed: 1 }, { ...wish, bursts: [2, 16] });
    const spoiled = measures.map((measure) =>
      measure.burst === 16 ? { ...measure, loss: { runs: 9, lost: 9, longest: 1, classes: [9] } } : measure,
    );
    // 5 ms of 25 Mbit/s are 10 datagrams.
    expect(advise(spoiled, UDP)).toMatchObject({ bursts: { clean: 2, lossy: 16, ofSender: 10 }, burstBytes: 3_036 });
  });

  it('stay small where larger ones are lost', () => {
    const measures = measuresOn({ seed: 1 }, wish);
    const spoiled = measures.map((measure) =>
      measure.datagramBytes > 1_452 ? { ...measure, loss: { ...measure.loss, runs: 30, lost: 30 } } : measure,
    );
    expect(advise(spoiled, UDP)).toMatchObject({ symbolBytes: 1_408, rateBitsPerSecond: 25_000_000 });
  });
});

describe('buffers', () => {
  it('are what the config wants and the kernel does not give', () => {
    const { advice } = adviseOn({ seed: 1 }, WISH, { ...UDP, grantedBytes: 212_992 });
    expect(advice).toMatchObject({ receiveBufferBytes: 16 * MIB, rmemMax: 16 * MIB });
    expect(adviceText(advice)).toContain('sysctl -w net.core.rmem_max=16777216');
    expect(adviseOn({ seed: 1 }).advice.rmemMax).toBeUndefined();
  });

  it('are twice as large where the socket lost some', () => {
    const measures = measuresOn({ seed: 1 });
    const [first, ...rest] = measures as readonly [StepMeasure, ...StepMeasure[]];
    const short = { ...first, places: { ...first.places, socket: 1 } };
    expect(advise([short, ...rest], UDP)).toMatchObject({ receiveBufferBytes: 32 * MIB, rmemMax: 32 * MIB });
  });

  it('of a core are twice as large where that was full, at whatever rate', () => {
    const measures = measuresOn({ seed: 1 });
    const full = [
      ...measures.slice(0, -1),
      { ...(measures.at(-1) as StepMeasure), places: { ...NOWHERE, backlog: 9 } },
    ];
    expect(advise(measures, UDP).maxBacklog).toBeUndefined();
    // Of a container nobody knows it, and of a large one there is no more to say.
    expect(advise(full, UDP).maxBacklog).toBeUndefined();
    expect(advise(full, { ...UDP, maxBacklog: 2_000_000 }).maxBacklog).toBeUndefined();
    const advice = advise(full, { ...UDP, maxBacklog: 3_000 });
    expect(adviceText(advice)).toContain('sysctl -w net.core.netdev_max_backlog=6000');
    expect(adviceText(advice)).toContain("Where, over all steps: in a core's backlog 9.");
  });

  it('hold a tenth of a second', () => {
    const small: AdvisedLink = { kind: 'udp', receiveBufferBytes: 65_536, grantedBytes: 65_536 };
    // 25 Mbit/s are 312,500 bytes in 100 ms.
    expect(adviseOn({ seed: 1 }, WISH, small).advice.receiveBufferBytes).toBe(MIB / 2);
  });

  it('and rates are no settings of a serial line', () => {
    const text = adviceText(adviseOn({ seed: 1 }, WISH, { kind: 'serial' }).advice);
    expect(text).toContain('symbolBytes: 1408');
    expect(text).not.toMatch(/rateBitsPerSecond:|receiver|sysctl/);
  });
});

describe('what is shown', () => {
  const { measures, advice } = adviseOn({ seed: 1, bitsPerSecond: 12_000_000, bufferMs: 40 });

  it('is a line for each step, with notes to its marks', () => {
    const [first] = measures as readonly [StepMeasure, ...StepMeasure[]];
    expect(stepLine(first, 9)).toMatch(/^1\/9 +2 Mbit\/s +1408 {2}spaced +83 +0 +0\.00% +0 +0 +[\d.]+ ms$/);
    const joined = { ...first, isWhole: false, isSentKnown: false, offeredBitsPerSecond: 1_000_000, delayRiseMs: 90 };
    expect(stepLine(joined, 9)).toMatch(/^1\/9\* +1 Mbit\/s!\^ .* 83\? /);
    expect(stepNotes([joined]).map((note) => note[0])).toEqual(['!', '^', '*', '?']);
  });

  it('is a chart with the recommended rate', () => {
    const svg = drawSvg(calibrationChart(measures, advice), CHART_SIZE);
    expect(svg).toMatch(/^<svg [^>]*width="900"/);
    expect(svg).toContain('recommended: 9 Mbit/s');
    expect(svg).toContain('What arrived of each rate');
    expect(svg).not.toMatch(/<script|href="http/);
  });
});
