/**
 * Whether the local clock may decide about tokens. Nothing stops over a clock: an untrusted one raises an alarm and
 * withholds token decisions, until a signed time agrees with it again or an operator vouches for it.
 *
 * Compared are the wall clock with the monotonic one (a jump), and with the times that the sender signs: a hello is as
 * old as its journey, so it bounds the clock from both sides; a frame may be repeated for days, so only from below.
 *
 * A vouched clock is held to the monotonic one alone, from the word on. The word moves no time: what has expired by the
 * local clock has expired.
 */

import type { JudgementTime } from '../publish/transaction-plan.ts';

export type ClockReason = 'jump' | 'behind' | 'ahead';

/** `jump`: the wall clock moved against the monotonic one; `behind`, `ahead`: of the sender's signed times. */
export interface ClockEvent {
  readonly isTrusted: boolean;
  readonly reason?: ClockReason;
  /** Sender's clock minus ours as of the last hello; absent before the first. */
  readonly offsetMs?: number;
  /** How far the wall clock moved, for a jump. */
  readonly jumpMs?: number;
  /** Trusted on this operator's word. */
  readonly vouchedBy?: string;
}

export interface Vouching {
  readonly by: string;
  /** By the clock that is vouched for. */
  readonly sinceMs: number;
}

/**
 * Why a word does not count. `trusted`: nothing contradicts the clock; `far`: the time that was read elsewhere is not the
 * clock's; `past`: sender and clock agreed, in this run, that it is later than that.
 */
export type VouchRefusal = 'trusted' | 'far' | 'past';

interface Reading {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export class TrustedTime {
  readonly #maxSkewMs: number;
  readonly #events: ClockEvent[] = [];
  #last: Reading | undefined;
  #lastSignedMs: number | undefined;
  /** The latest signed time that agreed with the clock in this run. */
  #agreedMs: number | undefined;
  #vouched: (Vouching & { readonly at: Reading }) | undefined;
  #offsetMs: number | undefined;
  #reason: ClockReason | undefined;
  readonly #confirmMs: number;
  #startedMs: number | undefined;
  #isConfirmed: boolean;

  /**
   * `signedAtMs`: the last signed time known before a restart. The clock is trusted until something contradicts it.
   * `confirmMs`: how long `isConfirmed` waits for a first hello; 0 by default.
   */
  constructor(options: { readonly maxSkewMs: number; readonly signedAtMs?: number; readonly confirmMs?: number }) {
    this.#maxSkewMs = options.maxSkewMs;
    this.#confirmMs = options.confirmMs ?? 0;
    this.#isConfirmed = this.#confirmMs === 0;
    this.#lastSignedMs = options.signedAtMs;
  }

  /** With each poll. `monotonicMs` never jumps; `wallMs` is the clock under suspicion. */
  handleClock(monotonicMs: number, wallMs: number): void {
    const last = this.#last;
    this.#last = { monotonicMs, wallMs };
    this.#startedMs ??= monotonicMs;
    if (monotonicMs - this.#startedMs >= this.#confirmMs) this.#isConfirmed = true;
    if (last === undefined) {
      this.#judgeFloor(wallMs);
      return;
    }
    // Small steps add up behind a word, since no signed time ends it.
    const from = this.#vouched?.at ?? last;
    const jumpMs = wallMs - from.wallMs - (monotonicMs - from.monotonicMs);
    if (Math.abs(jumpMs) > this.#maxSkewMs) this.#distrust('jump', jumpMs);
  }

  /**
   * An operator's word, at this reading of the clocks, that it is `atMs` by another clock: so the local one is right. It ends
   * with the next jump, with a hello that agrees, and with the program.
   */
  vouch(reading: Reading, word: { readonly by: string; readonly atMs: number }): VouchRefusal | undefined {
    const { wallMs } = reading;
    this.handleClock(reading.monotonicMs, wallMs);
    if (Math.abs(word.atMs - wallMs) > this.#maxSkewMs) return 'far';
    if (this.#agreedMs !== undefined && this.#agreedMs - wallMs > this.#maxSkewMs) return 'past';
    if (this.#vouched === undefined && this.#reason === undefined && this.#isConfirmed) return 'trusted';
    this.#vouched = { by: word.by, sinceMs: wallMs, at: reading };
    this.#isConfirmed = true;
    // What the sender says goes on contradicting; a jump is over.
    if (this.#reason === 'jump') this.#reason = undefined;
    this.#tell({ isTrusted: true, vouchedBy: word.by });
    return undefined;
  }

  /** A time that the sender signed, from a hello or a frame whose signature holds. */
  handleSignedTime(wallMs: number, signed: { readonly source: 'hello' | 'frame'; readonly atMs: number }): void {
    const offsetMs = signed.atMs - wallMs;
    // One wrong signed time must not expire everything: beyond the skew it raises an alarm and bounds nothing.
    if (Math.abs(offsetMs) <= this.#maxSkewMs) {
      this.#lastSignedMs = Math.max(this.#plausibleMs(wallMs), signed.atMs);
      this.#agreedMs = this.#lastSignedMs;
    }
    if (signed.source === 'hello') {
      this.#offsetMs = offsetMs;
      const isFirst = !this.#isConfirmed;
      this.#isConfirmed = true;
      if (offsetMs < -this.#maxSkewMs) this.#distrust('ahead');
      else if (offsetMs <= this.#maxSkewMs) this.#trust(isFirst);
    }
    if (offsetMs > this.#maxSkewMs) this.#distrust('behind');
  }

  /** The next change, for alarm and audit; at most one of a kind in a row. */
  poll(): ClockEvent | undefined {
    return this.#events.shift();
  }

  get isTrusted(): boolean {
    return this.#reason === undefined || this.#vouched !== undefined;
  }

  get vouched(): Vouching | undefined {
    return this.#vouched && { by: this.#vouched.by, sinceMs: this.#vouched.sinceMs };
  }

  /** Whether a hello was compared with the clock, or none came for long enough. */
  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  /** What contradicts the clock, also where an operator vouches for it. */
  get reason(): ClockReason | undefined {
    return this.#reason;
  }

  /** Sender's clock minus ours, from the last hello. */
  get offsetMs(): number | undefined {
    return this.#offsetMs;
  }

  /** The latest signed time that lay within the skew of the local clock. */
  get lastSignedMs(): number | undefined {
    return this.#lastSignedMs;
  }

  /** The time to judge exp and nbf by: the local clock, but not before a signed time that lies within its skew. */
  judgeMs(wallMs: number): number {
    const signedMs = this.#lastSignedMs;
    return signedMs !== undefined && signedMs - wallMs <= this.#maxSkewMs ? Math.max(wallMs, signedMs) : wallMs;
  }

  /** What was signed last; 0 where that lies in a future that the clock, which agrees with the sender now, denies. */
  #plausibleMs(wallMs: number): number {
    const lastMs = this.#lastSignedMs ?? 0;
    return lastMs - wallMs <= this.#maxSkewMs ? lastMs : 0;
  }

  /** After a restart: a clock that now stands before what was signed long ago is wrong. */
  #judgeFloor(wallMs: number): void {
    if (this.#lastSignedMs !== undefined && this.#lastSignedMs - wallMs > this.#maxSkewMs) {
      this.#distrust('behind');
    }
  }

  #distrust(reason: ClockReason, jumpMs?: number): void {
    const isNew = this.#reason !== reason;
    this.#reason = reason;
    if (reason === 'jump') this.#vouched = undefined;
    if (this.#vouched !== undefined) return;
    if (isNew) this.#tell({ isTrusted: false, reason, ...(jumpMs !== undefined && { jumpMs }) });
  }

  /** `isFirst`: tokens waited for this hello, so it is told though nothing had contradicted the clock. */
  #trust(isFirst: boolean): void {
    if (this.#reason === undefined && this.#vouched === undefined && !isFirst) return;
    this.#reason = undefined;
    this.#vouched = undefined;
    this.#tell({ isTrusted: true });
  }

  #tell(event: ClockEvent): void {
    // Two kept: a change and its end; whoever does not poll misses the older, not the newest.
    if (this.#events.length >= 2) this.#events.shift();
    this.#events.push(this.#offsetMs === undefined ? event : { ...event, offsetMs: this.#offsetMs });
  }
}

/** The time as the publisher asks for it: tokens wait while the clock is not trusted, and until it was compared once. */
export function judgementTime(time: TrustedTime): JudgementTime {
  return {
    get isTrusted() {
      return time.isTrusted && time.isConfirmed;
    },
    get lastSignedMs() {
      return time.lastSignedMs;
    },
    judgeMs: (wallMs) => time.judgeMs(wallMs),
  };
}
