/**
 * spool ─► **token lookahead** ─► token threads
 *
 * While a group is decided and published, the threads judge the tokens that lie behind it, frame by frame, so that they have
 * work while this thread waits for the disk. A verdict of before its turn counts only where the same would be said in turn:
 * accepted, under the trust of now, and before the time at which that could change. All others are judged again.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { TokenVerdict } from '../../src/token/token-checker.ts';
import type { TokenJudge } from './token-judge.ts';
import type { TokenPolicy } from './token-policy.ts';

const { maxAheadTokens, maxAheadBytes, tokenBatch } = RECEIVER_LIMITS;

/** A frame whose turn may come next, by its position in the spool. */
export interface FrameAhead {
  readonly position: number;
  /** Compact JWS. */
  readonly tokens: readonly string[];
}

/** Frames behind a position, as many as the bounds allow; one where there is one. It reads and unpacks them. */
export type ReadAhead = (
  position: number,
  bounds: { readonly maxRecords: number; readonly maxBytes: number },
) => readonly FrameAhead[];

interface Ahead {
  readonly frame: FrameAhead;
  readonly generation: number;
  readonly nowMs: number;
  /** In the order of its tokens. */
  readonly verdicts: Promise<readonly TokenVerdict[]>;
}

export class TokenLookahead implements TokenJudge {
  readonly #judge: TokenJudge;
  readonly #policy: Pick<TokenPolicy, 'generation'>;
  /** In the order of their positions. */
  #ahead: readonly Ahead[] = [];

  constructor(judge: TokenJudge, policy: Pick<TokenPolicy, 'generation'>) {
    this.#judge = judge;
    this.#policy = policy;
  }

  async judge(tokens: readonly string[], nowMs: number): Promise<readonly TokenVerdict[]> {
    for (;;) {
      const { generation } = this.#policy;
      const known = await this.#known(tokens, nowMs);
      const unknown = tokens.filter((jws) => !known.has(jws));
      const judged = (await this.#judge.judge(unknown, nowMs)).values();
      const verdicts = tokens.map((jws) => known.get(jws) ?? (judged.next().value as TokenVerdict));
      if (this.#policy.generation === generation) return verdicts;
    }
  }

  /** Behind `position`, where the group ended that had `judged` tokens. Only where many come, since it reads what holds them. */
  begin(
    judged: number,
    nowMs: number,
    { position, read }: { readonly position: number; readonly read: ReadAhead },
  ): void {
    if (judged <= tokenBatch) return;
    const kept = this.#ahead.filter(({ frame }) => frame.position > position);
    this.#ahead = kept;
    const tokens = kept.flatMap(({ frame }) => frame.tokens);
    const bytes = tokens.reduce((sum, { length }) => sum + length, 0);
    // By half at least: each reading costs some look-ups.
    if (tokens.length > maxAheadTokens / 2 || bytes > maxAheadBytes / 2) return;
    const bounds = { maxRecords: maxAheadTokens - tokens.length, maxBytes: maxAheadBytes - bytes };
    const { generation } = this.#policy;
    const next = together(read(kept.at(-1)?.frame.position ?? position, bounds)).map((frame): Ahead => {
      const verdicts = this.#judge.judge(frame.tokens, nowMs);
      // Told to whoever asks for them.
      verdicts.catch(() => {});
      return { frame, generation, nowMs, verdicts };
    });
    this.#ahead = [...kept, ...next];
  }

  /** Of the frames up to the last that these stand in; those are forgotten. */
  async #known(tokens: readonly string[], nowMs: number): Promise<ReadonlyMap<string, TokenVerdict>> {
    const known = new Map<string, TokenVerdict>();
    if (this.#ahead.length === 0) return known;
    const asked = new Set(tokens);
    const last = this.#ahead.findLastIndex(({ frame }) => frame.tokens.some((jws) => asked.has(jws)));
    const taken = this.#ahead.slice(0, last + 1);
    this.#ahead = this.#ahead.slice(last + 1);
    for (const { frame, generation, nowMs: judgedMs, verdicts } of taken) {
      if (judgedMs > nowMs || generation !== this.#policy.generation) continue;
      for (const [at, verdict] of (await verdicts).entries()) {
        if (holdsAt(verdict, nowMs)) known.set(frame.tokens[at] as string, verdict);
      }
      if (generation !== this.#policy.generation) return new Map();
    }
    return known;
  }
}

/** Small frames as one, up to the last one's position: fewer than a batch would be judged on this thread. */
function together(frames: readonly FrameAhead[]): readonly FrameAhead[] {
  const joined: FrameAhead[] = [];
  for (const { position, tokens } of frames) {
    const last = joined.at(-1);
    if (last === undefined || last.tokens.length > tokenBatch) joined.push({ position, tokens });
    else joined[joined.length - 1] = { position, tokens: [...last.tokens, ...tokens] };
  }
  return joined;
}

function holdsAt(verdict: TokenVerdict, nowMs: number): boolean {
  return verdict.accepted && nowMs < (verdict.holdsUntilMs ?? 0);
}
