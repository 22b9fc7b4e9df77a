import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  datagramGeometry,
  datagramKind,
  HEADER_BYTES,
  readDatagramHeader,
  writeDatagramHeader,
} from '../../src/wire/datagram.ts';
import { datagramHeader } from './wire-arbitraries.ts';

describe('datagram headers', () => {
  it('come back as they were written, whatever stands around them', () => {
    fc.assert(
      fc.property(datagramHeader, fc.nat({ max: 40 }), (header, offset) => {
        const bytes = Buffer.alloc(offset + HEADER_BYTES + 1, 0xee);
        writeDatagramHeader(bytes, offset, header);
        expect(readDatagramHeader(bytes.subarray(offset))).toEqual(header);
        expect(bytes.subarray(0, offset).every((byte) => byte === 0xee)).toBe(true);
        expect(bytes[offset + HEADER_BYTES]).toBe(0xee);
      }),
    );
  });

  it('of arbitrary bytes are read or refused, never thrown over', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        const bytes = Buffer.from(input);
        if (typeof datagramKind(bytes) === 'string') return;
        const header = readDatagramHeader(bytes);
        datagramGeometry(header, bytes.length - HEADER_BYTES - 16);
      }),
      { numRuns: 2_000 },
    );
  });

  it('that pass their geometry place their symbol inside the block and the frame', () => {
    fc.assert(
      fc.property(datagramHeader, fc.integer({ min: 1, max: 139 }), (header, steps) => {
        const geometry = datagramGeometry(header, steps * 64);
        if (geometry === 'geometry') return;
        expect(header.sourceCount + header.repairCapacity).toBeLessThanOrEqual(256);
        expect(header.symbolIndex).toBeLessThan(header.sourceCount + header.repairCapacity);
        expect(header.blockIndex).toBeLessThan(geometry.blockCount);
        expect(geometry.sourceSymbols * geometry.symbolBytes).toBeGreaterThanOrEqual(header.frameBytes);
      }),
      { numRuns: 2_000 },
    );
  });
});
