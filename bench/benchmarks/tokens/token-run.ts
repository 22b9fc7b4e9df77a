/** One run over all tokens of one algorithm, in a fresh receiver. */
import { join } from 'node:path';
import { RECEIVER_LIMITS } from '../../../src/limits.ts';
import { cpuSeconds, mainThreadSeconds } from '../../support/core-time.ts';
import type { SignedTokens } from './signed-tokens.ts';
import { openTokenIntake, type TokenEnds } from './token-intake.ts';

export interface TokenRun {
  readonly perSecond: number;
  /** Of all threads. */
  readonly cpuMicroseconds: number;
  readonly mainMicroseconds: number;
  readonly faults: readonly string[];
}

/** The packer's 256 KiB hold so many of 600 bytes. */
const FRAME_TOKENS = 400;
/** A thread compiles what it runs during its first 8,000 or so, at a fifth more CPU each: a receiver is not started for each of its tokens. */
const WARM_UP_TOKENS = 16_000;
/** Here a group is one frame; of those behind it as many are there as the lookahead takes. */
const AHEAD_FRAMES = Math.ceil(RECEIVER_LIMITS.maxAheadTokens / FRAME_TOKENS);

/** `name` is new for each run: its database has it. */
export async function runTokens(
  { issuer, tokens, forged, reused }: SignedTokens,
  options: { readonly directory: string; readonly name: string; readonly nowMs: number; readonly threads: number },
): Promise<TokenRun> {
  const { directory, name, nowMs, threads } = options;
  const intake = await openTokenIntake(join(directory, `${name}.db`), { issuer, nowMs, threads });
  try {
    const frames = Array.from({ length: Math.ceil(tokens.length / FRAME_TOKENS) }, (_, at) =>
      tokens.slice(at * FRAME_TOKENS, (at + 1) * FRAME_TOKENS),
    );
    for (let warmed = 0; warmed < WARM_UP_TOKENS; warmed += tokens.length) await intake.warmUp(tokens);
    const ends: TokenEnds[] = [];
    const started = { wallMs: performance.now(), cpu: cpuSeconds(), main: mainThreadSeconds() };
    for (const [at, frame] of frames.entries()) {
      ends.push(await intake.take(frame, frames.slice(at + 1, at + 1 + AHEAD_FRAMES)));
    }
    const perToken = (seconds: number) => (seconds * 1e6) / tokens.length;
    return {
      perSecond: (tokens.length * 1_000) / (performance.now() - started.wallMs),
      cpuMicroseconds: perToken(cpuSeconds() - started.cpu),
      mainMicroseconds: perToken(mainThreadSeconds() - started.main),
      faults: [
        ...tokenFaults(ends, tokens),
        ...(intake.threadFailures === 0 ? [] : [`${intake.threadFailures} token threads ended`]),
        ...refusalFaults(await intake.take([...tokens.slice(0, FRAME_TOKENS), forged, reused]), FRAME_TOKENS),
      ],
    };
  } finally {
    await intake.close();
  }
}

/** Each token published once, in order, byte for byte. */
export function tokenFaults(ends: readonly TokenEnds[], tokens: readonly string[]): string[] {
  const published = ends.flatMap((end) => end.published);
  const wrong = tokens.findIndex((token, index) => token !== published[index]);
  if (wrong < 0 && published.length === tokens.length) return [];
  return [
    `${published.length} of ${tokens.length} tokens were published, the first that differs is ${wrong}: ` +
      JSON.stringify(ends.map(({ counts }) => counts)),
  ];
}

/** The first frame's tokens again, a forged one and one whose jti was used: nothing of it is published. */
export function refusalFaults({ published, counts }: TokenEnds, again: number): string[] {
  const expected = { superseded: again, 'quarantined signature': 1, 'quarantined jti-reused': 1 };
  const isRight = Object.entries(expected).every(([end, count]) => counts[end] === count);
  return published.length === 0 && isRight ? [] : [`what must be refused came to ${JSON.stringify(counts)}`];
}
