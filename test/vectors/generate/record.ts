/** record.json: every kind of record, and payloads that must be refused. */

import { messages } from '../../../src/wire/protobuf.ts';
import { encodePayload, encodeRecord, type WireRecord } from '../../../src/wire/record.ts';
import { bytesOf, hex, NOW_MS } from './fixture.ts';

const USER =
  '{"active":true,"id":"2819c223","schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bjensen"}';
const REVISION = { epoch: 3, sequence: 42, index: 7 };
const DELTA = { kind: 'delta', operation: 'put', type: 'User', id: '2819c223', resource: USER } as const;
const MEMBER = { kind: 'member', operation: 'create', group: 'g-1', member: '2819c223', memberType: 'User' } as const;

const RECORDS: readonly (readonly [string, WireRecord])[] = [
  ['delta, create', { ...DELTA, operation: 'create', atMs: NOW_MS }],
  ['delta, put of a repeated record', { ...DELTA, revision: REVISION }],
  ['delta, delete', { kind: 'delta', operation: 'delete', type: 'User', id: '2819c223', reason: 'source' }],
  [
    'delta, id beyond ASCII',
    { ...DELTA, type: 'Dev.ice_1-x', id: 'żółw €\u{1f422} |,%', resource: '{"id":"żółw €🐢 |,%"}' },
  ],
  ['member, create', MEMBER],
  ['member, put', { ...MEMBER, operation: 'put', memberType: 'Group' }],
  ['member, delete', { kind: 'member', operation: 'delete', group: 'g-1', member: '2819c223', reason: 'left-group' }],
  [
    'token',
    { kind: 'token', jws: 'eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIn0.c2lnbmF0dXJl', atMs: NOW_MS },
  ],
  ['revocation of a token', { kind: 'revocation', issuer: 'https://idp.example', target: { jti: 'jti-1' } }],
  [
    'revocation of a subject',
    {
      kind: 'revocation',
      issuer: 'https://idp.example',
      target: { subject: 'bjensen', issuedBeforeMs: NOW_MS },
    },
  ],
  ['revocation of a key', { kind: 'revocation', issuer: 'https://idp.example', target: { key: 'kid-1' } }],
  [
    'revocation of an issuer',
    { kind: 'revocation', issuer: 'https://idp.example', target: { everyone: true, issuedBeforeMs: NOW_MS } },
  ],
  ['key set', { kind: 'key-set', issuer: 'https://idp.example', jwks: '{"keys":[]}' }],
  ['status', { kind: 'status', issuer: 'https://idp.example', asOfMs: NOW_MS, nextByMs: NOW_MS + 60_000 }],
  [
    'snapshot part',
    {
      kind: 'snapshot-part',
      cycle: 9,
      part: 2,
      last: true,
      firstKey: 'User|2',
      lastKey: '',
      asOf: REVISION,
      entries: [
        { ...DELTA, revision: REVISION },
        { ...MEMBER, revision: { epoch: 3, sequence: 1, index: 65_535 } },
      ],
    },
  ],
  [
    'snapshot part, empty range of an empty epoch',
    {
      kind: 'snapshot-part',
      cycle: 1,
      part: 0,
      last: false,
      firstKey: '',
      lastKey: 'User|',
      entries: [],
      asOf: { epoch: 1, sequence: 0, index: 0 },
    },
  ],
  [
    'checkpoint',
    {
      kind: 'checkpoint',
      note: Buffer.from('site-a/hr\n4\nAAAA\n'),
      previousSize: 2,
      consistencyProof: [bytesOf('hash 0', 32), bytesOf('hash 1', 32)],
      logKey: bytesOf('log key', 32),
    },
  ],
  [
    'checkpoint, the first',
    {
      kind: 'checkpoint',
      note: Buffer.from('site-a/hr\n4\nAAAA\n'),
      previousSize: 0,
      consistencyProof: [],
      logKey: bytesOf('log key', 32),
    },
  ],
];

export function recordVectors() {
  const all = RECORDS.map(([, record]) => encodeRecord(record));
  return {
    about:
      'good: one Record message each; bytes as hex, absent members absent. payload: all of good in order as one Payload. bad: Payload messages with the count that the header claims; error is why the whole payload is refused.',
    good: RECORDS.map(([name, record]) => ({ name, record: recordJson(record), bytes: hex(encodeRecord(record)) })),
    payload: { recordCount: all.length, bytes: hex(encodePayload(all)) },
    ignored: ignored(),
    bad: bad(),
  };
}

/** What decodes as if it were not there. */
function ignored() {
  const user = encodeRecord(DELTA);
  return [
    {
      name: 'an unknown field behind the body',
      bytes: payload(join(user, field(16, 'later'))),
      record: recordJson(DELTA),
    },
    {
      name: 'an unknown varint field',
      bytes: payload(join(user, Uint8Array.of(0x80, 0x02, 1))),
      record: recordJson(DELTA),
    },
    {
      name: 'an unknown field inside the body',
      bytes: payload(field(1, join(bodyOf(user), field(9, 'later')))),
      record: recordJson(DELTA),
    },
    {
      name: 'an unknown field of the payload',
      bytes: hex(join(encodePayload([user]), field(2, 'later'))),
      record: recordJson(DELTA),
    },
  ];
}

function bad() {
  const user = encodeRecord(DELTA);
  const delta = (change: object) =>
    payload(messages.Record.encode({ delta: { ...deltaMessage(), ...change } }).finish());
  const member = (change: object) =>
    payload(
      messages.Record.encode({
        member: { operation: 1, group: 'g', member: 'm', memberType: 'User', ...change },
      }).finish(),
    );
  const part = (change: object) =>
    payload(
      messages.Record.encode({
        snapshotPart: { cycle: 1, asOf: REVISION, entries: [{ delta: deltaMessage(), revision: REVISION }], ...change },
      }).finish(),
    );
  const revocation = (change: object) =>
    payload(messages.Record.encode({ revocation: { issuer: 'i', ...change } }).finish());
  const text = (count: number) => 'x'.repeat(count);
  return [
    refused('noise', hex(bytesOf('noise', 64)), 'protobuf'),
    refused('a record cut short', hex(encodePayload([user]).subarray(0, -1)), 'protobuf'),
    refused('a group, which proto3 lacks', hex(join(encodePayload([user]), Uint8Array.of(0x13, 0x14))), 'protobuf'),
    refused('one record more than the header claims', hex(encodePayload([user, user])), 'record-count'),
    refused('no record', '', 'record-count'),
    refused('a record without body', payload(new Uint8Array()), 'record-body'),
    refused('two bodies of one kind', payload(join(user, user)), 'record-body'),
    refused('two bodies of two kinds', payload(join(user, encodeRecord(MEMBER))), 'record-body'),
    refused('a kind of a later version', payload(field(9, 'later')), 'record-body'),
    refused('a known body and one of a later version', payload(join(user, field(9, 'later'))), 'record-body'),
    refused('a body that is a varint', payload(Uint8Array.of(0x08, 1)), 'record-body'),
    refused(
      'deeper than any message of this version',
      payload(field(1, join(bodyOf(user), nestedGroups(20)))),
      'protobuf',
    ),
    refused('a string that is no UTF-8', payload(field(1, Buffer.from('08021204557365721a02c328', 'hex'))), 'protobuf'),
    refused('delta: unknown operation', delta({ operation: 4 }), 'record-field'),
    refused('delta: no operation', delta({ operation: 0 }), 'record-field'),
    refused('delta: type that is no name', delta({ type: 'User Name' }), 'record-field'),
    refused('delta: no id', delta({ id: '' }), 'record-field'),
    refused('delta: id of 257 bytes', delta({ id: text(257) }), 'record-field'),
    refused('delta: put without resource', delta({ resource: new Uint8Array() }), 'record-field'),
    refused('delta: delete with resource', delta({ operation: 3 }), 'record-field'),
    refused('delta: resource that is no UTF-8', delta({ resource: Buffer.from('c328', 'hex') }), 'record-field'),
    refused('delta: reason of 65 bytes', delta({ reason: text(65) }), 'record-field'),
    refused('delta: reason outside a-z, 0-9 and hyphen', delta({ reason: 'Left group' }), 'record-field'),
    refused('member: put without type', member({ memberType: '' }), 'record-field'),
    refused('member: delete with type', member({ operation: 3 }), 'record-field'),
    refused('member: no group', member({ group: '' }), 'record-field'),
    refused('member: no member', member({ member: '' }), 'record-field'),
    refused('token: empty', payload(messages.Record.encode({ token: {} }).finish()), 'record-field'),
    refused('revocation: no target', revocation({}), 'record-field'),
    refused('revocation: two targets', revocation({ jti: 'j', subject: 's', issuedBeforeMs: 1 }), 'record-field'),
    refused('revocation: subject without time', revocation({ subject: 's' }), 'record-field'),
    refused('revocation: jti with time', revocation({ jti: 'j', issuedBeforeMs: 1 }), 'record-field'),
    refused(
      'revocation: a key and a subject',
      revocation({ key: 'k', subject: 's', issuedBeforeMs: 1 }),
      'record-field',
    ),
    refused('revocation: key with time', revocation({ key: 'k', issuedBeforeMs: 1 }), 'record-field'),
    refused('revocation: key of 257 bytes', revocation({ key: text(257) }), 'record-field'),
    refused('revocation: everyone without time', revocation({ everyone: true }), 'record-field'),
    refused('revocation: not everyone', revocation({ everyone: false, issuedBeforeMs: 1 }), 'record-field'),
    refused('revocation: issuer of 513 bytes', revocation({ issuer: text(513), jti: 'j' }), 'record-field'),
    refused('key set: no keys', payload(messages.Record.encode({ keySet: { issuer: 'i' } }).finish()), 'record-field'),
    refused('status: no time', payload(messages.Record.encode({ status: { issuer: 'i' } }).finish()), 'record-field'),
    refused(
      'time above 2^53 - 1',
      payload(join(user, Buffer.from('7080808080808080 10'.replace(' ', ''), 'hex'))),
      'record-field',
    ),
    refused(
      'revision without sequence',
      payload(messages.Record.encode({ delta: deltaMessage(), revision: { epoch: 1 } }).finish()),
      'record-field',
    ),
    refused(
      'revision index 65,536',
      payload(
        messages.Record.encode({ delta: deltaMessage(), revision: { epoch: 1, sequence: 1, index: 65_536 } }).finish(),
      ),
      'record-field',
    ),
    refused('snapshot part: no cycle', part({ cycle: 0 }), 'record-field'),
    refused('snapshot part: no revision', part({ asOf: null }), 'record-field'),
    refused('snapshot part: entry without revision', part({ entries: [{ delta: deltaMessage() }] }), 'record-field'),
    refused(
      'snapshot part in a snapshot part',
      part({ entries: [{ snapshotPart: { cycle: 1 }, revision: REVISION }] }),
      'record-body',
    ),
    refused('snapshot part: 4,097 entries', part({ entries: Array(4_097).fill({ token: {} }) }), 'record-field'),
    refused(
      'checkpoint: no note',
      payload(messages.Record.encode({ checkpoint: { logKey: bytesOf('log key', 32) } }).finish()),
      'record-field',
    ),
    refused(
      'checkpoint: no key of the log',
      payload(messages.Record.encode({ checkpoint: { note: bytesOf('note', 9) } }).finish()),
      'record-field',
    ),
    refused(
      'checkpoint: hash of 31 bytes',
      payload(
        messages.Record.encode({
          checkpoint: {
            note: bytesOf('note', 9),
            consistencyProof: [bytesOf('hash', 31)],
            logKey: bytesOf('log key', 32),
          },
        }).finish(),
      ),
      'record-field',
    ),
    refused(
      'checkpoint: 129 hashes',
      payload(
        messages.Record.encode({
          checkpoint: {
            note: bytesOf('note', 9),
            consistencyProof: Array(129).fill(bytesOf('hash', 32)),
            logKey: bytesOf('log key', 32),
          },
        }).finish(),
      ),
      'record-field',
    ),
  ];
}

function deltaMessage() {
  return { operation: 2, type: 'User', id: '2819c223', resource: Buffer.from(USER) };
}

function refused(name: string, bytes: string, error: string) {
  return { name, recordCount: 1, bytes, error };
}

/** One record as a payload, hex. */
function payload(record: Uint8Array): string {
  return hex(encodePayload([record]));
}

/** The delta's own bytes in a record of less than 16,384. */
function bodyOf(record: Uint8Array): Uint8Array {
  return record.subarray((record[1] as number) < 0x80 ? 2 : 3);
}

/** A length-delimited field with a number of at most 2047. */
function field(number: number, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as Uint8Array);
  return join(varint(number * 8 + 2), varint(bytes.length), bytes);
}

function varint(value: number): Uint8Array {
  return value < 0x80 ? Uint8Array.of(value) : Uint8Array.of((value & 0x7f) | 0x80, value >> 7);
}

/** Unknown field 15 as groups in groups: a parser without a bound recurses. */
function nestedGroups(depth: number): Buffer {
  return Buffer.concat([Buffer.alloc(depth, 0x7b), Buffer.alloc(depth, 0x7c)]);
}

function join(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts);
}

export function recordJson(record: WireRecord): unknown {
  return JSON.parse(
    JSON.stringify(record, (_, value: unknown) => {
      if (value instanceof Uint8Array) return hex(value);
      const buffer = value as { type?: unknown; data?: number[] } | null;
      return buffer?.type === 'Buffer' && Array.isArray(buffer.data) ? hex(Buffer.from(buffer.data)) : value;
    }),
  );
}
