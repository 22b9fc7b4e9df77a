/**
 * The issued-token log: what every token said of itself, without the token. A row is written in the transaction that
 * journals the token's frame, so no token leaves that is not here, and none is here whose frame is not journaled.
 */
import type { Statement, Store } from '../../src/store/database.ts';
import type { Revision } from '../../src/wire/revision.ts';

/** One migration of sender.db. Ids begin with their time, so rows and both indexes on time grow at their ends. */
export const ISSUED_LOG_SCHEMA = `
  CREATE TABLE issued_token (
    jti TEXT NOT NULL PRIMARY KEY,
    sha256 BLOB NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    audience TEXT NOT NULL,
    issued_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    record_index INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX issued_token_by_subject ON issued_token (subject, issued_ms);
  CREATE INDEX issued_token_by_expiry ON issued_token (expires_ms, key_id);
`;

export interface LoggedToken {
  readonly jti: string;
  /** Lower-case hex, of the compact JWS. */
  readonly sha256: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly keyId: string;
}

/** A key under which tokens may still be good. */
export interface LiveKey {
  readonly keyId: string;
  readonly tokens: number;
  /** Of the last of them. */
  readonly expiresMs: number;
}

export interface LiveIssuer {
  readonly issuer: string;
  readonly issuedMs: number;
  readonly expiresMs: number;
}

export interface IssuedQuery {
  readonly jti?: string;
  readonly sha256?: string;
  readonly subject?: string;
  readonly audience?: string;
  /** Tokens that were good at this time. */
  readonly goodAtMs?: number;
}

export class IssuedLog {
  readonly #insert: Statement;
  readonly #purge: Statement;
  readonly #liveKeys: Statement;
  readonly #liveIssuers: Statement;
  readonly #last: Statement;

  constructor(store: Store) {
    const statement = (sql: string): Statement => store.prepare<unknown[]>(sql);
    this.#insert = statement(
      `INSERT INTO issued_token (
         jti, sha256, issuer, subject, audience, issued_ms, expires_ms, key_id, epoch, sequence, record_index
       ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#purge = statement(
      'DELETE FROM issued_token WHERE rowid IN (SELECT rowid FROM issued_token WHERE expires_ms < ? LIMIT ?)',
    );
    this.#liveKeys = statement(
      `SELECT key_id AS keyId, count(*) AS tokens, max(expires_ms) AS expiresMs FROM issued_token
       WHERE expires_ms > ? AND issuer = ? GROUP BY key_id ORDER BY key_id`,
    );
    this.#liveIssuers = statement(
      `SELECT issuer, max(issued_ms) AS issuedMs, max(expires_ms) AS expiresMs FROM issued_token
       WHERE expires_ms > ? GROUP BY issuer ORDER BY issuer`,
    );
    this.#last = statement('SELECT issuer, key_id AS keyId FROM issued_token ORDER BY rowid DESC LIMIT 1');
  }

  /** Inside the transaction that journals its frame. */
  add(token: LoggedToken, { epoch, sequence, index }: Revision): void {
    const { jti, sha256, issuer, subject, audience, issuedAtMs, expiresAtMs, keyId } = token;
    const digest = Buffer.from(sha256, 'hex');
    this.#insert.run(jti, digest, issuer, subject, audience, issuedAtMs, expiresAtMs, keyId, epoch, sequence, index);
  }

  /** Rows of tokens that expired before; at most `limit`. */
  purge(expiredBeforeMs: number, limit: number): number {
    return this.#purge.run(expiredBeforeMs, limit).changes;
  }

  /** Issuers of tokens that may still be good, when the last of each was issued, and until when one is good. */
  liveIssuers(wallMs: number): readonly LiveIssuer[] {
    return this.#liveIssuers.all(wallMs) as LiveIssuer[];
  }

  /** Keys of an issuer under which a token may still be good. */
  liveKeyIds(issuer: string, wallMs: number): readonly string[] {
    return this.liveKeys(issuer, wallMs).map(({ keyId }) => keyId);
  }

  liveKeys(issuer: string, wallMs: number): readonly LiveKey[] {
    return this.#liveKeys.all(wallMs, issuer) as LiveKey[];
  }

  /** The key of the last token that was issued; undefined where that was another issuer's. */
  lastKeyId(issuer: string): string | undefined {
    const last = this.#last.get() as { readonly issuer: string; readonly keyId: string } | undefined;
    return last?.issuer === issuer ? last.keyId : undefined;
  }
}

/** Row by row, oldest first; without id or subject it reads the whole log. */
export function* searchIssued(store: Store, query: IssuedQuery): Iterable<LoggedToken & { readonly revision: string }> {
  const { jti, sha256, subject, audience, goodAtMs } = query;
  const conditions: (readonly [sql: string, value: unknown])[] = [];
  if (jti !== undefined) conditions.push(['jti = ?', jti]);
  if (subject !== undefined) conditions.push(['subject = ?', subject]);
  if (audience !== undefined) conditions.push(['audience = ?', audience]);
  if (sha256 !== undefined) conditions.push(['sha256 = ?', Buffer.from(sha256, 'hex')]);
  if (goodAtMs !== undefined) {
    conditions.push(['expires_ms > ?', goodAtMs], ['issued_ms <= ?', goodAtMs]);
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`;
  const statement = store.prepare<unknown[]>(
    `SELECT jti, lower(hex(sha256)) AS sha256, issuer, subject, audience, issued_ms AS issuedAtMs,
       expires_ms AS expiresAtMs, key_id AS keyId, epoch || '.' || sequence || '.' || record_index AS revision
     FROM issued_token ${where} ORDER BY issued_ms, rowid`,
  );
  yield* statement.iterate(...conditions.map(([, value]) => value)) as Iterable<
    LoggedToken & { readonly revision: string }
  >;
}
