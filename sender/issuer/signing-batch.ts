/**
 * Signing batch: wanted tokens ─► [signing batch] ─► signed ones. Ends with its last token, at its first failure, or when it is
 * given up: a key that fails once is not asked sixty times, and one that hangs holds nobody.
 */
import { ISSUER_LIMITS } from '../../src/limits.ts';
import type { IssuedToken, WantedToken } from './issuer-entry.ts';

export interface BatchEnd {
  readonly signed: readonly IssuedToken[];
  /** Due as before. */
  readonly unsigned: readonly WantedToken[];
  readonly failure?: unknown;
}

export interface BatchParts {
  readonly tokens: readonly WantedToken[];
  readonly sign: (token: WantedToken) => Promise<IssuedToken>;
  readonly nowMs: () => number;
}

export class SigningBatch {
  /** Never rejects. */
  readonly ended: Promise<BatchEnd>;
  /** The key has answered all that it was asked: after a hang, long after the end, or never. */
  readonly answered: Promise<unknown>;
  readonly #parts: BatchParts;
  readonly #waiting: WantedToken[];
  readonly #signed = new Map<WantedToken, IssuedToken>();
  readonly #resolve: (end: BatchEnd) => void;
  #signedAtMs: number;
  #isEnded = false;

  constructor(parts: BatchParts) {
    this.#parts = parts;
    this.#waiting = [...parts.tokens];
    this.#signedAtMs = parts.nowMs();
    let resolve: (end: BatchEnd) => void = () => {};
    this.ended = new Promise((settle) => {
      resolve = settle;
    });
    this.#resolve = resolve;
    const asking = Array.from({ length: ISSUER_LIMITS.askedAtOnce }, () => this.#ask());
    this.answered = Promise.all(asking).then(() => this.#end());
  }

  /** The key has not signed anything for so long. */
  silentMs(nowMs: number): number {
    return nowMs - this.#signedAtMs;
  }

  /** What the key was asked already may still come. */
  askNoMore(): void {
    this.#waiting.length = 0;
  }

  /** What comes after it is dropped. */
  giveUp(failure: unknown): void {
    this.#end(failure);
  }

  async #ask(): Promise<void> {
    const { sign, nowMs } = this.#parts;
    for (let token = this.#waiting.shift(); token !== undefined; token = this.#waiting.shift()) {
      try {
        this.#signed.set(token, await sign(token));
        this.#signedAtMs = nowMs();
      } catch (error) {
        this.#end(error);
      }
    }
  }

  #end(failure?: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.askNoMore();
    const unsigned = this.#parts.tokens.filter((token) => !this.#signed.has(token));
    this.#resolve({ signed: [...this.#signed.values()], unsigned, failure });
  }
}
