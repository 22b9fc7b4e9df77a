/**
 * Proofs over an RFC 6962 Merkle tree: that an entry is in it (§2.1.1), that a longer tree begins with a shorter one
 * (§2.1.2). Made from perfect subtrees that somebody reads, verified as RFC 9162 §2.1.3.2 and §2.1.4.2 say. Numbers, since
 * a log of 2^53 entries would take a thousand years at 250,000 a second.
 */
import { emptyRoot, HASH_BYTES, nodeHash } from './merkle-hash.ts';

/** The hash of the entries from index × 2^level on, 2^level of them, which must all be there. */
export type ReadSubtree = (level: number, index: number) => Uint8Array;

/** Of the tree's first `size` entries. */
export function treeRoot(size: number, read: ReadSubtree): Uint8Array {
  return size === 0 ? emptyRoot() : rangeHash(0, size, read);
}

/** The path from the entry up to the root, nearest sibling first. `index` is below `size`. */
export function inclusionProof(index: number, size: number, read: ReadSubtree): Uint8Array[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`entry ${index} of ${size}`);
  const proof: Uint8Array[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + split(to - from);
    proof.push(index < middle ? rangeHash(middle, to, read) : rangeHash(from, middle, read));
    if (index < middle) to = middle;
    else from = middle;
  }
  return proof.reverse();
}

/** That the tree of `size` entries begins with the tree of `before`; 0 < before ≤ size. */
export function consistencyProof(before: number, size: number, read: ReadSubtree): Uint8Array[] {
  if (!(before > 0 && before <= size)) throw new RangeError(`tree of ${before} in one of ${size}`);
  const proof: Uint8Array[] = [];
  let [from, to] = [0, size];
  while (before !== to) {
    const middle = from + split(to - from);
    proof.push(before <= middle ? rangeHash(middle, to, read) : rangeHash(from, middle, read));
    if (before <= middle) to = middle;
    else from = middle;
  }
  // A verifier has the old root, and needs the old tree's last subtree only where that is not all of it.
  if (from > 0) proof.push(rangeHash(from, to, read));
  return proof.reverse();
}

/** The root that the proof leads to, or undefined where its length does not fit. */
export function rootOfInclusion(
  leaf: Uint8Array,
  { index, size, proof }: { readonly index: number; readonly size: number; readonly proof: readonly Uint8Array[] },
): Uint8Array | undefined {
  if (!(index >= 0 && index < size) || leaf.length !== HASH_BYTES) return undefined;
  let [place, last] = [index, size - 1];
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return undefined;
    if (isOdd(place) || place === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(place) && place !== 0) [place, last] = [half(place), half(last)];
    } else hash = nodeHash(hash, sibling);
    [place, last] = [half(place), half(last)];
  }
  return last === 0 ? hash : undefined;
}

export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Whether the proof shows that the tree `after` begins with all of the tree `before`, which is not empty. */
export function isConsistent(before: TreeHead, after: TreeHead, proof: readonly Uint8Array[]): boolean {
  if (!(before.size > 0 && before.size <= after.size)) return false;
  if (before.size === after.size) return proof.length === 0 && isSame(before.root, after.root);
  let [place, last] = [before.size - 1, after.size - 1];
  while (isOdd(place)) [place, last] = [half(place), half(last)];
  // Of a power of two, the old root is the first node.
  const path = place === 0 ? [before.root, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined) return false;
  let [old, now] = [first, first];
  for (const node of path) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      [old, now] = [nodeHash(node, old), nodeHash(node, now)];
      while (!isOdd(place) && place !== 0) [place, last] = [half(place), half(last)];
    } else now = nodeHash(now, node);
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && isSame(old, before.root) && isSame(now, after.root);
}

/** Of the entries from `from` to before `to`; where `from` is not 0, it is a multiple of the power of two above their count. */
function rangeHash(from: number, to: number, read: ReadSubtree): Uint8Array {
  const count = to - from;
  const left = split(count);
  if (count === 1 || left * 2 === count) return read(Math.log2(count), from / count);
  return nodeHash(rangeHash(from, from + left, read), rangeHash(from + left, to, read));
}

/** The largest power of two below `count`; 1 for 1. */
function split(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
