/** From a record to its protobuf message; record-reader.ts is the inverse. Zero and empty are protobuf's "absent". */
import type { messages } from './protobuf.ts';
import type { WireRecord } from './record.ts';

export type RecordMessage = Parameters<typeof messages.Record.encode>[0];

/** Values of the protobuf enum Operation, by position. */
export const OPERATIONS = [undefined, 'create', 'put', 'delete'] as const;

export function toRecordMessage(record: WireRecord): RecordMessage {
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
          entries: record.entries.map(toRecordMessage),
        },
      };
    case 'checkpoint':
      return {
        ...common,
        checkpoint: {
          note: record.note,
          previousSize: record.previousSize,
          consistencyProof: [...record.consistencyProof],
          logKey: record.logKey,
        },
      };
  }
}
