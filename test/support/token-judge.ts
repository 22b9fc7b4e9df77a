/**
 * What a consumer that reads along may expect of `tokens`, judged over all that it read. It shares no code with the product.
 *
 * Everything is judged by the time of reading, since what counts is what the consumer holds. What it did not read yet
 * changes nothing for it, so neither a reader that lags nor a receiver that does not run excuses anything.
 */
import type { SeenToken } from './token-reader.ts';

/** Somebody who is to have a token, from the first that is read of them on. */
export interface Holder {
  /** Deactivated or deleted: when the source said so. */
  readonly endedMs?: number;
  /** They have these roles since the source said so. */
  readonly change?: { readonly atMs: number; readonly roles: readonly string[] };
}

export interface JudgedDay {
  readonly seen: readonly SeenToken[];
  /** By their `sub`. */
  readonly holders: ReadonlyMap<string, Holder>;
  readonly revokedKey: { readonly keyId: string; readonly atMs: number };
  readonly endMs: number;
}

export interface DayVerdict {
  /** Where a holder had no token that was good. */
  readonly missing: string[];
  /** What was read although it was over: expired, or back after it had been taken back. */
  readonly invalid: string[];
  renewals: number;
  /** The least that was left of a token when its successor was read. */
  leastLeftMs: number;
  /** The longest that a token was held after its holder had ended or its key was revoked. */
  longestHeldMs: number;
  /** The longest from other roles at the source to a token that has them. */
  longestChangeMs: number;
  /** From the receiver's handing it to Kafka to its reading. */
  longestLagMs: number;
}

type Day = Pick<JudgedDay, 'revokedKey' | 'endMs'>;

const SECOND_MS = 1_000;
const NEVER_MS = Number.POSITIVE_INFINITY;

export function judgeDay({ seen, holders, ...day }: JudgedDay): DayVerdict {
  const verdict: DayVerdict = {
    missing: [],
    invalid: [],
    renewals: 0,
    leastLeftMs: NEVER_MS,
    longestHeldMs: 0,
    longestChangeMs: 0,
    longestLagMs: 0,
  };
  const slots = new Map<string, SeenToken[]>();
  for (const one of seen) {
    verdict.longestLagMs = Math.max(verdict.longestLagMs, one.lagMs);
    const slot = slots.get(one.key);
    if (slot === undefined) slots.set(one.key, [one]);
    else slot.push(one);
  }
  const absent = new Set(holders.keys());
  for (const slot of slots.values()) {
    const subject = slot.find(({ claims }) => claims !== undefined)?.claims?.sub ?? '';
    absent.delete(subject);
    const holder = holders.get(subject);
    judgeValidity(slot, holder, day, verdict);
    if (holder !== undefined) judgePresence(slot, holder, day, verdict);
  }
  for (const subject of absent) verdict.missing.push(`${subject} never had a token`);
  return verdict;
}

/** At each instant from the first token on, until the holder ends. */
function judgePresence(slot: readonly SeenToken[], holder: Holder, { endMs }: Day, verdict: DayVerdict): void {
  const { endedMs = NEVER_MS, change } = holder;
  let changedMs = NEVER_MS;
  for (const [at, { key, jws, claims, readMs, reason }] of slot.entries()) {
    const next = slot[at + 1];
    if (jws === null) {
      // Even where its successor is the very next record.
      if (readMs < endedMs) verdict.missing.push(`${key} was taken back (${reason}) at ${readMs}`);
      continue;
    }
    const leftMs = expiryOf(claims) - (next?.readMs ?? endMs);
    if (leftMs <= 0 && expiryOf(claims) < endedMs) verdict.missing.push(`${key} for ${-leftMs} ms`);
    if (next !== undefined && next.jws !== null) {
      verdict.renewals++;
      verdict.leastLeftMs = Math.min(verdict.leastLeftMs, leftMs);
    }
    if (`${claims?.roles}` === `${change?.roles}`) changedMs = Math.min(changedMs, readMs);
  }
  if (change !== undefined) verdict.longestChangeMs = Math.max(verdict.longestChangeMs, changedMs - change.atMs);
}

/** A token is over with its holder or its key; how long it is held on, until it is taken back, replaced or expires. */
function judgeValidity(slot: readonly SeenToken[], holder: Holder | undefined, day: Day, verdict: DayVerdict): void {
  const { revokedKey, endMs } = day;
  for (const [at, { key, jws, claims, keyId, readMs }] of slot.entries()) {
    if (jws === null) continue;
    const overMs = Math.min(holder?.endedMs ?? NEVER_MS, keyId === revokedKey.keyId ? revokedKey.atMs : NEVER_MS);
    const heldUntilMs = Math.min(slot[at + 1]?.readMs ?? endMs, expiryOf(claims));
    verdict.longestHeldMs = Math.max(verdict.longestHeldMs, heldUntilMs - overMs);
    if (expiryOf(claims) <= readMs) verdict.invalid.push(`${key} had expired at ${readMs}`);
    if (readMs > overMs && slot[at - 1]?.jws === null) verdict.invalid.push(`${key} came back at ${readMs}`);
  }
}

function expiryOf(claims: SeenToken['claims']): number {
  return (claims?.exp ?? 0) * SECOND_MS;
}
