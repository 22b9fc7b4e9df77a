/**
 * What the guard keeps back: a record as it would stand on `identity`, why, and in which hold. On the `held` topic its
 * key is the record's and its value holds all that it takes to publish it; docs/schemas/held.json. Pure.
 */

import { sha256Hex } from '../../src/crypto/digest.ts';
import { canonicalJson } from '../../src/identity/canonical-json.ts';
import type { JsonObject, JsonValue } from '../../src/identity/json-value.ts';
import type { KafkaRecord, ReadRecord } from '../../src/kafka/kafka-record.ts';
import { compareRevisions, formatRevision, parseRevision, type Revision } from '../../src/wire/revision.ts';
import { DATA_SCHEMAS, EVENT_TYPES } from '../publish/kafka-records.ts';
import { isCount } from '../publish/snapshot-progress.ts';
import { rolesOf } from './guard-limits.ts';
import { shownName } from './shown-name.ts';

/** `deletes`: more would vanish in an hour than may; `grants`: an admin role or group. */
export type HoldCause = 'deletes' | 'grants';

type Headers = KafkaRecord['headers'];

export interface HeldRecord {
  readonly key: string;
  readonly revision: Revision;
  readonly cause: HoldCause;
  /** Its hold: all that one frame gave to one cause, such as `deletes-1.482`. */
  readonly hold: string;
  readonly kind: 'delta' | 'member';
  /** False: a snapshot said it, whose entries and deletes are no journaled records. */
  readonly isCounted: boolean;
  readonly heldAtMs: number;
  /** Null: a delete. */
  readonly value: string | null;
  /** As on `identity`. */
  readonly headers: Headers;
}

/** The last word of an approver that a record shall not be published: nothing of the key up to that revision is. */
export interface Pin {
  readonly key: string;
  readonly revision: Revision;
  readonly hold: string;
  readonly rejectedAtMs: number;
  /** Those of the record that was rejected. */
  readonly headers: Headers;
}

export function holdName(cause: HoldCause, frame: { readonly epoch: number; readonly sequence: number }): string {
  return `${cause}-${frame.epoch}.${frame.sequence}`;
}

/**
 * Whether a snapshot that does not name the key any more, with the state as of `asOf`, says nothing new: approvers have its
 * delete before them already, or refused one, and absence is all that a snapshot can say of what they refused. Likewise where
 * something newer than that state is held. A grant that they refused says nothing of whether the subject is there.
 */
export function isSettledElsewhere(
  asOf: Revision,
  { held, pin }: { readonly held: Pick<HeldRecord, 'value' | 'revision'> | undefined; readonly pin: Pin | undefined },
): boolean {
  if (held !== undefined) return held.value === null || compareRevisions(held.revision, asOf) > 0;
  return pin !== undefined && causeOf(pin.hold) === 'deletes';
}

/** Whatever form of name; what is no hold's has no rows. */
export function isHoldName(name: string): boolean {
  return /^(deletes|grants)-\d{1,16}\.\d{1,16}$/.test(name);
}

/** Names exactly these records, in this order: `sha256sum` of a file with the line of each. */
export function holdDigest(records: readonly HeldRecord[]): string {
  return sha256Hex(records.map(heldLine).join(''));
}

/**
 * What an approver signs of a record, with its end: its key, its revision, `delete` or the SHA-256 of its value, and the roles
 * in that, which a digest shows nobody. Printable ASCII.
 */
export function heldLine({
  key,
  revision,
  kind,
  value,
}: Pick<HeldRecord, 'key' | 'revision' | 'kind' | 'value'>): string {
  const what = value === null ? 'delete' : sha256Hex(value);
  const resource = value !== null && kind === 'delta' ? (JSON.parse(value) as JsonObject) : {};
  const roles = rolesOf(resource).map((role) => `role:${shownName(role)}`);
  return `${[key, formatRevision(revision), what, ...roles].join(' ')}\n`;
}

/** In the order in which a hold is published: by revision, then by key. */
export function compareHeld(a: HeldRecord, b: HeldRecord): number {
  const { revision: first } = a;
  const { revision: second } = b;
  const order = first.epoch - second.epoch || first.sequence - second.sequence || first.index - second.index;
  return order || (a.key < b.key ? -1 : 1);
}

export function heldEvent(topic: string, record: HeldRecord, pin: Pin | undefined): KafkaRecord {
  const { cause, hold, kind, isCounted, heldAtMs } = record;
  const about = { cause, heldAtMs, hold, isCounted, kind, ...(pin !== undefined && { pin: pinFields(pin) }) };
  const headers = JSON.stringify(record.headers);
  // A value is JSON, so it stands here as it is: quoted, it would outgrow what Kafka takes.
  const text = `{"state":"held","about":${JSON.stringify(about)},"record":{"headers":${headers},"value":${record.value ?? 'null'}}}`;
  return envelope(topic, record, { text, type: EVENT_TYPES.held, id: 'held' });
}

export function pinEvent(topic: string, pin: Pin): KafkaRecord {
  const text = JSON.stringify({ state: 'pinned', pin: pinFields(pin) });
  return envelope(topic, pin, { text, type: EVENT_TYPES.heldRejected, id: 'rejected' });
}

/** It is held no longer: released by an approver, or replaced by a newer record of the key. */
export function letGoEvent(
  topic: string,
  last: Pick<HeldRecord, 'key' | 'revision' | 'hold' | 'headers'>,
  how: 'released' | 'replaced',
): KafkaRecord {
  const type = how === 'released' ? EVENT_TYPES.heldReleased : EVENT_TYPES.heldReplaced;
  return envelope(topic, last, { text: null, type, id: how });
}

/** What a record of the topic says; undefined where it cannot be read, null where nothing is held or pinned any more. */
export function readHeldEvent(
  record: Pick<ReadRecord, 'key' | 'value'>,
): { readonly held?: HeldRecord; readonly pin?: Pin } | null | undefined {
  const { key, value } = record;
  if (value === null) return null;
  if (key === null) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(value.toString('utf8'));
  } catch {
    return undefined;
  }
  const { about, record: kept, pin: own } = fieldsOf(parsed);
  const { cause, hold, kind, isCounted, heldAtMs, pin: earlier } = fieldsOf(about);
  const pin = readPin(key, own ?? earlier);
  if (pin === 'invalid') return undefined;
  if (about === undefined) return pin && { pin };
  const { headers, value: resource } = fieldsOf(kept);
  if (!areHeaders(headers) || typeof hold !== 'string' || !isHoldName(hold)) return undefined;
  if ((cause !== 'deletes' && cause !== 'grants') || (kind !== 'delta' && kind !== 'member')) return undefined;
  const revision = parseRevision(headerOf(headers, 'ce_revision') ?? '');
  if (revision === undefined || !isCount(heldAtMs) || typeof isCounted !== 'boolean') return undefined;
  const text = resource === null ? null : textOf(resource);
  if (text === undefined) return undefined;
  const held = { key, revision, cause, hold, kind, isCounted, heldAtMs, value: text, headers } as const;
  return { held, ...(pin && { pin }) };
}

interface PinFields {
  readonly revision: string;
  readonly hold: string;
  readonly rejectedAtMs: number;
  readonly headers: Headers;
}

function pinFields({ revision, hold, rejectedAtMs, headers }: Pin): PinFields {
  return { revision: formatRevision(revision), hold, rejectedAtMs, headers };
}

function readPin(key: string, value: unknown): Pin | undefined | 'invalid' {
  if (value === undefined) return undefined;
  const { revision: text, hold, rejectedAtMs, headers } = fieldsOf(value);
  const revision = typeof text === 'string' ? parseRevision(text) : undefined;
  if (revision === undefined || typeof hold !== 'string' || !isHoldName(hold)) return 'invalid';
  if (!isCount(rejectedAtMs) || !areHeaders(headers)) return 'invalid';
  return { key, revision, hold, rejectedAtMs, headers };
}

/** Of a hold's name. */
function causeOf(hold: string): string {
  return hold.slice(0, hold.indexOf('-'));
}

/** A value is canonical JSON, so this is what was held, to the byte; undefined where it is no object. */
function textOf(resource: unknown): string | undefined {
  if (typeof resource !== 'object') return undefined;
  try {
    return canonicalJson(resource as JsonValue);
  } catch {
    // Nested beyond all that was ever held.
    return undefined;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
}

function areHeaders(value: unknown): value is Headers {
  if (!Array.isArray(value)) return false;
  return value.every(
    (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string'),
  );
}

/** Headers as the record's own, but for what this event is. */
function envelope(
  topic: string,
  { key, hold, headers }: Pick<HeldRecord, 'key' | 'hold' | 'headers'>,
  { text, type, id }: { readonly text: string | null; readonly type: string; readonly id: string },
): KafkaRecord {
  const own = ['content-type', 'ce_dataschema', 'ce_reason', 'ce_type', 'ce_id'];
  const kept = headers.filter(([name]) => !own.includes(name));
  const described: Headers =
    text === null
      ? []
      : [
          ['content-type', 'application/json'],
          ['ce_dataschema', DATA_SCHEMAS.held],
        ];
  return {
    topic,
    key,
    value: text,
    headers: [
      ...described,
      ...kept,
      ['ce_id', `${headerOf(headers, 'ce_id')}/${id}`],
      ['ce_type', type],
      ['ce_reason', causeOf(hold)],
      ['ce_hold', hold],
    ],
  };
}

function headerOf(headers: Headers, name: string): string | undefined {
  return headers.find(([each]) => each === name)?.[1];
}
