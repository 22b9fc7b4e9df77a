/** Tombstones of current tokens that are taken back, each named for what takes it back and for what it takes back. */
import { encodePart } from '../../src/identity/key.ts';
import { formatRevision, type Revision } from '../../src/wire/revision.ts';
import type { GroupLedger } from '../publish/group-ledger.ts';
import type { GroupMemory } from '../publish/group-memory.ts';
import { EVENT_TYPES, type FrameContext, rfc3339 } from '../publish/kafka-records.ts';
import type { KnownToken } from './token-table.ts';

/** A token to take out of its topic; the revision is that of the tombstone. */
export interface Withdrawal {
  readonly token: KnownToken;
  /** The one under which it was published: its tombstone repeats it. */
  readonly revision: Revision;
}

/**
 * The tombstone repeats the revision of what it takes back. Under its cause's, a token of the same slot between the two would
 * be superseded where it comes later: out of a gap, or because it waits for a trusted clock.
 */
export function withdraw(
  token: KnownToken,
  cause: Revision,
  memory: Pick<GroupMemory, 'findSubject' | 'putSubject' | 'dropCurrent'>,
): Withdrawal {
  // Of a current token its own.
  const revision = memory.findSubject(token.key)?.revision ?? cause;
  memory.putSubject(token.key, { revision, isDeleted: true });
  memory.dropCurrent(token.key);
  return { token, revision };
}

/**
 * Snapshots say revocations again, and one that lay in lost tables may then find a token that came meanwhile: so the id of each
 * tombstone has the token's revision behind its cause.
 */
export function addWithdrawals(
  ledger: GroupLedger,
  frame: FrameContext,
  taken: {
    readonly withdrawals: readonly Withdrawal[];
    readonly cause: Revision;
    readonly reason: string;
    /** When the source said so; absent where it is only said again. */
    readonly saidAtMs?: number | undefined;
    readonly atMs?: number | undefined;
  },
): void {
  const { withdrawals, cause, reason, saidAtMs, atMs } = taken;
  for (const { token, revision } of withdrawals) {
    ledger.add(frame, {
      topic: ledger.topics.tokens,
      key: token.key,
      value: null,
      type: EVENT_TYPES.tokenRevoked,
      revision,
      cause,
      idSuffix: formatRevision(revision),
      reason,
      atMs,
      extensions: tokenExtensions(token),
    });
    if (saidAtMs !== undefined) ledger.timeRevocation(saidAtMs);
  }
}

export function tokenExtensions({ jti, expiresAtMs }: Pick<KnownToken, 'jti' | 'expiresAtMs'>) {
  return [
    ['jti', jti],
    ['exp', rfc3339(expiresAtMs)],
  ] as const;
}

/** Of a sealed token what its own text says of others: a lost disk is rebuilt from it, and this side cannot open it. */
export function sealedExtensions({ issuedAtMs, keyId, sha256 }: Pick<KnownToken, 'issuedAtMs' | 'keyId' | 'sha256'>) {
  return [
    ['iat', rfc3339(issuedAtMs)],
    ['kid', encodePart(keyId)],
    ['sha256', sha256],
  ] as const;
}
