import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodePlainRecord } from '../../src/wire/plain-record-writer.ts';
import { messages } from '../../src/wire/protobuf.ts';
import { toRecordMessage } from '../../src/wire/record-message.ts';

const text = fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 300 }));
const number = fc.oneof(fc.constant(0), fc.constant(127), fc.constant(128), fc.maxSafeNat());
const common = {
  operation: fc.constantFrom('create' as const, 'put' as const, 'delete' as const),
  reason: text,
  atMs: number,
  revision: fc.record({ epoch: number, sequence: number, index: fc.nat() }),
};
const delta = fc.record(
  { ...common, kind: fc.constant('delta' as const), type: text, id: text, resource: text },
  { requiredKeys: ['kind', 'operation', 'type', 'id'] },
);
const member = fc.record(
  { ...common, kind: fc.constant('member' as const), group: text, member: text, memberType: text },
  { requiredKeys: ['kind', 'operation', 'group', 'member'] },
);

it('deltas and memberships have the bytes that protobufjs gives them', () => {
  fc.assert(
    fc.property(fc.oneof(delta, member), (record) => {
      const byProtobufjs = messages.Record.encode(toRecordMessage(record)).finish();
      expect(Buffer.from(encodePlainRecord(record))).toEqual(Buffer.from(byProtobufjs));
    }),
    { numRuns: 2_000 },
  );
});
