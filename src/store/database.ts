/**
 * SQLite as both programs use it: one file, WAL, synchronous=FULL, so that a committed transaction survives a power cut.
 * The one file that imports better-sqlite3.
 */
import Database from 'better-sqlite3';
import { DiodeError } from '../ops/diode-error.ts';

export type Statement = Database.Statement<unknown[]>;
export type Store = Database.Database;

/**
 * Opens or makes the database at `path` (":memory:" in tests) and brings its schema to `migrations.length`: entry i is
 * run once, inside a transaction, when the file's user_version is i. Throws DiodeError `store-newer` for a file that a
 * newer program wrote, `store-damaged` where SQLite cannot read it, `disk-full` and `disk-failed`.
 */
export function openStore(path: string, migrations: readonly string[]): Store {
  try {
    const store = new Database(path);
    store.pragma('journal_mode = WAL');
    store.pragma('synchronous = FULL');
    // Pages that change often are copied back once for many commits: 27% fewer bytes written by a sender under load, 40 to
    // 60% fewer by a receiver (npm run bench -- endtoend --profile). The WAL grows to 32 MB.
    store.pragma('wal_autocheckpoint = 8000');
    store.pragma('foreign_keys = ON');
    store.pragma('busy_timeout = 5000');
    migrate(store, path, migrations);
    return store;
  } catch (error) {
    throw translateStoreError(error, path);
  }
}

/** Opens an existing database for reading beside a running program; throws DiodeError `directory-missing` if absent. */
export function openStoreReadOnly(path: string): Store {
  let store: Store | undefined;
  try {
    store = new Database(path, { readonly: true, fileMustExist: true });
    store.pragma('busy_timeout = 5000');
    // The first that reads the file: what is wrong with it, or with a full disk, is said here.
    store.pragma('schema_version');
    return store;
  } catch (error) {
    store?.close();
    throw translateStoreError(error, path);
  }
}

/**
 * A database that only this process sees and that is gone with it, for what outgrows memory: a file in `folder` that has no
 * name. Not durable.
 */
export function openScratchStore(folder: string): Store {
  try {
    // Where SQLite makes files of temporary databases; the system's own place may be a small file system in memory.
    process.env.SQLITE_TMPDIR = folder;
    const store = new Database('');
    store.pragma('journal_mode = OFF');
    store.pragma('synchronous = OFF');
    return store;
  } catch (error) {
    throw translateStoreError(error, folder);
  }
}

/**
 * A copy of the database at `from` into a new file: one moment of it, whatever a running program writes meanwhile. Throws
 * DiodeErrors as `openStore`.
 */
export function copyStore(from: string, to: string): void {
  const store = openStoreReadOnly(from);
  try {
    store.prepare('VACUUM INTO ?').run(to);
  } catch (error) {
    throw translateStoreError(error, to);
  } finally {
    store.close();
  }
}

/** SQLite's error as an operator reads it; anything else unchanged. */
export function translateStoreError(error: unknown, path: string): unknown {
  if (error instanceof TypeError && error.message.includes('directory does not exist')) {
    return new DiodeError(
      'directory-missing',
      `The directory of ${path} does not exist.`,
      'Run init first, or name the right directory.',
      { cause: error },
    );
  }
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return error;
  const options = { cause: error };
  if (code.startsWith('SQLITE_FULL')) {
    return new DiodeError(
      'disk-full',
      `The disk that holds ${path} is full.`,
      'Free space on it; nothing acknowledged is lost.',
      options,
    );
  }
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB')) {
    return new DiodeError(
      'store-damaged',
      `${path} is damaged (${code}).`,
      'See docs/operations.md, "Backup and loss": an old copy of a sender halts its stream.',
      options,
    );
  }
  if (code.startsWith('SQLITE_CANTOPEN')) {
    return new DiodeError(
      'directory-missing',
      `${path} cannot be opened.`,
      'Run init first, or name the right directory and user.',
      options,
    );
  }
  return new DiodeError(
    'disk-failed',
    `SQLite failed on ${path}: ${code}.`,
    'Check the disk, its free space and its permissions, then start again.',
    options,
  );
}

function migrate(store: Store, path: string, migrations: readonly string[]): void {
  const version = store.pragma('user_version', { simple: true }) as number;
  if (version > migrations.length) {
    throw new DiodeError(
      'store-newer',
      `${path} has schema ${version}, this program knows ${migrations.length}.`,
      'Start the newer version that wrote it.',
    );
  }
  for (let next = version; next < migrations.length; next++) {
    store.transaction(() => {
      store.exec(migrations[next] as string);
      store.pragma(`user_version = ${next + 1}`);
    })();
  }
}
