/**
 * trust bundle, receiver.db ─► **revocation effects** ─► audit log, log, whoever typed `trust`
 *
 * What of this receiver the keys touch that a newer bundle revokes, whichever way it came.
 */

import { keyState } from '../../src/crypto/key-state.ts';
import { AUDIT_LIMITS } from '../../src/limits.ts';
import type { Store } from '../../src/store/database.ts';
import type { TrustBundle } from '../../src/trust/trust-bundle.ts';
import { countFrames } from '../../src/wire/frame-runs.ts';
import { readGate } from '../gate/gate-store.ts';
import { type LiveKey, TokenTable } from '../tokens/token-table.ts';
import { bundleKeys } from './bundle-keys.ts';

export interface TouchedByTrust {
  /** Of current tokens that have not expired. */
  readonly liveKeys: readonly LiveKey[];
  readonly gaps: number;
  readonly missingFrames: number;
  /** Accepted and not published yet. */
  readonly spooledFrames: number;
}

export function touchedIn(store: Store, nowMs: number): TouchedByTrust {
  const gaps = readGate(store).state?.gaps ?? [];
  return {
    liveKeys: new TokenTable(store).liveKeys(nowMs),
    gaps: gaps.length,
    missingFrames: countFrames(gaps),
    spooledFrames: store.prepare('SELECT count(*) FROM spool').pluck().get() as number,
  };
}

export interface RevocationEffect {
  /** `key`: hex of the id that frames name, or the `kid` of an issuer's. */
  readonly key: string;
  readonly of: string;
  /** What happens, in a sentence or two. */
  readonly effect: string;
}

/** What of the keys that are revoked by `after` and were not by `before` is touched. */
export function revocationEffects(
  before: TrustBundle | undefined,
  after: TrustBundle | undefined,
  {
    touched,
    stream,
    nowMs,
  }: { readonly touched: TouchedByTrust; readonly stream: string | undefined; readonly nowMs: number },
): readonly RevocationEffect[] {
  if (after === undefined || after === before) return [];
  const known = new Set(revokedIn(before, nowMs).map(({ key, of }) => `${of} ${key}`));
  return revokedIn(after, nowMs)
    .filter(({ key, of }) => !known.has(`${of} ${key}`))
    .map(({ key, of, isSender }) => ({
      key,
      of,
      effect: isSender ? senderEffect(of, stream, touched) : issuerEffect({ key, of }, touched),
    }));
}

/** For an audit entry, which has a bound; the bundle itself, by its digest, has them all. */
export function auditedRevocations(revoked: readonly RevocationEffect[]): { readonly revoked?: readonly string[] } {
  if (revoked.length === 0) return {};
  const named = revoked.slice(0, MAX_AUDITED).map(({ of, key }) => `${of} ${key}`);
  // A bundle bounds no `kid` but by its own size.
  while (Buffer.byteLength(JSON.stringify(named)) > AUDIT_LIMITS.recordListBytes) named.pop();
  return { revoked: named };
}

export function revocationText({ key, of, effect }: RevocationEffect): string {
  return `Revoked: the key ${key} of ${of}. ${effect}`;
}

const MAX_AUDITED = 32;

function revokedIn(bundle: TrustBundle | undefined, nowMs: number) {
  return bundleKeys(bundle).filter((key) => keyState(key, nowMs) === 'revoked');
}

function senderEffect(
  of: string,
  stream: string | undefined,
  { gaps, missingFrames, spooledFrames }: TouchedByTrust,
): string {
  if (of !== stream) return 'This receiver does not serve that stream.';
  const missing =
    gaps === 0
      ? 'No frames are missing.'
      : `Missing: ${missingFrames} frames (gaps: ${gaps}); those from before its end come no more, so have \`diode-sender snapshot DIR\` typed.`;
  return `Its frames are refused from the next on. ${missing} Accepted before, and published still once Kafka takes them: ${spooledFrames} frames.`;
}

function issuerEffect(
  { key, of }: { readonly key: string; readonly of: string },
  { liveKeys }: TouchedByTrust,
): string {
  const tokens = liveKeys.find(({ issuer, keyId }) => issuer === of && keyId === key)?.tokens ?? 0;
  return `Its tokens are refused from the next on, and ${tokens} that are current are taken back.`;
}
