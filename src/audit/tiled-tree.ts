/**
 * A Merkle tree that grows, in bounded memory: hashes of full tiles are read where they lie, and only what came since is
 * kept. Pure; whoever owns the tiles hands in how to read one.
 */
import { foldHashes, HASH_BYTES, nodeHash } from './merkle-hash.ts';
import { consistencyProof, inclusionProof, type ReadSubtree, treeRoot } from './merkle-proof.ts';
import { hashesAtLevel, TILE_LEVELS, TILE_WIDTH } from './tile-path.ts';

/** The bytes of a full hash tile below `storedSize`. Throws where it is not there. */
export type ReadTile = (level: number, index: number) => Uint8Array;

export interface FullTile {
  readonly level: number;
  readonly index: number;
  readonly bytes: Buffer;
}

export class TiledTree {
  readonly #readTile: ReadTile;
  /** Entries whose full tiles are stored; a multiple of 256. */
  #storedSize: number;
  #size: number;
  /** By tile level: the hashes since the last stored tile of that level. */
  readonly #hashes: Uint8Array[][] = [];
  /** By level of the tree: the root of the perfect subtree there, where the size has that bit. */
  readonly #peaks: Uint8Array[] = [];
  /** The last tile that was read: neighbours are asked for one after another. */
  #read: FullTile | undefined;

  /** Over the stored tiles of the first `storedSize` entries. Reads at most 255 tiles a level. */
  constructor(storedSize: number, readTile: ReadTile) {
    if (storedSize % TILE_WIDTH !== 0) throw new RangeError(`stored up to entry ${storedSize}`);
    this.#readTile = readTile;
    this.#storedSize = storedSize;
    this.#size = storedSize;
    for (let level = 1; hashesAtLevel(storedSize, level) > 0; level++) {
      const hashes: Uint8Array[] = [];
      for (let index = this.#storedHashes(level); index < hashesAtLevel(storedSize, level); index++) {
        hashes.push(foldHashes(split(this.#tile(level - 1, index))));
      }
      this.#hashes[level] = hashes;
    }
    for (let [level, rest] = [0, storedSize]; rest > 0; [level, rest] = [level + 1, Math.floor(rest / 2)]) {
      if (rest % 2 === 1) this.#peaks[level] = this.subtree(level, rest - 1);
    }
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: Uint8Array): void {
    this.#push(0, leaf);
    let hash = leaf;
    let level = 0;
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      hash = nodeHash(this.#peaks[level] as Uint8Array, hash);
      level += 1;
      if (level % TILE_LEVELS === 0) this.#push(level / TILE_LEVELS, hash);
    }
    this.#peaks[level] = hash;
    this.#size += 1;
  }

  /** Of the first `size` entries; all by default. */
  root(size = this.#size): Uint8Array {
    if (size !== this.#size || size === 0) return treeRoot(size, this.subtree);
    let root: Uint8Array | undefined;
    for (let [level, rest] = [0, size]; rest > 0; [level, rest] = [level + 1, Math.floor(rest / 2)]) {
      const peak = this.#peaks[level] as Uint8Array;
      if (rest % 2 === 1) root = root === undefined ? peak : nodeHash(peak, root);
    }
    return root as Uint8Array;
  }

  readonly subtree: ReadSubtree = (level, index) => {
    const tileLevel = Math.floor(level / TILE_LEVELS);
    const count = 2 ** (level % TILE_LEVELS);
    return foldHashes(this.#hashRange(tileLevel, index * count, count));
  };

  /** That an entry is among the first `size`. */
  inclusionProof(index: number, size = this.#size): Uint8Array[] {
    return inclusionProof(index, size, this.subtree);
  }

  /** That the first `size` entries begin with the first `before`. */
  consistencyProof(before: number, size = this.#size): Uint8Array[] {
    return consistencyProof(before, size, this.subtree);
  }

  tileBytes({
    level,
    index,
    width,
  }: {
    readonly level: number;
    readonly index: number;
    readonly width: number;
  }): Buffer {
    return Buffer.concat(this.#hashRange(level, index * TILE_WIDTH, width));
  }

  /** Full tiles that are not stored yet, lower levels first. */
  newTiles(): FullTile[] {
    return this.#hashes.flatMap((hashes, level) => {
      const first = this.#storedHashes(level) / TILE_WIDTH;
      const count = Math.floor(hashes.length / TILE_WIDTH);
      return Array.from({ length: count }, (_, at) => {
        const own = hashes.slice(at * TILE_WIDTH, (at + 1) * TILE_WIDTH);
        return { level, index: first + at, bytes: Buffer.concat(own) };
      });
    });
  }

  /** The full tiles below are stored now: memory lets them go. A multiple of 256. */
  handleStored(storedSize: number): void {
    const before = this.#hashes.map((_, level) => this.#storedHashes(level));
    this.#storedSize = storedSize;
    for (const [level, hashes] of this.#hashes.entries()) {
      hashes.splice(0, this.#storedHashes(level) - (before[level] as number));
    }
  }

  #push(level: number, hash: Uint8Array): void {
    this.#hashes[level] ??= [];
    this.#hashes[level].push(hash);
  }

  #hashRange(level: number, from: number, count: number): Uint8Array[] {
    const stored = this.#storedHashes(level);
    return Array.from({ length: count }, (_, at) => {
      const index = from + at;
      if (index >= stored) return this.#hashes[level]?.[index - stored] as Uint8Array;
      const offset = (index % TILE_WIDTH) * HASH_BYTES;
      return this.#tile(level, Math.floor(index / TILE_WIDTH)).subarray(offset, offset + HASH_BYTES);
    });
  }

  /** Hashes of a level that stand in stored tiles; a multiple of 256. */
  #storedHashes(level: number): number {
    return Math.floor(hashesAtLevel(this.#storedSize, level) / TILE_WIDTH) * TILE_WIDTH;
  }

  #tile(level: number, index: number): Uint8Array {
    if (this.#read?.level !== level || this.#read.index !== index) {
      this.#read = { level, index, bytes: Buffer.from(this.#readTile(level, index)) };
    }
    return this.#read.bytes;
  }
}

/** A tile's hashes. */
export function split(tile: Uint8Array): Uint8Array[] {
  return Array.from({ length: tile.length / HASH_BYTES }, (_, at) =>
    tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
}
