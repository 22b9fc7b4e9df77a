/**
 * `audit verify`: all of a log against what was signed. Two trees grow side by side, one of the hashes of the entries, one
 * of the hashes that the tiles hold; where they part, an entry or a tile was changed, and the signed roots tell which.
 * One bundle is in memory at a time.
 */
import { AUDIT_LIMITS } from '../limits.ts';
import { openCheckpoint } from './checkpoint.ts';
import { decodeBundle, encodeBundle } from './entry-bundle.ts';
import { readTileFile } from './log-files.ts';
import { type LogSnapshot, readSnapshot } from './log-reader.ts';
import { HASH_BYTES, leafHash } from './merkle-hash.ts';
import type { TreeHead } from './merkle-proof.ts';
import type { NoteVerifier } from './signed-note.ts';
import { partialTiles, TILE_WIDTH, type TileName } from './tile-path.ts';
import { split, TiledTree } from './tiled-tree.ts';

/** A checkpoint of this log that somebody kept. */
export interface KeptCheckpoint {
  readonly name: string;
  readonly note: string;
}

export interface LogReport {
  readonly origin: string;
  readonly entries: number;
  /** Entries that signed heads vouch for; what is behind was written since, or before a power cut. */
  readonly signed: number;
  /** Bytes behind the last entry that are none: a power cut's, or an entry that is being written. */
  readonly tornBytes: number;
  /** A sentence each; none: the log is what was signed. */
  readonly findings: readonly string[];
  /** Beyond the bound of sentences. */
  readonly moreFindings: number;
}

interface ExpectedHead extends TreeHead {
  readonly name: string;
}

/** Throws DiodeError `audit-missing`, or `audit-failed` where there is no tail to read. */
export function verifyLog(directory: string, verifier: NoteVerifier, kept: readonly KeptCheckpoint[] = []): LogReport {
  return new LogVerification(readSnapshot(directory), verifier).run(kept);
}

class LogVerification {
  readonly #snapshot: LogSnapshot;
  readonly #verifier: NoteVerifier;
  readonly #byEntries = growing();
  readonly #byTiles = growing();
  readonly #findings: string[] = [];
  #findingCount = 0;
  #heads: readonly ExpectedHead[] = [];
  #signedSizes: ReadonlySet<number> = new Set();
  #checkpointSize = 0;

  constructor(snapshot: LogSnapshot, verifier: NoteVerifier) {
    this.#snapshot = snapshot;
    this.#verifier = verifier;
  }

  run(kept: readonly KeptCheckpoint[]): LogReport {
    const { checkpoint, head, tail } = this.#snapshot;
    this.#heads = [
      ...this.#openHead('its checkpoint', checkpoint),
      ...(head === undefined && tail.entries.length > 0 ? this.#openHead('the head', undefined) : []),
      ...(head === undefined ? [] : this.#openHead('the head', head)),
      ...kept.flatMap(({ name, note }) => this.#openHead(name, note)),
    ];
    this.#signedSizes = new Set(this.#heads.map(({ size }) => size));
    this.#checkpointSize = this.#heads.find(({ name }) => name === 'its checkpoint')?.size ?? 0;
    if (tail.first > this.#checkpointSize) {
      this.#find(`tail.jsonl begins with entry ${tail.first}, although its checkpoint has ${this.#checkpointSize}`);
    }
    this.#checkRoots();
    for (let index = 0; index < tail.first / TILE_WIDTH; index++) {
      this.#take(index, this.#storedEntries(index), TILE_WIDTH);
    }
    for (let at = 0; at < tail.entries.length; at += TILE_WIDTH) {
      const entries = tail.entries.slice(at, at + TILE_WIDTH);
      this.#take((tail.first + at) / TILE_WIDTH, entries, entries.length);
    }
    const { size } = this.#byEntries;
    for (const { name, size: signed } of this.#heads.filter((one) => one.size > size)) {
      this.#find(`entries ${size} to ${signed - 1} are missing: ${name} was signed over ${signed} entries`);
    }
    return {
      origin: this.#verifier.name,
      entries: size,
      signed: Math.min(size, Math.max(0, ...this.#heads.map((one) => one.size))),
      tornBytes: tail.rest.length,
      findings: this.#findings,
      moreFindings: this.#findingCount - this.#findings.length,
    };
  }

  #openHead(name: string, note: string | undefined): ExpectedHead[] {
    if (note === undefined) {
      this.#find(`${name} is missing`);
      return [];
    }
    const opened = openCheckpoint(note, this.#verifier);
    if (typeof opened !== 'string') return [{ name, ...opened }];
    this.#find(`${name} is not signed by the log's key (${opened})`);
    return [];
  }

  /** The entries of one bundle, against the hashes of its tile and of all tiles that it completes. */
  #take(index: number, entries: readonly Buffer[] | undefined, width: number): void {
    const stored = this.#storedHashes(index);
    const first = index * TILE_WIDTH;
    for (let at = 0; at < width; at++) {
      const entry = entries?.[at];
      const own = entry && leafHash(entry);
      const kept = stored[at] ?? own;
      if (own !== undefined && kept !== undefined && Buffer.compare(own, kept) !== 0) {
        this.#find(`entry ${first + at} and the hash that its tile has of it differ`);
      }
      const hash = own ?? kept ?? Buffer.alloc(HASH_BYTES);
      this.#byEntries.append(hash);
      this.#byTiles.append(kept ?? hash);
      this.#checkRoots();
      if (this.#byTiles.size === this.#checkpointSize) this.#checkPartials(entries ?? [], index);
    }
    if (width < TILE_WIDTH) return;
    for (const { bytes, ...place } of this.#byTiles.newTiles()) {
      // What the checkpoint does not cover has no tiles yet.
      if (place.level > 0 && this.#byTiles.size <= this.#checkpointSize) {
        this.#compareFile({ ...place, width: TILE_WIDTH }, bytes);
      }
    }
    for (const tree of [this.#byEntries, this.#byTiles]) tree.handleStored(first + TILE_WIDTH);
  }

  /** At the size of each signed head. */
  #checkRoots(): void {
    const { size } = this.#byEntries;
    if (!this.#signedSizes.has(size)) return;
    for (const { name, root } of this.#heads.filter((head) => head.size === size)) {
      const isSame = (tree: TiledTree) => Buffer.compare(tree.root(), root) === 0;
      if (isSame(this.#byEntries)) continue;
      // Where the tiles alone still lead to what was signed, the entries named above were changed.
      if (isSame(this.#byTiles)) continue;
      this.#find(`the first ${size} entries are not those that ${name} was signed over`);
    }
  }

  /** What stands beside the checkpoint for others to read: the partial tiles of its size, the last bundle. */
  #checkPartials(entries: readonly Buffer[], index: number): void {
    const size = this.#checkpointSize;
    for (const tile of partialTiles(size)) {
      if (tile.level > 0) this.#compareFile(tile, this.#byTiles.tileBytes(tile));
    }
    const width = size - index * TILE_WIDTH;
    this.#compareFile({ level: 'entries', index, width }, encodeBundle(entries.slice(0, width)));
  }

  #storedEntries(index: number): readonly Buffer[] | undefined {
    const bytes = readTileFile(this.#snapshot.paths.directory, { level: 'entries', index, width: TILE_WIDTH });
    const entries = bytes === undefined ? undefined : decodeBundle(bytes);
    if (entries?.length === TILE_WIDTH) return entries;
    const first = index * TILE_WIDTH;
    const what = bytes === undefined ? 'missing' : 'not as it was written';
    this.#find(`the bundle of entries ${first} to ${first + TILE_WIDTH - 1} is ${what}`);
    return undefined;
  }

  /** As far as the checkpoint covers the bundle. */
  #storedHashes(index: number): readonly Uint8Array[] {
    const covered = Math.min(TILE_WIDTH, this.#checkpointSize - index * TILE_WIDTH);
    if (covered <= 0) return [];
    const tile = { level: 0, index, width: covered };
    const bytes = readTileFile(this.#snapshot.paths.directory, tile);
    if (bytes?.length === covered * HASH_BYTES) return split(bytes);
    this.#find(`${nameOf(tile)} is ${bytes === undefined ? 'missing' : 'cut'}`);
    return [];
  }

  #compareFile(tile: TileName, expected: Buffer): void {
    const bytes = readTileFile(this.#snapshot.paths.directory, tile);
    if (bytes?.equals(expected)) return;
    this.#find(`${nameOf(tile)} is ${bytes === undefined ? 'missing' : 'not what the entries make it'}`);
  }

  #find(finding: string): void {
    this.#findingCount += 1;
    if (this.#findings.length < AUDIT_LIMITS.maxFindings) this.#findings.push(`${finding}.`);
  }
}

function growing(): TiledTree {
  return new TiledTree(0, () => {
    throw new Error('a tree that only grows reads no tile');
  });
}

function nameOf({ level, index, width }: TileName): string {
  const part = width === TILE_WIDTH ? '' : ` (its first ${width})`;
  return level === 'entries' ? `the bundle ${index}${part} of entries` : `the tile ${index}${part} of level ${level}`;
}
