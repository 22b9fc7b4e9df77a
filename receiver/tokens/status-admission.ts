/**
 * How fresh an issuer's revocations are: published under `Status|<iss>` on `trust`, and remembered, since what is overdue is an
 * alarm. A status that claims the future, or that nothing more need come for long, would hide the silence that it is there for.
 */
import { statusKey } from '../../src/identity/key.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { StatusRecord } from '../../src/wire/record.ts';
import type { GroupLedger, Placed, RefusalFields } from '../publish/group-ledger.ts';
import { DATA_SCHEMAS, EVENT_TYPES } from '../publish/kafka-records.ts';
import type { TokenDesk } from './token-admission.ts';
import { isNewer } from './token-desk.ts';

export function admitStatus(placed: Placed<StatusRecord>, ledger: GroupLedger, desk: TokenDesk): void {
  const { record, revision } = placed;
  const { issuer, asOfMs, nextByMs } = record;
  const key = statusKey(issuer);
  const refusal = problemOf(placed, desk);
  if (refusal !== undefined) {
    ledger.refuse(placed, refusal);
    return;
  }
  if (!isNewer(revision, key, ledger.memory)) {
    ledger.supersede(placed, { key });
    return;
  }
  const isPublished = ledger.publish(placed, {
    topic: ledger.topics.trust,
    key,
    value: JSON.stringify({ issuer, asOfMs, nextByMs }),
    type: EVENT_TYPES.statusPut,
    contentType: 'application/json',
    dataSchema: DATA_SCHEMAS.status,
    revision,
    atMs: placed.record.atMs,
  });
  if (!isPublished) return;
  ledger.memory.putSubject(key, { revision, isDeleted: false });
  ledger.memory.putStatus({ issuer, asOfMs, nextByMs });
}

function problemOf({ record, frame }: Placed<StatusRecord>, desk: TokenDesk): RefusalFields | undefined {
  const { issuer, asOfMs, nextByMs } = record;
  const { maxStatusAheadMs, maxStatusIntervalMs } = RECEIVER_LIMITS;
  if (!desk.isCarried(issuer)) return { reason: 'issuer-not-carried' };
  // Whose tokens nobody takes needs no freshness; and so there are as many as there are policies.
  if (!desk.isKnown(issuer)) return { reason: 'issuer' };
  const isAhead = asOfMs > frame.createdAtMs + maxStatusAheadMs;
  if (!isAhead && nextByMs > asOfMs && nextByMs - asOfMs <= maxStatusIntervalMs) return undefined;
  const detail = 'It claims the future, or that the next one need not come for longer than 31 days.';
  return { reason: 'status-time', detail };
}
