import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blockWork } from '../../../bench/benchmarks/fec/block-work.ts';
import { matrixForm } from '../../../bench/benchmarks/fec/matrix-form.ts';
import { callsPerCoreSecond, cpuSeconds } from '../../../bench/support/core-time.ts';
import { BlockCodec } from '../../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../../src/fec/kernel-module.ts';

interface BlockVector {
  readonly sourceCount: number;
  readonly repairCapacity: number;
  readonly source: readonly string[];
  readonly repair: readonly string[];
}

const vectors = JSON.parse(readFileSync(new URL('../../vectors/fec/blocks.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly BlockVector[];
};
const shape = { sourceCount: 5, repairCount: 3, repairCapacity: 4 };

/** A codec whose answers `spoil` has in its hands. */
class SpoiledCodec extends BlockCodec {
  readonly #spoiled: 'repair' | 'decoded';

  constructor(spoiled: 'repair' | 'decoded') {
    super(loadKernelModule());
    this.#spoiled = spoiled;
  }

  override encode(...input: Parameters<BlockCodec['encode']>): Uint8Array[] {
    const repair = super.encode(...input);
    return this.#spoiled === 'repair' ? repair.map(flipped) : repair;
  }

  override decodeRun(...input: Parameters<BlockCodec['decodeRun']>): boolean {
    const [, source] = input;
    const isDecoded = super.decodeRun(...input);
    if (this.#spoiled === 'decoded') source.set(flipped(source));
    return isDecoded;
  }
}

/** Right once, and from then on it says so and writes nothing. */
class IdleCodec extends BlockCodec {
  #calls = 0;

  override decodeRun(...input: Parameters<BlockCodec['decodeRun']>): boolean {
    return this.#calls++ > 0 || super.decodeRun(...input);
  }
}

function flipped(symbol: Uint8Array): Uint8Array {
  return symbol.map((byte) => byte ^ 1);
}

describe('matrix form', () => {
  it.each(vectors.cases)('gives the repair symbols of the vector $sourceCount/$repairCapacity', (vector) => {
    const source = vector.source.map((hex) => Buffer.from(hex, 'hex'));
    const form = matrixForm({ ...vector, repairCount: vector.repair.length });
    expect(form.encode(source).map((symbol) => Buffer.from(symbol).toString('hex'))).toEqual(vector.repair);
  });
});

describe('block work', () => {
  const done = (codec: BlockCodec) => {
    const work = blockWork(shape, codec, { symbolBytes: 64, seed: 1 });
    for (const call of [work.copy, work.encode, work.decode, work.encodeByMatrix]) call();
    return { bytes: work.sourceBytes, faults: work.faults() };
  };

  it('finds nothing wrong with the codec', () => {
    expect(done(new BlockCodec(loadKernelModule()))).toEqual({ bytes: 5 * 64, faults: [] });
  });

  it.each(['repair', 'decoded'] as const)('says so where %s symbols are others', (spoiled) => {
    const { faults } = done(new SpoiledCodec(spoiled));
    expect(faults).toContainEqual(expect.stringContaining(spoiled === 'repair' ? 'repair symbols' : 'decoding gave'));
  });

  it('does not take what an earlier call decoded for the answer of a decoder that does nothing', () => {
    const { faults } = done(new IdleCodec(loadKernelModule()));
    expect(faults).toEqual([expect.stringContaining('decoding gave')]);
  });
});

describe('CPU time', () => {
  it('counts calls until as much of it went by', () => {
    const startedSeconds = cpuSeconds();
    let calls = 0;
    const perSecond = callsPerCoreSecond(() => calls++, 0.002);
    expect(cpuSeconds() - startedSeconds).toBeGreaterThanOrEqual(0.002);
    expect(perSecond).toBeLessThanOrEqual(calls / 0.002);
    expect(perSecond).toBeGreaterThan(0);
  });
});
