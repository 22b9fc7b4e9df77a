/** The desk's decisions on tokens and revocations, as Kafka records. */
import type { TokenVerdict } from '../src/token/token-checker.ts';
import type { RevocationRecord, TokenRecord } from '../src/wire/record.ts';
import { formatRevision } from '../src/wire/revision.ts';
import type { GroupLedger, Placed } from './group-ledger.ts';
import { EVENT_TYPES, rfc3339 } from './kafka-records.ts';
import { decideRevocation, decideToken, type RevocationTurn, type TokenLimits } from './token-desk.ts';

export type TokenDesk = TokenLimits & { readonly isCarried: (issuer: string) => boolean };

export function admitToken(
  placed: Placed<TokenRecord>,
  verdict: TokenVerdict,
  ledger: GroupLedger,
  desk: TokenDesk,
): void {
  const decision = decideToken(verdict, placed.revision, ledger.memory, desk);
  if (decision.outcome === 'superseded') {
    ledger.supersede(placed, { jti: decision.jti });
  } else if (decision.outcome !== 'published') {
    const { outcome, ...refusal } = decision;
    ledger.refuse(placed, refusal, outcome);
  } else {
    const { key, jti, expiresAtMs } = decision.token;
    // At most 64 KiB of token and 8 KiB of key and headers: never too large.
    ledger.publish(placed, {
      topic: ledger.topics.tokens,
      key,
      value: Buffer.from(placed.record.jws, 'utf8'),
      type: EVENT_TYPES.tokenPut,
      contentType: 'application/jwt',
      extensions: tokenExtensions(jti, expiresAtMs),
    });
  }
}

/**
 * Counts as published when it took effect, whether it found a current token or not. `again` counts nothing, and changes
 * nothing unless the tables lost what the first time wrote there.
 *
 * Each tombstone is named for the revocation and for what it takes back: snapshots say revocations again, and one that lay
 * in lost tables may then find a token that came meanwhile.
 */
export function admitRevocation(
  placed: Placed<RevocationRecord>,
  ledger: GroupLedger,
  desk: TokenDesk & { readonly turn: RevocationTurn },
): void {
  const { record, frame, revision: cause } = placed;
  const isAgain = desk.turn === 'again';
  if (!desk.isCarried(record.issuer)) {
    if (!isAgain) ledger.refuse(placed, { reason: 'issuer-not-carried' });
    return;
  }
  // What it names was issued before it came here; by the sender's clock alone, were that behind, it would end before its token.
  const limits = { ...desk, asOfMs: Math.max(frame.createdAtMs, frame.receivedAtMs) };
  const { withdrawals, isRemembered } = decideRevocation(record, cause, ledger.memory, limits);
  for (const { token, revision } of withdrawals) {
    ledger.add(frame, {
      topic: ledger.topics.tokens,
      key: token.key,
      value: null,
      type: EVENT_TYPES.tokenRevoked,
      revision,
      cause,
      idSuffix: formatRevision(revision),
      reason: 'revoked',
      extensions: tokenExtensions(token.jti, token.expiresAtMs),
      ...(record.atMs !== undefined && { atMs: record.atMs }),
    });
  }
  ledger.note('token-revocation', placed, { tombstones: withdrawals.length, turn: desk.turn });
  if (isAgain) return;
  if (isRemembered) ledger.count(record, 'published');
  else ledger.refuse(placed, { reason: 'revocations-full' });
}

function tokenExtensions(jti: string, expiresAtMs: number): readonly (readonly [string, string])[] {
  return [
    ['jti', jti],
    ['exp', rfc3339(expiresAtMs)],
  ];
}
