/**
 * From the protobuf of one record to the record; record-message.ts is the inverse. Everything is bounded here, and what
 * would cost more memory than its bytes (entries, hashes) is counted before protobufjs makes objects of it.
 */
import { WIRE_LIMITS } from '../limits.ts';
import { isName } from './frame.ts';
import { decodeMessage, messages, safeInteger } from './protobuf.ts';
import { LENGTH_DELIMITED, walkFields } from './protobuf-fields.ts';
import type {
  CheckpointRecord,
  DeltaRecord,
  KeySetRecord,
  MemberRecord,
  PayloadReason,
  RevocationRecord,
  RevocationTarget,
  SnapshotPartRecord,
  StatusRecord,
  TokenRecord,
  WireRecord,
} from './record.ts';
import { OPERATIONS } from './record-message.ts';
import type { Revision } from './revision.ts';

/** A snapshot part holds entries, which are records but for snapshot parts. */
type Place = 'top' | 'entry';
type Common = Pick<WireRecord, 'atMs' | 'revision'>;
type Decoded = ReturnType<typeof messages.Record.decode>;

// Record.body takes fields 1..13, of which 9..13 are kept for later kinds.
const LAST_BODY_FIELD = 13;
const REVOCATION_FIELD = 4;
const SNAPSHOT_PART_FIELD = 7;
const CHECKPOINT_FIELD = 8;
const ENTRIES_FIELD = 7;
const JTI_FIELD = 2;
const SUBJECT_FIELD = 3;
const KEY_FIELD = 5;
const EVERYONE_FIELD = 6;
const TARGET_FIELDS: ReadonlySet<number> = new Set([JTI_FIELD, SUBJECT_FIELD, KEY_FIELD, EVERYONE_FIELD]);
const CONSISTENCY_PROOF_FIELD = 3;
const LOG_KEY_BYTES = 32;
const HASH_BYTES = 32;
const REASON = /^[a-z0-9-]*$/;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The record, of which nothing aliases `bytes`, or why they are none. Never throws. */
export function readRecord(bytes: Uint8Array, place: Place): WireRecord | PayloadReason {
  const problem = bodyProblem(bytes, place);
  if (problem !== undefined) return problem;
  const message = decodeMessage(messages.Record, bytes);
  return message === undefined ? 'protobuf' : fromMessage(message);
}

/** Lower-case words and hyphens, or empty: it becomes a Kafka header and a label of metrics. */
export function isReason(text: string): boolean {
  return REASON.test(text);
}

/** One body, of a kind that is known and may stand here, once; its repeated parts within their bounds. */
function bodyProblem(bytes: Uint8Array, place: Place): PayloadReason | undefined {
  let bodies = 0;
  let problem: PayloadReason | undefined;
  const wellFormed = walkFields(bytes, ({ number, wireType, start, end }) => {
    if (number > LAST_BODY_FIELD) return true;
    bodies++;
    const known = number <= (place === 'top' ? CHECKPOINT_FIELD : SNAPSHOT_PART_FIELD - 1);
    if (!known || bodies > 1 || wireType !== LENGTH_DELIMITED) problem = 'record-body';
    else if (number === REVOCATION_FIELD) problem = targetProblem(bytes.subarray(start, end));
    else if (number === SNAPSHOT_PART_FIELD) problem = entriesProblem(bytes.subarray(start, end));
    else if (number === CHECKPOINT_FIELD) problem = proofProblem(bytes.subarray(start, end));
    return problem === undefined;
  });
  if (problem !== undefined) return problem;
  if (!wellFormed) return 'protobuf';
  return bodies === 1 ? undefined : 'record-body';
}

/** protobufjs keeps the last of two targets; which one the sender meant nobody knows. */
function targetProblem(revocation: Uint8Array): PayloadReason | undefined {
  let targets = 0;
  const wellFormed = walkFields(revocation, ({ number }) => {
    if (TARGET_FIELDS.has(number)) targets++;
    return true;
  });
  if (!wellFormed) return 'protobuf';
  return targets === 1 ? undefined : 'record-field';
}

function entriesProblem(part: Uint8Array): PayloadReason | undefined {
  let entries = 0;
  let problem: PayloadReason | undefined;
  const wellFormed = walkFields(part, ({ number, start, end }) => {
    if (number !== ENTRIES_FIELD) return true;
    entries++;
    problem =
      entries > WIRE_LIMITS.maxEntriesPerPart ? 'record-field' : bodyProblem(part.subarray(start, end), 'entry');
    return problem === undefined;
  });
  return problem ?? (wellFormed ? undefined : 'protobuf');
}

function proofProblem(checkpoint: Uint8Array): PayloadReason | undefined {
  let hashes = 0;
  const wellFormed = walkFields(checkpoint, ({ number }) => {
    if (number === CONSISTENCY_PROOF_FIELD) hashes++;
    return true;
  });
  if (!wellFormed) return 'protobuf';
  return hashes > WIRE_LIMITS.maxProofHashes ? 'record-field' : undefined;
}

function fromMessage(message: Decoded): WireRecord | PayloadReason {
  const common = readCommon(message);
  if (common === undefined) return 'record-field';
  if (message.delta) return readDelta(message.delta, common);
  if (message.member) return readMember(message.member, common);
  if (message.token) return readToken(message.token, common);
  if (message.revocation) return readRevocation(message.revocation, common);
  if (message.keySet) return readKeySet(message.keySet, common);
  if (message.status) return readStatus(message.status, common);
  if (message.snapshotPart) return readSnapshotPart(message.snapshotPart, common);
  return message.checkpoint ? readCheckpoint(message.checkpoint, common) : 'record-body';
}

function readCommon(message: Decoded): Common | undefined {
  const atMs = safeInteger(message.atMs ?? 0);
  if (atMs === undefined) return undefined;
  const revision = message.revision ? readRevision(message.revision) : undefined;
  if (message.revision && !revision?.sequence) return undefined;
  return { ...(atMs > 0 && { atMs }), ...(revision && { revision }) };
}

/** Epochs count from 1; sequence 0 is a position before the first frame, which only `as_of` may name. */
function readRevision(message: NonNullable<Decoded['revision']>): Revision | undefined {
  const epoch = safeInteger(message.epoch ?? 0);
  const sequence = safeInteger(message.sequence ?? 0);
  if (!epoch || sequence === undefined || sequence > WIRE_LIMITS.maxSequence) return undefined;
  const index = message.index ?? 0;
  return index < WIRE_LIMITS.maxRecordsPerFrame ? { epoch, sequence, index } : undefined;
}

function readDelta(body: NonNullable<Decoded['delta']>, common: Common): DeltaRecord | PayloadReason {
  const operation = OPERATIONS[body.operation ?? 0];
  const type = body.type ?? '';
  const id = text(body.id, WIRE_LIMITS.maxIdBytes);
  const reason = reasonText(body.reason);
  const resource = utf8Text(body.resource, WIRE_LIMITS.maxRecordBytes);
  if (operation === undefined || !id || reason === undefined || resource === undefined) return 'record-field';
  if (!isName(type)) return 'record-field';
  if ((operation === 'delete') !== (resource === '')) return 'record-field';
  return { kind: 'delta', operation, type, id, ...(resource && { resource }), ...(reason && { reason }), ...common };
}

function readMember(body: NonNullable<Decoded['member']>, common: Common): MemberRecord | PayloadReason {
  const operation = OPERATIONS[body.operation ?? 0];
  const group = text(body.group, WIRE_LIMITS.maxIdBytes);
  const member = text(body.member, WIRE_LIMITS.maxIdBytes);
  const memberType = body.memberType ?? '';
  const reason = reasonText(body.reason);
  if (operation === undefined || !group || !member || reason === undefined) return 'record-field';
  if (operation === 'delete' ? memberType !== '' : !isName(memberType)) return 'record-field';
  return {
    kind: 'member',
    operation,
    group,
    member,
    ...(memberType && { memberType }),
    ...(reason && { reason }),
    ...common,
  };
}

function readToken(body: NonNullable<Decoded['token']>, common: Common): TokenRecord | PayloadReason {
  const jws = text(body.jws, WIRE_LIMITS.maxTokenBytes);
  return jws ? { kind: 'token', jws, ...common } : 'record-field';
}

function readRevocation(body: NonNullable<Decoded['revocation']>, common: Common): RevocationRecord | PayloadReason {
  const issuer = text(body.issuer, WIRE_LIMITS.maxIssuerBytes);
  const jti = optionalText(body.jti, WIRE_LIMITS.maxIdBytes);
  const subject = optionalText(body.subject, WIRE_LIMITS.maxIdBytes);
  const key = optionalText(body.key, WIRE_LIMITS.maxIdBytes);
  const issuedBeforeMs = safeInteger(body.issuedBeforeMs ?? 0);
  if (!issuer || issuedBeforeMs === undefined) return 'record-field';
  // Exactly one target is there: targetProblem has looked.
  const isBounded = issuedBeforeMs > 0;
  const target: RevocationTarget | undefined = isBounded
    ? (subject && { subject, issuedBeforeMs }) || (body.everyone ? { everyone: true, issuedBeforeMs } : undefined)
    : (jti && { jti }) || (key && { key }) || undefined;
  return target === undefined ? 'record-field' : { kind: 'revocation', issuer, target, ...common };
}

function readKeySet(body: NonNullable<Decoded['keySet']>, common: Common): KeySetRecord | PayloadReason {
  const issuer = text(body.issuer, WIRE_LIMITS.maxIssuerBytes);
  const jwks = utf8Text(body.jwks, WIRE_LIMITS.maxKeySetBytes);
  return issuer && jwks ? { kind: 'key-set', issuer, jwks, ...common } : 'record-field';
}

function readStatus(body: NonNullable<Decoded['status']>, common: Common): StatusRecord | PayloadReason {
  const issuer = text(body.issuer, WIRE_LIMITS.maxIssuerBytes);
  const asOfMs = safeInteger(body.asOfMs ?? 0);
  const nextByMs = safeInteger(body.nextByMs ?? 0);
  if (!issuer || !asOfMs || nextByMs === undefined) return 'record-field';
  return { kind: 'status', issuer, asOfMs, nextByMs, ...common };
}

function readSnapshotPart(
  body: NonNullable<Decoded['snapshotPart']>,
  common: Common,
): SnapshotPartRecord | PayloadReason {
  const cycle = safeInteger(body.cycle ?? 0);
  const asOf = body.asOf ? readRevision(body.asOf) : undefined;
  const firstKey = optionalText(body.firstKey, WIRE_LIMITS.maxKeyBytes);
  const lastKey = optionalText(body.lastKey, WIRE_LIMITS.maxKeyBytes);
  if (!cycle || asOf === undefined || firstKey === undefined || lastKey === undefined) return 'record-field';
  const entries: WireRecord[] = [];
  for (const message of body.entries ?? []) {
    const entry = fromMessage(message as Decoded);
    if (typeof entry === 'string') return entry;
    if (entry.revision === undefined) return 'record-field';
    entries.push(entry);
  }
  const { part = 0, last = false } = body;
  return {
    kind: 'snapshot-part',
    cycle,
    part: part ?? 0,
    last: last ?? false,
    firstKey,
    lastKey,
    asOf,
    entries,
    ...common,
  };
}

function readCheckpoint(body: NonNullable<Decoded['checkpoint']>, common: Common): CheckpointRecord | PayloadReason {
  const previousSize = safeInteger(body.previousSize ?? 0);
  const consistencyProof = body.consistencyProof ?? [];
  if (!body.note?.length || body.note.length > WIRE_LIMITS.maxNoteBytes || previousSize === undefined) {
    return 'record-field';
  }
  if (consistencyProof.some((hash) => hash.length !== HASH_BYTES)) return 'record-field';
  if (body.logKey?.length !== LOG_KEY_BYTES) return 'record-field';
  return {
    kind: 'checkpoint',
    note: new Uint8Array(body.note),
    previousSize,
    consistencyProof: consistencyProof.map((hash) => new Uint8Array(hash)),
    logKey: new Uint8Array(body.logKey),
    ...common,
  };
}

function optionalText(value: string | null | undefined, maxBytes: number): string | undefined {
  const present = value ?? '';
  return Buffer.byteLength(present, 'utf8') <= maxBytes ? present : undefined;
}

function reasonText(value: string | null | undefined): string | undefined {
  const reason = optionalText(value, WIRE_LIMITS.maxReasonBytes);
  return reason !== undefined && isReason(reason) ? reason : undefined;
}

function text(value: string | null | undefined, maxBytes: number): string | undefined {
  return optionalText(value, maxBytes) || undefined;
}

/** Empty for none; undefined where it is too long or no UTF-8. */
export function utf8Text(bytes: Uint8Array | null | undefined, maxBytes: number): string | undefined {
  if (!bytes?.length) return '';
  if (bytes.length > maxBytes) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
