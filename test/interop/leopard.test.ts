// Our FEC code against klauspost/reedsolomon, which is not ours: same repair symbols, and each decodes the other.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import type { BlockGeometry } from '../../src/fec/geometry.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import { buildGo, hasGo } from '../support/go-program.ts';
import { requirement } from '../support/requirement.ts';
import { complete } from './leopard/oracle.ts';

const sources = join(import.meta.dirname, 'leopard');
const vectorsDir = join(import.meta.dirname, '../vectors/fec');
const goCure = 'install Go 1.24 or newer, with a module proxy or cache for test/interop/leopard/go.mod';

interface Case extends BlockGeometry {
  readonly symbolBytes: number;
  /** How many repair symbols are sent: up to repairCapacity. */
  readonly repairCount: number;
  /** Sorts the positions: the first k of those sent are received. */
  readonly seed: number;
}

const classes: Case[] = [
  [1, 2, 2],
  [2, 8, 8],
  [3, 8, 5],
  [100, 16, 10],
  [192, 64, 50],
  [240, 16, 16],
  [128, 128, 128],
].map(([sourceCount = 0, repairCapacity = 0, repairCount = 0], seed) => {
  return { sourceCount, repairCapacity, repairCount, symbolBytes: 128, seed };
});

const arbitraryCase: fc.Arbitrary<Case> = fc.integer({ min: 1, max: 7 }).chain((exponent) =>
  fc.record({
    sourceCount: fc.integer({ min: 1, max: Math.min(240, 256 - 2 ** exponent) }),
    repairCapacity: fc.constant(2 ** exponent),
    repairCount: fc.integer({ min: 1, max: 2 ** exponent }),
    symbolBytes: fc.integer({ min: 1, max: 5 }).map((grains) => grains * 64),
    seed: fc.nat(),
  }),
);

describe.skipIf(!requirement('go', hasGo(sources), goCure))('Leopard over GF(2^8), by klauspost/reedsolomon', () => {
  const codec = new BlockCodec(loadKernelModule());
  const cases = [...classes, ...fc.sample(arbitraryCase, { seed: 20_261_122, numRuns: 120 })];
  let program = '';

  beforeAll(() => {
    program = buildGo(sources);
  });
  afterAll(() => {
    rmSync(dirname(program), { recursive: true });
  });

  it('encodes the same repair symbols', () => {
    const blocks = cases.map((one) => ({ ...geometryOf(one), symbols: withoutRepair(one, one.repairCapacity) }));
    const completed = complete(program, blocks);
    cases.forEach((one, index) => {
      const repair = codec.encode(geometryOf(one), sourceOf(one), one.repairCapacity);
      expectSame(one, repair, completed[index]?.slice(one.sourceCount));
    });
  });

  it('takes a punctured M for what the oracle calls that many parity shards', () => {
    // Where a smaller power of two would do, the oracle would take that as its M.
    const punctured = cases.filter((one) => one.repairCount > one.repairCapacity / 2);
    const completed = complete(
      program,
      punctured.map((one) => ({
        sourceCount: one.sourceCount,
        repairCapacity: one.repairCount,
        symbols: withoutRepair(one, one.repairCount),
      })),
    );
    punctured.forEach((one, index) => {
      const repair = codec.encode(geometryOf(one), sourceOf(one), one.repairCount);
      expectSame(one, repair, completed[index]?.slice(one.sourceCount));
    });
  });

  it('is decoded by the oracle', () => {
    const sent = cases.map((one) => [
      ...sourceOf(one),
      ...codec.encode(geometryOf(one), sourceOf(one), one.repairCount),
    ]);
    const blocks = cases.map((one, index) => ({ ...geometryOf(one), symbols: received(one, sent[index] ?? []) }));
    const completed = complete(program, blocks);
    cases.forEach((one, index) => {
      expectSame(one, completed[index]?.slice(0, one.sourceCount), sourceOf(one));
    });
  });

  it('decodes what the oracle encodes', () => {
    const blocks = cases.map((one) => ({ ...geometryOf(one), symbols: withoutRepair(one, one.repairCapacity) }));
    complete(program, blocks).forEach((symbols, index) => {
      const one = cases[index] as Case;
      const sent = symbols.slice(0, one.sourceCount + one.repairCount);
      expectSame(one, codec.decode(geometryOf(one), received(one, sent)), sourceOf(one));
    });
  });

  it('would write the vectors as they are', () => {
    const fresh = mkdtempSync(join(dirname(program), 'vectors-'));
    execFileSync(program, ['vectors', fresh]);
    for (const name of ['blocks.json', 'block-digests.json']) {
      expect(readFileSync(join(fresh, name), 'utf8') === readFileSync(join(vectorsDir, name), 'utf8'), name).toBe(true);
    }
  });
});

function geometryOf({ sourceCount, repairCapacity }: Case): BlockGeometry {
  return { sourceCount, repairCapacity };
}

function sourceOf({ sourceCount, symbolBytes, seed }: Case): Uint8Array[] {
  const bytes = createHash('shake256', { outputLength: sourceCount * symbolBytes })
    .update(`source ${seed}`)
    .digest();
  return Array.from({ length: sourceCount }, (_, i) => bytes.subarray(i * symbolBytes, (i + 1) * symbolBytes));
}

function withoutRepair(one: Case, repairCount: number): (Uint8Array | undefined)[] {
  return [...sourceOf(one), ...Array.from({ length: repairCount }, () => undefined)];
}

/** All k+M positions, with only k of the sent ones there. */
function received(one: Case, sent: readonly Uint8Array[]): (Uint8Array | undefined)[] {
  const rank = (position: number) => createHash('sha256').update(`${one.seed} ${position}`).digest('hex');
  const chosen = new Set([...sent.keys()].sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, one.sourceCount));
  const total = one.sourceCount + one.repairCapacity;
  return Array.from({ length: total }, (_, position) => (chosen.has(position) ? sent[position] : undefined));
}

function expectSame(one: Case, actual: readonly Uint8Array[] | undefined, expected: readonly Uint8Array[] | undefined) {
  expect(actual?.map(toHex), JSON.stringify(one)).toEqual(expected?.map(toHex));
}

function toHex(symbol: Uint8Array): string {
  return Buffer.from(symbol).toString('hex');
}
