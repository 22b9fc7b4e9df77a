/**
 * A calibration as it is heard: link ─► **[tally]** ─► view, advice.
 *
 *   datagram ─► kind ─► AEAD ─► fields ─► newest run ─► step under way ─► step that ended
 *
 * Whatever does not belong to the run that began last is counted and changes nothing: what a stranger sends, what is played
 * again of an older run, what is sent beside it. Only the step under way is kept probe by probe. Pure.
 */
import { DatagramCipher } from '../../src/crypto/sodium.ts';
import { CALIBRATION_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import {
  type CalibrationMessage,
  type CalibrationStep,
  decodeCalibration,
  readCalibrationHeader,
} from '../../src/wire/calibration.ts';
import { DATAGRAM_KIND, datagramKind, HEADER_BYTES, TAG_BYTES } from '../../src/wire/datagram.ts';
import { type LinkCounters, type LossPlaces, placeLosses } from './calibration-places.ts';
import { type StepCounts, StepTally } from './calibration-step.ts';

/** A step that ended. */
export interface StepMeasure extends CalibrationStep, StepCounts {
  readonly pass: number;
  readonly step: number;
  /** False: it was under way when this receiver began to listen. */
  readonly isWhole: boolean;
  /** False: no mark came, and the count is the planned one. */
  readonly isSentKnown: boolean;
  readonly places: LossPlaces;
}

export interface HeardRun {
  readonly runId: string;
  readonly startedAtMs: number;
  readonly steps: number;
  readonly passes: number;
}

/** What is no probe or mark of the run. `late`: a probe of a step that had ended. `old-run`: of one that began earlier. */
export const REFUSALS = ['other', 'forged', 'calibration-field', 'old-run', 'late'] as const;
export type CalibrationRefusal = (typeof REFUSALS)[number];

export interface TallyOptions {
  /** Of the key of a run. */
  readonly keyOf: (runId: Uint8Array) => Uint8Array;
  readonly counters: () => LinkCounters;
  readonly isJoined: boolean;
  /** Of a serial line, whose driver lets the sender wait: what waits there says nothing of the rate. */
  readonly isLine?: boolean;
  readonly onStep: (measure: StepMeasure) => void;
  /** Steps of which nothing at all came, not even a mark. */
  readonly onUnheard: (steps: number) => void;
  /** A run began, and what was heard of an older one is of no use. */
  readonly onRun: (run: HeardRun) => void;
}

interface Place {
  readonly pass: number;
  readonly step: number;
}

interface Underway {
  readonly place: Place;
  readonly tally: StepTally;
  readonly isWhole: boolean;
}

export class CalibrationTally {
  readonly refused: Readonly<Record<CalibrationRefusal, number>>;
  readonly #refused: Record<CalibrationRefusal, number>;
  readonly #options: TallyOptions;
  /** By run id; the one used last stands last. */
  readonly #ciphers = new Map<string, DatagramCipher>();
  readonly #scratch = Buffer.alloc(WIRE_LIMITS.maxSymbolBytes);
  #run: HeardRun | undefined;
  #current: Underway | undefined;
  /** The last place that anything was heard of. */
  #place: Place | undefined;
  #counters: LinkCounters;
  /** That came since these were read. */
  #marks = 0;
  #whole = new Set<number>();
  #lastMs: number | undefined;
  #listensFromMs: number | undefined;
  #isEnded = false;

  constructor(options: TallyOptions) {
    this.#options = options;
    this.#refused = { other: 0, forged: 0, 'calibration-field': 0, 'old-run': 0, late: 0 };
    this.refused = this.#refused;
    this.#counters = options.counters();
  }

  /** One datagram of the link. Keeps nothing of it. */
  handleDatagram(nowMs: number, bytes: Buffer): void {
    const message = this.#open(bytes);
    if (typeof message === 'string') this.#refused[message]++;
    else if (this.#takesRun(message.runId, message.said)) this.#handleMessage(nowMs, message.said);
    else this.#refused['old-run']++;
  }

  /** To be called while it listens: what is counted until something comes has nothing to do with the sweep. */
  handleIdle(nowMs: number): void {
    if (this.#place !== undefined) return;
    this.#counters = this.#options.counters();
    this.#listensFromMs ??= nowMs;
  }

  /** Ends the step under way as it is: nothing more is listened to. */
  finish(): void {
    if (this.#current !== undefined) this.#endStep(this.#current, undefined);
  }

  get run(): HeardRun | undefined {
    return this.#run;
  }

  /** The step under way: what came of it so far. */
  get current(): Underway | undefined {
    return this.#current;
  }

  /** Every step was heard from its beginning. */
  get isWhole(): boolean {
    return this.#run !== undefined && this.#whole.size === this.#run.steps;
  }

  /** The last step of the last pass has ended. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Nothing came for so long that nothing more will; undefined as long as nothing came at all. */
  silentFromMs(): number | undefined {
    if (this.#lastMs === undefined) return undefined;
    return this.#lastMs + Math.max(CALIBRATION_LIMITS.silenceMs, 3 * (this.#current?.tally.lengthMs ?? 0));
  }

  #open(bytes: Buffer): { readonly runId: string; readonly said: CalibrationMessage } | CalibrationRefusal {
    if (datagramKind(bytes) !== DATAGRAM_KIND.calibration) return 'other';
    const header = readCalibrationHeader(bytes);
    const runId = Buffer.from(header.runId).toString('hex');
    const cipher = this.#ciphers.get(runId) ?? new DatagramCipher(this.#options.keyOf(header.runId));
    const said = this.#scratch.subarray(0, bytes.length - HEADER_BYTES - TAG_BYTES);
    if (!cipher.openInto(said, bytes, HEADER_BYTES, header.counter)) return 'forged';
    this.#remember(runId, cipher);
    const message = decodeCalibration(said);
    return typeof message === 'string' ? message : { runId, said: message };
  }

  #remember(runId: string, cipher: DatagramCipher): void {
    if (this.#ciphers.has(runId)) return;
    this.#ciphers.set(runId, cipher);
    for (const oldest of this.#ciphers.keys()) {
      if (this.#ciphers.size <= CALIBRATION_LIMITS.maxRuns) break;
      this.#ciphers.delete(oldest);
    }
  }

  #takesRun(runId: string, { startedAtMs, steps, passes }: CalibrationMessage): boolean {
    if (this.#run?.runId === runId) return steps === this.#run.steps;
    if (this.#run !== undefined && startedAtMs <= this.#run.startedAtMs) return false;
    this.#run = { runId, startedAtMs, steps, passes };
    this.#current = undefined;
    this.#place = undefined;
    this.#whole = new Set();
    this.#isEnded = false;
    this.#options.onRun(this.#run);
    return true;
  }

  #handleMessage(nowMs: number, message: CalibrationMessage): void {
    const place = { pass: message.pass, step: message.step };
    const order = this.#order(place);
    this.#lastMs = nowMs;
    if (message.role === 'mark') this.#marks++;
    if (order > 0) this.#moveTo(nowMs, place, message);
    if (message.role === 'probe') {
      if (order < 0 || this.#current === undefined) this.#refused.late++;
      else this.#current.tally.handleProbe(nowMs, message);
    } else if (order >= 0 && this.#current !== undefined) this.#endStep(this.#current, message.count);
  }

  /** Above 0: behind all that was heard. */
  #order({ pass, step }: Place): number {
    if (this.#place === undefined) return 1;
    return pass - this.#place.pass || step - this.#place.step;
  }

  #moveTo(nowMs: number, place: Place, message: CalibrationMessage): void {
    const before = this.#place;
    if (this.#current !== undefined) this.#endStep(this.#current, undefined);
    this.#place = place;
    if (before !== undefined) {
      const { steps } = message;
      const skipped = (place.pass - before.pass) * steps + place.step - before.step - 1;
      if (skipped > 0) this.#options.onUnheard(skipped);
    }
    // The first mark that is heard speaks of a step that nobody listened to.
    if (before === undefined && message.role === 'mark') {
      this.#isEnded = isLast(place, message);
      return;
    }
    // Its first probes may be lost ones: then it began while somebody listened.
    const begunMs = nowMs - message.elapsedUs / 1_000;
    const isLate = before === undefined && begunMs <= (this.#listensFromMs ?? Number.POSITIVE_INFINITY);
    const from = isLate ? message.index : 0;
    this.#current = { place, tally: new StepTally(message, from), isWhole: from === 0 };
  }

  #endStep({ place, tally, isWhole }: Underway, sent: number | undefined): void {
    this.#current = undefined;
    const counts = tally.finish(sent);
    const after = this.#options.counters();
    const { received, loss } = counts;
    const lost = { received, lost: loss.lost, marks: this.#marks, isJoined: this.#options.isJoined };
    const places = placeLosses(lost, this.#counters, after);
    this.#counters = after;
    this.#marks = 0;
    if (isWhole) this.#whole.add(place.step);
    const run = this.#run as HeardRun;
    this.#isEnded = sent !== undefined && isLast(place, run);
    const { isLine = false, onStep } = this.#options;
    const delayRiseMs = isLine ? undefined : counts.delayRiseMs;
    const isSentKnown = sent !== undefined;
    onStep({ ...place, ...tally.step, ...counts, delayRiseMs, isWhole, isSentKnown, places });
  }
}

function isLast({ pass, step }: Place, { steps, passes }: Pick<HeardRun, 'steps' | 'passes'>): boolean {
  return step === steps && pass === passes;
}
