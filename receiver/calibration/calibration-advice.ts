/**
 * What a calibration recommends: [measured steps] ─► **[advice]** ─► view. docs/calibration.md has the rules in words. Pure.
 */
import { SENDER_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import { symbolBytesOf } from '../../src/wire/calibration.ts';
import { repairCount } from '../../src/wire/geometry.ts';
import { addPlaces, type LossPlaces, NOWHERE } from './calibration-places.ts';
import { NO_LOSS } from './calibration-step.ts';
import type { StepMeasure } from './calibration-tally.ts';
import { failureChance, lossBounds, lossModel, type MeasuredLoss } from './loss-arithmetic.ts';

/** Of what is received: the receiver's own link. */
export type AdvisedLink =
  | { readonly kind: 'serial' }
  | {
      readonly kind: 'udp';
      readonly receiveBufferBytes: number;
      /** What the kernel gave of it. */
      readonly grantedBytes: number;
      /** net.core.netdev_max_backlog; undefined where it cannot be told. */
      readonly maxBacklog?: number | undefined;
    };

export interface Advice {
  /** Nothing below is there where no rate was good enough. */
  readonly cleanBitsPerSecond: number | undefined;
  /** The next rate that was tried, and lost too much; undefined: none was. */
  readonly limitBitsPerSecond: number | undefined;
  /** The lowest rate that the sender was to make and did not, though all arrived clean; undefined: it made them all. */
  readonly unmadeBitsPerSecond: number | undefined;
  readonly rateBitsPerSecond: number | undefined;
  readonly symbolBytes: number | undefined;
  readonly repairPercent: number | undefined;
  /** Above the default alone: so that a frame is longer than a burst of losses. */
  readonly batchBodyBytes: number | undefined;
  readonly receiveBufferBytes: number | undefined;
  readonly rmemMax: number | undefined;
  readonly grantedBytes: number | undefined;
  /** net.core.netdev_max_backlog, where it was full. */
  readonly maxBacklog: number | undefined;
  /** Where bursts that the sender would let leave were lost. */
  readonly burstBytes: number | undefined;
  /** Up to the clean rate. */
  readonly loss: MeasuredLoss & { readonly high: number; readonly longest: number };
  readonly places: LossPlaces;
  readonly bursts: BurstAdvice | undefined;
  /** Even repairPercent does not make failed blocks rarer than one in a thousand. */
  readonly failedBlocks: number | undefined;
}

export interface BurstAdvice {
  /** Largest that came like anything else, and smallest that did not. */
  readonly clean: number | undefined;
  readonly lossy: number | undefined;
  /** What the sender lets leave at once at the recommended rate. */
  readonly ofSender: number;
}

/** A share of losses that nobody notices: repair has room for it a hundred times. */
const LOSS_FLOOR = 0.001;
/** Losses that do not come of the rate are there at every rate; twice as many do. */
const RISE = 2;
/** Beyond, the lowest rate is above what the link takes. */
const MOST_LOSS = 0.2;
const HEADROOM = 0.8;
/** Below this share of the planned rate, the sender did not keep up. */
const KEPT_UP = 0.9;
/** A rise of the delay that is none of a busy machine's: so long, or such a share of the step. */
const FILLING_MS = 10;
const FILLING_SHARE = 0.01;
/** Quiet minutes do not show what a bad one brings: half of the default. */
const LEAST_REPAIR_PERCENT = 5;
const MOST_REPAIR_PERCENT = 100;
/** So rarely may a block fail in its first pass, and wait a second for the repeat that heals it. */
const FAILED_BLOCKS = 1e-3;
/** From small frames to the largest block. */
const BLOCK_SYMBOLS = [20, 50, 100, WIRE_LIMITS.maxSourceSymbols] as const;
/** What the socket's buffer holds while the program is busy with something else. */
const BUFFER_MS = 100;
const MAX_BUFFER_BYTES = 2 ** 30;
const MAX_BACKLOG = 1_000_000;

export function advise(measures: readonly StepMeasure[], link: AdvisedLink): Advice {
  const steps = bestOf(measures);
  const ladder = ladderOf(steps);
  const clean = cleanSteps(ladder);
  const loss = pooled(clean);
  const limit = ladder[clean.length];
  const top = clean.at(-1);
  const rate = top && roundDown(rateOf(top) * HEADROOM);
  const isLikeClean = (step: StepMeasure) => lossBounds(asLoss(step)).low <= allowed(loss);
  const repair = rate === undefined ? undefined : repairFor(loss, lossBounds(loss).high);
  const buffer = rate === undefined ? undefined : bufferFor(link, rate, clean);
  const bursts =
    rate === undefined || top === undefined ? undefined : burstAdvice(steps, isLikeClean, rate, top.wireBytes);
  const places = steps.map((step) => step.places).reduce(addPlaces, NOWHERE);
  return {
    cleanBitsPerSecond: top && rateOf(top),
    limitBitsPerSecond: limit && rateOf(limit),
    unmadeBitsPerSecond: unmadeOf(clean),
    rateBitsPerSecond: rate,
    symbolBytes: top && bestSize(top, loss, steps.filter((step) => step.burst === 0).filter(isLikeClean)),
    repairPercent: repair?.percent,
    failedBlocks: repair?.failed,
    batchBodyBytes: top && repair && bodyFor(loss.longest, repair.percent, symbolBytesOf(top)),
    receiveBufferBytes: buffer,
    grantedBytes: link.kind === 'udp' ? link.grantedBytes : undefined,
    rmemMax: buffer === undefined || link.kind === 'serial' || buffer <= link.grantedBytes ? undefined : buffer,
    loss: { ...loss, high: lossBounds(loss).high },
    places,
    maxBacklog: places.backlog > 0 ? backlogFor(link) : undefined,
    bursts,
    burstBytes: top && bursts && burstFor(bursts, top),
  };
}

/** Each step once: its whole passes together, or what there is of it. */
export function bestOf(measures: readonly StepMeasure[]): readonly StepMeasure[] {
  const byStep = new Map<number, StepMeasure[]>();
  for (const measure of measures) byStep.set(measure.step, [...(byStep.get(measure.step) ?? []), measure]);
  return [...byStep.values()]
    .map((passes) => (passes.some(({ isWhole }) => isWhole) ? passes.filter(({ isWhole }) => isWhole) : passes))
    .map((passes) => passes.reduce(joined))
    .toSorted((a, b) => a.step - b.step);
}

function joined(a: StepMeasure, b: StepMeasure): StepMeasure {
  const classes = Array.from(
    { length: Math.max(a.loss.classes.length, b.loss.classes.length) },
    (_, at) => (a.loss.classes[at] ?? 0) + (b.loss.classes[at] ?? 0),
  );
  return {
    ...b,
    sent: a.sent + b.sent,
    received: a.received + b.received,
    duplicates: a.duplicates + b.duplicates,
    reordered: a.reordered + b.reordered,
    farthest: Math.max(a.farthest, b.farthest),
    loss: {
      runs: a.loss.runs + b.loss.runs,
      lost: a.loss.lost + b.loss.lost,
      longest: Math.max(a.loss.longest, b.loss.longest),
      classes,
    },
    offeredBitsPerSecond: least(a.offeredBitsPerSecond, b.offeredBitsPerSecond),
    arrivedBitsPerSecond: least(a.arrivedBitsPerSecond, b.arrivedBitsPerSecond),
    delaySpreadMs: most(a.delaySpreadMs, b.delaySpreadMs),
    delayRiseMs: least(a.delayRiseMs, b.delayRiseMs),
    places: addPlaces(a.places, b.places),
  };
}

/** Rates at one size, spaced as the sender spaces, from the lowest up. */
export function ladderOf(steps: readonly StepMeasure[]): readonly StepMeasure[] {
  const spaced = steps.filter(({ burst }) => burst === 0);
  const ofSize = (bytes: number) => spaced.filter(({ datagramBytes }) => datagramBytes === bytes);
  const sizes = [...new Set(spaced.map(({ datagramBytes }) => datagramBytes))];
  const longest = sizes.map(ofSize).toSorted((a, b) => b.length - a.length)[0] ?? [];
  return longest.toSorted((a, b) => rateOf(a) - rateOf(b));
}

/** What the sender made of the rate that it was to make. */
export function rateOf({ rateBitsPerSecond, offeredBitsPerSecond }: StepMeasure): number {
  return Math.min(rateBitsPerSecond, offeredBitsPerSecond ?? rateBitsPerSecond);
}

function unmadeOf(steps: readonly StepMeasure[]): number | undefined {
  const unmade = steps.filter((step) => rateOf(step) < KEPT_UP * step.rateBitsPerSecond);
  return unmade.length === 0 ? undefined : Math.min(...unmade.map(({ rateBitsPerSecond }) => rateBitsPerSecond));
}

/** What is sent waits longer and longer on its way: nothing is lost as long as buffers have room. */
export function isFilling(step: StepMeasure): boolean {
  const lengthMs = (step.sent * step.wireBytes * 8_000) / rateOf(step);
  return (step.delayRiseMs ?? 0) > Math.max(FILLING_MS, FILLING_SHARE * lengthMs);
}

/** From the lowest rate up to the first that loses more than those below it, or fills buffers. */
function cleanSteps(ladder: readonly StepMeasure[]): readonly StepMeasure[] {
  const clean: StepMeasure[] = [];
  for (const step of ladder) {
    const bounds = lossBounds(asLoss(step));
    const most = clean.length === 0 ? MOST_LOSS : allowed(pooled(clean));
    if (isFilling(step) || bounds.low > most || (clean.length === 0 && bounds.share > most)) break;
    clean.push(step);
  }
  return clean;
}

function allowed(loss: MeasuredLoss): number {
  return Math.max(LOSS_FLOOR, RISE * lossBounds(loss).high);
}

function asLoss({ sent, loss }: StepMeasure): MeasuredLoss {
  return { sent, lost: loss.lost, runs: loss.runs };
}

function pooled(steps: readonly StepMeasure[]): MeasuredLoss & { readonly longest: number } {
  return steps.reduce(
    (sum, { sent, loss }) => ({
      sent: sum.sent + sent,
      lost: sum.lost + loss.lost,
      runs: sum.runs + loss.runs,
      longest: Math.max(sum.longest, loss.longest),
    }),
    { sent: 0, lost: NO_LOSS.lost, runs: NO_LOSS.runs, longest: NO_LOSS.longest },
  );
}

/**
 * The size of which most of what the link carries is left as symbols, beside the repair that its losses ask for. A size loses
 * what the clean rates lose, where chance alone may have made the difference.
 */
function bestSize(top: StepMeasure, clean: MeasuredLoss, steps: readonly StepMeasure[]): number {
  const usual = lossBounds(clean);
  const yieldOf = (step: StepMeasure) => {
    const own = lossBounds(asLoss(step));
    const isUsual = own.low <= usual.high && own.high >= usual.low;
    const { percent } = isUsual ? repairFor(clean, usual.share) : repairFor(asLoss(step), own.share);
    return symbolBytesOf(step) / step.wireBytes / (100 + percent);
  };
  const yields = [top, ...steps].map((step) => ({ step, of: yieldOf(step) }));
  return symbolBytesOf(yields.reduce((best, each) => (each.of > best.of ? each : best)).step);
}

/** The least repair with which no size of block fails too often; how often it does where there is none. */
function repairFor(
  loss: MeasuredLoss,
  share: number,
): { readonly percent: number; readonly failed: number | undefined } {
  const model = lossModel(loss, share);
  const failed = (percent: number) =>
    Math.max(
      ...BLOCK_SYMBOLS.map((symbols) => {
        const repair = repairCount(symbols, percent);
        return failureChance(model, symbols + repair, repair);
      }),
    );
  for (let percent = LEAST_REPAIR_PERCENT; percent < MOST_REPAIR_PERCENT; percent++) {
    if (failed(percent) <= FAILED_BLOCKS) return { percent, failed: undefined };
  }
  const worst = failed(MOST_REPAIR_PERCENT);
  return { percent: MOST_REPAIR_PERCENT, failed: worst > FAILED_BLOCKS ? worst : undefined };
}

/** Blocks of a frame are sent interleaved, so a burst is repaired where it is shorter than the frame's repair. */
function bodyFor(longest: number, percent: number, symbolBytes: number): number | undefined {
  const wanted = ((longest * 100) / percent) * symbolBytes;
  if (wanted <= SENDER_LIMITS.batchBodyBytes) return undefined;
  return Math.min(2 ** Math.ceil(Math.log2(wanted)), WIRE_LIMITS.maxBodyBytes);
}

function bufferFor(link: AdvisedLink, rate: number, clean: readonly StepMeasure[]): number | undefined {
  if (link.kind === 'serial') return undefined;
  const isShort = clean.some(({ places }) => places.socket > 0);
  const held = 2 ** Math.ceil(Math.log2((rate / 8_000) * BUFFER_MS));
  const wanted = Math.max(link.receiveBufferBytes * (isShort ? 2 : 1), held);
  return Math.min(wanted, MAX_BUFFER_BYTES);
}

/** Twice what it is: a full one says nothing of how much more came. Undefined where it is not known, or more than enough. */
function backlogFor(link: AdvisedLink): number | undefined {
  if (link.kind === 'serial' || link.maxBacklog === undefined || link.maxBacklog >= MAX_BACKLOG) return undefined;
  return Math.min(2 * link.maxBacklog, MAX_BACKLOG);
}

function burstAdvice(
  steps: readonly StepMeasure[],
  isLikeClean: (step: StepMeasure) => boolean,
  rate: number,
  wireBytes: number,
): BurstAdvice | undefined {
  const tried = steps.filter(({ burst }) => burst > 0).toSorted((a, b) => a.burst - b.burst);
  if (tried.length === 0) return undefined;
  const first = tried.findIndex((step) => !isLikeClean(step));
  return {
    clean: (first < 0 ? tried.at(-1) : tried[first - 1])?.burst,
    lossy: tried[first]?.burst,
    ofSender: Math.max(1, Math.floor((rate * SENDER_LIMITS.maxBurstMs) / (8_000 * wireBytes))),
  };
}

/** Two datagrams of the longest at least, a hello being one, so that one is never waited for by the next. */
function burstFor({ clean = 0, lossy, ofSender }: BurstAdvice, { datagramBytes, wireBytes }: StepMeasure) {
  if (lossy === undefined || ofSender <= clean) return undefined;
  const helloBytes = WIRE_LIMITS.maxHelloBytes + wireBytes - datagramBytes;
  return Math.max(clean * wireBytes, 2 * Math.max(wireBytes, helloBytes));
}

/** To two digits: 187,654,321 → 180,000,000. */
function roundDown(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.floor(value / unit) * unit;
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function most(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}
