/**
 * What tokens call a subject, where an issuer's `sub` is not the subject's id but another attribute of it, such as userName.
 * A subject that was deleted keeps its last name, so that a token that comes later is known to be its.
 */
import type { Statement, Store } from '../src/store/database.ts';

export const SUBJECT_NAME_SCHEMA = `
  CREATE TABLE subject_name (
    key TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (key, attribute)
  ) WITHOUT ROWID;
  CREATE INDEX subject_name_by_value ON subject_name (attribute, value);
`;

export interface SubjectName {
  /** Of the subject. */
  readonly key: string;
  readonly attribute: string;
  readonly value: string;
}

export class SubjectNames {
  readonly #keys: Statement;
  readonly #find: Statement;
  readonly #put: Statement;

  constructor(store: Store) {
    this.#keys = store.prepare('SELECT key FROM subject_name WHERE attribute = ? AND value = ? ORDER BY key').pluck();
    this.#find = store.prepare('SELECT value FROM subject_name WHERE key = ? AND attribute = ?').pluck();
    this.#put = store.prepare(
      'INSERT INTO subject_name VALUES (@key, @attribute, @value) ON CONFLICT DO UPDATE SET value = excluded.value',
    );
  }

  keysOf(attribute: string, value: string): readonly string[] {
    return this.#keys.all(attribute, value) as string[];
  }

  find(key: string, attribute: string): string | undefined {
    return this.#find.get(key, attribute) as string | undefined;
  }

  /** Inside the caller's transaction. */
  put(name: SubjectName): void {
    this.#put.run({ ...name });
  }
}
