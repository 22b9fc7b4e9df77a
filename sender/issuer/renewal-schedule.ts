/**
 * When a token is renewed: late enough to be worth it, early enough for the link, its last repeat and the receiver's hold
 * time, and spread so that what was provisioned at once is not renewed at once. Pure; the same input gives the same time,
 * so a restart changes nothing.
 *
 *     issued ────────────── window ──────────────┤ latest ├── margin ──┤ expires
 *             a crowd: from a quarter of the way
 *             in its turn: from three quarters
 */
import { createHash } from 'node:crypto';

export interface RenewalMargins {
  /** What frames waited for their first pass lately, at most. */
  readonly linkMs: number;
  /** The last repeat: what was lost until then comes with it. */
  readonly lastRepeatMs: number;
  /** How long a receiver waits for what is missing before it goes on. */
  readonly holdMs: number;
  readonly marginMs: number;
}

export interface IssuedSpan {
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** It replaced one whose time had come; otherwise many may have been issued with it. */
  readonly isInTurn: boolean;
}

const CROWD_SHARE = 0.25;
const TURN_SHARE = 0.75;
/** Of a lifetime that leaves no room: halfway, which is an alarm as well. */
const LEAST_SHARE = 0.5;
const HASH_RANGE = 2 ** 32;

/** `name`: of the subject and audience, so that each has a place of its own in the window. */
export function renewalMs(span: IssuedSpan, margins: RenewalMargins, name: string): number {
  const lifetimeMs = span.expiresAtMs - span.issuedAtMs;
  const usableMs = Math.max(lifetimeMs - marginOf(margins), lifetimeMs * LEAST_SHARE);
  const share = span.isInTurn ? TURN_SHARE : CROWD_SHARE;
  const place = share + (1 - share) * fraction(`${name} ${span.issuedAtMs}`);
  return Math.floor(span.issuedAtMs + usableMs * place);
}

/** What must be left of a token when it is renewed. */
export function marginOf({ linkMs, lastRepeatMs, holdMs, marginMs }: RenewalMargins): number {
  return linkMs + lastRepeatMs + holdMs + marginMs;
}

/** Twice the margin: below, a token spends most of its life being renewed, and one late frame leaves a gap. */
export function shortestLifetimeMs(margins: RenewalMargins): number {
  return 2 * marginOf(margins);
}

/** Tokens a second that so many need once they are renewed in their turn. */
export function renewalsPerSecond(tokens: number, lifetimeMs: number, margins: RenewalMargins): number {
  const usableMs = Math.max(lifetimeMs - marginOf(margins), lifetimeMs * LEAST_SHARE);
  return (tokens * 1_000) / (usableMs * ((1 + TURN_SHARE) / 2));
}

/** From 0 up to 1, even over names. */
function fraction(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE() / HASH_RANGE;
}
