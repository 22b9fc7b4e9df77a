/**
 * Records and the payload that holds them: proto/v1/record.proto. Decoding checks the wire's own bounds (one body, known
 * operation, lengths); what a record may say is policy and is checked by `src/identity` and `src/token`.
 */
import { WIRE_LIMITS } from '../limits.ts';
import { PlainRecordReader } from './plain-record-reader.ts';
import { encodePlainRecord } from './plain-record-writer.ts';
import { messages } from './protobuf.ts';
import { delimitedBytes, LENGTH_DELIMITED, walkFields, writeVarintField } from './protobuf-fields.ts';
import { toRecordMessage } from './record-message.ts';
import { readRecord } from './record-reader.ts';
import type { Revision } from './revision.ts';

export type Operation = 'create' | 'put' | 'delete';

interface Common {
  /** When the source says that it happened; absent where it did not say. */
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
  /** Of a delete: `source`, `snapshot`, `revert` …, 64 bytes at most. Absent of the others. */
  readonly reason?: string;
}

export interface MemberRecord extends Common {
  readonly kind: 'member';
  readonly operation: Operation;
  /** The ids of both. */
  readonly group: string;
  readonly member: string;
  /** A declared resource type; absent for a delete. */
  readonly memberType?: string;
  /** As a DeltaRecord's. */
  readonly reason?: string;
}

export interface TokenRecord extends Common {
  readonly kind: 'token';
  /** Compact JWS, as its issuer signed it. */
  readonly jws: string;
}

export interface RevocationRecord extends Common {
  readonly kind: 'revocation';
  readonly issuer: string;
  readonly target: RevocationTarget;
}

/**
 * `key`: the kid of a key, and all that it ever signed. `everyone`: all tokens of the issuer. `issuedBeforeMs`: those whose `iat`
 * is up to then.
 */
export type RevocationTarget =
  | { readonly jti: string }
  | { readonly subject: string; readonly issuedBeforeMs: number }
  | { readonly key: string }
  | { readonly everyone: true; readonly issuedBeforeMs: number };

/** What a revocation names, as one pair; the name of `everyone` is empty. */
export function revocationTarget(target: RevocationTarget): {
  readonly form: 'jti' | 'subject' | 'key' | 'everyone';
  readonly name: string;
} {
  if ('jti' in target) return { form: 'jti', name: target.jti };
  if ('subject' in target) return { form: 'subject', name: target.subject };
  return 'key' in target ? { form: 'key', name: target.key } : { form: 'everyone', name: '' };
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
  /** All revocations of the issuer up to then were said before. */
  readonly asOfMs: number;
  /** When the next status is due. */
  readonly nextByMs: number;
}

export interface SnapshotPartRecord extends Common {
  readonly kind: 'snapshot-part';
  /** The same for all parts of one cycle, rising with each cycle. */
  readonly cycle: number;
  /** From 0. */
  readonly part: number;
  /** Whether the cycle ends with it. */
  readonly last: boolean;
  /** Kafka keys of the range: the first included, the last not; an empty `lastKey` is the end of all keys. */
  readonly firstKey: string;
  readonly lastKey: string;
  /** Every key of the range that is not among `entries` was absent as of this revision. */
  readonly asOf: Revision;
  /** Each with its own revision; no snapshot parts. At most `maxEntriesPerPart`. */
  readonly entries: readonly WireRecord[];
}

export interface CheckpointRecord extends Common {
  readonly kind: 'checkpoint';
  /** A signed checkpoint of the sender's audit log (C2SP tlog-checkpoint). */
  readonly note: Uint8Array;
  /** Entries of the checkpoint before; 0: the first of its history. */
  readonly previousSize: number;
  /** RFC 6962 §2.1.2, hashes of 32 bytes; empty where `previousSize` is 0. */
  readonly consistencyProof: readonly Uint8Array[];
  /** Raw Ed25519 public key that signs the log. */
  readonly logKey: Uint8Array;
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

const RECORDS_FIELD = 1;

/** The protobuf of one record: what the packer counts bytes with, and joins to a payload. */
export function encodeRecord(record: WireRecord): Uint8Array {
  if (record.kind === 'delta' || record.kind === 'member') return encodePlainRecord(record);
  return messages.Record.encode(toRecordMessage(record)).finish();
}

/** Payload bytes of records in order: `record i` gets index i. Joins what `encodeRecord` made, without encoding again. */
export function encodePayload(records: readonly Uint8Array[]): Uint8Array {
  const payload = Buffer.allocUnsafe(records.reduce((sum, { length }) => sum + delimitedBytes(length), 0));
  let at = 0;
  for (const record of records) {
    // Field 1, length-delimited (protobuf encoding specification).
    at = writeVarintField(payload, at, 0x0a, record.length);
    payload.set(record, at);
    at += record.length;
  }
  return payload;
}

/**
 * Records in order, of which nothing aliases `bytes`, or why these are none. Never throws. Records are counted before the
 * first is decoded, so memory stays in proportion to `expectedCount` (which the signed header bounds) and to the bytes.
 */
export function decodePayload(bytes: Uint8Array, expectedCount: number): readonly WireRecord[] | PayloadReason {
  // Pairs of start and end.
  const places: number[] = [];
  let count = 0;
  const wellFormed = walkFields(bytes, ({ number, wireType, start, end }) => {
    if (number !== RECORDS_FIELD) return true;
    count++;
    if (count <= expectedCount) places.push(start, end);
    return wireType === LENGTH_DELIMITED;
  });
  if (!wellFormed) return 'protobuf';
  if (count !== expectedCount || count > WIRE_LIMITS.maxRecordsPerFrame) return 'record-count';
  const records: WireRecord[] = [];
  let entries = 0;
  const plain = new PlainRecordReader(bytes);
  for (let at = 0; at < places.length; at += 2) {
    const [start, end] = [places[at] as number, places[at + 1] as number];
    const record = plain.read(start, end) ?? readRecord(bytes.subarray(start, end), 'top');
    if (typeof record === 'string') return record;
    // Entries are records too: without this sum one frame of 16 MiB makes 700,000 of them, in seconds.
    entries += record.kind === 'snapshot-part' ? record.entries.length : 0;
    if (entries > WIRE_LIMITS.maxRecordsPerFrame) return 'record-count';
    records.push(record);
  }
  return records;
}
