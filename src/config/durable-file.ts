/** Small files that must be whole or absent after a power cut. Where root makes them, the owner of their folder has them. */
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { DiodeError } from '../ops/diode-error.ts';
import { inFolderOf, makeFolders } from '../ops/held-folder.ts';
import { NewFile } from '../ops/new-file.ts';
import { writeAll } from '../ops/write-all.ts';

const READ_BYTES = 64 * 1024;

/**
 * Creates `path` with `mode`, synced, its directory too; what is there after a failure goes. Throws DiodeError
 * `file-exists` rather than overwrite.
 */
export function createFile(path: string, content: string, mode: number): void {
  try {
    inFolderOf(path, (folder, name) => {
      const file = folder.makeFile(name, mode);
      try {
        writeAll(file, Buffer.from(content));
        fsyncSync(file);
      } catch (error) {
        folder.remove(name);
        throw error;
      } finally {
        closeSync(file);
      }
      folder.sync();
    });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? fileExists(path) : fileError(error, path);
  }
}

/**
 * For files that a command was told to write and writes last: before anything is read or asked, throws what `createFile`
 * would throw for those that are there, or cannot be made. Undefined: not asked for.
 */
export function requireNewFiles(...paths: readonly (string | undefined)[]): void {
  const typed = paths.filter((path) => path !== undefined);
  for (const [at, path] of typed.entries()) {
    const isAgain = typed.slice(0, at).some((other) => resolve(other) === resolve(path));
    if (isAgain) throw new DiodeError('usage', `${path} is to be two files.`, 'Name another file for one of them.');
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw fileExists(path);
    try {
      accessSync(dirname(path), constants.W_OK);
    } catch (error) {
      throw fileError(error, path);
    }
  }
}

export function fileExists(path: string): DiodeError {
  return new DiodeError('file-exists', `${path} exists already.`, 'It is never overwritten: name another.');
}

/** How the name of a file ends that is being written, or was left behind. */
export const UNFINISHED = '.new';

/** With those above it, durable when it returns. */
export function makeFolder(path: string, mode: number): void {
  try {
    makeFolders(path, mode);
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Puts `content` in place of what `path` held, in one step. */
export function replaceFile(path: string, content: string, mode: number): void {
  try {
    const file = new NewFile(path, { temporary: `${basename(path)}.${process.pid}${UNFINISHED}`, mode });
    try {
      file.write(Buffer.from(content));
      file.publish();
    } finally {
      file.abandon();
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Puts a file in place of another of the same directory, in one step. */
export function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to);
    syncDirectory(dirname(to));
  } catch (error) {
    throw fileError(error, to);
  }
}

/** When a file was written last; undefined where there is none. */
export function writtenAtMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/** The text of a file of at most `maxBytes`; undefined where there is none. Throws DiodeError `file-too-large`, or what the file system refused. */
export function readTextFile(path: string, maxBytes: number): string | undefined {
  let content: Buffer | undefined;
  try {
    content = readBounded(path, maxBytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw fileError(error, path);
  }
  if (content !== undefined) return content.toString('utf8');
  throw new DiodeError('file-too-large', `${path} has more than ${maxBytes} bytes.`, 'Name the right file.');
}

/** Undefined where there is more. A pipe or a device, which an operator may name, says no size, and is read no further either. */
function readBounded(path: string, maxBytes: number): Buffer | undefined {
  const file = openSync(path, 'r');
  try {
    const about = fstatSync(file);
    if (about.isFile() && about.size > maxBytes) return undefined;
    const pieces: Buffer[] = [];
    for (let left = maxBytes + 1; left > 0; ) {
      const piece = Buffer.allocUnsafe(Math.min(left, READ_BYTES));
      const count = readSync(file, piece);
      if (count === 0) return Buffer.concat(pieces);
      pieces.push(piece.subarray(0, count));
      left -= count;
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** What the file system refused, as an operator reads it; anything else unchanged. */
export function fileError(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const options = { cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DiodeError('disk-full', `The disk that holds ${path} is full.`, 'Free space on it.', options);
  }
  if (code === 'EIO') {
    return new DiodeError('disk-failed', `The disk that holds ${path} failed.`, 'Replace it.', options);
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const cure =
      code === 'EROFS'
        ? 'Mount its disk for writing, or name another place.'
        : 'Run as the user that owns the directory, or correct its permissions.';
    return new DiodeError('path-denied', `${path} cannot be opened (${code}).`, cure, options);
  }
  if (code === 'ELOOP') return linkRefused(path, options);
  if (code === 'ENOENT') {
    const cure = 'Name the right path; a folder that files are to lie in is made first.';
    return new DiodeError('path-missing', `${path} cannot be opened (${code}).`, cure, options);
  }
  if (code === 'EISDIR' || code === 'ENOTDIR' || code === 'EEXIST') {
    const cure = 'A folder stands where a file should, or a file where a folder should: name the right path.';
    return new DiodeError('path-kind', `${path} cannot be opened (${code}).`, cure, options);
  }
  return error;
}

/** Where a file of ours should be, and whoever owns the folder may have put a link. */
export function linkRefused(path: string, options?: ErrorOptions): DiodeError {
  const cure = 'Look who put it there and where it leads, then remove it.';
  return new DiodeError('path-link', `${path} is a link, and none is followed there.`, cure, options);
}

/** A new name is durable only once its directory is. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
