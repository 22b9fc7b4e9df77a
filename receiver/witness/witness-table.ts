/** What was witnessed of the sender's audit log, on disk: one row, that moves with progress. */
import type { Statement, Store } from '../../src/store/database.ts';
import type { WitnessState } from './log-witness.ts';

export const WITNESS_SCHEMA = `
  CREATE TABLE witness (
    singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
    state TEXT NOT NULL
  ) STRICT;
`;

export class WitnessTable {
  readonly #put: Statement;
  #current: WitnessState | undefined;

  constructor(store: Store) {
    this.#put = store.prepare('INSERT OR REPLACE INTO witness (singleton, state) VALUES (1, ?)');
    this.#current = readWitness(store);
  }

  /** Undefined before the first checkpoint. */
  get current(): WitnessState | undefined {
    return this.#current;
  }

  /** Inside the caller's transaction, which does not fail but with the program. */
  put(state: WitnessState): void {
    this.#put.run(JSON.stringify(state));
    this.#current = state;
  }
}

/** Also beside a receiver that runs, and of a database that an older program left. */
export function readWitness(store: Store): WitnessState | undefined {
  const table = store.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'witness'").get();
  if (table === undefined) return undefined;
  const row = store.prepare('SELECT state FROM witness').get() as { readonly state: string } | undefined;
  return row && (JSON.parse(row.state) as WitnessState);
}
