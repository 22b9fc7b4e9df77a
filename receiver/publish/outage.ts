/** Time without Kafka: when to try again, and when to say so again. Pure. */
import { RECEIVER_LIMITS } from '../../src/limits.ts';

export class Outage {
  #sinceMs: number | undefined;
  #attempts = 0;
  #saidMs: number | undefined;
  #saidCode: string | undefined;

  /** Undefined while Kafka takes what it is given. */
  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  /** The wait before the next try: 0.5, 1, 2 … 30 s. One receiver tries alone, so there is no herd for jitter to spread. */
  get retryMs(): number {
    const { firstKafkaRetryMs, maxKafkaRetryMs } = RECEIVER_LIMITS;
    return Math.min(firstKafkaRetryMs * 2 ** Math.max(0, this.#attempts - 1), maxKafkaRetryMs);
  }

  /** True where it should be said: at first, when the reason changed, and every minute. */
  handleFailure(nowMs: number, code: string): boolean {
    this.#sinceMs ??= nowMs;
    // 2^16 × 0.5 s is above the bound already.
    this.#attempts = Math.min(this.#attempts + 1, 16);
    const isDue = this.#saidMs === undefined || nowMs - this.#saidMs >= RECEIVER_LIMITS.outageReminderMs;
    if (!isDue && code === this.#saidCode) return false;
    this.#saidMs = nowMs;
    this.#saidCode = code;
    return true;
  }

  /** A transaction was committed. */
  handleSuccess(): void {
    this.#sinceMs = undefined;
    this.#attempts = 0;
    this.#saidMs = undefined;
    this.#saidCode = undefined;
  }
}
