/**
 * How many datagrams a sending process may have sent: as many more as buffers hold than the receiving one has, by its file.
 * Where that one stands still, what it lacks was lost: then nothing more is sent, and its own count shows what is missing.
 */
export class SendWindow {
  readonly #received: () => number;
  readonly #ahead: number;
  #lastReceived = 0;
  #movedMs: number;

  constructor(nowMs: number, options: { readonly received: () => number; readonly ahead: number }) {
    this.#received = options.received;
    this.#ahead = options.ahead;
    this.#movedMs = nowMs;
  }

  /** In datagrams since the start; undefined where the receiver stood still for `STALL_MS`. */
  upTo(nowMs: number): number | undefined {
    const received = this.#received();
    if (received !== this.#lastReceived) {
      this.#lastReceived = received;
      this.#movedMs = nowMs;
    }
    return nowMs - this.#movedMs < STALL_MS ? received + this.#ahead : undefined;
  }
}

/** A receiver that is warm takes a window in some milliseconds; a machine that others use may stop it for longer. */
const STALL_MS = 5_000;
