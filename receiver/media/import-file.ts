/**
 * Bundles on their way from `import` to the receiver: DIR/data/imports/<manifest digest>.bundle, whole or absent. A file is
 * length (32 bits) | manifest, then the content in the clear, as docs/wire-format.md has it; it was verified to the last
 * byte before it got its name.
 */
import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileError, makeFolder, readTextFile, replaceFile, UNFINISHED } from '../../src/config/durable-file.ts';
import { APPROVAL_LIMITS, MEDIA_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { NewFile } from '../../src/ops/new-file.ts';
import { takeLock } from '../../src/ops/run-lock.ts';
import { FRAME_LENGTH_BYTES } from '../../src/wire/bundle.ts';

const FILE_NAME = /^[0-9a-f]{64}\.bundle$/;
const APPROVAL = '.approval';
const WRITE_BYTES = 1024 * 1024;

/** Digests in hex of bundles that wait, in no order. */
export function waitingImports(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => FILE_NAME.test(name))
      .map((name) => name.slice(0, 64));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export function importPath(folder: string, digest: string): string {
  return join(folder, `${digest}.bundle`);
}

/** Beside the bundle: what approvers said of it, and when it was held against the config. */
export interface StoredApproval {
  readonly atMs: number;
  readonly texts: readonly string[];
  readonly thing: string;
}

/** Before the bundle gets its name. */
export function writeApproval(folder: string, digest: string, approval: StoredApproval): void {
  replaceFile(approvalPath(folder, digest), `${JSON.stringify(approval)}\n`, 0o600);
}

/** Undefined where there is none, or none that can be read. */
export function readApproval(folder: string, digest: string): StoredApproval | undefined {
  try {
    const text = readTextFile(approvalPath(folder, digest), MAX_APPROVAL_BYTES);
    const { atMs, texts, thing } = JSON.parse(text ?? '') as Partial<StoredApproval>;
    const isWhole = typeof atMs === 'number' && typeof thing === 'string' && Array.isArray(texts);
    return isWhole && texts.every((entry) => typeof entry === 'string') ? { atMs, texts, thing } : undefined;
  } catch {
    return undefined;
  }
}

function approvalPath(folder: string, digest: string): string {
  return join(folder, `${digest}${APPROVAL}`);
}

/** The request, and as many approvals as there may be approvers. */
const MAX_APPROVAL_BYTES =
  2 * (APPROVAL_LIMITS.maxRequestBytes + APPROVAL_LIMITS.maxApprovers * APPROVAL_LIMITS.maxApprovalBytes);

export function removeImport(folder: string, digest: string): void {
  rmSync(approvalPath(folder, digest), { force: true });
  rmSync(importPath(folder, digest), { force: true });
}

/**
 * What an import that was killed left there: a bundle that never got its name, in the clear, and approvals of none. Only
 * under the lock of imports, since one that runs has both. How many files.
 */
export function sweepImports(folder: string): number {
  const left = leftovers(folder);
  for (const name of left) rmSync(join(folder, name), { force: true });
  return left.length;
}

/** For the receiver at its start: nothing where an import runs, or where root's lock is not ours to take; the next one sweeps. */
export function sweepUnlessImporting(folder: string, lockPath: string): number {
  if (leftovers(folder).length === 0) return 0;
  try {
    const lock = takeLock(lockPath, { waitMs: 0, seen: '', cure: '' });
    try {
      return sweepImports(folder);
    } finally {
      lock.release();
    }
  } catch (error) {
    if (error instanceof DiodeError) return 0;
    throw error;
  }
}

function leftovers(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const waiting = new Set(waitingImports(folder));
  const isApprovalOfNone = (name: string) => name.endsWith(APPROVAL) && !waiting.has(name.slice(0, -APPROVAL.length));
  return readdirSync(folder).filter((name) => isApprovalOfNone(name) || name.endsWith(UNFINISHED));
}

/** Where `import` writes what it verifies. Throws DiodeError `disk-full` and what else the disk says. */
export class ImportFileWriter {
  readonly #path: string;
  readonly #file: NewFile;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(folder: string, digest: string, manifest: Uint8Array) {
    this.#path = importPath(folder, digest);
    try {
      makeFolder(folder, 0o700);
      if (waitingImports(folder).length >= MEDIA_LIMITS.maxWaitingImports) throw tooMany(folder);
      this.#file = new NewFile(this.#path, { temporary: `${digest}${UNFINISHED}`, mode: 0o600 });
    } catch (error) {
      throw fileError(error, folder);
    }
    this.#append(manifest);
  }

  addFrame(frame: Uint8Array): void {
    this.#append(frame);
  }

  /** Durable, and the receiver's, when it returns. */
  publish(): void {
    try {
      this.#flush();
      this.#file.publish();
    } catch (error) {
      throw fileError(error, this.#path);
    }
  }

  /** Nothing, where it was published. */
  abandon(): void {
    this.#file.abandon();
  }

  #append(bytes: Uint8Array): void {
    const length = Buffer.alloc(FRAME_LENGTH_BYTES);
    length.writeUInt32BE(bytes.length);
    this.#chunks.push(length, bytes);
    this.#bytes += length.length + bytes.length;
    if (this.#bytes >= WRITE_BYTES) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#bytes = 0;
    try {
      this.#file.write(bytes);
    } catch (error) {
      throw fileError(error, this.#path);
    }
  }
}

/** Reads one piece after another: the manifest, then frames. Whoever made it closes it. */
export class ImportFileReader {
  readonly #path: string;
  readonly #file: number;
  readonly bytes: number;
  #at = 0;

  constructor(folder: string, digest: string) {
    this.#path = importPath(folder, digest);
    try {
      this.#file = openSync(this.#path, 'r');
      this.bytes = statSync(this.#path).size;
    } catch (error) {
      throw fileError(error, this.#path);
    }
  }

  /** Undefined at the end. Throws DiodeError `store-damaged` where the file is not what was written, `disk-failed`. */
  next(): Uint8Array | undefined {
    if (this.#at === this.bytes) return undefined;
    const length = this.#read(FRAME_LENGTH_BYTES).readUInt32BE();
    const most = this.#at === FRAME_LENGTH_BYTES ? MEDIA_LIMITS.maxManifestBytes : WIRE_LIMITS.maxFrameBytes;
    if (length > most) throw this.#damaged();
    return this.#read(length);
  }

  /** How far it has come. */
  get position(): number {
    return this.#at;
  }

  close(): void {
    closeSync(this.#file);
  }

  #read(length: number): Buffer {
    const piece = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const read = this.#readSome(piece, done);
      if (read === 0) throw this.#damaged();
      done += read;
    }
    this.#at += length;
    return piece;
  }

  #readSome(piece: Buffer, done: number): number {
    try {
      return readSync(this.#file, piece, done, piece.length - done, this.#at + done);
    } catch (error) {
      throw fileError(error, this.#path);
    }
  }

  #damaged(): DiodeError {
    const cure = 'Check the disk, delete the file, and import the bundle again.';
    return new DiodeError('store-damaged', `${this.#path} is not what was written.`, cure);
  }
}

function tooMany(folder: string): DiodeError {
  const seen = `${MEDIA_LIMITS.maxWaitingImports} bundles wait in ${folder}.`;
  return new DiodeError('requests-full', seen, 'Start the receiver, which takes them in.');
}
