/** Arbitrary values of the wire's own types, each within its bounds. */
import fc from 'fast-check';
import { WIRE_LIMITS } from '../../src/limits.ts';
import type { DatagramHeader } from '../../src/wire/datagram.ts';
import type { FrameHeader } from '../../src/wire/frame.ts';
import type { Head, HelloBody } from '../../src/wire/hello.ts';
import type { WireRecord } from '../../src/wire/record.ts';
import type { Revision } from '../../src/wire/revision.ts';

export function bytesOf(length: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes));
}

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const reason = fc.stringMatching(/^[a-z0-9-]{1,64}$/);
const positive = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const sequence = fc.integer({ min: 1, max: WIRE_LIMITS.maxSequence });

/** Text of at least one character and at most `maxBytes` in UTF-8. */
function text(maxBytes: number): fc.Arbitrary<string> {
  const unit = fc.constantFrom('a', 'Z', '0', ' ', '|', '%', '\0', 'é', '€', '🐢', '\ufffd', '\ufeff');
  return fc.string({ unit, minLength: 1, maxLength: maxBytes }).filter((value) => Buffer.byteLength(value) <= maxBytes);
}

const revision: fc.Arbitrary<Revision> = fc.record({
  epoch: positive,
  sequence,
  index: fc.integer({ min: 0, max: WIRE_LIMITS.maxRecordsPerFrame - 1 }),
});

function withCommon<T extends object>(body: fc.Arbitrary<T>, needsRevision: boolean): fc.Arbitrary<T> {
  const common = fc.record({ atMs: positive, revision }, { requiredKeys: needsRevision ? ['revision'] : [] });
  return fc.tuple(body, common).map(([left, right]) => ({ ...left, ...right }));
}

function bodies(): fc.Arbitrary<WireRecord>[] {
  const operation = fc.constantFrom('create' as const, 'put' as const);
  const optionalReason = fc.record({ reason }, { requiredKeys: [] });
  const id = text(WIRE_LIMITS.maxIdBytes);
  const issuer = text(WIRE_LIMITS.maxIssuerBytes);
  const kind = <K extends WireRecord['kind']>(value: K) => fc.constant(value);
  const remove = fc.constant('delete' as const);
  const jti = fc.record({ jti: id });
  const subject = fc.record({ subject: id, issuedBeforeMs: positive });
  const key = fc.record({ key: id });
  const everyone = fc.record({ everyone: fc.constant(true as const), issuedBeforeMs: positive });
  return [
    join(fc.record({ kind: kind('delta'), operation, type: name, id, resource: text(2_000) }), optionalReason),
    join(fc.record({ kind: kind('delta'), operation: remove, type: name, id }), optionalReason),
    join(fc.record({ kind: kind('member'), operation, group: id, member: id, memberType: name }), optionalReason),
    join(fc.record({ kind: kind('member'), operation: remove, group: id, member: id }), optionalReason),
    fc.record({ kind: kind('token'), jws: text(2_000) }),
    fc.record({ kind: kind('revocation'), issuer, target: fc.oneof(jti, subject, key, everyone) }),
    fc.record({ kind: kind('key-set'), issuer, jwks: text(2_000) }),
    fc.record({ kind: kind('status'), issuer, asOfMs: positive, nextByMs: fc.nat() }),
  ];
}

function join<A extends object, B extends object>(left: fc.Arbitrary<A>, right: fc.Arbitrary<B>): fc.Arbitrary<A & B> {
  return fc.tuple(left, right).map(([a, b]) => ({ ...a, ...b }));
}

const snapshotPart: fc.Arbitrary<WireRecord> = fc.record({
  kind: fc.constant('snapshot-part' as const),
  cycle: positive,
  part: fc.nat(),
  last: fc.boolean(),
  firstKey: fc.oneof(fc.constant(''), text(100)),
  lastKey: text(100),
  asOf: fc.oneof(revision, fc.record({ epoch: positive, sequence: fc.constant(0), index: fc.constant(0) })),
  entries: fc.array(withCommon(fc.oneof(...bodies()), true), { maxLength: 5 }),
});

const checkpoint: fc.Arbitrary<WireRecord> = fc.record({
  kind: fc.constant('checkpoint' as const),
  note: fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  previousSize: fc.nat(),
  consistencyProof: fc.array(bytesOf(32), { maxLength: WIRE_LIMITS.maxProofHashes }),
  logKey: bytesOf(32),
});

export const wireRecord: fc.Arbitrary<WireRecord> = withCommon(fc.oneof(...bodies(), snapshotPart, checkpoint), false);

export const frameHeader: fc.Arbitrary<FrameHeader> = fc
  .record({
    suite: fc.constant(1),
    boundary: name,
    stream: name,
    epoch: positive,
    epochId: bytesOf(16),
    sequence: fc.oneof(fc.constant(1), sequence),
    previousDigest: bytesOf(32),
    kind: fc.constantFrom('deltas' as const, 'snapshot' as const),
    recordCount: fc.integer({ min: 1, max: WIRE_LIMITS.maxRecordsPerFrame }),
    createdAtMs: fc.oneof(fc.constant(0), positive),
    keyId: bytesOf(16),
    payloadDigest: bytesOf(32),
    payloadBytes: fc.integer({ min: 1, max: WIRE_LIMITS.maxFrameBytes }),
    bodyBytes: fc.integer({ min: 1, max: WIRE_LIMITS.maxBodyBytes }),
    compression: fc.constantFrom('none' as const, 'zstd' as const),
  })
  .map((header) => ({
    ...header,
    previousDigest: header.sequence === 1 ? Buffer.alloc(0) : header.previousDigest,
    bodyBytes: header.compression === 'none' ? header.payloadBytes : header.bodyBytes,
  }));

function head(epoch: fc.Arbitrary<number>): fc.Arbitrary<Head> {
  const parts = fc.record({ epoch, epochId: bytesOf(16), digest: bytesOf(32), at: fc.oneof(fc.constant(0), sequence) });
  return parts.map(({ at, digest, ...rest }) => ({
    ...rest,
    sequence: at,
    digest: at === 0 ? Buffer.alloc(0) : digest,
    oldestSequence: Math.floor(at / 2),
  }));
}

export const helloBody: fc.Arbitrary<HelloBody> = fc.record(
  {
    protocolVersion: fc.constant(1),
    suite: fc.constant(1),
    boundary: name,
    stream: name,
    sessionNumber: positive,
    sessionId: bytesOf(16),
    counter: positive,
    sentAtMs: fc.oneof(fc.constant(0), positive),
    keyId: bytesOf(16),
    link: fc.record({
      symbolBytes: fc.integer({ min: 1, max: WIRE_LIMITS.maxSymbolBytes / 64 }).map((steps) => steps * 64),
      repairPercent: fc.integer({ min: 0, max: WIRE_LIMITS.maxRepairPercent }),
      rateBitsPerSecond: positive,
      helloIntervalMs: fc.integer({ min: 1, max: WIRE_LIMITS.maxIntervalMs }),
      repeatAfterMs: fc.array(fc.integer({ min: 0, max: WIRE_LIMITS.maxIntervalMs }), {
        maxLength: WIRE_LIMITS.maxRepeats,
      }),
    }),
    head: head(fc.integer({ min: 2 ** 40, max: Number.MAX_SAFE_INTEGER })),
    sealed: fc.array(fc.record({ receiverId: bytesOf(8), encapsulatedKey: bytesOf(32), ciphertext: bytesOf(48) }), {
      minLength: 1,
      maxLength: WIRE_LIMITS.maxReceivers,
    }),
    previousEpoch: head(fc.integer({ min: 1, max: 2 ** 40 - 1 })).map((value) => ({ ...value, oldestSequence: 0 })),
  },
  {
    requiredKeys: [
      'protocolVersion',
      'suite',
      'boundary',
      'stream',
      'sessionNumber',
      'sessionId',
      'counter',
      'sentAtMs',
      'keyId',
      'link',
      'head',
      'sealed',
    ],
  },
);

const byte = fc.integer({ min: 0, max: 255 });
const counter = fc.integer({ min: 0, max: WIRE_LIMITS.maxSequence });

export const datagramHeader: fc.Arbitrary<DatagramHeader> = fc.record({
  suite: byte,
  kind: fc.integer({ min: 0, max: 15 }),
  session: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  lane: byte,
  counter,
  sequence: counter,
  blockIndex: byte,
  blockCount: byte,
  symbolIndex: byte,
  frameBytes: fc.integer({ min: 0, max: 2 ** 24 - 1 }),
  sourceCount: byte,
  repairCapacity: fc.integer({ min: 0, max: 15 }).map((log) => 2 ** log),
});
