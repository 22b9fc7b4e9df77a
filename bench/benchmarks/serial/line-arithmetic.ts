/** What a serial line can carry, by arithmetic alone: docs/wire-format.md, "Serial line". */
import { WIRE_LIMITS } from '../../../src/limits.ts';
import { framingBytes } from '../../../src/wire/cobs.ts';
import { HEADER_BYTES, TAG_BYTES } from '../../../src/wire/datagram.ts';
import { blockPlace, cutFrame, repairCount } from '../../../src/wire/geometry.ts';

const BITS_OF_A_BYTE = 10;

export interface LineCost {
  /** Of the source symbols, which is as little as a frame can come with. */
  readonly sourceBytes: number;
  /** With its first repair. */
  readonly passBytes: number;
}

/** What one frame costs on the line, framing, header and tag of each datagram included. */
export function lineCost(frameBytes: number, repairPercent: number): LineCost {
  const geometry = cutFrame(frameBytes, WIRE_LIMITS.defaultSerialSymbolBytes);
  if (geometry === undefined) throw new RangeError(`a frame of ${frameBytes} bytes`);
  const datagramBytes = HEADER_BYTES + geometry.symbolBytes + TAG_BYTES;
  const runBytes = datagramBytes + framingBytes(datagramBytes);
  let symbols = 0;
  for (let block = 0; block < geometry.blockCount; block++) {
    const { sourceCount } = blockPlace(geometry, block);
    symbols += sourceCount + repairCount(sourceCount, repairPercent);
  }
  return { sourceBytes: geometry.sourceSymbols * runBytes, passBytes: symbols * runBytes };
}

/** 8N1. */
export function lineMs(bytes: number, baud: number): number {
  return (bytes * BITS_OF_A_BYTE * 1_000) / baud;
}
