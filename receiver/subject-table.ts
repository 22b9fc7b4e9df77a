/** The last revision of every key that was published, deletes included, on disk: what makes an older record superseded. */
import { isIdentityKey, type KeyRange } from '../src/identity/snapshot-part.ts';
import { RECEIVER_LIMITS } from '../src/limits.ts';
import type { Statement, Store } from '../src/store/database.ts';
import type { Revision } from '../src/wire/revision.ts';

export const SUBJECT_TABLE_SCHEMA = `
  CREATE TABLE subject (
    key TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    record_index INTEGER NOT NULL,
    deleted INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

export interface Subject {
  readonly revision: Revision;
  readonly isDeleted: boolean;
}

/** A subject or membership that is not deleted. */
export interface LiveKey {
  readonly key: string;
  readonly revision: Revision;
}

interface SubjectRow {
  readonly epoch: number;
  readonly sequence: number;
  readonly record_index: number;
  readonly deleted: number;
}

export class SubjectTable {
  readonly #find: Statement;
  readonly #update: Statement;
  readonly #insert: Statement;
  readonly #liveFrom: Statement;
  #count: number;

  constructor(store: Store) {
    this.#find = store.prepare('SELECT epoch, sequence, record_index, deleted FROM subject WHERE key = ?');
    this.#update = store.prepare(
      'UPDATE subject SET epoch = ?, sequence = ?, record_index = ?, deleted = ? WHERE key = ?',
    );
    this.#insert = store.prepare(
      'INSERT INTO subject (epoch, sequence, record_index, deleted, key) VALUES (?, ?, ?, ?, ?)',
    );
    this.#liveFrom = store.prepare(
      `SELECT key, epoch, sequence, record_index AS "index" FROM subject
       WHERE key >= ? AND (? = '' OR key < ?) AND deleted = 0 ORDER BY key LIMIT ?`,
    );
    this.#count = (store.prepare('SELECT count(*) AS count FROM subject').get() as { count: number }).count;
  }

  /** Keys, deleted ones included. */
  get count(): number {
    return this.#count;
  }

  find(key: string): Subject | undefined {
    const row = this.#find.get(key) as SubjectRow | undefined;
    if (row === undefined) return undefined;
    const { epoch, sequence, record_index: index, deleted } = row;
    return { revision: { epoch, sequence, index }, isDeleted: deleted === 1 };
  }

  /** Live subjects and memberships of a range, in order; what else is published under keys has no part in ranges. */
  *liveIn({ first, last }: KeyRange): Iterable<LiveKey> {
    const { rangeRows } = RECEIVER_LIMITS;
    let from = first;
    for (;;) {
      // In pieces: the caller reads other tables meanwhile.
      const rows = this.#liveFrom.all(from, last, last, rangeRows) as (Revision & { readonly key: string })[];
      for (const { key, ...revision } of rows) if (isIdentityKey(key)) yield { key, revision };
      if (rows.length < rangeRows) return;
      // The least key behind the last one.
      from = `${rows.at(-1)?.key}\0`;
    }
  }

  /** Inside the caller's transaction. */
  put(key: string, { revision, isDeleted }: Subject): void {
    const row = [revision.epoch, revision.sequence, revision.index, isDeleted ? 1 : 0, key];
    if (this.#update.run(...row).changes === 1) return;
    this.#insert.run(...row);
    this.#count += 1;
  }
}
