/** Foreign desk: foreign issuers ─► [foreign desk] ─► line queue. Asks those that are due, each one question at a time. */
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { SenderCore } from '../core.ts';
import type { SenderClock } from '../transmit/send-loop.ts';
import type { ForeignEvent, ForeignIssuers } from './foreign-issuers.ts';
import { askForeign, type ForeignQuestion } from './foreign-question.ts';

export interface ForeignDeskParts {
  readonly core: Pick<SenderCore, 'handleEntries' | 'pauseReason'>;
  readonly issuers: ForeignIssuers;
  readonly clock: SenderClock;
  readonly wake: () => void;
  readonly onEvent: (issuer: string, event: ForeignEvent) => void;
  /** Of one question, FOREIGN_LIMITS.timeoutMs unless given. */
  readonly timeoutMs?: number;
}

export class ForeignDesk {
  readonly issuers: ForeignIssuers;
  readonly #parts: ForeignDeskParts;
  readonly #stop = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  /** Answers that came, for the next turn: what the journal throws is thrown there. */
  readonly #answers: (() => void)[] = [];

  constructor(parts: ForeignDeskParts) {
    this.#parts = parts;
    this.issuers = parts.issuers;
  }

  /** After each turn of the loop, paused or not: who is asked rarely must not be late. A full disk it waits out. */
  handleTurn(nowMs: number): void {
    const { core, issuers } = this.#parts;
    try {
      for (let take = this.#answers.shift(); take !== undefined; take = this.#answers.shift()) take();
      for (const question of issuers.take(nowMs)) this.#ask(question);
      if (core.pauseReason !== undefined) return;
      const entries = issuers.entries();
      if (entries.length > 0) core.handleEntries(nowMs, entries);
    } catch (error) {
      if (!(error instanceof DiodeError) || error.code !== 'disk-full') throw error;
    }
  }

  get isAsking(): boolean {
    return this.#underWay.size > 0;
  }

  /** Questions under way are given up, and asked anew by the next run. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#underWay);
  }

  #ask(question: ForeignQuestion): void {
    const { issuers, clock, wake, onEvent, timeoutMs } = this.#parts;
    const { signal } = this.#stop;
    const options = { signal, wallMs: clock.wallMs(), ...(timeoutMs !== undefined && { timeoutMs }) };
    const asked = askForeign(question, options).then((answer) => {
      this.#underWay.delete(asked);
      if (signal.aborted) return;
      this.#answers.push(() => {
        const event = issuers.handleAnswer(clock.nowMs(), clock.wallMs(), question, answer);
        if (event !== undefined) onEvent(question.issuer, event);
      });
      wake();
    });
    this.#underWay.add(asked);
  }
}
