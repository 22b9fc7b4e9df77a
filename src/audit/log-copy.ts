/** A log as of one moment into a new directory, also while its writer goes on. */
import { encodeBundle } from './entry-bundle.ts';
import { LogFiles, readTileFile } from './log-files.ts';
import { growTree } from './log-opening.ts';
import { readSnapshot } from './log-reader.ts';
import { HASH_BYTES } from './merkle-hash.ts';
import { tailBytes } from './tail-file.ts';
import { hashesAtLevel, partialTiles, TILE_WIDTH, type TileName } from './tile-path.ts';

/** Files of one batch that is written and synced together. */
const BATCH = 64;

/**
 * Full tiles never change, so they are copied as they are; the partial ones, which the writer may drop meanwhile, are made
 * anew. What is missing at the source stays missing: `audit verify` says so of the copy too.
 */
export function copyLog(from: string, to: string): void {
  const { checkpoint, head, tail } = readSnapshot(from);
  const files = new LogFiles(to);
  const { paths } = files;
  let batch: [TileName, Buffer][] = [];
  for (const tile of fullTiles(tail.first)) {
    const bytes = readTileFile(from, tile);
    if (bytes !== undefined) batch.push([tile, bytes]);
    if (batch.length < BATCH) continue;
    files.writeTiles(batch);
    batch = [];
  }
  files.writeTiles(batch);
  // The second line of a checkpoint; whether it is signed is for whoever opens the copy.
  const size = Number(checkpoint?.split('\n')[1] ?? 0);
  if (size >= tail.first && size <= tail.first + tail.entries.length) {
    const tree = growTree(paths, tail, { size, root: Buffer.alloc(HASH_BYTES) });
    const bundles: [TileName, Buffer][] = [];
    for (let first = tail.first; first < size; first += TILE_WIDTH) {
      const width = Math.min(TILE_WIDTH, size - first);
      const entries = tail.entries.slice(first - tail.first, first - tail.first + width);
      const index = first / TILE_WIDTH;
      bundles.push([{ level: 'entries', index, width }, encodeBundle(entries)]);
      if (width === TILE_WIDTH) bundles.push([{ level: 0, index, width }, tree.tileBytes({ level: 0, index, width })]);
    }
    files.writeTiles([
      ...bundles,
      ...partialTiles(size).map((tile): [TileName, Buffer] => [tile, tree.tileBytes(tile)]),
    ]);
  }
  if (checkpoint !== undefined) files.replace(paths.checkpoint, Buffer.from(checkpoint));
  files.replace(paths.tail, tailBytes(tail.entries));
  if (head !== undefined) files.replace(paths.head, Buffer.from(head));
}

/** Of the first `size` entries, which are whole bundles. */
function* fullTiles(size: number): Generator<TileName> {
  for (let index = 0; index < size / TILE_WIDTH; index++) yield { level: 'entries', index, width: TILE_WIDTH };
  for (let level = 0; hashesAtLevel(size, level) >= TILE_WIDTH; level++) {
    const count = Math.floor(hashesAtLevel(size, level) / TILE_WIDTH);
    for (let index = 0; index < count; index++) yield { level, index, width: TILE_WIDTH };
  }
}
