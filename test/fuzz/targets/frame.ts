import assert from 'node:assert/strict';
import { decodeFrame, decodeFrameHeader, encodeFrame, encodeFrameHeader } from '../../../src/wire/frame.ts';

export function fuzz(input: Buffer): void {
  const frame = decodeFrame(input);
  if (typeof frame === 'object') {
    assert.equal(Buffer.compare(encodeFrame(frame), input), 0);
    checkHeader(frame.header);
  }
  checkHeader(input);
}

function checkHeader(bytes: Uint8Array): void {
  const header = decodeFrameHeader(bytes);
  if (typeof header === 'string') return;
  const encoded = encodeFrameHeader(header);
  const again = decodeFrameHeader(encoded);
  assert.ok(typeof again === 'object' && Buffer.compare(encodeFrameHeader(again), encoded) === 0);
}
