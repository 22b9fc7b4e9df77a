/** The tiled tree against a naive one that follows RFC 6962 word for word: roots, proofs, tiles, at any size. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { leafHash } from '../../src/audit/merkle-hash.ts';
import { isConsistent, rootOfInclusion } from '../../src/audit/merkle-proof.ts';
import { hashesAtLevel, TILE_WIDTH } from '../../src/audit/tile-path.ts';
import { TiledTree } from '../../src/audit/tiled-tree.ts';

const MOST = 1_500;
const leaves = Array.from({ length: MOST }, (_, index) => leafHash(Buffer.from(`entry ${index}`)));

/** MTH of §2.1 over leaves [from, to). */
function naiveHash(from: number, to: number): Buffer {
  if (to - from === 1) return leaves[from] as Buffer;
  const middle = from + splitOf(to - from);
  const hash = createHash('sha256').update(Buffer.from([1]));
  return hash.update(naiveHash(from, middle)).update(naiveHash(middle, to)).digest();
}

/** PATH of §2.1.1. */
function naivePath(index: number, from: number, to: number): Buffer[] {
  if (to - from === 1) return [];
  const middle = from + splitOf(to - from);
  return index < middle
    ? [...naivePath(index, from, middle), naiveHash(middle, to)]
    : [...naivePath(index, middle, to), naiveHash(from, middle)];
}

/** SUBPROOF of §2.1.2, `m` counted from `from`. */
function naiveSubproof(m: number, from: number, to: number, isWhole: boolean): Buffer[] {
  if (m === to - from) return isWhole ? [] : [naiveHash(from, to)];
  const k = splitOf(to - from);
  return m <= k
    ? [...naiveSubproof(m, from, from + k, isWhole), naiveHash(from + k, to)]
    : [...naiveSubproof(m - k, from + k, to, false), naiveHash(from, from + k)];
}

function splitOf(count: number): number {
  let k = 1;
  while (k * 2 < count) k *= 2;
  return k;
}

/** A tree of `size` whose full tiles were stored at the given moments, and opened anew at the last of them. */
function storedTree(size: number, storedAt: readonly number[]): TiledTree {
  const tiles = new Map<string, Buffer>();
  const read = (level: number, index: number) => {
    const bytes = tiles.get(`${level}/${index}`);
    if (bytes === undefined) throw new Error(`tile ${level}/${index} was never stored`);
    return bytes;
  };
  let tree = new TiledTree(0, read);
  const stops = [...new Set(storedAt.map((at) => Math.floor(Math.min(at, size) / TILE_WIDTH) * TILE_WIDTH))].sort(
    (a, b) => a - b,
  );
  for (const stop of stops) {
    while (tree.size < stop) tree.append(leaves[tree.size] as Buffer);
    for (const { level, index, bytes } of tree.newTiles()) tiles.set(`${level}/${index}`, bytes);
    tree.handleStored(stop);
  }
  tree = new TiledTree(stops.at(-1) ?? 0, read);
  while (tree.size < size) tree.append(leaves[tree.size] as Buffer);
  return tree;
}

const sizes = fc.integer({ min: 1, max: MOST });
const asBuffers = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Buffer.from(hash));

it('has the roots and proofs of a naive tree, wherever its tiles were stored', () => {
  fc.assert(
    fc.property(sizes, fc.array(sizes, { maxLength: 3 }), fc.nat(), fc.nat(), (size, storedAt, a, b) => {
      const tree = storedTree(size, storedAt);
      const [before, index] = [1 + (a % size), b % size];
      expect(Buffer.from(tree.root())).toEqual(naiveHash(0, size));
      expect(Buffer.from(tree.root(before))).toEqual(naiveHash(0, before));
      expect(asBuffers(tree.inclusionProof(index))).toEqual(naivePath(index, 0, size));
      expect(asBuffers(tree.consistencyProof(before))).toEqual(naiveSubproof(before, 0, size, true));
    }),
    { numRuns: 60 },
  );
});

it('makes proofs that hold, and that hold for nothing else', () => {
  const tree = storedTree(MOST, [700]);
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(), fc.nat(), fc.integer({ min: 0, max: 7 }), (size, a, b, c, bit) => {
      const [before, index] = [1 + (a % size), b % size];
      const root = tree.root(size);
      const proof = tree.inclusionProof(index, size);
      const leads = (leaf: Uint8Array, path: readonly Uint8Array[], at = index) =>
        Buffer.from(rootOfInclusion(leaf, { index: at, size, proof: path }) ?? []).equals(root);
      const leaf = leaves[index] as Buffer;
      expect(leads(leaf, proof)).toBe(true);
      expect(leads(leafHash(leaf), proof)).toBe(false);
      expect(leads(leaf, [...proof, leaf])).toBe(false);
      if (proof.length > 0) expect(leads(leaf, changed(proof, c, bit))).toBe(false);
      const older = { size: before, root: tree.root(before) };
      const path = tree.consistencyProof(before, size);
      expect(isConsistent(older, { size, root }, path)).toBe(true);
      expect(isConsistent({ size: before, root: leaf }, { size, root }, path)).toBe(before === 1 && index === 0);
      if (path.length > 0) expect(isConsistent(older, { size, root }, changed(path, c, bit))).toBe(false);
    }),
    { numRuns: 200 },
  );
});

it('keeps in memory what is not stored, and one tile', () => {
  const tree = storedTree(1_024, [1_024]);
  expect(tree.newTiles()).toEqual([]);
  expect(hashesAtLevel(1_024, 1)).toBe(4);
  expect(() => tree.tileBytes({ level: 0, index: 3, width: 256 })).not.toThrow();
});

function changed(proof: readonly Uint8Array[], which: number, bit: number): Uint8Array[] {
  return proof.map((hash, at) => {
    if (at !== which % proof.length) return hash;
    const copy = Buffer.from(hash);
    copy[which % 32] = (copy[which % 32] as number) ^ (1 << bit);
    return copy;
  });
}
