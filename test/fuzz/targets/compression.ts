import assert from 'node:assert/strict';
import { WIRE_LIMITS } from '../../../src/limits.ts';
import { compress, decompress } from '../../../src/wire/compression.ts';
import { InputReader } from '../input-reader.ts';

/** Three bytes of declared size, then the payload. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  const bodyBytes = 1 + (reader.integer(3) % WIRE_LIMITS.maxBodyBytes);
  const payload = reader.rest();
  const body = decompress(payload, bodyBytes);
  if (typeof body === 'object') assert.equal(body.length, bodyBytes);
  if (payload.length === 0) return;
  // What a failure before left in the decompressor must not reach the next frame.
  const compressed = compress(payload);
  const whole = decompress(compressed, payload.length);
  assert.ok(typeof whole === 'object' && payload.equals(whole));
}
