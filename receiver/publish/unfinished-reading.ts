/**
 * That tables were cleared to be read back from the topics, and are not yet: Kafka or the program may end on the way. From the
 * transaction that clears them to the one that says where they stand. What is decided over such tables is wrong without a word.
 */
import type { Statement, Store } from '../../src/store/database.ts';

export const UNFINISHED_READING_SCHEMA = `
  CREATE TABLE unfinished_reading (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    topics TEXT NOT NULL,
    is_rebuild INTEGER NOT NULL
  );
`;

export interface Reading {
  readonly topics: readonly string[];
  /** Of all tables, which only a snapshot makes whole again; else of some that differ from what Kafka has. */
  readonly isRebuild: boolean;
}

export class UnfinishedReading {
  readonly #select: Statement;
  readonly #replace: Statement;
  readonly #delete: Statement;

  constructor(store: Store) {
    this.#select = store.prepare('SELECT topics, is_rebuild AS isRebuild FROM unfinished_reading');
    this.#replace = store.prepare(
      'INSERT OR REPLACE INTO unfinished_reading (id, topics, is_rebuild) VALUES (1, ?, ?)',
    );
    this.#delete = store.prepare('DELETE FROM unfinished_reading');
  }

  get current(): Reading | undefined {
    const row = this.#select.get() as { readonly topics: string; readonly isRebuild: number } | undefined;
    return row && { topics: row.topics.split(' '), isRebuild: row.isRebuild === 1 };
  }

  /** Inside the caller's transaction, as `end`. */
  begin({ topics, isRebuild }: Reading): void {
    this.#replace.run(topics.join(' '), isRebuild ? 1 : 0);
  }

  end(): void {
    this.#delete.run();
  }
}
