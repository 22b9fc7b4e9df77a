/**
 * What tokens call a subject, where an issuer's `sub` is not the subject's id but another attribute of it, such as userName.
 * A subject that was deleted keeps its last name, so that a token that comes later is known to be its.
 */
import type { Statement, Store } from '../../src/store/database.ts';

export const SUBJECT_NAME_SCHEMA = `
  CREATE TABLE subject_name (
    key TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (key, attribute)
  ) WITHOUT ROWID;
  CREATE INDEX subject_name_by_value ON subject_name (attribute, value);
`;

/** The attributes by which every User is known here; one published before an attribute came has no name. */
export const NAMED_ATTRIBUTE_SCHEMA = `
  CREATE TABLE named_attribute (attribute TEXT PRIMARY KEY) WITHOUT ROWID;
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
  readonly #attributes: Statement;
  readonly #dropAttributes: Statement;
  readonly #putAttribute: Statement;

  constructor(store: Store) {
    this.#keys = store.prepare('SELECT key FROM subject_name WHERE attribute = ? AND value = ? ORDER BY key').pluck();
    this.#find = store.prepare('SELECT value FROM subject_name WHERE key = ? AND attribute = ?').pluck();
    this.#put = store.prepare(
      `INSERT INTO subject_name (key, attribute, value)
       VALUES (@key, @attribute, @value) ON CONFLICT DO UPDATE SET value = excluded.value`,
    );
    this.#attributes = store.prepare('SELECT attribute FROM named_attribute').pluck();
    this.#dropAttributes = store.prepare('DELETE FROM named_attribute');
    this.#putAttribute = store.prepare('INSERT INTO named_attribute (attribute) VALUES (?)');
  }

  keysOf(attribute: string, value: string): readonly string[] {
    return this.#keys.all(attribute, value) as string[];
  }

  find(key: string, attribute: string): string | undefined {
    return this.#find.get(key, attribute) as string | undefined;
  }

  /** By which every User that was published is known, as far as Kafka has it. */
  get attributes(): ReadonlySet<string> {
    return new Set(this.#attributes.all() as string[]);
  }

  /** These two, inside the caller's transaction. */
  putAttributes(attributes: ReadonlySet<string>): void {
    this.#dropAttributes.run();
    for (const attribute of attributes) this.#putAttribute.run(attribute);
  }

  put(name: SubjectName): void {
    this.#put.run({ ...name });
  }
}
