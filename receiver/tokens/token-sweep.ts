/**
 * tables ─► **token sweep** ─► transaction plan
 *
 * Tombstones for current tokens that hold no more and that no record of theirs takes back: all of a key or issuer that was
 * revoked, which may be any number, and those that expired. In transactions of their own, each of which says in progress what
 * it swept, so that recovery knows whether the tables are behind. Pure over the tables.
 */
import { sha256Hex } from '../../src/crypto/digest.ts';
import { type Admission, GroupLedger } from '../publish/group-ledger.ts';
import type { Memory } from '../publish/group-memory.ts';
import { EVENT_TYPES, type FrameContext } from '../publish/kafka-records.ts';
import type { TopicNames } from '../publish/topics.ts';
import type { EndedToken } from './token-table.ts';
import { tokenExtensions } from './token-withdrawal.ts';

/** What progress says of sweeps. */
export interface SweepProgress {
  /** Tombstones since the stream began. */
  readonly swept: number;
  /** Lower-case hex of the SHA-256 of what the last one swept. */
  readonly last: string;
}

/** `frame`: the stream's position, since no frame says it. */
export function sweepTokens(
  ended: readonly EndedToken[],
  frame: FrameContext,
  tables: Memory,
  topics: TopicNames,
): Admission {
  const ledger = new GroupLedger(tables, topics);
  const { memory } = ledger;
  for (const token of ended) {
    const { key, reason, endedAtMs } = token;
    const revision = memory.findSubject(key)?.revision ?? { epoch: frame.epoch, sequence: frame.sequence, index: 0 };
    memory.putSubject(key, { revision, isDeleted: true });
    memory.dropCurrent(key);
    ledger.add(frame, {
      topic: topics.tokens,
      key,
      value: null,
      type: reason === 'expired' ? EVENT_TYPES.tokenExpired : EVENT_TYPES.tokenRevoked,
      revision,
      idSuffix: reason,
      reason,
      extensions: tokenExtensions(token),
    });
    if (reason !== 'expired' && endedAtMs > 0) ledger.timeRevocation(endedAtMs);
  }
  return ledger.admission;
}

/** After one more sweep. */
export function sweepAfter(last: SweepProgress | undefined, ended: readonly EndedToken[]): SweepProgress {
  const lines = ended.map(({ key, jti, reason }) => `${key} ${jti} ${reason}\n`);
  return { swept: (last?.swept ?? 0) + ended.length, last: sha256Hex(lines.join('')) };
}
