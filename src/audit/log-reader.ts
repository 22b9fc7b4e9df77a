/** A log as readers see it, beside its writer or without one: all of it up to its last whole entry, as of one moment. */
import { AUDIT_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { openCheckpoint } from './checkpoint.ts';
import { decodeBundle } from './entry-bundle.ts';
import { type LogPaths, logPaths, readOptional, readTileFile } from './log-files.ts';
import { damaged, growTree, readTailFile } from './log-opening.ts';
import type { TreeHead } from './merkle-proof.ts';
import type { NoteVerifier } from './signed-note.ts';
import type { TailLines } from './tail-file.ts';
import { TILE_WIDTH } from './tile-path.ts';
import type { TiledTree } from './tiled-tree.ts';

export interface NumberedEntry {
  readonly index: number;
  readonly entry: Buffer;
}

export interface SignedHead extends TreeHead {
  /** As it was signed. */
  readonly note: string;
}

/** One moment of a log. Nothing in it is verified but what `LogReader` says. */
export interface LogSnapshot {
  readonly paths: LogPaths;
  /** Undefined where there is none. */
  readonly checkpoint: string | undefined;
  readonly head: string | undefined;
  readonly tail: TailLines;
}

/** Throws DiodeError `audit-missing`, or `audit-failed` where its files do not fit together. */
export function readSnapshot(directory: string): LogSnapshot {
  const paths = logPaths(directory);
  for (let tries = 0; tries < AUDIT_LIMITS.maxSnapshotTries; tries++) {
    const head = readOptional(paths.head)?.toString('utf8');
    const checkpoint = readOptional(paths.checkpoint)?.toString('utf8');
    if (checkpoint === undefined && head === undefined && readOptional(paths.tail) === undefined) {
      throw new DiodeError('audit-missing', `There is no audit log ${directory}.`, 'It is made by the first run.');
    }
    const tail = readTailFile(paths);
    // The writer makes a checkpoint before its tail begins anew: the same one before and behind means no change between.
    if (readOptional(paths.checkpoint)?.toString('utf8') === checkpoint) return { paths, checkpoint, head, tail };
  }
  throw new DiodeError('audit-failed', `The audit log ${directory} changes all the time.`, 'Try again.');
}

export class LogReader {
  readonly #snapshot: LogSnapshot;
  readonly tree: TiledTree;
  /** The newest that was signed: the head, or the checkpoint where a power cut took it. */
  readonly head: SignedHead;

  /** Throws DiodeError `audit-missing`, or `audit-failed` where a signature does not hold or a tile is missing. */
  constructor(directory: string, verifier: NoteVerifier) {
    this.#snapshot = readSnapshot(directory);
    const { paths, checkpoint, head, tail } = this.#snapshot;
    const stored = signedHead(checkpoint, verifier);
    if (stored === undefined) throw damaged(directory, 'its checkpoint is missing or not as it was signed');
    this.head =
      [signedHead(head, verifier), stored].reduce((a, b) => ((a?.size ?? -1) > (b?.size ?? -1) ? a : b)) ?? stored;
    this.tree = growTree(paths, tail, stored);
    if (this.tree.size < this.head.size || Buffer.compare(this.tree.root(this.head.size), this.head.root) !== 0) {
      throw damaged(directory, `its first ${this.head.size} entries are not those that were signed`);
    }
  }

  entries(): Generator<NumberedEntry> {
    return snapshotEntries(this.#snapshot);
  }

  entry(index: number): Buffer | undefined {
    const { paths, tail } = this.#snapshot;
    if (index >= tail.first) return tail.entries[index - tail.first];
    return readBundle(paths, Math.floor(index / TILE_WIDTH))[index % TILE_WIDTH];
  }
}

/**
 * All entries in order, one bundle in memory at a time; `newest`: no more bundles than hold so many of them before the tail.
 * Throws DiodeError `audit-failed` where one is missing.
 */
export function* snapshotEntries(
  { paths, tail }: LogSnapshot,
  newest = Number.POSITIVE_INFINITY,
): Generator<NumberedEntry> {
  const first = Math.max(0, tail.first - Math.ceil(newest / TILE_WIDTH) * TILE_WIDTH);
  for (let index = first; index < tail.first; index += TILE_WIDTH) {
    for (const [at, entry] of readBundle(paths, index / TILE_WIDTH).entries()) yield { index: index + at, entry };
  }
  for (const [at, entry] of tail.entries.entries()) yield { index: tail.first + at, entry };
}

function readBundle(paths: LogPaths, index: number): readonly Buffer[] {
  const bytes = readTileFile(paths.directory, { level: 'entries', index, width: TILE_WIDTH });
  const entries = bytes === undefined ? undefined : decodeBundle(bytes);
  if (entries?.length === TILE_WIDTH) return entries;
  const first = index * TILE_WIDTH;
  throw damaged(paths.directory, `the bundle of entries ${first} to ${first + TILE_WIDTH - 1} is missing or cut`);
}

function signedHead(note: string | undefined, verifier: NoteVerifier): SignedHead | undefined {
  const head = openCheckpoint(note ?? '', verifier);
  return note === undefined || typeof head === 'string' ? undefined : { ...head, note };
}
