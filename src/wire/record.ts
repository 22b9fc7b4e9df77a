/**
 * Records and the payload that holds them: proto/v1/record.proto. Decoding checks the wire's own bounds (one body, known
 * operation, lengths); what a record may say is policy and is checked by `src/identity` and `src/token`.
 */
import { WIRE_LIMITS } from '../limits.ts';
import { messages, safeInteger } from './protobuf.ts';
import type { Revision } from './revision.ts';

export type Operation = 'create' | 'put' | 'delete';

interface Common {
  /** When the source says that it happened. */
  readonly atMs?: number;
  /** Present where the record repeats what was framed before. */
  readonly revision?: Revision;
}

export interface DeltaRecord extends Common {
  readonly kind: 'delta';
  readonly operation: Operation;
  readonly type: string;
  readonly id: string;
  /** Canonical JSON (RFC 8785) of the full resource without `members`; absent for a delete. */
  readonly resource?: string;
  readonly reason?: string;
}

export interface MemberRecord extends Common {
  readonly kind: 'member';
  readonly operation: Operation;
  readonly group: string;
  readonly member: string;
  readonly memberType?: string;
  readonly reason?: string;
}

export interface TokenRecord extends Common {
  readonly kind: 'token';
  readonly jws: string;
}

export interface RevocationRecord extends Common {
  readonly kind: 'revocation';
  readonly issuer: string;
  readonly target: { readonly jti: string } | { readonly subject: string; readonly issuedBeforeMs: number };
}

export interface KeySetRecord extends Common {
  readonly kind: 'key-set';
  readonly issuer: string;
  /** Canonical JSON of {"keys":[…]}. */
  readonly jwks: string;
}

export interface StatusRecord extends Common {
  readonly kind: 'status';
  readonly issuer: string;
  readonly asOfMs: number;
  readonly nextByMs: number;
}

export interface SnapshotPartRecord extends Common {
  readonly kind: 'snapshot-part';
  readonly cycle: number;
  readonly part: number;
  readonly last: boolean;
  readonly firstKey: string;
  readonly lastKey: string;
  readonly asOf: Revision;
  readonly entries: readonly WireRecord[];
}

export interface CheckpointRecord extends Common {
  readonly kind: 'checkpoint';
  readonly note: Uint8Array;
  readonly previousSize: number;
  readonly consistencyProof: readonly Uint8Array[];
}

export type WireRecord =
  | DeltaRecord
  | MemberRecord
  | TokenRecord
  | RevocationRecord
  | KeySetRecord
  | StatusRecord
  | SnapshotPartRecord
  | CheckpointRecord;

export type PayloadReason = 'protobuf' | 'record-count' | 'record-body' | 'record-field';

const OPERATIONS = [undefined, 'create', 'put', 'delete'] as const;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

type Message = Parameters<typeof messages.Record.encode>[0];
type Decoded = ReturnType<typeof messages.Record.decode>;

/** The protobuf of one record: what the packer counts bytes with, and joins to a payload. */
export function encodeRecord(record: WireRecord): Uint8Array {
  return messages.Record.encode(toMessage(record)).finish();
}

/** Payload bytes of records in order: `record i` gets index i. Joins what `encodeRecord` made, without encoding again. */
export function encodePayload(records: readonly Uint8Array[]): Uint8Array {
  // Field 1, length-delimited: tag 0x0a, varint length, bytes (protobuf encoding specification).
  const parts: Uint8Array[] = [];
  for (const record of records) parts.push(lengthPrefix(record.length), record);
  return Buffer.concat(parts);
}

/** Records in order, or why the bytes are none. Never throws; allocates in proportion to the input, which is bounded. */
export function decodePayload(bytes: Uint8Array, expectedCount: number): readonly WireRecord[] | PayloadReason {
  let decoded: readonly Decoded[];
  try {
    decoded = messages.Payload.decode(bytes).records as readonly Decoded[];
  } catch {
    return 'protobuf';
  }
  if (decoded.length !== expectedCount || decoded.length > WIRE_LIMITS.maxRecordsPerFrame) return 'record-count';
  return fromMessages(decoded, 'with-snapshots');
}

function fromMessages(decoded: readonly Decoded[], depth: 'with-snapshots' | 'entries'): WireRecord[] | PayloadReason {
  const records: WireRecord[] = [];
  for (const message of decoded) {
    const record = fromMessage(message, depth);
    if (typeof record === 'string') return record;
    records.push(record);
  }
  return records;
}

function fromMessage(message: Decoded, depth: 'with-snapshots' | 'entries'): WireRecord | PayloadReason {
  const bodies = [
    message.delta,
    message.member,
    message.token,
    message.revocation,
    message.keySet,
    message.status,
    message.snapshotPart,
    message.checkpoint,
  ].filter((body) => body !== null && body !== undefined);
  if (bodies.length !== 1) return 'record-body';
  const common = readCommon(message);
  if (common === undefined) return 'record-field';
  if (message.delta) return readDelta(message.delta, common);
  if (message.member) return readMember(message.member, common);
  if (message.token) return readToken(message.token, common);
  if (message.revocation) return readRevocation(message.revocation, common);
  if (message.keySet) return readKeySet(message.keySet, common);
  if (message.status) return readStatus(message.status, common);
  if (message.checkpoint) return readCheckpoint(message.checkpoint, common);
  return depth === 'entries'
    ? 'record-body'
    : readSnapshotPart(message.snapshotPart as NonNullable<Decoded['snapshotPart']>, common);
}

function readCommon(message: Decoded): Common | undefined {
  const atMs = safeInteger(message.atMs ?? 0);
  if (atMs === undefined) return undefined;
  const revision = message.revision ? readRevision(message.revision) : undefined;
  if (message.revision && revision === undefined) return undefined;
  return { ...(atMs > 0 && { atMs }), ...(revision && { revision }) };
}

function readRevision(message: NonNullable<Decoded['revision']>): Revision | undefined {
  const epoch = safeInteger(message.epoch ?? 0);
  const sequence = safeInteger(message.sequence ?? 0);
  return epoch === undefined || sequence === undefined ? undefined : { epoch, sequence, index: message.index ?? 0 };
}

function readDelta(body: NonNullable<Decoded['delta']>, common: Common): DeltaRecord | PayloadReason {
  const operation = OPERATIONS[body.operation ?? 0];
  const type = text(body.type, WIRE_LIMITS.maxNameBytes);
  const id = text(body.id, WIRE_LIMITS.maxIdBytes);
  const reason = optionalText(body.reason, WIRE_LIMITS.maxReasonBytes);
  const resource = utf8Text(body.resource ?? new Uint8Array(), WIRE_LIMITS.maxRecordBytes);
  if (operation === undefined || !type || !id || reason === undefined || resource === undefined) return 'record-field';
  if ((operation === 'delete') !== (resource === '')) return 'record-field';
  return { kind: 'delta', operation, type, id, ...(resource && { resource }), ...(reason && { reason }), ...common };
}

function readMember(body: NonNullable<Decoded['member']>, common: Common): MemberRecord | PayloadReason {
  const operation = OPERATIONS[body.operation ?? 0];
  const group = text(body.group, WIRE_LIMITS.maxIdBytes);
  const member = text(body.member, WIRE_LIMITS.maxIdBytes);
  const memberType = optionalText(body.memberType, WIRE_LIMITS.maxNameBytes);
  const reason = optionalText(body.reason, WIRE_LIMITS.maxReasonBytes);
  if (operation === undefined || !group || !member || memberType === undefined || reason === undefined) {
    return 'record-field';
  }
  if ((operation === 'delete') !== (memberType === '')) return 'record-field';
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
  const issuedBeforeMs = safeInteger(body.issuedBeforeMs ?? 0);
  if (!issuer || issuedBeforeMs === undefined) return 'record-field';
  if (jti && subject === '' && issuedBeforeMs === 0) return { kind: 'revocation', issuer, target: { jti }, ...common };
  if (subject && jti === '' && issuedBeforeMs > 0) {
    return { kind: 'revocation', issuer, target: { subject, issuedBeforeMs }, ...common };
  }
  return 'record-field';
}

function readKeySet(body: NonNullable<Decoded['keySet']>, common: Common): KeySetRecord | PayloadReason {
  const issuer = text(body.issuer, WIRE_LIMITS.maxIssuerBytes);
  const jwks = utf8Text(body.jwks ?? new Uint8Array(), WIRE_LIMITS.maxKeySetBytes);
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
  if (cycle === undefined || asOf === undefined) return 'record-field';
  const entries = fromMessages((body.entries ?? []) as readonly Decoded[], 'entries');
  if (typeof entries === 'string') return entries;
  if (entries.some((entry) => entry.revision === undefined)) return 'record-field';
  return {
    kind: 'snapshot-part',
    cycle,
    part: body.part ?? 0,
    last: body.last ?? false,
    firstKey: body.firstKey ?? '',
    lastKey: body.lastKey ?? '',
    asOf,
    entries,
    ...common,
  };
}

function readCheckpoint(body: NonNullable<Decoded['checkpoint']>, common: Common): CheckpointRecord | PayloadReason {
  const previousSize = safeInteger(body.previousSize ?? 0);
  if (!body.note?.length || previousSize === undefined) return 'record-field';
  return {
    kind: 'checkpoint',
    note: body.note,
    previousSize,
    consistencyProof: (body.consistencyProof ?? []) as Uint8Array[],
    ...common,
  };
}

function toMessage(record: WireRecord): Message {
  const common = { atMs: record.atMs ?? 0, revision: record.revision ?? null };
  switch (record.kind) {
    case 'delta':
      return {
        ...common,
        delta: {
          operation: OPERATIONS.indexOf(record.operation),
          type: record.type,
          id: record.id,
          resource: Buffer.from(record.resource ?? '', 'utf8'),
          reason: record.reason ?? '',
        },
      };
    case 'member':
      return {
        ...common,
        member: {
          operation: OPERATIONS.indexOf(record.operation),
          group: record.group,
          member: record.member,
          memberType: record.memberType ?? '',
          reason: record.reason ?? '',
        },
      };
    case 'token':
      return { ...common, token: { jws: record.jws } };
    case 'revocation':
      return { ...common, revocation: { issuer: record.issuer, ...record.target } };
    case 'key-set':
      return { ...common, keySet: { issuer: record.issuer, jwks: Buffer.from(record.jwks, 'utf8') } };
    case 'status':
      return { ...common, status: { issuer: record.issuer, asOfMs: record.asOfMs, nextByMs: record.nextByMs } };
    case 'snapshot-part':
      return {
        ...common,
        snapshotPart: {
          cycle: record.cycle,
          part: record.part,
          last: record.last,
          firstKey: record.firstKey,
          lastKey: record.lastKey,
          asOf: record.asOf,
          entries: record.entries.map(toMessage),
        },
      };
    case 'checkpoint':
      return {
        ...common,
        checkpoint: {
          note: record.note,
          previousSize: record.previousSize,
          consistencyProof: [...record.consistencyProof],
        },
      };
  }
}

function optionalText(value: string | null | undefined, maxBytes: number): string | undefined {
  const present = value ?? '';
  return Buffer.byteLength(present, 'utf8') <= maxBytes ? present : undefined;
}

function text(value: string | null | undefined, maxBytes: number): string | undefined {
  return optionalText(value, maxBytes) || undefined;
}

function utf8Text(bytes: Uint8Array, maxBytes: number): string | undefined {
  if (bytes.length > maxBytes) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function lengthPrefix(length: number): Uint8Array {
  const bytes = [0x0a];
  let rest = length;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
