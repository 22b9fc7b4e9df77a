/**
 * recovery ─► **recovery check** ─► table rebuild
 *
 * Whether deciding again came to what the committed transactions did. It need not: keys, issuers and identity rules may be others
 * since, and several transactions are made good at the time of the last. What Kafka has and the tables lack would never
 * get its tombstone. Pure over the counts of both.
 */
import type { Progress } from './progress.ts';
import { TABLE_TOPICS, type TableTopic } from './table-rebuild.ts';

/**
 * Topics whose tables may differ from what Kafka has. In another order, as a standby may have got them, frames give another
 * `published` and `superseded` and the same tables; what is refused tells. Of identity a refusal shows in its records too,
 * so that its topic, by far the largest, is not read for a token.
 */
export function differingTopics(committed: Progress, local: Progress): readonly TableTopic[] {
  const isOther = (outcome: keyof Progress['totals']) => local.totals[outcome] !== committed.totals[outcome];
  const isOtherIdentity = isOther('quarantined') && local.topics.identity !== committed.topics.identity;
  if (isOther('held') || decidedIn(local) !== decidedIn(committed) || isOtherIdentity) return TABLE_TOPICS;
  const areOtherTokens =
    isOther('quarantined') || isOther('expired') || local.topics.tokens !== committed.topics.tokens;
  return areOtherTokens ? ['tokens', 'trust'] : [];
}

/** Held records that approvers decided, since the stream began. */
export function decidedIn(progress: Progress | undefined): number {
  return progress?.guard?.decided ?? 0;
}
