/**
 * The tables of a receiver that lost its disk, read back from the compacted topics: every record carries its revision,
 * tombstones too. What compaction dropped is gone: deletes older than `delete.retention.ms`, and revocations of tokens
 * that had not come yet. A snapshot heals that. Also of one whose tables did not come to what Kafka has.
 */

import { setImmediate } from 'node:timers/promises';
import type { GuardConfig } from '../../src/config/receiver-config.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import type { ReadRecord } from '../../src/kafka/kafka-record.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { parseRevision } from '../../src/wire/revision.ts';
import { kindOf } from '../guard/counted-kind.ts';
import { NO_LIMITS } from '../guard/guard-limits.ts';
import { readHeldEvent } from '../guard/held-record.ts';
import { factsOf } from '../guard/hold-decision.ts';
import type { ReceiverStore } from '../receiver-store.ts';
import { readStatus } from '../tokens/issuer-statuses.ts';
import { SUBJECT_INACTIVE } from '../tokens/token-holder.ts';
import type { KnownToken } from '../tokens/token-table.ts';
import type { AdmissionRules } from './admission.ts';
import { EVENT_TYPES } from './kafka-records.ts';
import { namedAttributes, rememberNames } from './name-collection.ts';
import type { SubjectTopic } from './subject-table.ts';
import { headerOf, type ReadBack, type ReadingContext, readBack } from './topic-reading.ts';

/** In the order in which they are read back. */
export const TABLE_TOPICS = ['identity', 'tokens', 'trust', 'held'] as const;
export type TableTopic = (typeof TABLE_TOPICS)[number];

export interface RebuildContext extends ReadingContext {
  readonly rules: Pick<AdmissionRules, 'guard' | 'tokens'>;
}

/**
 * Other streams' records in the topics are passed over. Safe to repeat, and to be repeated where it was cut short: `unfinished`
 * says so until the caller ends it, with the position that the tables then have.
 */
export async function rebuildTables(
  context: RebuildContext,
  stream: string,
  { topics, isRebuild }: { readonly topics: readonly TableTopic[]; readonly isRebuild: boolean },
): Promise<ReadBack> {
  const { store, rules } = context;
  // Those of now: a bundle may change them while the topics are read.
  const attributes = namedAttributes(rules);
  const remember = {
    identity: (record: ReadRecord) =>
      rememberRecord(record, store, { limits: rules.guard?.limits ?? NO_LIMITS }) &&
      rememberNames(record, store, attributes),
    tokens: (record: ReadRecord) =>
      rememberRecord(record, store, {}) && rememberToken(record, store, rules.tokens.maxLifetimeMs),
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
    store.unfinished.begin({ topics, isRebuild });
    if (topics.includes('held')) store.held.clear();
  })();
  if (topics.includes('tokens')) await forgetCurrent(store);
  for (const topic of topics) {
    if (topic !== 'held') await forgetLive(store, topic);
    const read = await readBack(context, { topic, stream }, remember[topic]);
    records += read.records;
    unreadable += read.unreadable;
  }
  store.store.transaction(() => {
    if (topics.includes('held')) store.held.handleReadBack();
    if (topics.includes('tokens')) store.tokens.endRevoked();
    if (topics.includes('identity')) store.names.putAttributes(attributes);
  })();
  return { records, unreadable };
}

/** What deciding again took for published is known no longer, unless the topic says so. A piece at a time, as it is read back. */
async function forgetLive({ store, subjects }: ReceiverStore, topic: SubjectTopic): Promise<void> {
  const clear = store.transaction((behind: string) => subjects.clearLive(topic, behind, RECEIVER_LIMITS.rebuildRows));
  let last = clear('');
  while (last !== undefined) {
    await setImmediate();
    last = clear(last);
  }
}

async function forgetCurrent({ store, tokens }: ReceiverStore): Promise<void> {
  const clear = store.transaction(() => tokens.clearCurrent(RECEIVER_LIMITS.rebuildRows));
  while (clear()) await setImmediate();
}

function rememberRecord(
  record: ReadRecord,
  { subjects }: ReceiverStore,
  { limits }: { readonly limits?: Pick<GuardConfig, 'adminRoles'> },
): boolean {
  const { key, value } = record;
  const revision = parseRevision(headerOf(record, 'ce_revision') ?? '');
  if (key === null || revision === undefined || !isKey(key)) return false;
  const isResource = limits !== undefined && value !== null && kindOf(key) === 'subjects';
  const facts = isResource ? factsOf(value.toString('utf8'), limits) : undefined;
  // Not known then: a snapshot says again what should stand there.
  if (isResource && facts === undefined) return false;
  // The last word of the topic counts, also where the table knows a later revision: that was decided here alone.
  subjects.put(key, { revision, isDeleted: value === null, ...(facts && { facts }) });
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
  if (key === null || said === undefined || !isKey(key)) return false;
  held.put(key, said?.held);
  held.putPin(key, said?.pin);
  return true;
}

function rememberToken(
  record: ReadRecord,
  { tokens }: ReceiverStore,
  maxLifetimeMs: (issuer: string) => number,
): boolean {
  const { key, value } = record;
  const token = readToken(record);
  if (key === null || token === undefined) return false;
  if (value !== null) {
    tokens.putToken(token);
    tokens.putCurrent(token);
  } else {
    tokens.dropCurrent(key);
    rememberEnd(record, token, { tokens, maxLifetimeMs });
  }
  return true;
}

/** What the tombstone's token may not come back for, and older ones of its subject that compaction took. */
function rememberEnd(
  record: ReadRecord,
  { issuer, jti, subject, expiresAtMs }: KnownToken,
  { tokens, maxLifetimeMs }: Pick<ReceiverStore, 'tokens'> & { readonly maxLifetimeMs: (issuer: string) => number },
): void {
  // Its time refuses it, and the topic has a month of these: more than there is room for revocations.
  if (headerOf(record, 'ce_type') === EVENT_TYPES.tokenExpired) return;
  tokens.putRevokedToken({ issuer, jti, untilMs: expiresAtMs });
  const endedAtMs = Date.parse(headerOf(record, 'ce_time') ?? '');
  if (headerOf(record, 'ce_reason') !== SUBJECT_INACTIVE || Number.isNaN(endedAtMs)) return;
  // Whose name went with the value of a deleted User; its state refuses nothing any more.
  const untilMs = endedAtMs + maxLifetimeMs(issuer);
  tokens.putRevokedSubject({ issuer, subject, issuedBeforeMs: endedAtMs, untilMs });
}

/** From the headers and the key; the rest from the token itself, which was verified before it came, or headers where it is sealed. */
function readToken(record: ReadRecord): KnownToken | undefined {
  const jti = headerOf(record, 'ce_jti');
  const expiresAtMs = Date.parse(headerOf(record, 'ce_exp') ?? '');
  const [type, issuer, subject] = (record.key ?? '').split('|').map((part) => decodePart(part));
  if (type !== 'Token' || !issuer || !subject || jti === undefined || Number.isNaN(expiresAtMs)) return undefined;
  return { issuer, jti, key: record.key as string, subject, expiresAtMs, ...(readSealed(record) ?? readJws(record)) };
}

function readSealed(record: ReadRecord): Pick<KnownToken, 'sha256' | 'keyId' | 'issuedAtMs'> | undefined {
  const sha256 = headerOf(record, 'ce_sha256');
  if (sha256 === undefined) return undefined;
  const issuedAtMs = Date.parse(headerOf(record, 'ce_iat') ?? '') || 0;
  return { sha256, keyId: decodePart(headerOf(record, 'ce_kid') ?? '') ?? '', issuedAtMs };
}

function readJws({ value }: ReadRecord): Pick<KnownToken, 'sha256' | 'keyId' | 'issuedAtMs'> {
  const jws = value?.toString('latin1') ?? '';
  return { sha256: sha256Hex(jws), keyId: keyIdOf(jws), issuedAtMs: issuedAt(jws) };
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

/** One that no receiver wrote would end whatever decodes it later. */
function isKey(key: string): boolean {
  return key.split('|').every((part) => decodePart(part) !== undefined);
}

function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
