/** snapshot-part.json: payloads of snapshot frames, the keys that they name, and parts that must be refused whole. */
import { identityKey, isIdentity } from '../../../src/identity/snapshot-part.ts';
import { encodePayload, encodeRecord, type SnapshotPartRecord, type WireRecord } from '../../../src/wire/record.ts';
import { hex } from './fixture.ts';

const POSITION = { epoch: 3, sequence: 43, index: 0 };
const AS_OF = { epoch: 3, sequence: 42, index: 65_535 };
const at = (sequence: number, index = 0, epoch = 3) => ({ revision: { epoch, sequence, index } });

const user = (id: string, place = at(7)): WireRecord => ({
  kind: 'delta',
  operation: 'put',
  type: 'User',
  id,
  resource: JSON.stringify({ id, schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'u' }),
  ...place,
});
const member: WireRecord = {
  kind: 'member',
  operation: 'put',
  group: 'g-1',
  member: 'ana|ö',
  memberType: 'User',
  ...at(1, 2, 1),
};
const token: WireRecord = { kind: 'token', jws: 'eyJhbGciOiJFZERTQSJ9.e30.c2ln', ...at(5) };
const revocation: WireRecord = { kind: 'revocation', issuer: 'https://idp.example', target: { jti: 'j' }, ...at(6) };
const keySet: WireRecord = { kind: 'key-set', issuer: 'https://idp.example', jwks: '{"keys":[]}', ...at(4) };

const WHOLE: SnapshotPartRecord = {
  kind: 'snapshot-part',
  cycle: 9,
  part: 0,
  last: true,
  firstKey: '',
  lastKey: '',
  asOf: AS_OF,
  entries: [],
};

const GOOD: readonly (readonly [string, Partial<SnapshotPartRecord>])[] = [
  ['all keys, none live', {}],
  ['all keys', { entries: [member, user('a'), user('b', at(42, 65_535))] }],
  ['first part of several', { last: false, lastKey: 'User|b', entries: [member, user('a')] }],
  [
    'a middle part: its first key is its own, its last is not',
    { part: 1, firstKey: 'User|a', lastKey: 'User|b', entries: [user('a')] },
  ],
  ['last part', { part: 2, firstKey: 'User|b', entries: [user('b'), user('zó|1')] }],
  [
    'an empty range, with what has no key in it',
    { part: 3, firstKey: 'Token|', lastKey: 'Token|', entries: [keySet, revocation, token] },
  ],
  ['tokens beside subjects', { entries: [user('a'), token] }],
  [
    'of an epoch without frames, carrying the one before',
    { asOf: { epoch: 3, sequence: 0, index: 0 }, entries: [member] },
  ],
];

const BAD: readonly (readonly [string, Partial<SnapshotPartRecord>, string])[] = [
  ['range backwards', { firstKey: 'User|b', lastKey: 'User|a' }, 'part-range'],
  ['first key beyond ASCII', { firstKey: 'User|ö' }, 'part-range'],
  ['last key with a space', { lastKey: 'User| ' }, 'part-range'],
  ['entry before its range', { firstKey: 'User|b', entries: [user('a')] }, 'part-outside'],
  ['entry at the end of its range', { lastKey: 'User|b', entries: [user('b')] }, 'part-outside'],
  ['entry in an empty range', { firstKey: 'User|a', lastKey: 'User|a', entries: [user('a')] }, 'part-outside'],
  ['one key twice', { entries: [user('a'), user('a', at(8))] }, 'part-duplicate'],
  ['one membership twice', { entries: [member, { ...member, ...at(2) }] }, 'part-duplicate'],
  [
    'an entry that is a delete',
    { entries: [{ kind: 'delta', operation: 'delete', type: 'User', id: 'a', ...at(8) }] },
    'part-entry',
  ],
  ['entry above as_of', { entries: [user('a', at(43))] }, 'part-revision'],
  ['entry of a later epoch', { entries: [user('a', at(1, 0, 4))] }, 'part-revision'],
  ['token above as_of', { entries: [{ ...token, ...at(43) }] }, 'part-revision'],
  ['as_of at its own position', { asOf: POSITION }, 'part-revision'],
  ['as_of above its own position', { asOf: { epoch: 4, sequence: 0, index: 0 } }, 'part-revision'],
];

export function snapshotPartVectors() {
  return {
    note: 'payload of a frame of kind snapshot at position; keys: those that it names, in order',
    position: POSITION,
    good: GOOD.map(([name, change]) => {
      const part = { ...WHOLE, ...change };
      return { name, recordCount: 1, bytes: payload([part]), keys: part.entries.filter(isIdentity).map(identityKey) };
    }),
    bad: [
      ...BAD.map(([name, change, error]) => ({
        name,
        recordCount: 1,
        bytes: payload([{ ...WHOLE, ...change }]),
        error,
      })),
      {
        name: 'two parts in one frame',
        recordCount: 2,
        bytes: payload([WHOLE, { ...WHOLE, part: 1 }]),
        error: 'part-count',
      },
      { name: 'a part and a delta', recordCount: 2, bytes: payload([WHOLE, user('a')]), error: 'part-count' },
    ],
  };
}

function payload(records: readonly WireRecord[]): string {
  return hex(encodePayload(records.map((record) => encodeRecord(record))));
}
