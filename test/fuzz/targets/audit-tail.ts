import assert from 'node:assert/strict';
import { readTail, tailBytes } from '../../../src/audit/tail-file.ts';
import { InputReader } from '../input-reader.ts';

/** A tail as it comes; or entries numbered in order, and what stands torn behind them. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  if (reader.boolean()) {
    const bytes = reader.rest();
    const { entries, wholeBytes, rest } = readTail(bytes);
    assert.deepEqual(Buffer.concat([tailBytes(entries), rest]), bytes);
    assert.equal(wholeBytes + rest.length, bytes.length);
    return;
  }
  const first = reader.integer(1) * 256;
  const lines = Array.from({ length: reader.integer(1) % 8 }, (_, at) =>
    Buffer.from(JSON.stringify({ index: first + at, event: reader.text() })),
  );
  const torn = reader.rest();
  const tail = readTail(Buffer.concat([tailBytes(lines), torn]));
  assert.deepEqual(tail.entries.slice(0, lines.length), lines);
  if (!torn.includes('\n')) assert.deepEqual(tail.rest, torn);
  if (lines.length > 0) assert.equal(tail.first, first);
}
