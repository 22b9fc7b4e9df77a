/**
 * The files of one audit log, in a directory of its own:
 *
 *   checkpoint     what the log has committed to, signed; with all tiles of its size beside it
 *   tile/…         hashes and entries, as C2SP tlog-tiles lays them out
 *   tail.jsonl     the newest entries, from the last bundle on
 *   head           the newest tree head, signed at each sync; behind the tail, never ahead of it
 *   torn           what a power cut left of entries that nobody had synced
 *
 * Where root writes, the owner of the directory gets it (held-folder.ts), since the program runs as that user.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeFolders, openKept } from '../ops/held-folder.ts';
import { NewFile } from '../ops/new-file.ts';
import { writeAll } from '../ops/write-all.ts';
import { TILE_WIDTH, type TileName, tilePath } from './tile-path.ts';

const FILE_MODE = 0o640;
const DIRECTORY_MODE = 0o750;

export interface LogPaths {
  readonly directory: string;
  readonly checkpoint: string;
  readonly tail: string;
  readonly head: string;
  readonly torn: string;
}

export function logPaths(directory: string): LogPaths {
  const path = (name: string) => join(directory, name);
  return {
    directory,
    checkpoint: path('checkpoint'),
    tail: path('tail.jsonl'),
    head: path('head'),
    torn: path('torn'),
  };
}

/** The bytes of a tile or a bundle; undefined where there is none. */
export function readTileFile(directory: string, tile: TileName): Buffer | undefined {
  return readOptional(join(directory, tilePath(tile)));
}

export function readOptional(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** All of an open file. */
export function readAll(file: number): Buffer {
  const bytes = Buffer.alloc(fstatSync(file).size);
  let at = 0;
  while (at < bytes.length) {
    const count = readSync(file, bytes, at, bytes.length - at, at);
    if (count === 0) break;
    at += count;
  }
  return bytes.subarray(0, at);
}

/** Writes below one directory; throws what the file system refuses. */
export class LogFiles {
  readonly paths: LogPaths;

  /** Makes the directory where it is missing. */
  constructor(directory: string) {
    this.paths = logPaths(directory);
    makeFolders(directory, DIRECTORY_MODE);
  }

  /** Durable when it returns; `path` is whole or as it was. */
  replace(path: string, bytes: Uint8Array): void {
    writeNew(path, bytes, { isFolderSynced: true });
  }

  /** Durable when it returns: all of them, each whole or as it was, and the directories that lead to them. */
  writeTiles(tiles: readonly (readonly [TileName, Uint8Array])[]): void {
    const directories = new Set<string>();
    for (const [tile, bytes] of tiles) {
      const path = join(this.paths.directory, tilePath(tile));
      makeFolders(dirname(path), DIRECTORY_MODE);
      writeNew(path, bytes, { isFolderSynced: false });
      for (let above = dirname(path); above.length >= this.paths.directory.length; above = dirname(above)) {
        directories.add(above);
      }
    }
    for (const directory of directories) syncPath(directory);
  }

  /** Leaves of the partial tiles at this place only the one that is named. */
  dropPartials(tile: TileName): void {
    const kept = tile.width === TILE_WIDTH ? undefined : String(tile.width);
    const folder = dirname(join(this.paths.directory, tilePath({ ...tile, width: 1 })));
    if (kept === undefined) {
      rmSync(folder, { recursive: true, force: true });
      return;
    }
    for (const name of readdirSync(folder)) if (name !== kept) rmSync(join(folder, name));
  }

  /** Synced, behind what is there. */
  appendTorn(bytes: Uint8Array): void {
    const file = openKept(this.paths.torn, FILE_MODE, constants.O_WRONLY | constants.O_APPEND);
    try {
      writeAll(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  /** To be overwritten in place. */
  openHead(): number {
    return openKept(this.paths.head, FILE_MODE, constants.O_RDWR);
  }
}

/** Renamed into place: the same tile may be written again, and the one that is there must outlive a power cut. */
function writeNew(path: string, bytes: Uint8Array, { isFolderSynced }: { readonly isFolderSynced: boolean }): void {
  const file = new NewFile(path, { temporary: `${basename(path)}.new`, mode: FILE_MODE });
  try {
    file.write(bytes);
    file.publish({ isFolderSynced });
  } finally {
    file.abandon();
  }
}

function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
