/** Which file a source goes on with: after a restart, after a cut, and when a file is read to its end. */
import type { FilePosition } from './file-position.ts';
import { OpenFile } from './open-file.ts';
import { describeFile, findByIdentity, isSameFile, listSourceFiles, type SourceFile } from './rotated-files.ts';
import type { SourceEvent } from './source.ts';

export interface LocatedFile {
  readonly file: OpenFile;
  /** What had to be given up; undefined: reading goes on exactly where it ended. */
  readonly loss: SourceEvent | undefined;
}

/**
 * The file that holds `position`, wherever rotation put it; without a position, the source's own file from its start.
 * Undefined while there is nothing to read from.
 */
export async function locateFile(path: string, position: FilePosition | undefined): Promise<LocatedFile | undefined> {
  const files = await listSourceFiles(path);
  if (position === undefined) return located(await begin(files, path), undefined);
  const unread = firstUnread(files, position)?.path ?? path;
  if (position.headBytes === 0) return located(await begin(files, unread), undefined);
  const renamed = await findByIdentity(path, position);
  // The file itself first; then what may be a copy of it, the newest first.
  const candidates = [...(renamed === undefined ? [] : [renamed]), ...[...files].reverse()];
  for (const candidate of candidates) {
    const file = await OpenFile.resume(candidate.path, position);
    if (file !== undefined) return { file, loss: undefined };
  }
  const kind = renamed === undefined ? 'file-gone' : 'truncated';
  return located(await begin(files, unread), { kind, path, offset: position.offset });
}

/**
 * The file after `current`, which was read to its end; undefined while current may still grow. A single writer that
 * writes to a new file has left the old one, so an empty new file says nothing yet.
 */
export async function findNextFile(path: string, current: OpenFile): Promise<{ readonly path: string } | undefined> {
  const own = await describeFile(path);
  if (current.isKnown && own !== undefined && isSameFile(own, current.identity)) return undefined;
  const files = await listSourceFiles(path);
  const index = files.findIndex((file) => isSameFile(file, current.identity));
  const unread = firstUnread(files, current.position);
  // Of a file that was opened and not read, what came behind its predecessor since may be a copy. Of one that is not
  // there any more, all that came behind its predecessor came behind it.
  const isOpen = current.isKnown || unread === undefined || isSameFile(unread, current.identity);
  const next = index >= 0 && isOpen ? files[index + 1] : unread;
  return next?.path === path && next.bytes === 0 ? undefined : next;
}

/** Whether files came between `current`, which was just begun, and its predecessor. */
export async function isPreceded(path: string, current: OpenFile): Promise<boolean> {
  const unread = firstUnread(await listSourceFiles(path), current.position);
  return unread !== undefined && !isSameFile(unread, current.identity);
}

/** Opens `path` at its start, and remembers which rotated file came before it. */
export async function beginFile(sourcePath: string, path: string): Promise<OpenFile | undefined> {
  return begin(await listSourceFiles(sourcePath), path);
}

/** What came behind the predecessor of the position's file, oldest first; the file itself where it is still there. */
function firstUnread(files: readonly SourceFile[], position: FilePosition): SourceFile | undefined {
  if (position.after === '') return files[0];
  const index = files.findIndex((file) => file.inode === position.after);
  if (index >= 0) return files[index + 1];
  return files.find((file) => isSameFile(file, position)) ?? files.at(-1);
}

function begin(files: readonly SourceFile[], path: string): Promise<OpenFile | undefined> {
  const index = files.findIndex((file) => file.path === path);
  const before = index < 0 ? files.at(-1) : files[index - 1];
  return OpenFile.begin(path, before?.inode ?? '');
}

function located(file: OpenFile | undefined, loss: SourceEvent | undefined): LocatedFile | undefined {
  return file === undefined ? undefined : { file, loss };
}
