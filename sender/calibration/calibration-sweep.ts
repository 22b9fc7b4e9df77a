/**
 * Calibration sweep: [sweep] ─► send loop ─► link. Probes of one step after the other, and behind each a rest with marks that
 * say what was sent. It stands in place of the core, so that a probe leaves as everything does. Pure.
 */
import type { DatagramCipher } from '../../src/crypto/sodium.ts';
import { CALIBRATION_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import { type CalibrationRole, encodeCalibration, writeCalibrationHeader } from '../../src/wire/calibration.ts';
import { HEADER_BYTES, TAG_BYTES } from '../../src/wire/datagram.ts';
import { DatagramMemory } from '../transmit/datagram-memory.ts';
import { Pacer } from '../transmit/pacer.ts';
import type { SendCore } from '../transmit/send-loop.ts';
import { type PlannedStep, restMs, stepMs } from './calibration-plan.ts';

export interface SweepOptions {
  readonly steps: readonly PlannedStep[];
  /** How often all of them; 0: without end. */
  readonly passes: number;
  readonly runId: Uint8Array;
  /** By the wall clock. */
  readonly startedAtMs: number;
  /** Of this run. */
  readonly cipher: DatagramCipher;
  readonly overheadBytes: number;
  /** link.burstBytes. */
  readonly burstBytes?: number | undefined;
  /** SendLink.aheadMs. */
  readonly aheadMs?: number | undefined;
}

/** A step that ended. */
export interface SentStep {
  readonly pass: number;
  readonly step: number;
  readonly planned: PlannedStep;
  readonly sent: number;
  /** From its first probe to its last. */
  readonly elapsedMs: number;
}

/** Behind a step's probes, until the next one begins. */
interface Rest {
  readonly untilMs: number;
  marks: number;
  nextMs: number;
}

/** When a probe may leave; see Pacer. */
interface StepPace {
  readonly burstMs: number;
  isOpen(nowMs: number): boolean;
  handleSent(nowMs: number): void;
  handleHandedOver(nowMs: number): void;
  nextDeadlineMs(): number;
}

const MARK_BYTES = HEADER_BYTES + WIRE_LIMITS.symbolStepBytes + TAG_BYTES;
/** Beside its share of lateness: a machine that was busy for a moment has not fallen behind. */
const LATE_MS = 500;

export class CalibrationSweep implements SendCore {
  readonly #options: SweepOptions;
  readonly #ended: SentStep[] = [];
  readonly #memory = new DatagramMemory();
  /** What the last datagram said: those of a step have one length. */
  #said = Buffer.alloc(0);
  #counter = 0;
  #pass = 1;
  #at = 0;
  #pace: StepPace | undefined;
  #index = 0;
  #firstMs = 0;
  #lastMs = 0;
  /** Behind the probes. */
  #rest: Rest | undefined;
  #isDone = false;

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /** The next datagram that may leave now, the caller's until `handleHandedOver` says that it was copied; call until undefined. */
  poll(nowMs: number): Buffer | undefined {
    if (this.#isDone) return undefined;
    if (this.#rest === undefined) return this.#pollProbe(nowMs);
    if (nowMs < this.#rest.nextMs) return undefined;
    if (this.#rest.marks > 0) return this.#mark(this.#rest);
    this.#advance();
    return this.poll(nowMs);
  }

  /** When to poll again. */
  nextDeadlineMs(): number {
    if (this.#isDone) return Number.POSITIVE_INFINITY;
    return this.#rest?.nextMs ?? this.#pace?.nextDeadlineMs() ?? 0;
  }

  handleHandedOver(nowMs: number, isCopied: boolean): void {
    this.#pace?.handleHandedOver(nowMs);
    if (isCopied) this.#memory.handleCopied();
  }

  get burstMs(): number {
    return this.#pace?.burstMs ?? Number.POSITIVE_INFINITY;
  }

  /** There is no journal, and nothing that comes late. */
  keepJournal(): void {}

  handleResumed(): void {}

  nextJournalMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  takeEnded(): SentStep | undefined {
    return this.#ended.shift();
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Of the step under way, 0 to 1. */
  get share(): number {
    return this.#index / this.#planned.count;
  }

  get #planned(): PlannedStep {
    return this.#options.steps[this.#at] as PlannedStep;
  }

  #pollProbe(nowMs: number): Buffer | undefined {
    const planned = this.#planned;
    if (this.#pace === undefined) {
      this.#pace = paceOf(planned, this.#options);
      this.#firstMs = nowMs;
    }
    const lateMs = CALIBRATION_LIMITS.lateFactor * stepMs(planned) + LATE_MS;
    if (this.#index === planned.count || nowMs - this.#firstMs > lateMs) {
      this.#endStep(nowMs);
      return undefined;
    }
    if (!this.#pace.isOpen(nowMs)) return undefined;
    this.#pace.handleSent(nowMs);
    this.#lastMs = nowMs;
    const said = { count: planned.count, index: this.#index, elapsedMs: nowMs - this.#firstMs };
    this.#index++;
    return this.#seal('probe', said, planned.datagramBytes);
  }

  #endStep(nowMs: number): void {
    const planned = this.#planned;
    const elapsedMs = this.#lastMs - this.#firstMs;
    this.#ended.push({ pass: this.#pass, step: this.#at + 1, planned, sent: this.#index, elapsedMs });
    const rest = restMs(planned);
    this.#rest = { untilMs: nowMs + rest, marks: CALIBRATION_LIMITS.marks, nextMs: nowMs + rest / 2 };
  }

  #mark(rest: Rest): Buffer {
    rest.nextMs += (rest.untilMs - rest.nextMs) / rest.marks;
    rest.marks--;
    const said = { count: Math.max(1, this.#index), index: 0, elapsedMs: this.#lastMs - this.#firstMs };
    return this.#seal('mark', said, MARK_BYTES);
  }

  #advance(): void {
    this.#rest = undefined;
    this.#pace = undefined;
    this.#index = 0;
    this.#at++;
    if (this.#at < this.#options.steps.length) return;
    this.#at = 0;
    if (this.#pass === this.#options.passes) this.#isDone = true;
    else this.#pass++;
  }

  #seal(
    role: CalibrationRole,
    said: { readonly count: number; readonly index: number; readonly elapsedMs: number },
    datagramBytes: number,
  ): Buffer {
    const { steps, passes, runId, startedAtMs, cipher } = this.#options;
    const { rateBitsPerSecond, datagramBytes: ofProbe, wireBytes, burst } = this.#planned;
    const message = {
      rateBitsPerSecond,
      datagramBytes: ofProbe,
      wireBytes,
      burst,
      role,
      step: this.#at + 1,
      steps: steps.length,
      pass: this.#pass,
      passes,
      startedAtMs,
      count: said.count,
      index: said.index,
      elapsedUs: Math.round(said.elapsedMs * 1_000),
    };
    this.#counter++;
    const saidBytes = datagramBytes - HEADER_BYTES - TAG_BYTES;
    if (this.#said.length !== saidBytes) this.#said = Buffer.alloc(saidBytes);
    const datagram = this.#memory.take(datagramBytes);
    writeCalibrationHeader(datagram, { runId, counter: this.#counter });
    cipher.seal(datagram, HEADER_BYTES, encodeCalibration(message, datagramBytes, this.#said), this.#counter);
    return datagram;
  }
}

function paceOf(planned: PlannedStep, options: SweepOptions): StepPace {
  if (planned.burst > 0) return new BurstPace(planned);
  const { rateBitsPerSecond, datagramBytes } = planned;
  const pacer = new Pacer({ ...options, rateBitsPerSecond, maxDatagramBytes: datagramBytes });
  return {
    burstMs: pacer.burstMs,
    isOpen: (nowMs) => pacer.isOpen(nowMs, datagramBytes),
    handleSent: (nowMs) => pacer.handleSent(nowMs, datagramBytes),
    handleHandedOver: (nowMs) => pacer.handleHandedOver(nowMs),
    nextDeadlineMs: () => pacer.nextDeadlineMs(datagramBytes),
  };
}

/** Whole bursts, each when its time has come; one that is late moves those behind it. */
class BurstPace implements StepPace {
  readonly burstMs: number;
  readonly #burst: number;
  #left = 0;
  #dueMs = 0;

  constructor({ burst, wireBytes, rateBitsPerSecond }: PlannedStep) {
    this.#burst = burst;
    this.burstMs = (burst * wireBytes * 8_000) / rateBitsPerSecond;
  }

  isOpen(nowMs: number): boolean {
    return this.#left > 0 || nowMs >= this.#dueMs;
  }

  handleSent(nowMs: number): void {
    if (this.#left === 0) {
      this.#left = this.#burst;
      this.#dueMs = nowMs + this.burstMs;
    }
    this.#left--;
  }

  handleHandedOver(): void {}

  nextDeadlineMs(): number {
    return this.#left > 0 ? 0 : this.#dueMs;
  }
}
