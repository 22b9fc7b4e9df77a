/** `set-time`, as a running receiver carries it out. */
import { OPS_LIMITS } from '../../src/limits.ts';
import type { RequestHandlers } from '../../src/ops/request-desk.ts';
import type { Intake } from './intake.ts';
import type { VouchRefusal } from './trusted-time.ts';

export interface ClockRequestParts {
  readonly intake: Pick<Intake, 'vouchClock'>;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
}

/** Met again after a crash, it counts only while its time is still the clock's: a word is for now. */
export function clockRequests({ intake, nowMs, wallMs }: ClockRequestParts): RequestHandlers {
  return {
    'set-time': ({ body }) => {
      const word = readBody(body);
      if (word === undefined) return { outcome: 'refused', reason: 'It names no time, or nobody who says it.' };
      const differenceMs = wallMs() - word.atMs;
      const refusal = intake.vouchClock(nowMs(), wallMs(), word);
      if (refusal !== undefined) return { outcome: 'refused', reason: REFUSALS[refusal] };
      // Not `at`: in the audit log that is the entry's own time.
      return { outcome: 'done', detail: { by: word.by, atMs: word.atMs, differenceMs } };
    },
  };
}

/** What a request that vouches for the clock says. */
export function setTimeBody({ by, atMs }: { readonly by: string; readonly atMs: number }) {
  return { by: by.replaceAll(/\p{C}/gu, '').slice(0, OPS_LIMITS.maxOperatorCharacters), atMs };
}

const REFUSALS: Readonly<Record<VouchRefusal, string>> = {
  trusted: 'The clock is trusted: nothing contradicts it.',
  far: 'The clock of this machine is not at that time: set it, or type the command anew.',
  past: 'Sender and clock have agreed since the start that it is later: the clock was set back. Set it right.',
};

function readBody(body: unknown): { readonly by: string; readonly atMs: number } | undefined {
  const { by, atMs } = (body ?? {}) as { by?: unknown; atMs?: unknown };
  if (typeof by !== 'string' || by.length > OPS_LIMITS.maxOperatorCharacters || /\p{C}/u.test(by)) return undefined;
  // Beyond what a Date can hold nothing could be said of it.
  if (!Number.isSafeInteger(atMs) || (atMs as number) < 0 || (atMs as number) > 8.64e15) return undefined;
  return { by, atMs: atMs as number };
}
