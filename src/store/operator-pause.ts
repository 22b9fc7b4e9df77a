/** That an operator paused the program, since when and why: in its database, so that a restart changes nothing. */
import { type Statement, type Store, translateStoreError } from './database.ts';

/** One migration entry of sender.db and of receiver.db. */
export const PAUSE_SCHEMA = `
  CREATE TABLE operator_pause (
    singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
    since_ms INTEGER NOT NULL,
    reason TEXT NOT NULL
  ) STRICT;
`;

export interface Pause {
  /** Wall clock. */
  readonly sinceMs: number;
  /** As the operator typed it; empty where none was given. */
  readonly reason: string;
}

export class OperatorPause {
  readonly #store: Store;
  readonly #upsert: Statement;
  readonly #delete: Statement;
  #current: Pause | undefined;

  /** `store` has PAUSE_SCHEMA. */
  constructor(store: Store) {
    this.#store = store;
    this.#upsert = store.prepare<unknown[]>(
      `INSERT INTO operator_pause (singleton, since_ms, reason) VALUES (1, ?, ?)
       ON CONFLICT (singleton) DO UPDATE SET reason = excluded.reason`,
    );
    this.#delete = store.prepare<unknown[]>('DELETE FROM operator_pause');
    this.#current = readPause(store);
  }

  /** From memory. */
  get current(): Pause | undefined {
    return this.#current;
  }

  /** Durable. Paused already: only the reason is new. Throws DiodeError `disk-full` (nothing changed), `disk-failed`. */
  pause(wallMs: number, reason: string): void {
    this.#durably(() => this.#upsert.run(wallMs, reason));
    this.#current = { sinceMs: this.#current?.sinceMs ?? wallMs, reason };
  }

  /** Durable; false where it was not paused. Throws as `pause`. */
  resume(): boolean {
    if (this.#current === undefined) return false;
    this.#durably(() => this.#delete.run());
    this.#current = undefined;
    return true;
  }

  #durably(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw translateStoreError(error, this.#store.name);
    }
  }
}

/** Also for commands that read beside a running program, and of a database that an older program left. */
export function readPause(store: Store): Pause | undefined {
  const table = store.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'operator_pause'").get();
  if (table === undefined) return undefined;
  return store.prepare('SELECT since_ms AS sinceMs, reason FROM operator_pause').get() as Pause | undefined;
}
