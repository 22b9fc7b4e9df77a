/** The guard's hour between one transaction and the next: in progress, told by the times that progress has. Pure. */
import type { AdmissionRules } from '../publish/admission.ts';
import type { GuardProgress, Progress } from '../publish/progress.ts';
import type { GuardTime } from './guard.ts';
import { EMPTY_WINDOW, type GuardWindow, guardTimeMs } from './guard-window.ts';

/** Of a transaction with these times, after `last`: the same when it is made and when it is made again. */
export function guardTimeOf(
  { publishedAtMs, signedAtMs }: Pick<Progress, 'publishedAtMs' | 'signedAtMs'>,
  last: Pick<Progress, 'guard'>,
  { guard }: Pick<AdmissionRules, 'guard'>,
): GuardTime {
  return {
    atMs: guardTimeMs(publishedAtMs, signedAtMs, guard?.maxSkewMs ?? 0),
    window: last.guard ?? EMPTY_WINDOW,
  };
}

/** `window`: after the transaction, where its records were judged by a guard. */
export function guardAfter(
  last: GuardProgress | undefined,
  window: GuardWindow | undefined,
  decided: number,
): GuardProgress | undefined {
  if (last === undefined && window === undefined && decided === 0) return undefined;
  return { ...EMPTY_WINDOW, ...last, ...window, decided: (last?.decided ?? 0) + decided };
}
