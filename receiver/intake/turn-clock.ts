/**
 * One time for all that one turn of the event loop brings: a read of a link hands out dozens of datagrams, and to ask two clocks
 * for each of them takes longer than to read its header.
 */
import type { IntakeClock } from './intake-loop.ts';

export class TurnClock implements IntakeClock {
  readonly #clock: IntakeClock;
  readonly #forget = () => {
    this.#isKnown = false;
  };
  #isKnown = false;
  #nowMs = 0;
  #wallMs = 0;

  constructor(clock: IntakeClock) {
    this.#clock = clock;
  }

  /** As of the first look in this turn. */
  nowMs(): number {
    this.#look();
    return this.#nowMs;
  }

  wallMs(): number {
    this.#look();
    return this.#wallMs;
  }

  #look(): void {
    if (this.#isKnown) return;
    this.#isKnown = true;
    this.#nowMs = this.#clock.nowMs();
    this.#wallMs = this.#clock.wallMs();
    // Runs behind the callback that handed out the datagrams.
    queueMicrotask(this.#forget);
  }
}
