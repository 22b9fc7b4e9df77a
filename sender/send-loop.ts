/**
 * Send loop: core ─► [send loop] ─► link. The one place with timers: polls the core while datagrams may leave, waits for
 * the core's next deadline or for room in the link, and lets the event loop have its turn in between.
 */
import { SENDER_LIMITS } from '../src/limits.ts';
import type { SendLink } from '../src/link/link.ts';
import type { SenderCore } from './core.ts';

export interface SenderClock {
  /** Monotonic. */
  nowMs(): number;
  wallMs(): number;
}

export interface SendLoopOptions {
  readonly core: SenderCore;
  readonly link: SendLink;
  readonly clock: SenderClock;
  /** After each turn: what the core wants from the source may have changed. */
  readonly onTurn: () => void;
  /** What the core threw; the loop has stopped. */
  readonly onFatal: (error: unknown) => void;
}

/** Node's timers count in whole milliseconds and fire late by up to one: the pacer's burst is there for that. */
const TIMER_MS = 1;
/** A timer never sleeps longer, so that an odd deadline costs little. */
const MAX_SLEEP_MS = 1_000;
/** A link that took nothing for so long was away: what came due meanwhile is not late. */
const AWAY_MS = 1_000;

export class SendLoop {
  readonly #options: SendLoopOptions;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  /** The link had no room for it. */
  #refused: Buffer | undefined;
  #refusedMs = 0;
  #isStopped = false;

  constructor(options: SendLoopOptions) {
    this.#options = options;
    options.link.onRoom(() => this.wake());
  }

  /** Something changed: look at once. */
  wake(): void {
    if (this.#isStopped || this.#immediate !== undefined) return;
    this.#immediate = setImmediate(() => {
      this.#immediate = undefined;
      this.#turn();
    });
  }

  /** No datagram is handed to the link any more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #turn(): void {
    clearTimeout(this.#timer);
    const { core, clock, onTurn, onFatal } = this.#options;
    try {
      const hasMore = this.#send();
      if (this.#refused !== undefined) core.keepJournal(clock.nowMs(), clock.wallMs());
      onTurn();
      const nowMs = clock.nowMs();
      if (hasMore) this.wake();
      else this.#sleep((this.#refused === undefined ? core.nextDeadlineMs(nowMs) : core.nextJournalMs(nowMs)) - nowMs);
    } catch (error) {
      this.stop();
      onFatal(error);
    }
  }

  /** True where the turn's share was used up and there may be more. */
  #send(): boolean {
    const { core, link, clock } = this.#options;
    for (let sent = 0; sent < SENDER_LIMITS.maxSendsPerTurn; sent++) {
      const refused = this.#refused;
      const datagram = refused ?? core.poll(clock.nowMs(), clock.wallMs());
      this.#refused = undefined;
      if (datagram === undefined) return false;
      if (!link.send(datagram)) {
        this.#refused = datagram;
        if (refused === undefined) this.#refusedMs = clock.nowMs();
        return false;
      }
      if (refused !== undefined && clock.nowMs() - this.#refusedMs > AWAY_MS) core.handleResumed(clock.nowMs());
    }
    return true;
  }

  #sleep(waitMs: number): void {
    if (this.#isStopped) return;
    if (waitMs <= 0) this.wake();
    else this.#timer = setTimeout(() => this.#turn(), Math.min(Math.max(Math.floor(waitMs), TIMER_MS), MAX_SLEEP_MS));
  }
}
