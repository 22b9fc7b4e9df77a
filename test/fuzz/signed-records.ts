/**
 * The re-signing mutator: what a fuzzed input makes of a frame's header fields and of its records, signed with the key that
 * the receiver trusts, so that the parsers behind the signature meet it.
 */
import { compress } from '../../src/wire/compression.ts';
import type { FrameHeader } from '../../src/wire/frame.ts';
import {
  encodePayload,
  encodeRecord,
  type Operation,
  type RevocationTarget,
  type WireRecord,
} from '../../src/wire/record.ts';
import { type SentFrame, signFrame, WALL_MS } from '../support/model-sender.ts';
import type { InputReader } from './input-reader.ts';

const EPOCH = 1;
const MAX_RECORDS = 8;

/** A frame of that sequence; its payload is right but for what the input changes. */
export function signedFrame(reader: InputReader, sequence: number, place: Partial<FrameHeader> = {}): SentFrame {
  const records: Uint8Array[] = [];
  for (let count = reader.integer(1) % MAX_RECORDS; count > 0; count--) records.push(fuzzedRecord(reader));
  const body = encodePayload(records);
  const compression = reader.choice(['none', 'zstd'] as const);
  // Garbage behind the signature: what is signed need not be zstd, and need not be a payload.
  const payload = reader.integer(1) === 1 ? reader.chunk() : compression === 'zstd' ? compress(body) : body;
  const declared = {
    recordCount: Math.max(1, records.length),
    bodyBytes: Math.max(1, compression === 'none' ? payload.length : body.length),
    createdAtMs: WALL_MS,
    kind: 'deltas' as const,
  };
  return signFrame(
    {
      epoch: EPOCH,
      epochId: Buffer.alloc(16, EPOCH),
      sequence,
      previousDigest: sequence === 1 ? new Uint8Array() : Buffer.alloc(32, 9),
      compression,
      ...declared,
      ...fuzzedFields(reader),
      ...place,
    },
    payload,
  );
}

/** In most inputs none: a header that lies is refused early. */
export function fuzzedFields(reader: InputReader): Partial<FrameHeader> {
  switch (reader.integer(1)) {
    case 1:
      return { recordCount: reader.integer(3) };
    case 2:
      return { bodyBytes: reader.integer(4) };
    case 3:
      return { createdAtMs: reader.integer(6) };
    case 4:
      return { kind: 'snapshot' };
    case 5:
      return { epoch: reader.integer(6), epochId: Buffer.alloc(16, reader.integer(1)) };
    case 6:
      return { sequence: reader.integer(6), previousDigest: Buffer.alloc(32, 9) };
    case 7:
      return { boundary: reader.text() };
    case 8:
      return { stream: reader.text() };
    case 9:
      return { keyId: reader.bytes(16) };
    case 10:
      return { payloadBytes: reader.integer(4), payloadDigest: reader.bytes(32) };
    default:
      return {};
  }
}

function fuzzedRecord(reader: InputReader): Uint8Array {
  const kind = reader.integer(1) % 8;
  return kind === 0 ? reader.chunk() : encodeRecord(recordOf(kind, reader));
}

function recordOf(kind: number, reader: InputReader): WireRecord {
  const operation = reader.choice<Operation>(['put', 'create', 'delete']);
  const common = fuzzedCommon(reader);
  switch (kind) {
    case 1: {
      const type = reader.choice(['User', 'Group', 'Role']);
      const id = reader.text();
      const resource = operation === 'delete' ? {} : { resource: reader.text() };
      return { kind: 'delta', operation, type, id, ...resource, ...common };
    }
    case 2: {
      const memberType = operation === 'delete' ? {} : { memberType: reader.choice(['User', 'Group', 'x']) };
      return { kind: 'member', operation, group: reader.text(), member: reader.text(), ...memberType, ...common };
    }
    case 3:
      return { kind: 'token', jws: reader.text(), ...common };
    case 4: {
      const issuer = reader.choice(['https://idp.example', 'other']);
      return { kind: 'revocation', issuer, target: revocationTarget(reader), ...common };
    }
    case 5:
      return { kind: 'key-set', issuer: reader.text(), jwks: reader.text(), ...common };
    case 6:
      return {
        kind: 'status',
        issuer: reader.text(),
        asOfMs: reader.integer(6),
        nextByMs: reader.integer(6),
        ...common,
      };
    default:
      return snapshotPart(reader, common);
  }
}

function revocationTarget(reader: InputReader): RevocationTarget {
  switch (reader.integer(1) % 4) {
    case 0:
      return { jti: reader.text() };
    case 1:
      return { subject: reader.text(), issuedBeforeMs: reader.integer(6) };
    case 2:
      return { key: reader.text() };
    default:
      return { everyone: true, issuedBeforeMs: reader.integer(6) };
  }
}

function snapshotPart(reader: InputReader, common: Common): WireRecord {
  const entries: WireRecord[] = [];
  for (let count = reader.integer(1) % 4; count > 0; count--)
    entries.push(recordOf(1 + (reader.integer(1) % 6), reader));
  return {
    kind: 'snapshot-part',
    cycle: reader.integer(2),
    part: reader.integer(2),
    last: reader.boolean(),
    firstKey: reader.text(),
    lastKey: reader.text(),
    asOf: { epoch: EPOCH, sequence: reader.integer(2), index: reader.integer(1) },
    entries,
    ...common,
  };
}

type Common = Pick<WireRecord, 'atMs' | 'revision'>;

function fuzzedCommon(reader: InputReader): Common {
  const present = reader.integer(1);
  return {
    ...(present & 1 && { atMs: reader.integer(6) }),
    ...(present & 2 && {
      revision: { epoch: reader.integer(1), sequence: reader.integer(2), index: reader.integer(2) },
    }),
  } as Common;
}
