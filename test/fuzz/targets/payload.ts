import assert from 'node:assert/strict';
import { decodePayload, encodePayload, encodeRecord } from '../../../src/wire/record.ts';

/** The first byte is the count that the signed header declares. */
export function fuzz(input: Buffer): void {
  const declared = input[0] ?? 0;
  const records = decodePayload(input.subarray(1), declared);
  if (typeof records === 'string') return;
  assert.equal(records.length, declared);
  const encoded = encodePayload(records.map(encodeRecord));
  const again = decodePayload(encoded, declared);
  assert.ok(typeof again === 'object' && Buffer.compare(encodePayload(again.map(encodeRecord)), encoded) === 0);
}
