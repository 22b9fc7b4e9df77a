// What must hold for every block: any loss up to the repair sent is repaired, one more is reported, and nothing
// that is handed in throws or grows.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { type BlockGeometry, symbolsProblem } from '../../src/fec/geometry.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';

// One codec for all runs: what a run leaves behind must not show in the next.
const codec = new BlockCodec(loadKernelModule());

const arbitraryGeometry: fc.Arbitrary<BlockGeometry> = fc.integer({ min: 1, max: 7 }).chain((exponent) =>
  fc.record({
    sourceCount: fc.oneof(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: Math.min(240, 256 - 2 ** exponent) }),
    ),
    repairCapacity: fc.constant(2 ** exponent),
  }),
);

/** A block as sent, and an order in which its positions get lost. */
const arbitraryBlock = arbitraryGeometry.chain((geometry) =>
  fc
    .record({
      repairCount: fc.integer({ min: 0, max: geometry.repairCapacity }),
      symbolBytes: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(64, 128, 192, 320) }, fc.constant(8960)),
      seed: fc.nat(),
    })
    .chain(({ repairCount, symbolBytes, seed }) => {
      const positions = Array.from({ length: geometry.sourceCount + repairCount }, (_, position) => position);
      return fc.record({
        geometry: fc.constant(geometry),
        repairCount: fc.constant(repairCount),
        source: fc.constant(pseudoRandomSymbols(seed, geometry.sourceCount, symbolBytes)),
        lossOrder: fc.shuffledSubarray(positions, { minLength: positions.length }),
      });
    }),
);

it('reconstructs any loss up to the repair sent', () => {
  fc.assert(
    fc.property(arbitraryBlock, fc.nat(), ({ geometry, repairCount, source, lossOrder }, some) => {
      const sent = [...source, ...codec.encode(geometry, source, repairCount)];
      const lossCount = some % (repairCount + 1);
      for (const lost of [lossCount, repairCount]) {
        const symbols = without(sent, lossOrder.slice(0, lost));
        expectSame(codec.decode(geometry, symbols), source);
      }
    }),
    { numRuns: 300 },
  );
});

it('reports one loss more', () => {
  fc.assert(
    fc.property(arbitraryBlock, ({ geometry, repairCount, source, lossOrder }) => {
      const sent = [...source, ...codec.encode(geometry, source, repairCount)];
      const symbols = without(sent, lossOrder.slice(0, repairCount + 1));
      expect(symbolsProblem(geometry, symbols)).toBe('fec-too-few-symbols');
      expect(codec.decode(geometry, symbols)).toBeUndefined();
    }),
  );
});

it('gives fewer repair symbols as the first of all', () => {
  fc.assert(
    fc.property(arbitraryBlock, ({ geometry, repairCount, source }) => {
      const all = codec.encode(geometry, source, geometry.repairCapacity);
      expectSame(codec.encode(geometry, source, repairCount), all.slice(0, repairCount));
    }),
  );
});

it('takes any k symbols of any bytes for a block, the same one whichever k of it are kept', () => {
  fc.assert(
    fc.property(arbitraryBlock, ({ geometry, lossOrder, source }) => {
      // Authenticated bytes may still not be a block: decoding must then be a function of what was read.
      const kept = lossOrder.slice(0, geometry.sourceCount);
      const symbols: (Uint8Array | undefined)[] = [];
      kept.forEach((position, index) => {
        symbols[position] = source[index];
      });
      const decoded = codec.decode(geometry, symbols) ?? [];
      const block = [...decoded, ...codec.encode(geometry, decoded, geometry.repairCapacity)];
      expectSame(
        kept.map((position) => block[position]),
        source,
      );
    }),
  );
});

it('neither throws nor grows, whatever it is handed', () => {
  const anyCount = fc.oneof(fc.integer({ min: -2, max: 300 }), fc.double(), fc.constantFrom(2 ** 31, 2 ** 32 + 2));
  const anySymbol = fc.oneof(
    fc.constant(undefined),
    fc.constantFrom(64, 64, 64, 128, 0, 1, 8960, 8961, 9024, 100_000).map((bytes) => new Uint8Array(bytes).fill(7)),
  );
  const anyGeometry = fc.oneof(arbitraryGeometry, fc.record({ sourceCount: anyCount, repairCapacity: anyCount }));
  fc.assert(
    fc.property(anyGeometry, fc.array(anySymbol, { maxLength: 20 }), (geometry, symbols) => {
      const before = [...symbols];
      const problem = symbolsProblem(geometry, symbols);
      const decoded = codec.decode(geometry, symbols);
      expect(decoded === undefined).toBe(problem !== undefined);
      if (decoded === undefined) expect(symbols.every((symbol, i) => symbol === before[i])).toBe(true);
      else expect(decoded.length).toBe(geometry.sourceCount);
    }),
    { numRuns: 2000 },
  );
});

function pseudoRandomSymbols(seed: number, count: number, symbolBytes: number): Uint8Array[] {
  const bytes = createHash('shake256', { outputLength: count * symbolBytes })
    .update(`${seed}`)
    .digest();
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * symbolBytes, (i + 1) * symbolBytes));
}

function without(sent: readonly Uint8Array[], lost: readonly number[]): (Uint8Array | undefined)[] {
  return sent.map((symbol, position) => (lost.includes(position) ? undefined : symbol));
}

/** Buffer.compare, since comparing with toEqual takes a hundred times as long. */
function expectSame(actual: readonly (Uint8Array | undefined)[] | undefined, expected: readonly Uint8Array[]): void {
  expect(actual?.length).toBe(expected.length);
  const differing = expected.findIndex((symbol, i) => Buffer.compare(actual?.[i] ?? new Uint8Array(), symbol) !== 0);
  expect(differing).toBe(-1);
}
