/**
 * A lock on DIR that dies with its process: an open SQLite transaction, which the kernel's file locks hold. There is no
 * pid to go stale, and a copied directory is not locked.
 */
import { closeSync, existsSync, lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileError, linkRefused } from '../config/durable-file.ts';
import { openStore, type Store } from '../store/database.ts';
import { DiodeError } from './diode-error.ts';
import { makeFile } from './held-folder.ts';

export interface HeldLock {
  release(): void;
}

/** Takes the lock, waiting at most `waitMs` (0: not at all), or throws DiodeError `directory-locked` with `seen` and `cure`. */
export function takeLock(
  path: string,
  wait: { readonly waitMs: number; readonly seen: string; readonly cure: string },
): HeldLock {
  const store = openLock(path);
  if (!begin(store, wait.waitMs)) {
    store.close();
    throw new DiodeError('directory-locked', wait.seen, wait.cure);
  }
  return {
    release() {
      if (!store.open) return;
      store.exec('ROLLBACK');
      store.close();
    },
  };
}

/** Whether another process holds the lock now. */
export function isLocked(path: string): boolean {
  const store = openLock(path);
  try {
    if (!begin(store, 0)) return true;
    store.exec('ROLLBACK');
    return false;
  } finally {
    store.close();
  }
}

/**
 * Made here where it is missing: SQLite would follow a link, and a file of root's would keep the programs' user out. One that
 * is there is not opened beside SQLite, since closing it would end the locks that this process has on it.
 */
function openLock(path: string): Store {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) throw linkRefused(path);
  if (found === undefined && existsSync(dirname(path))) makeLockFile(path);
  return openStore(path, []);
}

function makeLockFile(path: string): void {
  try {
    closeSync(makeFile(path, 0o644));
  } catch (error) {
    // Somebody else was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileError(error, path);
  }
}

function begin(store: Store, waitMs: number): boolean {
  try {
    store.pragma(`busy_timeout = ${waitMs}`);
    store.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY')) return false;
    throw error;
  }
}
