/** One step of a sweep while it is heard: which of its probes came, in what order, and what that tells once it has ended. Pure. */
import { CALIBRATION_LIMITS } from '../../src/limits.ts';
import type { CalibrationMessage, CalibrationStep } from '../../src/wire/calibration.ts';

/** Runs of probes that are missing, one behind the other as they were sent. */
export interface LossRuns {
  readonly runs: number;
  readonly lost: number;
  readonly longest: number;
  /** How many had 1, 2, 3–4, 5–8, 9–16 … probes. */
  readonly classes: readonly number[];
}

export interface StepCounts {
  readonly sent: number;
  /** Each counted once. */
  readonly received: number;
  readonly duplicates: number;
  /** Came behind one that was sent later (RFC 4737, section 3). */
  readonly reordered: number;
  /** How many places, at most. */
  readonly farthest: number;
  readonly loss: LossRuns;
  /** What was sent, on the wire; undefined where too little was heard. */
  readonly offeredBitsPerSecond: number | undefined;
  readonly arrivedBitsPerSecond: number | undefined;
  /** Between the quickest and the slowest on its way: what waited in buffers. */
  readonly delaySpreadMs: number | undefined;
  /** From the quickest of its first quarter to the quickest of its last: buffers fill where it rises, at any rate too high. */
  readonly delayRiseMs: number | undefined;
}

const ALL = 0xffffffff;

export const NO_LOSS: LossRuns = { runs: 0, lost: 0, longest: 0, classes: [] };

export class StepTally {
  readonly step: CalibrationStep;
  readonly #planned: number;
  readonly #from: number;
  readonly #seen: Uint32Array;
  #received = 0;
  #duplicates = 0;
  #reordered = 0;
  #farthest = 0;
  #highest = -1;
  #lowest: number;
  #firstMs: number | undefined;
  #lastMs = 0;
  /** By quarters of the step. */
  readonly #leastDelaysMs = [0, 1, 2, 3].map(() => Number.POSITIVE_INFINITY);
  #mostDelayMs = Number.NEGATIVE_INFINITY;
  #firstElapsedUs = 0;
  #lastElapsedUs = 0;

  /** `from`: what lies before was sent before anybody listened. */
  constructor(message: CalibrationMessage, from: number) {
    const { rateBitsPerSecond, datagramBytes, wireBytes, burst, count } = message;
    this.step = { rateBitsPerSecond, datagramBytes, wireBytes, burst };
    this.#planned = count;
    this.#from = from;
    this.#lowest = count;
    this.#seen = new Uint32Array(Math.ceil(count / 32));
  }

  handleProbe(nowMs: number, { index, elapsedUs }: CalibrationMessage): void {
    // One that came late, from before anybody listened, and one that another count does not allow.
    if (index < this.#from || index >= this.#planned) return;
    const word = index >>> 5;
    const bit = 1 << (index & 31);
    if (((this.#seen[word] as number) & bit) !== 0) {
      this.#duplicates++;
      return;
    }
    this.#seen[word] = (this.#seen[word] as number) | bit;
    this.#received++;
    this.#lowest = Math.min(this.#lowest, index);
    if (index > this.#highest) {
      this.#highest = index;
      this.#lastElapsedUs = elapsedUs;
    } else {
      this.#reordered++;
      this.#farthest = Math.max(this.#farthest, this.#highest - index);
    }
    if (this.#firstMs === undefined) {
      this.#firstMs = nowMs;
      this.#firstElapsedUs = elapsedUs;
    }
    this.#lastMs = nowMs;
    const delayMs = nowMs - elapsedUs / 1_000;
    const quarter = Math.floor((4 * index) / this.#planned);
    this.#leastDelaysMs[quarter] = Math.min(this.#leastDelaysMs[quarter] as number, delayMs);
    this.#mostDelayMs = Math.max(this.#mostDelayMs, delayMs);
  }

  /** `sentInStep`: as a mark says; without one all that was planned. */
  finish(sentInStep: number = this.#planned): StepCounts {
    const end = Math.max(Math.min(sentInStep, this.#planned), this.#highest + 1);
    const wireBits = this.step.wireBytes * 8;
    const offeredMs = (this.#lastElapsedUs - this.#firstElapsedUs) / 1_000;
    const arrivedMs = this.#lastMs - (this.#firstMs ?? 0);
    return {
      sent: end - this.#from,
      received: this.#received,
      duplicates: this.#duplicates,
      reordered: this.#reordered,
      farthest: this.#farthest,
      loss: this.#lossRuns(end),
      offeredBitsPerSecond: perSecond((this.#highest - this.#lowest) * wireBits, offeredMs),
      arrivedBitsPerSecond: perSecond((this.#received - 1) * wireBits, arrivedMs),
      delaySpreadMs: this.#received < 2 ? undefined : this.#mostDelayMs - Math.min(...this.#leastDelaysMs),
      delayRiseMs: this.#delayRiseMs,
    };
  }

  /** Of what is to come, 0 to 1. */
  get share(): number {
    return (this.#highest + 1) / this.#planned;
  }

  get received(): number {
    return this.#received;
  }

  /** Missing below the highest that came: lost, or still on their way. */
  get missing(): number {
    return Math.max(0, this.#highest + 1 - this.#from - this.#received);
  }

  /** As planned. */
  get lengthMs(): number {
    return (this.#planned * this.step.wireBytes * 8_000) / this.step.rateBitsPerSecond;
  }

  get #delayRiseMs(): number | undefined {
    const [first, last] = [this.#leastDelaysMs[0] as number, this.#leastDelaysMs[3] as number];
    return Number.isFinite(first) && Number.isFinite(last) ? last - first : undefined;
  }

  #lossRuns(end: number): LossRuns {
    const found = new RunCounter();
    let length = 0;
    let index = this.#from;
    while (index < end) {
      const word = this.#seen[index >>> 5] as number;
      const isWholeWord = (index & 31) === 0 && index + 32 <= end;
      if (isWholeWord && word === 0) {
        length += 32;
        index += 32;
        continue;
      }
      if ((word & (1 << (index & 31))) === 0) length++;
      else {
        found.add(length);
        length = 0;
      }
      index += isWholeWord && word === ALL ? 32 : 1;
    }
    found.add(length);
    return found.runs;
  }
}

class RunCounter {
  readonly #classes: number[] = [];
  #runs = 0;
  #lost = 0;
  #longest = 0;

  add(length: number): void {
    if (length === 0) return;
    this.#runs++;
    this.#lost += length;
    this.#longest = Math.max(this.#longest, length);
    const place = Math.min(Math.ceil(Math.log2(length)), CALIBRATION_LIMITS.maxRunClasses - 1);
    for (let at = this.#classes.length; at <= place; at++) this.#classes.push(0);
    this.#classes[place] = (this.#classes[place] as number) + 1;
  }

  get runs(): LossRuns {
    return { runs: this.#runs, lost: this.#lost, longest: this.#longest, classes: this.#classes };
  }
}

function perSecond(bits: number, ms: number): number | undefined {
  return ms > 0 && bits > 0 ? (bits * 1_000) / ms : undefined;
}
