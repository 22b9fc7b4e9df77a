/**
 * Whether the link is alive, by the sender's hellos: each says when the next one is due. A hello may be lost, and the next;
 * three are silence. Judged by the monotonic clock alone; the wall clock only says since when, for people.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';

/** `sinceMs`: when the last hello came, or, where none ever came, the start; by the wall clock. */
export type LinkEvent =
  | { readonly kind: 'silent'; readonly sinceMs: number; readonly intervalMs: number }
  | { readonly kind: 'heard'; readonly sinceMs: number; readonly silentMs: number };

/** The last hello before a restart. */
export interface HeardBefore {
  readonly atWallMs: number;
  readonly intervalMs: number;
}

export interface LinkStatus {
  /** Three hellos are missing. */
  readonly isSilent: boolean;
  /** When the next hello is due behind the last one. */
  readonly intervalMs: number;
  /** Wall clock: the last hello, before a restart too; where none ever came, the start. */
  readonly sinceMs?: number;
  /** By the monotonic clock; absent before the first hello of this run. */
  readonly ageMs?: number;
}

export class LinkWatch {
  readonly #events: LinkEvent[] = [];
  /** Monotonic: the last hello, or the start. */
  #heardMs: number | undefined;
  #heardWallMs: number | undefined;
  #intervalMs: number;
  #isSilent = false;
  #isHeard = false;

  /**
   * What a sender that goes on since before a restart announced at its own start may be shorter than what it does now, so
   * the first wait is at least the default interval's.
   */
  constructor(before?: HeardBefore, defaultIntervalMs: number = RECEIVER_LIMITS.defaultHelloIntervalMs) {
    this.#heardWallMs = before?.atWallMs;
    this.#intervalMs = Math.max(before?.intervalMs ?? 0, defaultIntervalMs);
  }

  /** An authentic hello of now, whatever it means for the stream. */
  handleHello(nowMs: number, wallMs: number, intervalMs: number): void {
    const lastMs = this.#heardMs ?? nowMs;
    const sinceMs = this.#heardWallMs ?? wallMs;
    this.#heardMs = nowMs;
    this.#heardWallMs = wallMs;
    this.#intervalMs = intervalMs;
    this.#isHeard = true;
    if (!this.#isSilent) return;
    this.#isSilent = false;
    this.#tell({ kind: 'heard', sinceMs, silentMs: nowMs - lastMs });
  }

  /** With each turn; the first is the start. */
  handleClock(nowMs: number, wallMs: number): void {
    this.#heardMs ??= nowMs;
    this.#heardWallMs ??= wallMs;
    if (this.#isSilent || nowMs < this.#silentAtMs(this.#heardMs)) return;
    this.#isSilent = true;
    this.#tell({ kind: 'silent', sinceMs: this.#heardWallMs, intervalMs: this.#intervalMs });
  }

  poll(): LinkEvent | undefined {
    return this.#events.shift();
  }

  nextDeadlineMs(): number | undefined {
    return this.#isSilent || this.#heardMs === undefined ? undefined : this.#silentAtMs(this.#heardMs);
  }

  status(nowMs: number): LinkStatus {
    return {
      isSilent: this.#isSilent,
      intervalMs: this.#intervalMs,
      ...(this.#heardWallMs !== undefined && { sinceMs: this.#heardWallMs }),
      ...(this.#isHeard && this.#heardMs !== undefined && { ageMs: nowMs - this.#heardMs }),
    };
  }

  #silentAtMs(heardMs: number): number {
    return heardMs + RECEIVER_LIMITS.silentIntervals * this.#intervalMs;
  }

  #tell(event: LinkEvent): void {
    // A change and its end at most, where nobody polls.
    if (this.#events.length >= 2) this.#events.shift();
    this.#events.push(event);
  }
}
