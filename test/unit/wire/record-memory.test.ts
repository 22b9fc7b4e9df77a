import { describe, expect, it } from 'vitest';
import { WIRE_LIMITS } from '../../../src/limits.ts';
import { decodePayload, encodePayload, encodeRecord, type WireRecord } from '../../../src/wire/record.ts';

const MIB = 1024 * 1024;

/** Heap that `run` leaves, in bytes, where nothing was collected in between; a bound from above only. */
function heapOf(run: () => unknown): number {
  const before = process.memoryUsage().heapUsed;
  const result = run();
  const after = process.memoryUsage().heapUsed;
  expect(typeof result).toBe('string');
  return after - before;
}

/** A length-delimited field around `content`, numbers below 16. */
function field(number: number, content: Uint8Array): Buffer {
  const length = [];
  for (let rest = content.length; ; rest >>>= 7) {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  return Buffer.concat([Uint8Array.of(number * 8 + 2), Uint8Array.from(length), content]);
}

// Each decodes to millions of objects where nobody counts first: gigabytes.
describe('a hostile payload of 16 MiB costs little beside itself', () => {
  it.each([
    ['empty records', Buffer.alloc(WIRE_LIMITS.maxBodyBytes, '0a00', 'hex'), WIRE_LIMITS.maxRecordsPerFrame],
    ['empty entries in one snapshot part', field(1, field(7, Buffer.alloc(15 * MIB, '3a00', 'hex'))), 1],
    ['empty hashes in one checkpoint', field(1, field(8, Buffer.alloc(15 * MIB, '1a00', 'hex'))), 1],
    ['unknown fields in one record', field(1, Buffer.alloc(15 * MIB, '8001', 'hex')), 1],
    ['unknown fields in one token', field(1, field(3, Buffer.alloc(15 * MIB, '8a0100', 'hex'))), 1],
  ])('%s', (_, payload, expectedCount) => {
    expect(heapOf(() => decodePayload(payload, expectedCount))).toBeLessThan(24 * MIB);
  });
});

it('all snapshot parts of a payload have at most 65,536 entries together', () => {
  const place = { epoch: 1, sequence: 1, index: 0 };
  const entry: WireRecord = { kind: 'delta', operation: 'delete', type: 'User', id: 'a', revision: place };
  const partOf = (count: number) =>
    encodeRecord({
      kind: 'snapshot-part',
      cycle: 1,
      part: 1,
      last: false,
      firstKey: '',
      lastKey: '',
      asOf: place,
      entries: Array<WireRecord>(count).fill(entry),
    });
  const most = WIRE_LIMITS.maxRecordsPerFrame / WIRE_LIMITS.maxEntriesPerPart;
  const parts = Array<Uint8Array>(most).fill(partOf(WIRE_LIMITS.maxEntriesPerPart));
  expect(decodePayload(encodePayload(parts), most)).toHaveLength(most);
  expect(decodePayload(encodePayload([...parts, partOf(1)]), most + 1)).toBe('record-count');
});
