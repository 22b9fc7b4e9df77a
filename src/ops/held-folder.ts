/**
 * What is made below a folder that somebody else may own. Root types commands that write below DIR, and DIR belongs to the
 * user that the programs run as, who may put a link under any name in it. So whatever is made
 *
 *   lies in a folder that is held open and reached through its descriptor, not by its path a second time,
 *   is new, or no link, and
 *   is handed to the owner of that folder by its own descriptor.
 */
import { closeSync, constants, fchownSync, fstatSync, fsyncSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** All methods throw what the file system refuses. */
export class HeldFolder {
  readonly #folder: number;

  constructor(path: string) {
    this.#folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  }

  /** proc(5): the name in this very folder, whatever stands under the folder's path by now. */
  at(name: string): string {
    return `/proc/self/fd/${this.#folder}/${name}`;
  }

  /** A new file, open for writing. Throws EEXIST where anything has the name. */
  makeFile(name: string, mode: number, access: number = constants.O_WRONLY): number {
    const file = openSync(this.at(name), access | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, mode);
    return this.#handedOver(file, () => this.remove(name));
  }

  /** Throws EEXIST where anything has the name. */
  makeFolder(name: string, mode: number): void {
    mkdirSync(this.at(name), mode);
    const made = openSync(this.at(name), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    closeSync(this.#handedOver(made, () => {}));
  }

  remove(name: string): void {
    rmSync(this.at(name), { force: true });
  }

  sync(): void {
    fsyncSync(this.#folder);
  }

  close(): void {
    closeSync(this.#folder);
  }

  /** To whoever owns the folder; nobody but root can, or needs to. */
  #handedOver(made: number, undo: () => void): number {
    if (process.getuid?.() !== 0) return made;
    try {
      const owner = fstatSync(this.#folder);
      const { uid, gid } = fstatSync(made);
      if (uid !== owner.uid || gid !== owner.gid) fchownSync(made, owner.uid, owner.gid);
      return made;
    } catch (error) {
      closeSync(made);
      undo();
      throw error;
    }
  }
}

/** With those above it, durable when it returns; nothing where it is there. */
export function makeFolders(path: string, mode: number): void {
  if (isFolder(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolders(above, mode);
  inFolderOf(path, (folder, name) => {
    try {
      folder.makeFolder(name, mode);
    } catch (error) {
      // Somebody else was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(path)) throw error;
    }
    folder.sync();
  });
}

/** A new file, open for writing; the folder's owner has it. Throws EEXIST where anything has the name. */
export function makeFile(path: string, mode: number): number {
  return inFolderOf(path, (folder, name) => folder.makeFile(name, mode));
}

/** One that is kept and changed in place, made where it is missing. Throws ELOOP for a link. */
export function openKept(path: string, mode: number, access: number): number {
  return inFolderOf(path, (folder, name) => {
    try {
      return folder.makeFile(name, mode, access);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return openSync(folder.at(name), access | constants.O_NOFOLLOW);
    }
  });
}

/** The folder that `path` lies in is held as long as `work` takes. */
export function inFolderOf<Result>(path: string, work: (folder: HeldFolder, name: string) => Result): Result {
  const folder = new HeldFolder(dirname(path));
  try {
    return work(folder, basename(path));
  } finally {
    folder.close();
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
