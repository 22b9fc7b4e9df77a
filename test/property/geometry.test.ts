import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WIRE_LIMITS } from '../../src/limits.ts';
import { blockPlace, cutFrame, frameGeometry, repairCapacity, repairCount } from '../../src/wire/geometry.ts';

const frameBytes = fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: WIRE_LIMITS.maxFrameBytes }));
const maxSymbolBytes = fc.integer({ min: 1, max: WIRE_LIMITS.maxSymbolBytes / 64 }).map((steps) => steps * 64);

describe('the cut of a frame', () => {
  it('covers each byte once, in blocks of at most 192 equal symbols', () => {
    fc.assert(
      fc.property(frameBytes, maxSymbolBytes, (bytes, largest) => {
        const geometry = cutFrame(bytes, largest);
        if (geometry === undefined) {
          expect(Math.ceil(bytes / largest)).toBeGreaterThan(255 * 192);
          return;
        }
        expect(geometry.symbolBytes).toBeLessThanOrEqual(largest);
        expect(frameGeometry(geometry)).toEqual(geometry);
        let next = 0;
        for (let index = 0; index < geometry.blockCount; index++) {
          const { sourceCount, offsetBytes } = blockPlace(geometry, index);
          expect(offsetBytes).toBe(next);
          expect(sourceCount).toBeGreaterThanOrEqual(1);
          expect(sourceCount).toBeLessThanOrEqual(WIRE_LIMITS.maxSourceSymbols);
          next += sourceCount * geometry.symbolBytes;
        }
        expect(next).toBeGreaterThanOrEqual(bytes);
        expect(next - bytes).toBeLessThan(geometry.symbolBytes);
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes no more symbols than the largest symbol needs', () => {
    fc.assert(
      fc.property(frameBytes, maxSymbolBytes, (bytes, largest) => {
        const geometry = cutFrame(bytes, largest);
        if (geometry !== undefined) expect(geometry.sourceSymbols).toBe(Math.ceil(bytes / largest));
      }),
    );
  });

  it('of contradictory fields is refused, never thrown over', () => {
    const anything = fc.oneof(fc.integer({ min: 0, max: 2 ** 24 - 1 }), fc.integer({ min: 0, max: 300 }));
    fc.assert(
      fc.property(anything, anything, fc.nat({ max: 255 }), (bytes, symbolBytes, blockCount) => {
        const geometry = frameGeometry({ frameBytes: bytes, symbolBytes, blockCount });
        if (geometry === undefined) return;
        const places = Array.from({ length: blockCount }, (_, index) => blockPlace(geometry, index));
        const total = places.reduce((sum, place) => sum + place.sourceCount, 0);
        expect(total).toBe(geometry.sourceSymbols);
        expect(Math.max(...places.map((place) => place.sourceCount))).toBeLessThanOrEqual(192);
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves room for the first repair symbols in every block', () => {
    const sourceCount = fc.integer({ min: 1, max: WIRE_LIMITS.maxSourceSymbols });
    fc.assert(
      fc.property(sourceCount, fc.integer({ min: 0, max: 33 }), (source, percent) => {
        const first = repairCount(source, percent);
        const capacity = repairCapacity(source, first);
        expect(Number.isInteger(Math.log2(capacity))).toBe(true);
        expect(capacity).toBeGreaterThanOrEqual(first);
        expect(source + capacity).toBeLessThanOrEqual(WIRE_LIMITS.maxSymbolsPerBlock);
      }),
    );
  });
});
