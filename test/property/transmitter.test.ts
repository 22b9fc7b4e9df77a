import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FramePass } from '../../sender/transmit/frame-pass.ts';
import { WIRE_LIMITS } from '../../src/limits.ts';
import { blockPlace, frameGeometry } from '../../src/wire/geometry.ts';
import { encoder } from '../support/sender-rig.ts';

const cases = fc.record({
  frameBytes: fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 400_000 })),
  maxSymbolBytes: fc.constantFrom(64, 192, 256, 1_408, 8_896),
  repairPercent: fc.constantFrom(0, 1, 5, 10, 33, 100, 12_800),
  pass: fc.integer({ min: 1, max: 9 }),
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
});

describe('frame pass', () => {
  it('is enough for the frame by itself, keeps to its geometry, and loses as many symbols as it has to spare', () => {
    fc.assert(
      fc.property(cases, ({ frameBytes, maxSymbolBytes, repairPercent, pass, seed }) => {
        fc.pre(frameBytes / maxSymbolBytes < WIRE_LIMITS.maxSourceSymbols * 20);
        const frame = Uint8Array.from({ length: frameBytes }, (_, at) => (at * 31 + seed) & 0xff);
        const source = new FramePass({ frame, pass, maxSymbolBytes, repairPercent, encoder });
        const blocks = new Map<number, Map<number, Uint8Array>>();
        const shapes = new Map<number, { sourceCount: number; repairCapacity: number }>();
        for (let next = source.next(); next; next = source.next()) {
          const symbols = blocks.get(next.blockIndex) ?? new Map<number, Uint8Array>();
          blocks.set(next.blockIndex, symbols);
          shapes.set(next.blockIndex, next);
          expect(symbols.has(next.symbolIndex)).toBe(false);
          symbols.set(next.symbolIndex, next.symbol);
        }
        const symbolBytes = source.geometry.symbolBytes;
        const seen = frameGeometry({ frameBytes, symbolBytes, blockCount: blocks.size });
        expect(seen).toEqual(source.geometry);
        const whole: Uint8Array[] = [];
        for (const [blockIndex, symbols] of [...blocks].sort(([a], [b]) => a - b)) {
          const shape = shapes.get(blockIndex) as { sourceCount: number; repairCapacity: number };
          expect(shape.sourceCount).toBe(blockPlace(source.geometry, blockIndex).sourceCount);
          expect(shape.sourceCount + shape.repairCapacity).toBeLessThanOrEqual(WIRE_LIMITS.maxSymbolsPerBlock);
          expect(symbols.size).toBeGreaterThanOrEqual(shape.sourceCount + (pass === 1 ? 2 : 0));
          const kept = [...symbols]
            .sort(([a], [b]) => ((a * seed) % 251) - ((b * seed) % 251))
            .slice(0, shape.sourceCount);
          const sparse: (Uint8Array | undefined)[] = [];
          for (const [index, symbol] of kept) sparse[index] = symbol;
          const decoded = encoder.decode(
            shape,
            Array.from(sparse, (symbol) => symbol),
          );
          expect(decoded).toBeDefined();
          whole.push(...(decoded ?? []));
        }
        expect(Buffer.concat(whole).subarray(0, frameBytes).equals(frame)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
