import assert from 'node:assert/strict';
import { WIRE_LIMITS } from '../../../src/limits.ts';
import {
  DATAGRAM_KIND,
  datagramGeometry,
  datagramKind,
  HEADER_BYTES,
  readDatagramHeader,
  TAG_BYTES,
  writeDatagramHeader,
} from '../../../src/wire/datagram.ts';
import { blockPlace } from '../../../src/wire/geometry.ts';

export function fuzz(input: Buffer): void {
  const kind = datagramKind(input);
  if (typeof kind === 'string' || kind === DATAGRAM_KIND.hello) return;
  const header = readDatagramHeader(input);
  const written = Buffer.alloc(HEADER_BYTES);
  writeDatagramHeader(written, 0, header);
  assert.equal(written.compare(input, 0, HEADER_BYTES), 0);
  const geometry = datagramGeometry(header, input.length - HEADER_BYTES - TAG_BYTES);
  if (geometry === 'geometry') return;
  // Whatever geometry passes: its blocks cover the frame once, and each fits the code.
  let symbols = 0;
  for (let blockIndex = 0; blockIndex < geometry.blockCount; blockIndex++) {
    const { sourceCount, offsetBytes } = blockPlace(geometry, blockIndex);
    assert.equal(offsetBytes, symbols * geometry.symbolBytes);
    assert.ok(sourceCount >= 1 && sourceCount <= WIRE_LIMITS.maxSourceSymbols);
    if (blockIndex === header.blockIndex) assert.equal(sourceCount, header.sourceCount);
    symbols += sourceCount;
  }
  assert.equal(symbols, geometry.sourceSymbols);
  assert.ok(symbols * geometry.symbolBytes >= geometry.frameBytes);
}
