/**
 * spool ─► **token lookahead** ─► token threads
 *
 * While a group is decided and published, the threads judge the tokens that lie behind it. A verdict of before its turn counts
 * only where the same would be said in turn: accepted, under the trust of now, and before the time at which that could change.
 * All others are judged again.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { TokenVerdict } from '../../src/token/token-checker.ts';
import type { TokenJudge } from './token-judge.ts';
import type { TokenPolicy } from './token-policy.ts';

interface Ahead {
  readonly generation: number;
  readonly nowMs: number;
  /** By compact JWS. */
  readonly verdicts: Promise<ReadonlyMap<string, TokenVerdict>>;
}

export class TokenLookahead implements TokenJudge {
  readonly #judge: TokenJudge;
  readonly #policy: Pick<TokenPolicy, 'generation'>;
  /** At most one. */
  #ahead: Ahead | undefined;

  constructor(judge: TokenJudge, policy: Pick<TokenPolicy, 'generation'>) {
    this.#judge = judge;
    this.#policy = policy;
  }

  async judge(tokens: readonly string[], nowMs: number): Promise<readonly TokenVerdict[]> {
    for (;;) {
      const { generation } = this.#policy;
      const known = await this.#known(nowMs);
      const unknown = tokens.filter((jws) => !known.has(jws));
      const judged = (await this.#judge.judge(unknown, nowMs)).values();
      const verdicts = tokens.map((jws) => known.get(jws) ?? (judged.next().value as TokenVerdict));
      if (this.#policy.generation === generation) return verdicts;
    }
  }

  /** `next`: tokens whose turn may come next. Asked only where many come, since it reads and unpacks what holds them. */
  begin(judged: number, nowMs: number, next: () => readonly string[]): void {
    if (judged <= RECEIVER_LIMITS.tokenBatch || this.#ahead !== undefined) return;
    const tokens = next();
    if (tokens.length === 0) return;
    const verdicts = this.#judge.judge(tokens, nowMs).then((all) => new Map(accepted(tokens, all)));
    // Told to whoever asks for them.
    verdicts.catch(() => {});
    this.#ahead = { generation: this.#policy.generation, nowMs, verdicts };
  }

  async #known(nowMs: number): Promise<ReadonlyMap<string, TokenVerdict>> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead === undefined || ahead.nowMs > nowMs) return new Map();
    const verdicts = await ahead.verdicts;
    if (ahead.generation !== this.#policy.generation) return new Map();
    return new Map([...verdicts].filter(([, verdict]) => holdsAt(verdict, nowMs)));
  }
}

function accepted(tokens: readonly string[], verdicts: readonly TokenVerdict[]): [string, TokenVerdict][] {
  return tokens.flatMap((jws, at) => {
    const verdict = verdicts[at];
    return verdict?.accepted ? [[jws, verdict]] : [];
  });
}

function holdsAt(verdict: TokenVerdict, nowMs: number): boolean {
  return verdict.accepted && nowMs < (verdict.holdsUntilMs ?? 0);
}
