/** What receiver.db says of that which a change of trust touches, beside a running receiver or without one. */
import { existsSync } from 'node:fs';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { signingKeyId } from '../../src/crypto/digest.ts';
import { keyState } from '../../src/crypto/key-state.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { openStoreReadOnly } from '../../src/store/database.ts';
import type { TrustBundle } from '../../src/trust/trust-bundle.ts';
import { readGate } from '../gate-store.ts';
import { isOlderStore } from '../receiver-store.ts';
import { type LiveKey, TokenTable } from '../token-table.ts';

export interface TouchedByTrust {
  /** Of current tokens that have not expired. */
  readonly liveKeys: readonly LiveKey[];
  readonly gaps: number;
  readonly missingFrames: number;
  /** Accepted and not published yet. */
  readonly spooledFrames: number;
}

const NOTHING: TouchedByTrust = { liveKeys: [], gaps: 0, missingFrames: 0, spooledFrames: 0 };

/** Throws DiodeError `store-older`, or `store-damaged` or `disk-failed` where it cannot be read. */
export function touchedByTrust(layout: DirectoryLayout, nowMs: number): TouchedByTrust {
  if (!existsSync(layout.store)) return NOTHING;
  const store = openStoreReadOnly(layout.store);
  try {
    if (isOlderStore(store)) throw olderStore(layout);
    const gaps = readGate(store).state?.gaps ?? [];
    return {
      liveKeys: new TokenTable(store).liveKeys(nowMs),
      gaps: gaps.length,
      missingFrames: gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0),
      spooledFrames: store.prepare('SELECT count(*) FROM spool').pluck().get() as number,
    };
  } finally {
    store.close();
  }
}

/** It does not say which keys tokens in force have, so that a bundle could orphan them and nobody would be told. */
function olderStore({ directory, store }: DirectoryLayout): DiodeError {
  const seen = `${store} is of an older release, so it cannot be said which tokens a change of trust would orphan.`;
  const cure = `Nothing was changed: start the receiver once, which carries it over: diode-receiver run ${directory}`;
  return new DiodeError('store-older', seen, cure);
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

function revokedIn(bundle: TrustBundle | undefined, nowMs: number) {
  const senders = (bundle?.senders ?? []).flatMap(({ stream, keys }) =>
    keys.map((key) => ({ ...key, key: signingKeyId(key.signingKey).toString('hex'), of: stream, isSender: true })),
  );
  const issuers = (bundle?.issuers ?? []).flatMap(({ issuer, keys }) =>
    keys.map((key) => ({ ...key, key: String(key.jwk.kid), of: issuer, isSender: false })),
  );
  return [...senders, ...issuers].filter((key) => keyState(key, nowMs) === 'revoked');
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
