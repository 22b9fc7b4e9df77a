/** Our Merkle tree against published vectors: RFC 6962's test tree, and the proofs of transparency-dev/merkle, good and bad. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leafHash } from '../../src/audit/merkle-hash.ts';
import { consistencyProof, inclusionProof, isConsistent, rootOfInclusion } from '../../src/audit/merkle-proof.ts';
import { TiledTree } from '../../src/audit/tiled-tree.ts';

interface InclusionCase {
  readonly name: string;
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

interface ConsistencyCase {
  readonly name: string;
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, 'audit/merkle-proofs.json'), 'utf8')) as {
  readonly inclusion: readonly InclusionCase[];
  readonly consistency: readonly ConsistencyCase[];
};

// The leaves and roots that implementations of RFC 6962 share (certificate-transparency, merkle_tree_test.cc).
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const bytes = (text: string) => Buffer.from(text, 'base64');
const proofOf = ({ proof }: { readonly proof: readonly string[] | null }) => (proof ?? []).map(bytes);

function referenceTree(size: number): TiledTree {
  const tree = new TiledTree(0, () => {
    throw new Error('nothing is stored');
  });
  for (const leaf of LEAVES.slice(0, size)) tree.append(leafHash(Buffer.from(leaf, 'hex')));
  return tree;
}

describe("RFC 6962's test tree", () => {
  it.each(ROOTS.map((root, size) => [size, root] as const))('of %d leaves has its root', (size, root) => {
    expect(Buffer.from(referenceTree(size).root()).toString('hex')).toBe(root);
    expect(Buffer.from(referenceTree(8).root(size)).toString('hex')).toBe(root);
  });
});

describe('proofs of transparency-dev/merkle', () => {
  it.each(vectors.inclusion)('$name', ({ leafIdx: index, treeSize: size, root, leafHash: leaf, wantErr, ...rest }) => {
    const found = rootOfInclusion(bytes(leaf), { index, size, proof: proofOf(rest) });
    expect(found !== undefined && Buffer.compare(found, bytes(root)) === 0).toBe(!wantErr);
  });

  it.each(vectors.consistency)('$name', ({ size1, size2, root1, root2, wantErr, ...rest }) => {
    const before = { size: size1, root: bytes(root1) };
    expect(isConsistent(before, { size: size2, root: bytes(root2) }, proofOf(rest))).toBe(!wantErr);
  });

  it('are the ones that we make', () => {
    const { subtree } = referenceTree(8);
    const happy = ({ name }: { readonly name: string }) => name.endsWith('happy-path');
    const inclusion = vectors.inclusion.filter(happy).filter(({ treeSize }) => treeSize > 1 && treeSize <= 8);
    expect(inclusion.length).toBeGreaterThan(3);
    for (const one of inclusion) {
      if (bytes(one.root).toString('hex') !== ROOTS[one.treeSize]) continue;
      expect(inclusionProof(one.leafIdx, one.treeSize, subtree).map(Buffer.from), one.name).toEqual(proofOf(one));
    }
    const consistency = vectors.consistency.filter(happy).filter(({ size1, size2 }) => size1 > 0 && size2 <= 8);
    expect(consistency.length).toBeGreaterThan(2);
    for (const one of consistency) {
      if (bytes(one.root2).toString('hex') !== ROOTS[one.size2]) continue;
      expect(consistencyProof(one.size1, one.size2, subtree).map(Buffer.from), one.name).toEqual(proofOf(one));
    }
  });
});
