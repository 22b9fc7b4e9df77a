import assert from 'node:assert/strict';
import { PlainRecordReader } from '../../../src/wire/plain-record-reader.ts';
import { decodePayload, encodePayload, encodeRecord } from '../../../src/wire/record.ts';
import { readRecord } from '../../../src/wire/record-reader.ts';

/** The first byte is the count that the signed header declares. */
export function fuzz(input: Buffer): void {
  const declared = input[0] ?? 0;
  const plain = new PlainRecordReader(input).read(1, input.length);
  if (plain !== undefined) assert.deepEqual(plain, readRecord(input.subarray(1), 'top'));
  const records = decodePayload(input.subarray(1), declared);
  if (typeof records === 'string') return;
  assert.equal(records.length, declared);
  const encoded = encodePayload(records.map(encodeRecord));
  const again = decodePayload(encoded, declared);
  assert.ok(typeof again === 'object' && Buffer.compare(encodePayload(again.map(encodeRecord)), encoded) === 0);
}
