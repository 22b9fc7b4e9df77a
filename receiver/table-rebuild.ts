/**
 * The tables of a receiver that lost its disk, read back from the compacted topics: every record carries its revision,
 * tombstones too. What compaction dropped is gone: deletes older than `delete.retention.ms`, and revocations of tokens
 * that had not come yet. A snapshot heals that. Also of one whose tables did not come to what Kafka has.
 */

import type { GuardConfig } from '../src/config/receiver-config.ts';
import { sha256Hex } from '../src/crypto/digest.ts';
import type { ReadRecord } from '../src/kafka/kafka-record.ts';
import { RECEIVER_LIMITS } from '../src/limits.ts';
import { compareRevisions, parseRevision } from '../src/wire/revision.ts';
import type { AdmissionRules } from './admission.ts';
import { kindOf } from './counted-kind.ts';
import { NO_LIMITS } from './guard-limits.ts';
import { readHeldEvent } from './held-record.ts';
import { factsOf, resourceOf } from './hold-decision.ts';
import { readStatus } from './issuer-statuses.ts';
import type { KafkaAccess } from './kafka-access.ts';
import type { ReceiverStore } from './receiver-store.ts';
import type { SubjectAttributes } from './token-holder.ts';
import type { KnownToken } from './token-table.ts';

/** In the order in which they are read back. */
export const TABLE_TOPICS = ['identity', 'tokens', 'trust', 'held'] as const;
export type TableTopic = (typeof TABLE_TOPICS)[number];

export interface RebuildContext {
  readonly kafka: KafkaAccess;
  readonly store: ReceiverStore;
  readonly rules: Pick<AdmissionRules, 'guard' | 'tokens'>;
}

export interface Rebuilt {
  readonly records: number;
  /** Of this stream by their key's place, but without headers that can be read. */
  readonly unreadable: number;
}

/** Other streams' records in the topics are passed over. Safe to repeat. */
export async function rebuildTables(
  { kafka, store, rules }: RebuildContext,
  stream: string,
  topics: readonly TableTopic[] = TABLE_TOPICS,
): Promise<Rebuilt> {
  const remember = {
    identity: (record: ReadRecord) =>
      rememberRecord(record, store, { limits: rules.guard?.limits ?? NO_LIMITS }) &&
      rememberNames(record, store, rules.tokens.subjectAttributes),
    tokens: (record: ReadRecord) => rememberRecord(record, store, {}) && rememberToken(record, store),
    // The trust bundle's order is its own, and it is on this side's disk.
    trust: (record: ReadRecord) =>
      record.key === 'Bundle' || (rememberRecord(record, store, {}) && rememberStatus(record, store)),
    held: (record: ReadRecord) => rememberHeld(record, store),
  };
  let records = 0;
  let unreadable = 0;
  // What is held and what is current follow from their topics alone. A restored disk may have a token as current whose
  // tombstone Kafka has forgotten since: it would be taken back a second time.
  store.store.transaction(() => {
    if (topics.includes('held')) store.held.clear();
    if (topics.includes('tokens')) store.tokens.clearCurrent();
  })();
  for (const topic of topics) {
    let batch: ReadRecord[] = [];
    const flush = () => {
      store.store.transaction(() => {
        for (const record of batch) {
          if (remember[topic](record)) records += 1;
          else unreadable += 1;
        }
      })();
      batch = [];
    };
    await kafka.readTopic(topic, (record) => {
      if (header(record, 'ce_stream') !== stream) return;
      batch.push(record);
      if (batch.length === RECEIVER_LIMITS.rebuildRows) flush();
    });
    flush();
  }
  store.store.transaction(() => {
    if (topics.includes('held')) store.held.nameAllHolds();
    if (topics.includes('tokens')) store.tokens.endRevoked();
  })();
  return { records, unreadable };
}

function rememberRecord(
  record: ReadRecord,
  { subjects }: ReceiverStore,
  { limits }: { readonly limits?: Pick<GuardConfig, 'adminRoles'> },
): boolean {
  const { key, value } = record;
  const revision = parseRevision(header(record, 'ce_revision') ?? '');
  if (key === null || revision === undefined) return false;
  const known = subjects.find(key)?.revision;
  if (known === undefined || compareRevisions(revision, known) >= 0) {
    const facts = limits && value !== null && kindOf(key) === 'subjects' ? factsOf(value, limits) : undefined;
    subjects.put(key, { revision, isDeleted: value === null, ...(facts && { facts }) });
  }
  return true;
}

/** What tokens call a User who lives; that of one who is gone went with the value. */
function rememberNames(
  { key, value }: ReadRecord,
  { names }: ReceiverStore,
  attributes: SubjectAttributes | undefined,
): boolean {
  if (key === null || value === null || attributes === undefined || !key.startsWith('User|')) return true;
  const resource = resourceOf(value);
  for (const attribute of new Set(attributes.values())) {
    const said = resource?.[attribute];
    if (attribute !== 'id' && typeof said === 'string') names.put({ key, attribute, value: said });
  }
  return true;
}

function rememberStatus({ key, value }: ReadRecord, { statuses }: ReceiverStore): boolean {
  if (key?.startsWith('Status|') !== true || value === null) return true;
  const status = readStatus(value);
  if (status !== undefined) statuses.put(status);
  return status !== undefined;
}

function rememberHeld(record: ReadRecord, { held }: ReceiverStore): boolean {
  const { key } = record;
  const said = readHeldEvent(record);
  if (key === null || said === undefined) return false;
  held.put(key, said?.held);
  held.putPin(key, said?.pin);
  return true;
}

function rememberToken(record: ReadRecord, { tokens }: ReceiverStore): boolean {
  const { key, value } = record;
  const token = readToken(record);
  if (key === null || token === undefined) return false;
  if (value !== null) {
    tokens.putToken(token);
    tokens.putCurrent(token);
  } else {
    tokens.dropCurrent(key);
    tokens.putRevokedToken({ issuer: token.issuer, jti: token.jti, untilMs: token.expiresAtMs });
  }
  return true;
}

/** From the headers and the key; `iat` from the token itself, which was verified before it came into the topic. */
function readToken(record: ReadRecord): KnownToken | undefined {
  const jti = header(record, 'ce_jti');
  const expiresAtMs = Date.parse(header(record, 'ce_exp') ?? '');
  const [type, issuer, subject] = (record.key ?? '').split('|').map((part) => decodePart(part));
  if (type !== 'Token' || !issuer || !subject || jti === undefined || Number.isNaN(expiresAtMs)) return undefined;
  const jws = record.value?.toString('latin1') ?? '';
  const issuedAtMs = issuedAt(jws);
  const sha256 = sha256Hex(jws);
  return { issuer, jti, sha256, key: record.key as string, subject, keyId: keyIdOf(jws), issuedAtMs, expiresAtMs };
}

function issuedAt(jws: string): number {
  return Math.floor((Number(partOf(jws, 1).iat) || 0) * 1000);
}

function keyIdOf(jws: string): string {
  const { kid } = partOf(jws, 0);
  return typeof kid === 'string' ? kid : '';
}

/** Header (0) or claims (1). */
function partOf(jws: string, index: 0 | 1): Readonly<Record<string, unknown>> {
  try {
    const text = Buffer.from(jws.split('.')[index] ?? '', 'base64url').toString('utf8');
    return (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function header({ headers }: ReadRecord, name: string): string | undefined {
  return headers.find(([each]) => each === name)?.[1];
}
