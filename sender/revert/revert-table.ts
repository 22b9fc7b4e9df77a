/**
 * Reverts that operators asked for: how far each is, in sender.db, so that a line's records and the progress over its file
 * are one transaction. A row comes before the request that asked for it goes, and stays for a while after the last line, so
 * that a request met twice changes nothing.
 */
import { SENDER_LIMITS } from '../../src/limits.ts';
import type { Statement, Store } from '../../src/store/database.ts';

/** One migration of sender.db. */
export const REVERT_SCHEMA = `
  CREATE TABLE revert (
    id TEXT PRIMARY KEY,
    to_ms INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    -- Into its file, behind the last line whose records are journaled.
    offset INTEGER NOT NULL DEFAULT 0,
    sent INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    -- Nothing more of it will be sent; 2: that is audited too, and its file is gone.
    ended INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
`;

export interface RevertOrder {
  /** Names its file, and sorts by when it was asked for. */
  readonly id: string;
  /** The time whose state is put back. */
  readonly toMs: number;
  /** Of its file. */
  readonly lines: number;
  readonly bytes: number;
}

/** Lines: sent; left out, since the key changed meanwhile; refused by the source grammar. */
export interface RevertCounts {
  readonly sent: number;
  readonly changed: number;
  readonly refused: number;
}

export interface RevertProgress extends RevertOrder, RevertCounts {
  readonly offset: number;
  readonly isEnded: boolean;
}

type Row = RevertOrder & RevertCounts & { readonly offset: number; readonly ended: number };

const COLUMNS = 'id, to_ms AS toMs, lines, bytes, offset, sent, changed, refused, ended';

export class RevertTable {
  readonly #insert: Statement;
  readonly #forgetOld: Statement;
  readonly #advance: Statement;
  readonly #end: Statement;
  readonly #settle: Statement;
  readonly #selectWaiting: Statement;
  readonly #selectUnsettled: Statement;
  readonly #selectLast: Statement;
  readonly #selectOne: Statement;

  constructor(store: Store) {
    this.#insert = store.prepare(
      'INSERT INTO revert (id, to_ms, lines, bytes) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#forgetOld = store.prepare(
      'DELETE FROM revert WHERE ended = 2 AND id NOT IN (SELECT id FROM revert ORDER BY id DESC LIMIT ?)',
    );
    this.#advance = store.prepare(
      `UPDATE revert SET offset = @offset, sent = sent + (@outcome = 'sent'), changed = changed + (@outcome = 'changed'),
       refused = refused + (@outcome = 'refused'), ended = (@offset >= bytes) WHERE id = @id`,
    );
    this.#end = store.prepare('UPDATE revert SET ended = 1 WHERE id = ? AND ended = 0');
    this.#settle = store.prepare('UPDATE revert SET ended = 2 WHERE id = ?');
    this.#selectWaiting = store.prepare(`SELECT ${COLUMNS} FROM revert WHERE ended = 0 ORDER BY id LIMIT 1`);
    this.#selectUnsettled = store.prepare(`SELECT ${COLUMNS} FROM revert WHERE ended = 1 ORDER BY id LIMIT 1`);
    this.#selectOne = store.prepare('SELECT 1 FROM revert WHERE id = ?');
    this.#selectLast = store.prepare(`SELECT ${COLUMNS} FROM revert ORDER BY id DESC LIMIT 1`);
  }

  has(id: string): boolean {
    return this.#selectOne.get(id) !== undefined;
  }

  /** Inside a transaction. One that is known already stays as it is. */
  take({ id, toMs, lines, bytes }: RevertOrder): void {
    this.#insert.run(id, toMs, lines, bytes);
    this.#forgetOld.run(SENDER_LIMITS.maxKeptReverts);
  }

  /** Inside the transaction of the records of the line that ends at `offset`; the last line ends the revert. */
  advance(id: string, offset: number, outcome: keyof RevertCounts): void {
    this.#advance.run({ id, offset, outcome });
  }

  /** Inside a transaction: the rest of its lines is not to be had. */
  end(id: string): void {
    this.#end.run(id);
  }

  /** Inside a transaction: its end is audited, its file is gone. */
  settle(id: string): void {
    this.#settle.run(id);
  }

  /** The oldest that has lines to send. */
  waiting(): RevertProgress | undefined {
    return progressOf(this.#selectWaiting.get());
  }

  /** The oldest that ended and is not settled. */
  unsettled(): RevertProgress | undefined {
    return progressOf(this.#selectUnsettled.get());
  }

  /** The one asked for last, ended or not. */
  last(): RevertProgress | undefined {
    return progressOf(this.#selectLast.get());
  }
}

function progressOf(row: unknown): RevertProgress | undefined {
  if (row === undefined) return undefined;
  const { ended, ...progress } = row as Row;
  return { ...progress, isEnded: ended > 0 };
}

/** Lines of which nothing is decided yet. */
export function waitingLines({ lines, sent, changed, refused }: RevertProgress): number {
  return lines - sent - changed - refused;
}

/** The one asked for last, for commands that read beside a running sender, and of a database that an older program left. */
export function readLastRevert(store: Store): RevertProgress | undefined {
  const table = store.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'revert'").get();
  return table === undefined ? undefined : new RevertTable(store).last();
}
