/** Bundles that were taken in, on disk: so that none is taken in twice, and an older one is known as such. */
import { MEDIA_LIMITS } from '../../src/limits.ts';
import type { Statement, Store } from '../../src/store/database.ts';

/** One migration of receiver.db. */
export const IMPORT_SCHEMA = `
  CREATE TABLE import (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    number INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    made_at_ms INTEGER NOT NULL,
    imported_at_ms INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    new_frames INTEGER NOT NULL
  );
`;

export interface ImportedBundle {
  /** Of its manifest. */
  readonly digest: Uint8Array;
  readonly number: number;
  readonly epoch: number;
  readonly madeAtMs: number;
  readonly importedAtMs: number;
  readonly frames: number;
  /** Of these; the others were known. */
  readonly newFrames: number;
}

export class ImportTable {
  readonly #find: Statement;
  readonly #last: Statement;
  readonly #count: Statement;
  readonly #insert: Statement;
  readonly #forget: Statement;

  constructor(store: Store) {
    const columns = `digest, number, epoch, made_at_ms AS madeAtMs, imported_at_ms AS importedAtMs, frames,
      new_frames AS newFrames`;
    this.#find = store.prepare(`SELECT ${columns} FROM import WHERE digest = ?`);
    this.#last = store.prepare(`SELECT ${columns} FROM import ORDER BY place DESC LIMIT 1`);
    this.#count = store.prepare('SELECT count(*) FROM import').pluck();
    this.#insert = store.prepare(
      `INSERT OR IGNORE INTO import (digest, number, epoch, made_at_ms, imported_at_ms, frames, new_frames)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#forget = store.prepare('DELETE FROM import WHERE place <= (SELECT max(place) FROM import) - ?');
  }

  find(digest: Uint8Array): ImportedBundle | undefined {
    return this.#find.get(digest) as ImportedBundle | undefined;
  }

  get last(): ImportedBundle | undefined {
    return this.#last.get() as ImportedBundle | undefined;
  }

  /** Within the bound of what is remembered. */
  get count(): number {
    return this.#count.get() as number;
  }

  /** A transaction of its own, durable when it returns; the second time nothing. */
  add(bundle: ImportedBundle): void {
    const { digest, number, epoch, madeAtMs, importedAtMs, frames, newFrames } = bundle;
    this.#insert.run(digest, number, epoch, madeAtMs, importedAtMs, frames, newFrames);
    this.#forget.run(MEDIA_LIMITS.maxKnownImports);
  }
}
