/** What is known of foreign issuers, in sender.db, so that a restart asks when it is due and says nothing twice. */
import type { Store } from '../../src/store/database.ts';
import type { ForeignFailure } from './foreign-answer.ts';

export const FOREIGN_ISSUER_SCHEMA = `
  CREATE TABLE foreign_issuer (
    issuer TEXT NOT NULL PRIMARY KEY,
    -- Whose etag it is.
    url TEXT NOT NULL,
    etag TEXT,
    next_ms INTEGER NOT NULL,
    answered_ms INTEGER,
    failures INTEGER NOT NULL,
    failing_ms INTEGER,
    failure TEXT,
    failure_seen TEXT,
    -- The last set that was seen, since when, and what it left out: JSON.
    jwks TEXT,
    seen_ms INTEGER,
    left_out TEXT NOT NULL,
    -- SHA-256 of sets that were decided on: the last of each.
    approved TEXT,
    rejected TEXT
  ) STRICT, WITHOUT ROWID;
`;

export interface ForeignRow {
  readonly issuer: string;
  readonly url: string;
  readonly etag: string | null;
  /** When it is asked next. */
  readonly nextMs: number;
  /** Its last good answer. */
  readonly answeredMs: number | null;
  /** In a row: how many, since when, and the last one's reason. */
  readonly failures: number;
  readonly failingMs: number | null;
  readonly failure: ForeignFailure | null;
  readonly failureSeen: string | null;
  readonly jwks: string | null;
  readonly seenMs: number | null;
  readonly leftOut: string;
  readonly approved: string | null;
  readonly rejected: string | null;
}

const COLUMNS = `issuer, url, etag, next_ms AS nextMs, answered_ms AS answeredMs, failures,
  failing_ms AS failingMs, failure,
  failure_seen AS failureSeen, jwks, seen_ms AS seenMs, left_out AS leftOut, approved, rejected`;

/** As it was written last, also beside a running sender. */
export function readForeignRows(store: Store): readonly ForeignRow[] {
  return store.prepare(`SELECT ${COLUMNS} FROM foreign_issuer ORDER BY issuer`).all() as ForeignRow[];
}

export function putForeignRow(store: Store, row: ForeignRow): void {
  store
    .prepare(
      `INSERT OR REPLACE INTO foreign_issuer (
         issuer, url, etag, next_ms, answered_ms, failures, failing_ms, failure, failure_seen, jwks, seen_ms,
         left_out, approved, rejected
       ) VALUES (@issuer, @url, @etag, @nextMs, @answeredMs, @failures, @failingMs, @failure,
       @failureSeen, @jwks, @seenMs, @leftOut, @approved, @rejected)`,
    )
    .run({ ...row });
}
