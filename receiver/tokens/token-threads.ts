/**
 * token judge ─► **token threads** ─► token desk
 *
 * Form, policy and signature of many tokens on threads of their own, beside the one that decides and publishes. What the threads
 * say is what this one would: they have its keys, each batch behind the trust that it is judged by. A thread that dies takes no
 * token with it: this one judges what it had.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { TokenVerdict } from '../../src/token/token-checker.ts';
import type { TokenJudge } from './token-judge.ts';
import type { TokenPolicy } from './token-policy.ts';
import type { StartThread, ThreadAnswer, TokenThread } from './token-thread.ts';

const { tokenBatch, maxThreadBatches, minThreadBatches, maxThreadBytes, tokenThreadRestartMs } = RECEIVER_LIMITS;

export interface TokenThreadsOptions {
  readonly policy: Pick<TokenPolicy, 'judge' | 'generation' | 'trust'>;
  /** 1: none beside this. */
  readonly threads: number;
  readonly startThread: StartThread;
  readonly monotonicMs: () => number;
  /** One died; it is counted already. */
  readonly onFailure: (reason: string) => void;
}

export interface TokenThreadsStatus {
  /** As configured; 1: this thread alone. */
  readonly threads: number;
  /** Of them, those that run: they start when many tokens come at once. */
  readonly running: number;
  /** Tokens that wait for their verdict. */
  readonly waiting: number;
  readonly checked: number;
  readonly busyMs: number;
  /** Of the time of the running ones, since it was asked a second ago or longer. */
  readonly busyShare: number;
  readonly failures: number;
}

interface Batch {
  readonly id: number;
  readonly tokens: readonly string[];
  readonly nowMs: number;
  readonly settle: (verdicts: readonly TokenVerdict[] | Promise<readonly TokenVerdict[]>) => void;
}

/** A place for a thread, whether one runs in it or not. */
interface Seat {
  thread: TokenThread | undefined;
  /** Of the trust that it has. */
  generation: number;
  restartAtMs: number;
  readonly underWay: Map<number, Batch>;
}

const SAMPLE_MS = 1_000;

export class TokenThreads implements TokenJudge {
  readonly #options: TokenThreadsOptions;
  readonly #seats: readonly Seat[];
  readonly #waiting: Batch[] = [];
  #isClosed = false;
  #isBatchHere = false;
  #nextBatch = 1;
  #waitingTokens = 0;
  #checked = 0;
  #busyMs = 0;
  #failures = 0;
  #sample = { atMs: 0, busyMs: 0, share: 0 };

  constructor(options: TokenThreadsOptions) {
    this.#options = options;
    const seats = options.threads > 1 ? options.threads : 0;
    this.#seats = Array.from({ length: seats }, () => ({
      thread: undefined,
      generation: 0,
      restartAtMs: Number.NEGATIVE_INFINITY,
      underWay: new Map(),
    }));
  }

  get status(): TokenThreadsStatus {
    const running = this.#seats.filter(({ thread }) => thread !== undefined).length;
    return {
      threads: this.#options.threads,
      running,
      busyShare: this.#busyShare(running),
      waiting: this.#waitingTokens,
      checked: this.#checked,
      busyMs: this.#busyMs,
      failures: this.#failures,
    };
  }

  /** By all that is trusted when it resolves. */
  async judge(tokens: readonly string[], nowMs: number): Promise<readonly TokenVerdict[]> {
    const { policy } = this.#options;
    this.#waitingTokens += tokens.length;
    try {
      for (;;) {
        const { generation } = policy;
        const verdicts = await this.#judgeOnce(tokens, nowMs);
        if (policy.generation === generation) return verdicts;
      }
    } finally {
      this.#waitingTokens -= tokens.length;
      this.#checked += tokens.length;
    }
  }

  /** What is under way is judged here. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#seats.map(({ thread }) => thread?.stop()));
    this.#dispatch();
  }

  async #judgeOnce(tokens: readonly string[], nowMs: number): Promise<readonly TokenVerdict[]> {
    // One batch is done here before a thread has heard of it.
    const isBeside = this.#seats.length > 0 && tokens.length > tokenBatch;
    const judged: Promise<readonly TokenVerdict[]>[] = [];
    for (let start = 0; start < tokens.length; start += tokenBatch) {
      const batch = tokens.slice(start, start + tokenBatch);
      if (isBeside) judged.push(this.#enqueue(batch, nowMs));
      else {
        if (start > 0) await nextTurn();
        judged.push(this.#options.policy.judge(batch, nowMs));
      }
    }
    return (await Promise.all(judged)).flat();
  }

  #busyShare(running: number): number {
    const nowMs = this.#options.monotonicMs();
    const { atMs, busyMs, share } = this.#sample;
    if (nowMs - atMs < SAMPLE_MS) return share;
    const now = running === 0 ? 0 : Math.min(1, (this.#busyMs - busyMs) / ((nowMs - atMs) * running));
    this.#sample = { atMs: nowMs, busyMs: this.#busyMs, share: now };
    return now;
  }

  #enqueue(tokens: readonly string[], nowMs: number): Promise<readonly TokenVerdict[]> {
    return new Promise((settle) => {
      this.#waiting.push({ id: this.#nextBatch++, tokens, nowMs, settle });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const seat = this.#freeSeat();
      if (seat === 'busy' || (seat === undefined && this.#isBatchHere)) return;
      const batch = this.#waiting.shift() as Batch;
      if (seat === undefined) this.#settleHere(batch);
      else this.#post(batch, seat);
    }
  }

  /** One batch a turn of the loop, so that the link is read between two. */
  #settleHere({ tokens, nowMs, settle }: Batch): void {
    this.#isBatchHere = true;
    settle(this.#options.policy.judge(tokens, nowMs));
    void nextTurn().then(() => {
      this.#isBatchHere = false;
      this.#dispatch();
    });
  }

  /** The least busy one with room; undefined where no thread runs or may be started. */
  #freeSeat(): Seat | 'busy' | undefined {
    if (this.#isClosed) return undefined;
    const nowMs = this.#options.monotonicMs();
    const usable = this.#seats.filter(({ thread, restartAtMs }) => thread !== undefined || restartAtMs <= nowMs);
    const [least] = usable.sort((a, b) => a.underWay.size - b.underWay.size);
    return least !== undefined && isFull(least) ? 'busy' : least;
  }

  #post(batch: Batch, seat: Seat): void {
    const { policy } = this.#options;
    seat.underWay.set(batch.id, batch);
    const thread = seat.thread ?? this.#start(seat);
    if (thread === undefined) return;
    if (seat.generation !== policy.generation) {
      thread.post({ trust: policy.trust });
      seat.generation = policy.generation;
    }
    thread.post({ batch: batch.id, tokens: batch.tokens, nowMs: batch.nowMs });
  }

  /** Undefined where the system has no room for another: then what the seat had waits again. */
  #start(seat: Seat): TokenThread | undefined {
    try {
      seat.thread = this.#options.startThread({
        onAnswer: (answer) => this.#handleAnswer(seat, answer),
        onEnd: (reason) => this.#handleEnd(seat, reason),
      });
    } catch (error) {
      this.#handleEnd(seat, error instanceof Error ? error.message : String(error));
    }
    seat.generation = 0;
    return seat.thread;
  }

  #handleAnswer({ underWay }: Seat, { batch: id, verdicts, busyMs }: ThreadAnswer): void {
    underWay.get(id)?.settle(verdicts);
    underWay.delete(id);
    this.#busyMs += busyMs;
    this.#dispatch();
  }

  #handleEnd(seat: Seat, reason: string): void {
    seat.thread = undefined;
    if (!this.#isClosed) {
      seat.restartAtMs = this.#options.monotonicMs() + tokenThreadRestartMs;
      this.#failures += 1;
      this.#options.onFailure(reason);
    }
    this.#waiting.unshift(...seat.underWay.values());
    seat.underWay.clear();
    this.#dispatch();
  }
}

function isFull({ underWay }: Seat): boolean {
  if (underWay.size < minThreadBatches) return false;
  return underWay.size >= maxThreadBatches || textOf(underWay.values()) >= maxThreadBytes;
}

function textOf(batches: Iterable<Batch>): number {
  let length = 0;
  for (const { tokens } of batches) for (const jws of tokens) length += jws.length;
  return length;
}
