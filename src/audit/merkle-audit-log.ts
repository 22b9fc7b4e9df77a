/**
 * The audit log as a Merkle tree that other people's tools verify (docs/audit.md): entries ─► tail ─► tiles ─► checkpoint.
 *
 * An entry is durable with one fdatasync of the tail, and a signed head follows it. At a checkpoint tiles are made of the
 * tail and synced, then the checkpoint, and only then does the tail begin anew: whatever is cut off in between, all of the
 * tree stands in tiles and tail together.
 */
import { closeSync } from 'node:fs';
import { AUDIT_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { writeAll } from '../ops/write-all.ts';
import type { AuditEvent, AuditLog } from './audit-log.ts';
import { signCheckpoint } from './checkpoint.ts';
import { encodeBundle } from './entry-bundle.ts';
import { LogFiles } from './log-files.ts';
import { type OpenedLog, openLog } from './log-opening.ts';
import type { SignedHead } from './log-reader.ts';
import { leafHash } from './merkle-hash.ts';
import type { TreeHead } from './merkle-proof.ts';
import type { NoteSigner, NoteVerifier } from './signed-note.ts';
import { TailFile, tailBytes } from './tail-file.ts';
import { partialTiles, TILE_WIDTH, type TileName } from './tile-path.ts';
import type { TiledTree } from './tiled-tree.ts';

export interface MerkleLogOptions {
  readonly directory: string;
  /** Its name is the log's origin. */
  readonly signer: NoteSigner;
  readonly nowMs: number;
  /** First entry of a log that is new. */
  readonly firstEntry?: AuditEvent;
}

export class MerkleAuditLog implements AuditLog {
  readonly #signer: NoteSigner;
  readonly #directory: string;
  #files!: LogFiles;
  #tail!: TailFile;
  #headFile!: number;
  #tree!: TiledTree;
  /** Of the tail, for the bundles to come. */
  #entries: Buffer[] = [];
  #queue: Buffer[] = [];
  #checkpointSize = 0;
  #checkpointMs: number;
  #nowMs: number;
  #bytesSinceCheckpoint = 0;
  #failure: DiodeError | undefined;

  /**
   * Opens or makes the log, verifies what the tail and the last signed heads say, and goes on behind it. An end that was
   * not synced when the power went is set aside and recorded. Throws DiodeError `audit-failed` where entries were edited
   * or cut, or on any I/O error. One writer at a time: the caller holds the lock.
   */
  constructor({ directory, signer, nowMs, firstEntry }: MerkleLogOptions) {
    this.#directory = directory;
    this.#signer = signer;
    this.#checkpointMs = nowMs;
    this.#nowMs = nowMs;
    const opened = this.#guarded(() => {
      this.#files = new LogFiles(directory);
      return openLog(this.#files, signer);
    });
    this.#takeUp(opened, firstEntry);
  }

  get size(): number {
    return this.#tree.size + this.#queue.length;
  }

  /** Whoever wants to verify the log. */
  get verifier(): NoteVerifier {
    return { name: this.#signer.name, publicKey: this.#signer.publicKey };
  }

  /** Entries that the last checkpoint covers, and when it was made. */
  get checkpoint(): { readonly size: number; readonly atMs: number } {
    return { size: this.#checkpointSize, atMs: this.#checkpointMs };
  }

  /** Over all that is synced, signed now. */
  get signedHead(): SignedHead {
    const head = { size: this.#tree.size, root: this.#tree.root() };
    return { ...head, note: signCheckpoint(head, this.#signer) };
  }

  /**
   * That what is synced begins with all of `before`; undefined where it does not, or `before` is empty. Throws DiodeError
   * `audit-failed` where stored hashes cannot be read.
   */
  proofSince(before: TreeHead): readonly Uint8Array[] | undefined {
    return this.#guarded(() => {
      const tree = this.#tree;
      if (before.size === 0 || before.size > tree.size) return undefined;
      if (Buffer.compare(tree.root(before.size), before.root) !== 0) return undefined;
      return tree.consistencyProof(before.size);
    });
  }

  append(nowMs: number, entry: AuditEvent): void {
    if (this.#failure !== undefined) throw this.#failure;
    const { event, ...details } = entry;
    const at = new Date(nowMs).toISOString();
    const line = Buffer.from(JSON.stringify({ index: this.size, at, event, ...details }), 'utf8');
    if (line.length > AUDIT_LIMITS.maxEntryBytes) {
      throw new RangeError(`audit entry ${event} of ${line.length} bytes`);
    }
    this.#nowMs = nowMs;
    this.#queue.push(line);
    if (this.#queue.length >= AUDIT_LIMITS.maxQueuedEntries) this.sync();
  }

  sync(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#queue.length === 0) return;
    this.#guarded(() => {
      this.#tail.append(this.#queue);
      for (const line of this.#queue) this.#tree.append(leafHash(line));
      this.#bytesSinceCheckpoint += this.#queue.reduce((sum, line) => sum + line.length, 0);
      this.#entries.push(...this.#queue);
      this.#queue = [];
      this.#writeHead();
      if (this.#isCheckpointDue()) this.#makeCheckpoint();
    });
  }

  /** Syncs what is queued and signs a checkpoint over all, where that is still possible. */
  close(): void {
    try {
      if (this.#failure !== undefined) return;
      this.sync();
      this.#guarded(() => this.#makeCheckpoint());
    } finally {
      this.#tail.close();
      closeSync(this.#headFile);
    }
  }

  #takeUp(
    { tail, tree, checkpointSize, lines, isNew, isHeadLost }: OpenedLog,
    firstEntry: AuditEvent | undefined,
  ): void {
    this.#tail = tail;
    this.#tree = tree;
    this.#entries = [...lines.entries];
    this.#checkpointSize = checkpointSize;
    this.#headFile = this.#guarded(() => this.#files.openHead());
    if (isNew && firstEntry !== undefined) this.append(this.#nowMs, firstEntry);
    if (lines.rest.length > 0) this.#setAside(lines.wholeBytes, lines.rest);
    if (isHeadLost) this.append(this.#nowMs, { event: 'audit-head-lost', entries: tree.size });
    this.sync();
  }

  #setAside(wholeBytes: number, rest: Buffer): void {
    this.#guarded(() => {
      this.#files.appendTorn(Buffer.concat([rest, Buffer.from('\n')]));
      this.#tail.cut(wholeBytes);
    });
    const sha256 = Buffer.from(leafHash(rest)).toString('hex');
    this.append(this.#nowMs, { event: 'audit-torn', bytes: rest.length, sha256 });
  }

  /** Behind the tail, never ahead of it, and so not synced: after a power cut it may be old, which is no harm. */
  #writeHead(): void {
    writeAll(this.#headFile, Buffer.from(this.signedHead.note), 0);
  }

  #isCheckpointDue(): boolean {
    const { checkpointEntries, checkpointBytes, checkpointMs } = AUDIT_LIMITS;
    return (
      this.#tree.size - this.#checkpointSize >= checkpointEntries ||
      this.#bytesSinceCheckpoint >= checkpointBytes ||
      // A clock that was set back must not put it off.
      Math.abs(this.#nowMs - this.#checkpointMs) >= checkpointMs
    );
  }

  #makeCheckpoint(): void {
    const { size } = this.#tree;
    if (size === this.#checkpointSize) return;
    const tiles = this.#tilesToWrite();
    this.#files.writeTiles(tiles);
    const note = signCheckpoint({ size, root: this.#tree.root() }, this.#signer);
    this.#files.replace(this.#files.paths.checkpoint, Buffer.from(note));
    this.#beginTail(Math.floor((size - 1) / TILE_WIDTH) * TILE_WIDTH);
    for (const [tile] of tiles) this.#files.dropPartials(tile);
    this.#checkpointSize = size;
    this.#checkpointMs = this.#nowMs;
    this.#bytesSinceCheckpoint = 0;
  }

  /** All that the tail has beyond stored tiles: full hash tiles, the partial ones of this size, and bundles. */
  #tilesToWrite(): readonly (readonly [TileName, Buffer])[] {
    const tree = this.#tree;
    const full = tree.newTiles().map(({ bytes, ...place }) => [{ ...place, width: TILE_WIDTH }, bytes] as const);
    const partial = partialTiles(tree.size).map((tile) => [tile, tree.tileBytes(tile)] as const);
    const bundles: (readonly [TileName, Buffer])[] = [];
    for (let at = 0; at < this.#entries.length; at += TILE_WIDTH) {
      const entries = this.#entries.slice(at, at + TILE_WIDTH);
      const index = (this.#tailFirst + at) / TILE_WIDTH;
      bundles.push([{ level: 'entries', index, width: entries.length }, encodeBundle(entries)]);
    }
    return [...full, ...partial, ...bundles];
  }

  /** From the last bundle on, which stays so that the tail says where it begins. */
  #beginTail(first: number): void {
    const passed = first - this.#tailFirst;
    if (passed === 0) return;
    this.#entries = this.#entries.slice(passed);
    this.#tail.close();
    this.#files.replace(this.#files.paths.tail, tailBytes(this.#entries));
    this.#tail = new TailFile(this.#files.paths.tail);
    this.#tree.handleStored(first);
  }

  get #tailFirst(): number {
    return this.#tree.size - this.#entries.length;
  }

  /**
   * After a failed write or sync nothing is known of the files' ends, so nothing is tried again: a retry may
   * succeed over data that the kernel has dropped.
   */
  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#failure = error instanceof DiodeError ? error : unwritable(this.#directory, error);
      throw this.#failure;
    }
  }
}

function unwritable(directory: string, cause: unknown): DiodeError {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  const seen = `The audit log ${directory} cannot be written (${code}), so nothing more is accepted.`;
  const cure = 'Free or mend its disk, correct its permissions, then start again.';
  return new DiodeError('audit-failed', seen, cure, { cause });
}
