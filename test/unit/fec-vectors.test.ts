// The vectors of test/vectors/fec: blocks made by test/interop/leopard, and what must be refused.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { assertGeometry, type BlockGeometry, geometryProblem, symbolsProblem } from '../../src/fec/geometry.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';

interface BlockVector extends BlockGeometry {
  readonly symbolBytes: number;
  readonly source?: readonly string[];
  readonly repair?: readonly string[];
  readonly sourceSha256?: string;
  readonly repairSha256?: string;
  readonly received: readonly (readonly number[])[];
}

interface Refused {
  readonly geometries: readonly (BlockGeometry & { readonly problem: string })[];
  readonly blocks: readonly (BlockGeometry & {
    readonly symbolBytes: readonly (number | null)[];
    readonly problem: string;
  })[];
}

const codec = new BlockCodec(loadKernelModule());
const small = readVectors<{ cases: BlockVector[] }>('blocks.json').cases;
const large = readVectors<{ cases: BlockVector[] }>('block-digests.json').cases;
const refused = readVectors<Refused>('refused.json');

describe.each([...small, ...large])('block of $sourceCount/$repairCapacity × $symbolBytes', (vector) => {
  const { sourceCount, repairCapacity } = vector;
  const geometry = { sourceCount, repairCapacity };
  const source = sourceByRule(vector);
  const repair = codec.encode(geometry, source, repairCapacity);

  it('has the source of the rule', () => {
    if (vector.source !== undefined) expect(source.map(toHex)).toEqual(vector.source);
    else expect(sha256(source)).toBe(vector.sourceSha256);
  });

  it('has the repair symbols', () => {
    if (vector.repair !== undefined) expect(repair.map(toHex)).toEqual(vector.repair);
    else expect(sha256(repair)).toBe(vector.repairSha256);
  });

  it.each(vector.received)('decodes from %j…', (...positions) => {
    const symbols: (Uint8Array | undefined)[] = new Array(sourceCount + repairCapacity).fill(undefined);
    for (const position of positions) symbols[position] = [...source, ...repair][position];
    expect(positions.length).toBe(sourceCount);
    expect(codec.decode(geometry, symbols)?.map(toHex)).toEqual(source.map(toHex));
  });
});

describe('refused', () => {
  it.each(refused.geometries)('geometry $sourceCount/$repairCapacity: $problem', ({ problem, ...geometry }) => {
    expect(geometryProblem(geometry)).toBe(problem);
    expect(() => assertGeometry(geometry)).toThrow(problem);
    expect(() => codec.encode(geometry, [new Uint8Array(64)], 1)).toThrow(problem);
    expect(codec.decode(geometry, [new Uint8Array(64)])).toBeUndefined();
  });

  it.each(refused.blocks)('block $sourceCount/$repairCapacity of $symbolBytes: $problem', (block) => {
    const symbols = block.symbolBytes.map((bytes) => (bytes === null ? undefined : new Uint8Array(bytes)));
    expect(symbolsProblem(block, symbols)).toBe(block.problem);
    expect(codec.decode(block, symbols)).toBeUndefined();
  });
});

function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/fec/${name}`, import.meta.url), 'utf8')) as T;
}

/** The source as the vectors' sourceRule says it. */
function sourceByRule({ sourceCount, repairCapacity, symbolBytes }: BlockVector): Uint8Array[] {
  const digests = Array.from({ length: (sourceCount * symbolBytes) / 32 }, (_, n) =>
    createHash('sha256').update(`fec/${sourceCount}/${repairCapacity}/${symbolBytes}/${n}`).digest(),
  );
  const bytes = Buffer.concat(digests);
  return Array.from({ length: sourceCount }, (_, i) => bytes.subarray(i * symbolBytes, (i + 1) * symbolBytes));
}

function toHex(symbol: Uint8Array): string {
  return Buffer.from(symbol).toString('hex');
}

function sha256(symbols: readonly Uint8Array[]): string {
  return createHash('sha256').update(Buffer.concat(symbols)).digest('hex');
}
