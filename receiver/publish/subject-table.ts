/** The last revision of every key that was published, deletes included, on disk: what makes an older record superseded. */
import { isIdentityKey, type KeyRange } from '../../src/identity/snapshot-part.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { Statement, Store } from '../../src/store/database.ts';
import type { Revision } from '../../src/wire/revision.ts';
import { kindOf } from '../guard/counted-kind.ts';
import { NO_FACTS, type SubjectFacts } from '../guard/guard-limits.ts';
import type { CountedKind } from '../guard/guard-window.ts';

export const SUBJECT_TABLE_SCHEMA = `
  CREATE TABLE subject (
    key TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    record_index INTEGER NOT NULL,
    deleted INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

export const SUBJECT_FACTS_SCHEMA = `
  ALTER TABLE subject ADD COLUMN inactive INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE subject ADD COLUMN admin_roles TEXT NOT NULL DEFAULT '';
`;

/** All roles, as JSON; null: published before this migration, or too many. Empty: none. */
export const SUBJECT_ROLES_SCHEMA = `
  ALTER TABLE subject ADD COLUMN roles TEXT;
`;

/** As `isIdentityKey`. */
const IS_IDENTITY = "NOT (key GLOB 'Token|*' OR key GLOB 'Jwks|*' OR key GLOB 'Status|*' OR key GLOB 'Bundle*')";

/** Topics whose keys have a revision here. */
export type SubjectTopic = 'identity' | 'tokens' | 'trust';

export interface Subject {
  readonly revision: Revision;
  readonly isDeleted: boolean;
  /** Absent: of what is no resource, and of one that nothing is to be remembered of. */
  readonly facts?: SubjectFacts;
}

/** A subject or membership that is not deleted. */
export interface LiveKey {
  readonly key: string;
  readonly revision: Revision;
}

/** Columns in their order: an object of them costs a look-up of each name for each row. */
type SubjectRow = readonly [
  epoch: number,
  sequence: number,
  index: number,
  deleted: number,
  inactive: number,
  adminRoles: string,
  roles: string | null,
];

export class SubjectTable {
  readonly #find: Statement;
  readonly #updateAlike: Statement;
  readonly #update: Statement;
  readonly #insert: Statement;
  readonly #liveFrom: Statement;
  readonly #clear: Readonly<Record<SubjectTopic, Statement>>;
  #count: number;
  readonly #live: Record<CountedKind, number>;

  constructor(store: Store) {
    this.#find = store
      .prepare('SELECT epoch, sequence, record_index, deleted, inactive, admin_roles, roles FROM subject WHERE key = ?')
      .raw();
    this.#updateAlike = store.prepare(
      `UPDATE subject SET epoch = ?, sequence = ?, record_index = ?, inactive = ?, admin_roles = ?, roles = ?
       WHERE key = ? AND deleted = ?`,
    );
    this.#update = store.prepare(
      `UPDATE subject SET epoch = ?, sequence = ?, record_index = ?, deleted = ?, inactive = ?, admin_roles = ?, roles = ?
       WHERE key = ?`,
    );
    this.#insert = store.prepare(
      `INSERT INTO subject (epoch, sequence, record_index, deleted, inactive, admin_roles, roles, key)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
    );
    this.#liveFrom = store.prepare(
      `SELECT key, epoch, sequence, record_index AS "index" FROM subject
       WHERE key >= ? AND (? = '' OR key < ?) AND deleted = 0 ORDER BY key LIMIT ?`,
    );
    const clear = (ofTopic: string) => {
      const some = `SELECT key FROM subject WHERE key > ? AND deleted = 0 AND ${ofTopic} ORDER BY key LIMIT ?`;
      return store.prepare(`DELETE FROM subject WHERE key IN (${some}) RETURNING key`).pluck();
    };
    this.#clear = {
      identity: clear(IS_IDENTITY),
      tokens: clear("key GLOB 'Token|*'"),
      trust: clear("(key GLOB 'Jwks|*' OR key GLOB 'Status|*')"),
    };
    const { count, subjects, memberships } = store
      .prepare(
        `SELECT count(*) AS count,
           coalesce(sum(deleted = 0 AND key GLOB 'Member|*'), 0) AS memberships,
           coalesce(sum(deleted = 0 AND ${IS_IDENTITY} AND NOT key GLOB 'Member|*'), 0) AS subjects
         FROM subject`,
      )
      .get() as { count: number } & Record<CountedKind, number>;
    this.#count = count;
    this.#live = { subjects, memberships };
  }

  /** Keys, deleted ones included. */
  get count(): number {
    return this.#count;
  }

  /** Subjects, or memberships, that are not deleted. */
  liveCount(kind: CountedKind): number {
    return this.#live[kind];
  }

  find(key: string): Subject | undefined {
    const row = this.#find.get(key) as SubjectRow | undefined;
    if (row === undefined) return undefined;
    const [epoch, sequence, index, deleted, inactive, admin, roles] = row;
    const subject = { revision: { epoch, sequence, index }, isDeleted: deleted === 1 };
    if (inactive === 0 && admin === '' && roles === '') return subject;
    const known = roles === null ? {} : { roles: listOf(roles) };
    return { ...subject, facts: { isActive: inactive === 0, adminRoles: listOf(admin), ...known } };
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

  /**
   * Drops at most `maxRows` keys of a topic behind `behind` that are not deleted; the last of them where more may be left.
   * Deleted ones stay: Kafka forgets their tombstones. Inside the caller's transaction, as `put`.
   */
  clearLive(topic: SubjectTopic, behind: string, maxRows: number): string | undefined {
    const keys = (this.#clear[topic].all(behind, maxRows) as string[]).sort();
    this.#count -= keys.length;
    for (const kind of keys.map(kindOf)) if (kind !== undefined) this.#live[kind] -= 1;
    return keys.length < maxRows ? undefined : keys.at(-1);
  }

  put(key: string, { revision, isDeleted, facts = NO_FACTS }: Subject): void {
    const { epoch, sequence, index } = revision;
    const { isActive, adminRoles, roles } = facts;
    const [deleted, inactive] = [isDeleted ? 1 : 0, isActive ? 0 : 1];
    const [admin, known] = [textOf(adminRoles), roles === undefined ? null : textOf(roles)];
    const kind = kindOf(key);
    // Most subjects are known and stay what they were: one look into the table then. Keys of tokens are mostly new.
    const isAlike =
      kind !== undefined &&
      this.#updateAlike.run(epoch, sequence, index, inactive, admin, known, key, deleted).changes === 1;
    if (isAlike) return;
    const row = [epoch, sequence, index, deleted, inactive, admin, known, key];
    const isNew = this.#insert.run(...row).changes === 1;
    if (isNew) this.#count += 1;
    else this.#update.run(...row);
    // A known one was the opposite.
    if (kind !== undefined && !(isNew && isDeleted)) this.#live[kind] += isDeleted ? -1 : 1;
  }
}

function textOf(names: readonly string[]): string {
  return names.length === 0 ? '' : JSON.stringify(names);
}

function listOf(text: string): readonly string[] {
  return text === '' ? [] : (JSON.parse(text) as string[]);
}
