/** What a refused record leaves on the `quarantine` topic: why, and enough to find it at its source; never what it held. */
import { sha256Hex } from '../../src/crypto/digest.ts';
import { jwksKey, statusKey } from '../../src/identity/key.ts';
import { identityKey } from '../../src/identity/snapshot-part.ts';
import type { KafkaRecord } from '../../src/kafka/kafka-record.ts';
import { encodeRecord, type WireRecord } from '../../src/wire/record.ts';
import { formatRevision, type Revision } from '../../src/wire/revision.ts';
import { DATA_SCHEMAS, EVENT_TYPES, type FrameContext, kafkaRecord } from './kafka-records.ts';
import { frameName } from './progress.ts';

/** Of one record, or of a whole frame (kind `frame`). */
export interface Refused {
  readonly kind: string;
  /** ASCII, at most 64: stable codes, listed in docs/consumers.md. */
  readonly reason: string;
  /** The Kafka key that the record would have had, as far as it can be known. */
  readonly key: string;
  readonly revision: Revision;
  /** Lower-case hex: of the token, of the resource or key set as it came, else of the record's protobuf. */
  readonly sha256: string;
  /** For a person; names fields and claims, never their values. */
  readonly detail?: string;
  /** Where in the record. */
  readonly path?: string;
  readonly jti?: string;
  /** Of a frame: the records that it declared. */
  readonly recordCount?: number;
  readonly atMs?: number;
}

/** Another event than the record's own, and than its refusal in another frame: a snapshot says again what was refused. */
export function quarantineRecord(topic: string, frame: FrameContext, refused: Refused): KafkaRecord {
  const { atMs, revision, ...rest } = refused;
  const value = { ...rest, revision: formatRevision(revision) };
  return kafkaRecord(frame, {
    topic,
    key: refused.key,
    value: JSON.stringify(value),
    type: EVENT_TYPES.quarantine,
    contentType: 'application/json',
    dataSchema: DATA_SCHEMAS.quarantine,
    revision,
    idSuffix: `quarantine/${frameName(frame)}`,
    atMs,
    reason: refused.reason,
  });
}

/** The key that a refused record would have had; what cannot be known is named by its digest or its place. */
export function recordKey(record: WireRecord, revision: Revision, sha256: string): string {
  switch (record.kind) {
    case 'delta':
    case 'member':
      return identityKey(record);
    case 'key-set':
      return jwksKey(record.issuer);
    case 'status':
      return statusKey(record.issuer);
    case 'token':
      // Nothing that an unverified token says of itself may choose a key.
      return `Token|${sha256}`;
    default:
      return `Record|${formatRevision(revision)}`;
  }
}

/** Lower-case hex of the SHA-256 of what came: the JWS, the key set, the resource, else the record's protobuf. */
export function recordDigest(record: WireRecord): string {
  if (record.kind === 'token') return sha256Hex(record.jws);
  if (record.kind === 'key-set') return sha256Hex(record.jwks);
  if (record.kind === 'delta' && record.resource !== undefined) return sha256Hex(record.resource);
  return sha256Hex(encodeRecord(record));
}
