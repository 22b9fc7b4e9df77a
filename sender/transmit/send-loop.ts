/**
 * Send loop: core ─► [send loop] ─► link. The one place with timers: polls the core while datagrams may leave, waits for
 * the core's next deadline or for room in the link, and lets the event loop have its turn in between.
 */
import { SENDER_LIMITS } from '../../src/limits.ts';
import type { SendLink, WakeTimer } from '../../src/link/link.ts';
import type { SenderCore } from '../core.ts';

/** What the loop drives. */
export type SendCore = Pick<
  SenderCore,
  'poll' | 'burstMs' | 'handleHandedOver' | 'keepJournal' | 'handleResumed' | 'nextDeadlineMs' | 'nextJournalMs'
>;

export interface SenderClock {
  /** Monotonic. */
  nowMs(): number;
  wallMs(): number;
}

export interface SendLoopOptions {
  readonly core: SendCore;
  readonly link: SendLink;
  readonly clock: SenderClock;
  /** After each turn: what the core wants from the source may have changed. */
  readonly onTurn: () => void;
  /** What the core threw; the loop has stopped. */
  readonly onFatal: (error: unknown) => void;
}

/** Node's timers count in whole milliseconds and fire late by up to one: the pacer's burst is there for that. */
const NODE_TIMER_MS = 1;
/** A timer never sleeps longer, so that an odd deadline costs little. */
const MAX_SLEEP_MS = 1_000;
/** A link that took nothing for so long was away: what came due meanwhile is not late. */
const AWAY_MS = 1_000;

export class SendLoop {
  readonly #options: SendLoopOptions;
  readonly #timer: WakeTimer;
  #immediate: NodeJS.Immediate | undefined;
  /** The link had no room for it. */
  #refused: Buffer | undefined;
  /** The kernel has not all that the core gave. */
  #isLeaving = false;
  /** Since when the link takes nothing. */
  #heldMs: number | undefined;
  #isFinishing = false;
  #isStopped = false;

  constructor(options: SendLoopOptions) {
    this.#options = options;
    options.link.onRoom(() => this.wake());
    this.#timer = options.link.openTimer?.(() => this.#turn()) ?? nodeTimer(() => this.#turn());
  }

  /** Something changed: look at once. */
  wake(): void {
    if (this.#isStopped || this.#immediate !== undefined) return;
    this.#immediate = setImmediate(() => {
      this.#immediate = undefined;
      this.#turn();
    });
  }

  /** The core is asked for nothing more; what it gave goes on its way. */
  finish(): void {
    this.#isFinishing = true;
    this.wake();
  }

  /** Whether something that the core gave is not with the link, or not with the kernel, where the link tells. */
  get isHolding(): boolean {
    return this.#refused !== undefined || this.#isLeaving;
  }

  /** Whether the kernel, or the serial driver, has all that the core gave. */
  get isHandedOver(): boolean {
    return !this.isHolding && this.#options.link.queuedDatagrams === 0;
  }

  /** No datagram is handed to the link any more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer.close();
    clearImmediate(this.#immediate);
  }

  #turn(): void {
    if (this.#isStopped) return;
    const { core, clock, onTurn, onFatal } = this.#options;
    try {
      if (this.#isLeaving) this.#handOver();
      // What is asked for while the kernel is full would count as sent.
      const hasMore = !this.#isLeaving && this.#send();
      if (this.#isLeaving) this.#handOver();
      if (this.isHolding) core.keepJournal(clock.nowMs(), clock.wallMs());
      onTurn();
      const nowMs = clock.nowMs();
      if (hasMore) this.wake();
      else if (!this.#isFinishing) {
        this.#sleep((this.isHolding ? core.nextJournalMs(nowMs) : core.nextDeadlineMs(nowMs)) - nowMs);
      }
    } catch (error) {
      this.stop();
      onFatal(error);
    }
  }

  /** True where the turn's share was used up and there may be more. */
  #send(): boolean {
    const { core, link, clock } = this.#options;
    // One moment for all: the first of them leaves only with the last, and the time between them is no credit.
    const nowMs = clock.nowMs();
    for (let sent = 0; sent < SENDER_LIMITS.maxSendsPerTurn; sent++) {
      const refused = this.#refused;
      const datagram = refused ?? (this.#isFinishing ? undefined : core.poll(nowMs, clock.wallMs()));
      this.#refused = undefined;
      if (datagram === undefined) return false;
      this.#isLeaving = true;
      if (!link.send(datagram)) {
        this.#refused = datagram;
        this.#heldMs ??= nowMs;
        return false;
      }
      if (refused !== undefined) this.#handleTaken(nowMs);
    }
    return true;
  }

  #handOver(): void {
    const { core, link, clock } = this.#options;
    // What was refused is the last one that the core gave, and is kept.
    const isCopied = link.flush?.();
    // It may have taken long: see Pacer.handleHandedOver.
    const nowMs = clock.nowMs();
    if (isCopied === false) {
      this.#heldMs ??= nowMs;
      return;
    }
    core.handleHandedOver(nowMs, isCopied === true);
    this.#isLeaving = false;
    if (this.#refused === undefined) this.#handleTaken(nowMs);
  }

  #handleTaken(nowMs: number): void {
    if (this.#heldMs !== undefined && nowMs - this.#heldMs > AWAY_MS) this.#options.core.handleResumed(nowMs);
    this.#heldMs = undefined;
  }

  /** Half of a burst, since the bucket is full behind a whole one. */
  get #leastSleepMs(): number {
    const { minWakeMs } = SENDER_LIMITS;
    return Math.max(this.#timer.leastMs, Math.min(minWakeMs, this.#options.core.burstMs / 2));
  }

  #sleep(waitMs: number): void {
    if (this.#isStopped) return;
    if (waitMs <= 0) this.wake();
    else this.#timer.set(Math.min(Math.max(waitMs, this.#leastSleepMs), MAX_SLEEP_MS));
  }
}

function nodeTimer(handler: () => void): WakeTimer {
  let timer: NodeJS.Timeout | undefined;
  return {
    leastMs: NODE_TIMER_MS,
    set: (delayMs) => {
      clearTimeout(timer);
      timer = setTimeout(handler, Math.floor(delayMs));
    },
    close: () => clearTimeout(timer),
  };
}
