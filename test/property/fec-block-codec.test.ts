// What must hold for every block: any loss up to the repair sent is repaired, one more is reported, and nothing
// that is handed in throws or grows.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { type BlockGeometry, receivedProblem, symbolsProblem } from '../../src/fec/geometry.ts';
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
        expectSame(decodedInPlace(geometry, symbols), source);
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
      expect(decodedInPlace(geometry, symbols)).toBeUndefined();
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
      const inPlace = decodedInPlace(geometry, symbols);
      const decoded = codec.decode(geometry, symbols) ?? [];
      expectSame(inPlace, decoded);
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

it('neither throws nor touches a block in place that it cannot decode', () => {
  const anyCount = fc.oneof(fc.integer({ min: -2, max: 300 }), fc.constantFrom(Number.NaN, 0.5, 2 ** 32 + 2));
  const anyGeometry = fc.oneof(arbitraryGeometry, fc.record({ sourceCount: anyCount, repairCapacity: anyCount }));
  const anyRepair = fc.array(
    fc.tuple(fc.integer({ min: -1, max: 300 }), fc.constantFrom(64, 64, 64, 0, 63, 128, 100_000)),
    { maxLength: 20 },
  );
  const anyMarks = fc.uint8Array({ maxLength: 24, max: 2 });
  fc.assert(
    fc.property(
      anyGeometry,
      anyMarks,
      fc.constantFrom(0, 1, 63, 64, 128),
      anyRepair,
      (geometry, present, step, sent) => {
        const source = new Uint8Array(present.length * step).fill(7);
        const repair = new Map(sent.map(([position, bytes]) => [position, new Uint8Array(bytes)]));
        const problem = receivedProblem(geometry, {
          symbolBytes: source.length / geometry.sourceCount,
          present,
          repair,
        });
        const isDecoded = codec.decodeRun(geometry, source, present, repair);
        expect(isDecoded).toBe(problem === undefined);
        const kept = source.filter((_, at) => !isDecoded || present[Math.floor(at / step)] !== 0);
        expect(kept.every((byte) => byte === 7)).toBe(true);
      },
    ),
    { numRuns: 2000 },
  );
});

/** By `decodeRun`; what is missing holds something else before. */
function decodedInPlace(geometry: BlockGeometry, symbols: readonly (Uint8Array | undefined)[]) {
  const { sourceCount } = geometry;
  const symbolBytes = symbols.find((symbol) => symbol !== undefined)?.length ?? 64;
  const source = new Uint8Array(sourceCount * symbolBytes).fill(0xee);
  const present = new Uint8Array(sourceCount);
  const repair = new Map<number, Uint8Array>();
  symbols.forEach((symbol, position) => {
    if (symbol !== undefined && position >= sourceCount) repair.set(position, symbol);
    if (symbol === undefined || position >= sourceCount) return;
    source.set(symbol, position * symbolBytes);
    present[position] = 1;
  });
  if (!codec.decodeRun(geometry, source, present, repair)) return undefined;
  return Array.from({ length: sourceCount }, (_, at) => source.subarray(at * symbolBytes, (at + 1) * symbolBytes));
}

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
