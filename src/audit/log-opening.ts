/**
 * What stands on disk when a log is opened: its tail is read and hashed again, over the stored tiles, and the tree must be
 * the one that the checkpoint and the last head were signed for. `audit verify` looks at all of it, this at the end.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DiodeError } from '../ops/diode-error.ts';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { type LogFiles, type LogPaths, readOptional, readTileFile } from './log-files.ts';
import { emptyRoot, HASH_BYTES, leafHash } from './merkle-hash.ts';
import type { TreeHead } from './merkle-proof.ts';
import type { NoteSigner, NoteVerifier } from './signed-note.ts';
import { readTail, TailFile, type TailLines } from './tail-file.ts';
import { TILE_WIDTH } from './tile-path.ts';
import { TiledTree } from './tiled-tree.ts';

export interface OpenedLog {
  readonly tail: TailFile;
  readonly lines: TailLines;
  readonly tree: TiledTree;
  readonly checkpointSize: number;
  readonly isNew: boolean;
  /** There are entries, and the head that was signed behind them is gone or unreadable. */
  readonly isHeadLost: boolean;
}

/** Makes a log that is not there. Throws DiodeError `audit-failed` where what is there is not what was signed. */
export function openLog(files: LogFiles, signer: NoteSigner): OpenedLog {
  const { paths } = files;
  const isNew = ![paths.checkpoint, paths.tail, paths.head, join(paths.directory, 'tile')].some((path) =>
    existsSync(path),
  );
  if (isNew) {
    files.replace(paths.checkpoint, Buffer.from(signCheckpoint({ size: 0, root: emptyRoot() }, signer)));
  }
  const checkpoint = readCheckpoint(paths, signer);
  if (!existsSync(paths.tail) && checkpoint.size === 0) files.replace(paths.tail, Buffer.alloc(0));
  if (!existsSync(paths.tail)) throw damaged(paths.directory, 'tail.jsonl is missing');
  const tail = new TailFile(paths.tail);
  const lines = tail.read();
  const tree = growTree(paths, lines, checkpoint);
  const head = readHead(paths, signer);
  requireSigned(paths, tree, [checkpoint, ...(head === undefined ? [] : [head])]);
  return { tail, lines, tree, checkpointSize: checkpoint.size, isNew, isHeadLost: head === undefined && tree.size > 0 };
}

/** Throws DiodeError `audit-failed` where there is none, or none that the log's key signed. */
export function readCheckpoint(paths: LogPaths, verifier: NoteVerifier): TreeHead {
  const note = readOptional(paths.checkpoint);
  if (note === undefined) throw damaged(paths.directory, 'its checkpoint is missing');
  const checkpoint = openCheckpoint(note.toString('utf8'), verifier);
  if (typeof checkpoint === 'string')
    throw damaged(paths.directory, `its checkpoint is not as it was signed (${checkpoint})`);
  return checkpoint;
}

/** The newest head; undefined where none can be read, as after a power cut. */
function readHead(paths: LogPaths, verifier: NoteVerifier): TreeHead | undefined {
  const head = openCheckpoint(readOptional(paths.head)?.toString('utf8') ?? '', verifier);
  return typeof head === 'string' ? undefined : head;
}

/** The tree of stored tiles and tail. */
export function growTree(paths: LogPaths, lines: TailLines, checkpoint: TreeHead): TiledTree {
  const { first, entries } = lines;
  if (first % TILE_WIDTH !== 0 || first > checkpoint.size) {
    throw damaged(paths.directory, `tail.jsonl begins with entry ${first}, although ${checkpoint.size} were stored`);
  }
  if (entries.length === 0 && checkpoint.size > 0) throw damaged(paths.directory, 'tail.jsonl has no entry');
  const tree = new TiledTree(first, (level, index) => {
    const bytes = readTileFile(paths.directory, { level, index, width: TILE_WIDTH });
    if (bytes?.length === TILE_WIDTH * HASH_BYTES) return bytes;
    throw damaged(
      paths.directory,
      `the tile of level ${level}, number ${index}, is ${bytes === undefined ? 'missing' : 'cut'}`,
    );
  });
  for (const entry of entries) tree.append(leafHash(entry));
  return tree;
}

export function readTailFile(paths: LogPaths): TailLines {
  const bytes = readOptional(paths.tail);
  if (bytes === undefined) throw damaged(paths.directory, 'tail.jsonl is missing');
  return readTail(bytes);
}

function requireSigned(paths: LogPaths, tree: TiledTree, heads: readonly TreeHead[]): void {
  for (const { size, root } of heads) {
    if (size > tree.size) {
      throw damaged(paths.directory, `entry ${tree.size} cannot be read, although ${size} were signed`);
    }
    if (Buffer.compare(tree.root(size), root) !== 0) {
      throw damaged(paths.directory, `its first ${size} entries are not those that were signed`);
    }
  }
}

export function damaged(directory: string, what: string): DiodeError {
  const cure = `\`audit verify DIR\` says where. Find out who changed it; then restore it, or move ${directory} aside to begin a new log.`;
  return new DiodeError('audit-failed', `The audit log ${directory} was changed: ${what}.`, cure);
}
