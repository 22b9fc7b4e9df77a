/**
 * PENDING → ACTIVE → PASSIVE → REVOKED: what a key may do at a time. An active key signs and verifies; a passive one only
 * verifies what was signed before its cut-over; a revoked one nothing at all, whatever its signatures say of time, since
 * whoever has it dates as he likes.
 */
export type KeyState = 'pending' | 'active' | 'passive' | 'revoked';

export interface KeyTimes {
  /** 0: from the beginning. */
  readonly activeFromMs: number;
  /** The cut-over; undefined: not planned. */
  readonly passiveFromMs?: number;
  readonly revokedFromMs?: number;
}

export function keyState({ activeFromMs, passiveFromMs, revokedFromMs }: KeyTimes, nowMs: number): KeyState {
  if (revokedFromMs !== undefined && nowMs >= revokedFromMs) return 'revoked';
  if (nowMs < activeFromMs) return 'pending';
  return passiveFromMs !== undefined && nowMs >= passiveFromMs ? 'passive' : 'active';
}

/** Whether something signed at `signedAtMs` may be believed at `nowMs`, or the state that stands against it. */
export function judgeKeyUse(
  times: KeyTimes,
  { signedAtMs, nowMs }: { readonly signedAtMs: number; readonly nowMs: number },
): 'holds' | Exclude<KeyState, 'active'> {
  const state = keyState(times, nowMs);
  if (state === 'revoked' || state === 'pending') return state;
  return times.passiveFromMs !== undefined && signedAtMs >= times.passiveFromMs ? 'passive' : 'holds';
}

/** Within which no key changes its state; also back to when one changed last, since a clock may be set. */
export function steadyTime(
  keys: readonly KeyTimes[],
  nowMs: number,
): { readonly fromMs: number; readonly untilMs: number } {
  const times = keys.flatMap(({ activeFromMs, passiveFromMs = 0, revokedFromMs = 0 }) => [
    activeFromMs,
    passiveFromMs,
    revokedFromMs,
  ]);
  return {
    fromMs: Math.max(0, ...times.filter((atMs) => atMs <= nowMs)),
    untilMs: Math.min(Number.POSITIVE_INFINITY, ...times.filter((atMs) => atMs > nowMs)),
  };
}
