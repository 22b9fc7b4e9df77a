import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WIRE_LIMITS } from '../../src/limits.ts';
import { PlainRecordReader } from '../../src/wire/plain-record-reader.ts';
import { type DeltaRecord, encodeRecord, type MemberRecord } from '../../src/wire/record.ts';
import { readRecord } from '../../src/wire/record-reader.ts';
import { wireRecord } from './wire-arbitraries.ts';

/** What the plain reader says of bytes that lie between others. */
function readPlainly(bytes: Uint8Array): ReturnType<PlainRecordReader['read']> {
  const around = Buffer.concat([Buffer.from([0x0a, 0x7f]), bytes, Buffer.from([0x2a, 0x01, 0x61, 0x70, 0x05])]);
  return new PlainRecordReader(around).read(2, 2 + bytes.length);
}

function expectAgreement(bytes: Uint8Array): boolean {
  const record = readPlainly(bytes);
  if (record !== undefined) expect(record).toStrictEqual(readRecord(bytes, 'top'));
  return record !== undefined;
}

/** Length-delimited; a third of the short ones with a length of two bytes where one would do, which protobuf allows. */
function field(tag: number, value: Uint8Array): Buffer {
  const { length } = value;
  const isShort = length < 128 && length % 3 !== 1;
  return Buffer.concat([Buffer.from(isShort ? [tag, length] : [tag, (length & 0x7f) | 0x80, length >> 7]), value]);
}

/** Mostly what passes, so that one odd part in a record is told from many. */
const text = fc
  .oneof(
    { weight: 12, arbitrary: fc.constantFrom('user', 'a', 'source') },
    fc.constantFrom('', 'é', '\0', '-', 'b'.repeat(64), 'c'.repeat(127), 'd'.repeat(300)),
  )
  .map((value) => Buffer.from(value));
const noText = fc.constantFrom('ff', 'c0af', 'eda080', 'f0908080').map((hex) => Buffer.from(hex, 'hex'));
const varint = fc
  .oneof(
    { weight: 12, arbitrary: fc.constantFrom('01', '02', '03') },
    fc.constantFrom(
      '00',
      '04',
      '8100',
      'ffff03',
      '808004',
      'ffffffffffff7f',
      'ffffffffffffff0f',
      '80',
      `${'ff'.repeat(9)}01`,
    ),
  )
  .map((hex) => Buffer.from(hex, 'hex'));

function varintField(tag: number): fc.Arbitrary<Buffer> {
  return varint.map((value) => Buffer.concat([Buffer.from([tag]), value]));
}

function textField(tag: number): fc.Arbitrary<Buffer> {
  return fc.oneof({ weight: 20, arbitrary: text }, noText).map((value) => field(tag, value));
}

/** Some of these, mostly in their order. */
function someOf(...fields: readonly fc.Arbitrary<Buffer>[]): fc.Arbitrary<Buffer> {
  const some = fc
    .tuple(...fields)
    .chain((all) =>
      fc.oneof(
        { weight: 6, arbitrary: fc.constant(all) },
        fc.subarray(all),
        fc.shuffledSubarray(all),
        fc.constant([...all, ...all]),
      ),
    );
  return some.map((parts) => Buffer.concat(parts));
}

const body = someOf(
  varintField(0x08),
  textField(0x12),
  textField(0x1a),
  textField(0x22),
  textField(0x2a),
  // Unknown here; what has this number in a record is its time.
  fc.oneof({ weight: 9, arbitrary: fc.constant(Buffer.alloc(0)) }, varintField(0x70)),
);
const revision = someOf(varintField(0x08), varintField(0x10), varintField(0x18));
const soup = fc.constantFrom(0x0a, 0x12, 0x1a).chain((tag) =>
  someOf(
    body.map((bytes) => field(tag, bytes)),
    varintField(0x70),
    revision.map((bytes) => field(0x7a, bytes)),
  ),
);

describe('the plain reader', () => {
  it('takes each delta and membership whose names are ASCII, as encoded, and no other kind', () => {
    fc.assert(
      fc.property(wireRecord, (record) => {
        const isTaken = expectAgreement(encodeRecord(record));
        const isFlat = record.kind === 'delta' || record.kind === 'member';
        expect(isTaken).toBe(isFlat && hasShortIntegers(record) && namesOf(record).every(isAscii));
      }),
      { numRuns: 2_000 },
    );
  });

  it('says of changed bytes what the other reader says, or nothing', () => {
    fc.assert(
      fc.property(
        wireRecord,
        fc.nat({ max: 80 }),
        fc.uint8Array({ minLength: 1, maxLength: 3 }),
        (record, at, noise) => {
          const bytes = Buffer.from(encodeRecord(record));
          bytes.set(noise.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
          expectAgreement(bytes);
          expectAgreement(bytes.subarray(0, at));
        },
      ),
      { numRuns: 4_000 },
    );
  });

  it('says of any fields in any order what the other reader says, or nothing', () => {
    let taken = 0;
    fc.assert(
      fc.property(soup, (bytes) => {
        taken += Number(expectAgreement(bytes));
      }),
      { numRuns: 10_000 },
    );
    expect(taken).toBeGreaterThan(300);
  });

  it('leaves a resource that is too long to the other reader', () => {
    const resource = 'a'.repeat(WIRE_LIMITS.maxRecordBytes);
    const bytes = (text: string) =>
      encodeRecord({ kind: 'delta', operation: 'put', type: 'User', id: '1', resource: text });
    expect(expectAgreement(bytes(resource))).toBe(true);
    expect(expectAgreement(bytes(`${resource}a`))).toBe(false);
  });
});

function namesOf(record: DeltaRecord | MemberRecord): readonly string[] {
  return record.kind === 'delta' ? [record.id] : [record.group, record.member];
}

function isAscii(name: string): boolean {
  return Buffer.byteLength(name, 'utf8') === name.length;
}

/** Below 2^49, which times and sequences are as a rule. */
function hasShortIntegers({
  atMs = 0,
  revision = { epoch: 0, sequence: 0, index: 0 },
}: DeltaRecord | MemberRecord): boolean {
  return Math.max(atMs, revision.epoch, revision.sequence) < 2 ** 49;
}
