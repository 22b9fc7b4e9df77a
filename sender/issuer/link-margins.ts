/** What must be left of a token or a status when the next one leaves, as the link was lately. Pure. */
import { ISSUER_LIMITS, RECEIVER_LIMITS } from '../../src/limits.ts';
import { RecentMaximum } from './recent-maximum.ts';
import { marginOf, type RenewalMargins } from './renewal-schedule.ts';

/** As configured. */
export type FixedMargins = Omit<RenewalMargins, 'linkMs'>;

export class LinkMargins {
  readonly #fixed: FixedMargins;
  readonly #linkMs = new RecentMaximum(ISSUER_LIMITS.linkWindowMs);

  constructor(fixed: FixedMargins) {
    this.#fixed = fixed;
  }

  /** A frame waited so long for its first pass. */
  handleFirstPass(nowMs: number, ageMs: number): void {
    this.#linkMs.add(nowMs, ageMs);
  }

  at(nowMs: number): RenewalMargins {
    return { ...this.#fixed, linkMs: this.#linkMs.value(nowMs) };
  }

  /** How long after one status the next must have arrived: whoever reads has it then, though its first pass was lost. */
  statusSpanMs(nowMs: number, intervalMs: number): number {
    const spanMs = Math.ceil(intervalMs + marginOf(this.at(nowMs)));
    return Math.min(RECEIVER_LIMITS.maxStatusIntervalMs, Math.max(2 * intervalMs, spanMs));
  }
}
