/**
 * Whether this receiver knows all that its stream ever said, on disk. One that does not publishes nothing: it could bring
 * back what was deleted, or show consumers a part of the people as all of them. No row: it is whole.
 */
import { WIRE_LIMITS } from '../../src/limits.ts';
import type { Statement, Store } from '../../src/store/database.ts';
import type { Revision } from '../../src/wire/revision.ts';

export const WHOLE_STATE_SCHEMA = `
  CREATE TABLE unwhole (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    reason TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    progress_digest TEXT NOT NULL,
    since_ms INTEGER NOT NULL
  );
`;

/** One migration of receiver.db: Kafka's position when the tables were read back last. */
export const REBUILT_SCHEMA = `
  CREATE TABLE rebuilt (id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL, sequence INTEGER NOT NULL);
`;

/**
 * `joined`: it began to listen when the journal already had frames up to `sequence` of `epoch`; all of them, or a whole
 * snapshot cycle, make it whole. `rebuilt`: its tables were lost and read back from Kafka; only a whole cycle does.
 */
export interface Unwhole {
  readonly reason: 'joined' | 'rebuilt';
  readonly epoch: number;
  readonly sequence: number;
  /** SHA-256 of Kafka's progress that the tables were rebuilt as of, in hex; else empty. */
  readonly progressDigest: string;
  /** Wall clock. */
  readonly sinceMs: number;
}

export class WholeState {
  readonly #select: Statement;
  readonly #insert: Statement;
  readonly #replace: Statement;
  readonly #delete: Statement;
  readonly #selectRebuilt: Statement;
  readonly #replaceRebuilt: Statement;

  constructor(store: Store) {
    this.#select = store.prepare(
      'SELECT reason, epoch, sequence, progress_digest AS progressDigest, since_ms AS sinceMs FROM unwhole',
    );
    this.#insert = store.prepare(
      `INSERT OR IGNORE INTO unwhole (id, reason, epoch, sequence, progress_digest, since_ms)
       VALUES (1, ?, ?, ?, ?, ?)`,
    );
    this.#replace = store.prepare(
      `INSERT OR REPLACE INTO unwhole (id, reason, epoch, sequence, progress_digest, since_ms)
       VALUES (1, ?, ?, ?, ?, ?)`,
    );
    this.#delete = store.prepare('DELETE FROM unwhole');
    this.#selectRebuilt = store.prepare('SELECT epoch, sequence FROM rebuilt');
    this.#replaceRebuilt = store.prepare('INSERT OR REPLACE INTO rebuilt (id, epoch, sequence) VALUES (1, ?, ?)');
  }

  /** Undefined: whole. */
  get current(): Unwhole | undefined {
    return this.#select.get() as Unwhole | undefined;
  }

  /** These, inside the caller's transaction. What was lost stays lost where the link is met after it. */
  join(head: { readonly epoch: number; readonly sequence: number }, wallMs: number): void {
    if (head.sequence > 0) this.#insert.run('joined', head.epoch, head.sequence, '', wallMs);
  }

  handleRebuilt(through: { readonly epoch: number; readonly sequence: number }, digest: string, wallMs: number): void {
    this.#replace.run('rebuilt', 0, 0, digest, wallMs);
    this.#replaceRebuilt.run(through.epoch, through.sequence);
  }

  /**
   * What was first framed up to here was decided before the tables were lost, though they may not show it: compaction forgets
   * deletes. A sender that begins a new epoch may say it once more, under its old revision.
   */
  get rebuiltThrough(): Revision | undefined {
    const row = this.#selectRebuilt.get() as { readonly epoch: number; readonly sequence: number } | undefined;
    return row && { ...row, index: WIRE_LIMITS.maxRecordsPerFrame - 1 };
  }

  handleWhole(): void {
    this.#delete.run();
  }
}
