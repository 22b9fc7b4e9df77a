/** Whether the disk takes more. Where it does not, nothing is accepted, and it is looked at again from time to time. */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { FullReason, IntakeStore } from './intake-store.ts';

export interface Refusing {
  readonly reason: FullReason;
  /** Wall clock. */
  readonly sinceMs: number;
  /** Monotonic. */
  readonly retryAtMs: number;
}

/** The moment of a look, and how many bytes are to find room. */
interface Demand {
  readonly nowMs: number;
  readonly wallMs: number;
  readonly bytes: number;
}

export class StoreCapacity {
  readonly #store: Pick<IntakeStore, 'fullReason'>;
  readonly #onChange: (reason: FullReason | undefined, wallMs: number) => void;
  #refusing: Refusing | undefined;

  /** `onChange` hears each new reason, and undefined once there is room again. */
  constructor(
    store: Pick<IntakeStore, 'fullReason'>,
    onChange: (reason: FullReason | undefined, wallMs: number) => void,
  ) {
    this.#store = store;
    this.#onChange = onChange;
  }

  /** Why so much cannot be taken now. */
  fullReason(demand: Demand): FullReason | undefined {
    if (this.#refusing !== undefined) return this.#refusing.reason;
    const reason = this.#store.fullReason(demand.bytes);
    if (reason !== undefined) this.refuse(demand, reason);
    return reason;
  }

  /**
   * Whether what is at hand may be written. Others write to the disk too, and an audit entry that finds no room ends the
   * program: so the disk is asked before each commit, and while refusing where that is due.
   */
  isOpen(demand: Demand): boolean {
    if (this.#refusing !== undefined && demand.nowMs < this.#refusing.retryAtMs) return false;
    const reason = this.#store.fullReason(demand.bytes, this.#refusing === undefined ? 'commit' : 'reopen');
    if (reason !== undefined) {
      this.refuse(demand, reason);
      return false;
    }
    if (this.#refusing === undefined) return true;
    this.#refusing = undefined;
    this.#onChange(undefined, demand.wallMs);
    return true;
  }

  /** A write failed for want of room. */
  refuse(moment: Pick<Demand, 'nowMs' | 'wallMs'>, reason: FullReason): void {
    const before = this.#refusing;
    const retryAtMs = moment.nowMs + RECEIVER_LIMITS.storeRetryMs;
    this.#refusing = { reason, retryAtMs, sinceMs: before?.sinceMs ?? moment.wallMs };
    if (before?.reason !== reason) this.#onChange(reason, moment.wallMs);
  }

  get refusing(): Refusing | undefined {
    return this.#refusing;
  }
}
