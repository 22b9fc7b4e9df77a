/**
 * A lock on DIR that dies with its process: an open SQLite transaction, which the kernel's file locks hold. There is no
 * pid to go stale, and a copied directory is not locked.
 */
import { openStore, type Store } from '../store/database.ts';
import { DiodeError } from './diode-error.ts';

export interface HeldLock {
  release(): void;
}

/** Takes the lock, waiting at most `waitMs` (0: not at all), or throws DiodeError `directory-locked` with `seen` and `cure`. */
export function takeLock(
  path: string,
  wait: { readonly waitMs: number; readonly seen: string; readonly cure: string },
): HeldLock {
  const store = openStore(path, []);
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
  const store = openStore(path, []);
  try {
    if (!begin(store, 0)) return true;
    store.exec('ROLLBACK');
    return false;
  } finally {
    store.close();
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
