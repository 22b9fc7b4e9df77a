/**
 * What the guard keeps back: a record as it would stand on `identity`, why, and in which hold. On the `held` topic its
 * key is the record's and its value holds all that it takes to publish it; docs/schemas/held.json. Pure.
 */

import { sha256Hex } from '../src/crypto/digest.ts';
import { canonicalJson } from '../src/identity/canonical-json.ts';
import type { JsonValue } from '../src/identity/json-value.ts';
import type { KafkaRecord, ReadRecord } from '../src/kafka/kafka-record.ts';
import { formatRevision, parseRevision, type Revision } from '../src/wire/revision.ts';
import { DATA_SCHEMAS, EVENT_TYPES } from './kafka-records.ts';

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
  readonly value: Buffer | null;
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

/** Whatever form of name; what is no hold's has no rows. */
export function isHoldName(name: string): boolean {
  return /^(deletes|grants)-\d{1,16}\.\d{1,16}$/.test(name);
}

/** Names exactly these records, in this order. */
export function holdDigest(records: readonly HeldRecord[]): string {
  const lines = records.map(({ key, revision, value }) => {
    const what = value === null ? 'delete' : sha256Hex(value);
    return `${key} ${formatRevision(revision)} ${what}\n`;
  });
  return sha256Hex(lines.join(''));
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
  try {
    const parsed = JSON.parse(value.toString('utf8')) as {
      readonly about?: Omit<HeldRecord, 'key' | 'revision' | 'headers' | 'value'> & { readonly pin?: PinFields };
      readonly pin?: PinFields;
      readonly record?: { readonly headers: Headers; readonly value: JsonValue };
    };
    const pin = readPin(key, parsed.pin ?? parsed.about?.pin);
    if (parsed.about === undefined || parsed.record === undefined) return pin && { pin };
    const { cause, hold, kind, isCounted, heldAtMs } = parsed.about;
    const { headers } = parsed.record;
    const revision = parseRevision(headerOf(headers, 'ce_revision') ?? '');
    if (revision === undefined || !isHoldName(hold)) return undefined;
    const text = parsed.record.value === null ? null : Buffer.from(canonicalJson(parsed.record.value), 'utf8');
    const held = { key, revision, cause, hold, kind, isCounted, heldAtMs, value: text, headers };
    return { held, ...(pin && { pin }) };
  } catch {
    return undefined;
  }
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

function readPin(key: string, fields: PinFields | undefined): Pin | undefined {
  const revision = fields && parseRevision(fields.revision);
  if (fields === undefined || revision === undefined) return undefined;
  return { key, revision, hold: fields.hold, rejectedAtMs: fields.rejectedAtMs, headers: fields.headers };
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
    value: text === null ? null : Buffer.from(text, 'utf8'),
    headers: [
      ...described,
      ...kept,
      ['ce_id', `${headerOf(headers, 'ce_id')}/${id}`],
      ['ce_type', type],
      ['ce_reason', hold.slice(0, hold.indexOf('-'))],
      ['ce_hold', hold],
    ],
  };
}

function headerOf(headers: Headers, name: string): string | undefined {
  return headers.find(([each]) => each === name)?.[1];
}
