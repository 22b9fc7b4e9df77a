/**
 * Pacer: outlet ─► [pacer] ─► link. A token bucket in bits on the wire: over any time t at most
 * rate × t + burst bits leave, each datagram counted with what the link adds to it. Pure.
 *
 * The bucket, not the timer, keeps the rate: a timer that fires late finds the tokens of the time that passed, up to one
 * burst. So the rate is kept as long as nothing holds the event loop for more than the burst; beyond, capacity is lost,
 * never made up by a larger burst. A link that holds back by itself what comes ahead of its rate is given that much more.
 *
 * Between the decision and the kernel a busy machine may put 10 ms, and a bucket that filled up meanwhile would let a second
 * burst follow at once. So `handleHandedOver` says when what was let go really went.
 */
import { SENDER_LIMITS } from '../../src/limits.ts';

export interface PacerOptions {
  readonly rateBitsPerSecond: number;
  /** Bytes on the wire that each datagram costs beside its own (SendLink.overheadBytes). */
  readonly overheadBytes: number;
  /** Bytes of the largest datagram: the bucket always holds one, however small `burstBytes` is. */
  readonly maxDatagramBytes: number;
  /** Most bytes on the wire that leave at once; by default what the rate is in SENDER_LIMITS.maxBurstMs. */
  readonly burstBytes?: number | undefined;
  /** How far ahead of the rate the link takes datagrams (SendLink.aheadMs): the bucket is that much larger. 0 by default. */
  readonly aheadMs?: number | undefined;
}

const MS_PER_SECOND = 1000;

/** Added to deadlines, so that rounding never makes the bucket a fraction of a bit short when its deadline comes. */
const ROUNDING_MS = 0.001;

export class Pacer {
  readonly #bitsPerMs: number;
  readonly #overheadBytes: number;
  readonly #capacityBits: number;
  #bits: number;
  /** Bits let go since the last `handleHandedOver`: the kernel may not have them. */
  #leavingBits = 0;
  #filledMs: number | undefined;

  constructor(options: PacerOptions) {
    this.#bitsPerMs = options.rateBitsPerSecond / MS_PER_SECOND;
    this.#overheadBytes = options.overheadBytes;
    const largestBits = 8 * (options.maxDatagramBytes + options.overheadBytes);
    const aheadBits = this.#bitsPerMs * (options.aheadMs ?? 0);
    const burstBits =
      options.burstBytes === undefined ? this.#bitsPerMs * SENDER_LIMITS.maxBurstMs : 8 * options.burstBytes;
    this.#capacityBits = Math.max(burstBits, largestBits) + aheadBits;
    this.#bits = this.#capacityBits;
  }

  /** Whether a datagram of `datagramBytes` may leave now. */
  isOpen(nowMs: number, datagramBytes: number): boolean {
    this.#fill(nowMs);
    return this.#bits >= this.wireBytes(datagramBytes) * 8;
  }

  /** A datagram was let go at `nowMs`. */
  handleSent(nowMs: number, datagramBytes: number): void {
    this.#fill(nowMs);
    const bits = this.wireBytes(datagramBytes) * 8;
    this.#bits -= bits;
    this.#leavingBits += bits;
  }

  /**
   * The kernel has all that was let go, as far as the link tells. It may leave as late as now, so the bucket holds at most its
   * capacity less that: what filled it up meanwhile would leave as a second burst right behind. What libuv keeps for node:dgram
   * while the kernel is full leaves beyond that.
   */
  handleHandedOver(nowMs: number): void {
    this.#fill(nowMs);
    this.#bits = Math.min(this.#bits, this.#capacityBits - this.#leavingBits);
    this.#leavingBits = 0;
  }

  /** When, in milliseconds of the caller's clock, a datagram of `datagramBytes` may leave for which `isOpen` was false. */
  nextDeadlineMs(datagramBytes: number): number {
    const missingBits = this.wireBytes(datagramBytes) * 8 - this.#bits;
    return (this.#filledMs ?? 0) + missingBits / this.#bitsPerMs + ROUNDING_MS;
  }

  /** Milliseconds that a datagram of `datagramBytes` takes the link at its rate. */
  wireMs(datagramBytes: number): number {
    return (this.wireBytes(datagramBytes) * 8) / this.#bitsPerMs;
  }

  /** Milliseconds that the largest burst takes the link at its rate, what it takes ahead included. */
  get burstMs(): number {
    return this.#capacityBits / this.#bitsPerMs;
  }

  /** What a datagram of `datagramBytes` costs on the wire. */
  wireBytes(datagramBytes: number): number {
    return datagramBytes + this.#overheadBytes;
  }

  /** The clock is monotonic; one that stands or steps back adds nothing. */
  #fill(nowMs: number): void {
    const passedMs = nowMs - (this.#filledMs ?? nowMs);
    if (passedMs < 0) return;
    this.#bits = Math.min(this.#capacityBits, this.#bits + passedMs * this.#bitsPerMs);
    this.#filledMs = nowMs;
  }
}
