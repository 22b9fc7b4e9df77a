/**
 * What the audit log says of the records of a transaction, before it is committed: which event, of which key, with the
 * SHA-256 of what value. Many records share an entry, since an entry each would cost more than publishing them leaves room for; a
 * token has one of its own, so that its proof shows nothing else.
 */
import type { AuditEvent } from '../../src/audit/audit-log.ts';
import { recordLists } from '../../src/audit/record-list.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import type { KafkaRecord } from '../../src/kafka/kafka-record.ts';
import type { TopicNames } from './topics.ts';

/** `records`: `<ce_id> <key> <SHA-256 of the value, or - for a tombstone>`, in their order; then tokens. */
export function publishedEntries(records: readonly KafkaRecord[], topics: TopicNames): readonly AuditEvent[] {
  const texts: string[] = [];
  const tokens: AuditEvent[] = [];
  for (const record of records) {
    const { topic, key, value } = record;
    if (topic === topics.tokens) tokens.push(tokenEntry(record));
    else if (topic === topics.identity || topic === topics.trust) {
      texts.push(`${headerOf(record, 'ce_id')} ${key} ${value === null ? '-' : sha256Hex(value)}`);
    }
  }
  return [...recordLists('records-published', texts), ...tokens];
}

function tokenEntry(record: KafkaRecord): AuditEvent {
  const { key, value } = record;
  const common = { id: headerOf(record, 'ce_id'), key, jti: headerOf(record, 'ce_jti') };
  if (value === null) return { event: 'token-withdrawn', ...common, reason: headerOf(record, 'ce_reason') };
  const sha256 = sha256Hex(value);
  // Sealed it has another text each time: the token's own digest is what it is called by everywhere.
  const own = headerOf(record, 'ce_sha256');
  return { event: 'token-published', ...common, ...(own === '' ? { sha256 } : { sha256: own, sealedSha256: sha256 }) };
}

function headerOf({ headers }: KafkaRecord, wanted: string): string {
  for (const [name, text] of headers) if (name === wanted) return text;
  return '';
}
