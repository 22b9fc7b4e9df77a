/** The desk's decisions on tokens and revocations, as Kafka records. */
import type { TokenVerdict } from '../../src/token/token-checker.ts';
import type { RevocationRecord, TokenRecord } from '../../src/wire/record.ts';
import type { GroupLedger, Placed } from '../publish/group-ledger.ts';
import { EVENT_TYPES } from '../publish/kafka-records.ts';
import { decideRevocation, decideToken, type RevocationTurn, type TokenLimits } from './token-desk.ts';
import { addWithdrawals, sealedExtensions, tokenExtensions } from './token-withdrawal.ts';

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
    const { token } = decision;
    const sealed = verdict.accepted ? verdict.sealed : undefined;
    // At most 88 KiB of sealed token and 9 KiB of key and headers: never too large.
    ledger.publish(placed, {
      topic: ledger.topics.tokens,
      key: token.key,
      value: sealed ?? placed.record.jws,
      type: EVENT_TYPES.tokenPut,
      contentType: sealed === undefined ? 'application/jwt' : 'application/jose',
      revision: placed.revision,
      atMs: placed.record.atMs,
      extensions: [...tokenExtensions(token), ...(sealed === undefined ? [] : sealedExtensions(token))],
    });
  }
}

/**
 * Counts as published when it took effect, whether it found a current token or not. `again` counts nothing, and changes
 * nothing unless the tables lost what the first time wrote there.
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
  const asOfMs = Math.max(frame.createdAtMs, frame.receivedAtMs);
  // An entry of a snapshot says again what was said before.
  const isNews = placed.asOf === undefined && !isAgain;
  const saidAtMs = (isNews ? record.atMs : undefined) ?? frame.createdAtMs;
  const limits = { ...desk, asOfMs, saidAtMs };
  const { withdrawals, isRemembered } = decideRevocation(record, cause, ledger.memory, limits);
  const taken = { withdrawals, cause, reason: 'revoked', atMs: record.atMs };
  addWithdrawals(ledger, frame, isNews ? { ...taken, saidAtMs } : taken);
  ledger.note('token-revocation', placed, { tombstones: withdrawals.length, turn: desk.turn });
  if (isAgain) return;
  if (isRemembered) ledger.count(record, 'published');
  else ledger.refuse(placed, { reason: 'revocations-full' });
}
