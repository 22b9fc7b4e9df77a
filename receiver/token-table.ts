/**
 * What must be remembered of tokens, on disk: each `jti` until its token has expired, the current token of each slot,
 * and what was revoked, as long as a token that it refuses could still be valid. Never a token itself.
 */
import type { Statement, Store } from '../src/store/database.ts';

export const TOKEN_TABLE_SCHEMA = `
  CREATE TABLE token (
    issuer TEXT NOT NULL,
    jti TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    key TEXT NOT NULL,
    subject TEXT NOT NULL,
    issued_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    PRIMARY KEY (issuer, jti)
  ) WITHOUT ROWID;
  CREATE INDEX token_by_expiry ON token (expires_at_ms);
  CREATE TABLE token_slot (
    key TEXT PRIMARY KEY,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    jti TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    issued_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX token_slot_by_subject ON token_slot (issuer, subject);
  CREATE INDEX token_slot_by_expiry ON token_slot (expires_at_ms);
  CREATE TABLE revoked_token (
    issuer TEXT NOT NULL,
    jti TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (issuer, jti)
  ) WITHOUT ROWID;
  CREATE INDEX revoked_token_by_end ON revoked_token (until_ms);
  CREATE TABLE revoked_subject (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    issued_before_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
  ) WITHOUT ROWID;
  CREATE INDEX revoked_subject_by_end ON revoked_subject (until_ms);
`;

/** A token that was admitted. `key` is its slot: the Kafka key, of which it may or may not be the current value. */
export interface KnownToken {
  readonly issuer: string;
  readonly jti: string;
  /** Lower-case hex of the SHA-256 of the compact JWS. */
  readonly sha256: string;
  readonly key: string;
  readonly subject: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export interface RevokedToken {
  readonly issuer: string;
  readonly jti: string;
  /** From then on every token that this refuses has expired. */
  readonly untilMs: number;
}

export interface RevokedSubject {
  readonly issuer: string;
  readonly subject: string;
  readonly issuedBeforeMs: number;
  readonly untilMs: number;
}

const TOKEN_COLUMNS = 'issuer, jti, sha256, key, subject, issued_at_ms AS issuedAtMs, expires_at_ms AS expiresAtMs';

export class TokenTable {
  readonly #statements: ReturnType<typeof prepare>;
  #tokenCount: number;
  #revocationCount: number;

  constructor(store: Store) {
    this.#statements = prepare(store);
    const count = (table: string) => (store.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
    this.#tokenCount = count('token');
    this.#revocationCount = count('revoked_token') + count('revoked_subject');
  }

  get tokenCount(): number {
    return this.#tokenCount;
  }

  get revocationCount(): number {
    return this.#revocationCount;
  }

  findToken(issuer: string, jti: string): KnownToken | undefined {
    return this.#statements.findToken.get(issuer, jti) as KnownToken | undefined;
  }

  findCurrent(key: string): KnownToken | undefined {
    return this.#statements.findCurrent.get(key) as KnownToken | undefined;
  }

  /** Current tokens of one subject over all audiences and slots, by key. */
  findCurrentOf(issuer: string, subject: string): readonly KnownToken[] {
    return this.#statements.findCurrentOf.all(issuer, subject) as KnownToken[];
  }

  findRevokedToken(issuer: string, jti: string): RevokedToken | undefined {
    return this.#statements.findRevokedToken.get(issuer, jti) as RevokedToken | undefined;
  }

  findRevokedSubject(issuer: string, subject: string): RevokedSubject | undefined {
    return this.#statements.findRevokedSubject.get(issuer, subject) as RevokedSubject | undefined;
  }

  /** These, and all below, inside the caller's transaction. */
  putToken(token: KnownToken): void {
    this.#tokenCount += this.#statements.putToken.run({ ...token }).changes;
  }

  putCurrent(token: KnownToken): void {
    this.#statements.putCurrent.run({ ...token });
  }

  dropCurrent(key: string): void {
    this.#statements.dropCurrent.run(key);
  }

  /** For a rebuild: of the current tokens the topic knows best. */
  clearCurrent(): void {
    this.#statements.clearCurrent.run();
  }

  putRevokedToken(revoked: RevokedToken): void {
    const known = this.findRevokedToken(revoked.issuer, revoked.jti);
    this.#statements.putRevokedToken.run({ ...revoked });
    if (known === undefined) this.#revocationCount += 1;
  }

  putRevokedSubject(revoked: RevokedSubject): void {
    const known = this.findRevokedSubject(revoked.issuer, revoked.subject);
    this.#statements.putRevokedSubject.run({ ...revoked });
    if (known === undefined) this.#revocationCount += 1;
  }

  /** Drops at most `maxRows` of each kind that ended before `beforeMs`. Slots go with their tokens: consumers judge `exp`. */
  purge(beforeMs: number, maxRows: number): number {
    const { purgeTokens, purgeSlots, purgeRevokedTokens, purgeRevokedSubjects } = this.#statements;
    const tokens = purgeTokens.run(beforeMs, maxRows).changes;
    const slots = purgeSlots.run(beforeMs, maxRows).changes;
    const revoked =
      purgeRevokedTokens.run(beforeMs, maxRows).changes + purgeRevokedSubjects.run(beforeMs, maxRows).changes;
    this.#tokenCount -= tokens;
    this.#revocationCount -= revoked;
    return tokens + slots + revoked;
  }
}

function prepare(store: Store) {
  const purge = (table: string, columns: string, end: string): Statement =>
    store.prepare(
      `DELETE FROM ${table} WHERE (${columns}) IN (SELECT ${columns} FROM ${table} WHERE ${end} < ? LIMIT ?)`,
    );
  return {
    findToken: store.prepare(`SELECT ${TOKEN_COLUMNS} FROM token WHERE issuer = ? AND jti = ?`),
    findCurrent: store.prepare(`SELECT ${TOKEN_COLUMNS} FROM token_slot WHERE key = ?`),
    findCurrentOf: store.prepare(
      `SELECT ${TOKEN_COLUMNS} FROM token_slot WHERE issuer = ? AND subject = ? ORDER BY key`,
    ),
    findRevokedToken: store.prepare(
      'SELECT issuer, jti, until_ms AS untilMs FROM revoked_token WHERE issuer = ? AND jti = ?',
    ),
    findRevokedSubject: store.prepare(
      `SELECT issuer, subject, issued_before_ms AS issuedBeforeMs, until_ms AS untilMs
       FROM revoked_subject WHERE issuer = ? AND subject = ?`,
    ),
    putToken: store.prepare(
      `INSERT OR IGNORE INTO token (issuer, jti, sha256, key, subject, issued_at_ms, expires_at_ms)
       VALUES (@issuer, @jti, @sha256, @key, @subject, @issuedAtMs, @expiresAtMs)`,
    ),
    putCurrent: store.prepare(
      `INSERT OR REPLACE INTO token_slot (issuer, jti, sha256, key, subject, issued_at_ms, expires_at_ms)
       VALUES (@issuer, @jti, @sha256, @key, @subject, @issuedAtMs, @expiresAtMs)`,
    ),
    dropCurrent: store.prepare('DELETE FROM token_slot WHERE key = ?'),
    clearCurrent: store.prepare('DELETE FROM token_slot'),
    putRevokedToken: store.prepare(
      `INSERT INTO revoked_token (issuer, jti, until_ms) VALUES (@issuer, @jti, @untilMs)
       ON CONFLICT DO UPDATE SET until_ms = max(until_ms, excluded.until_ms)`,
    ),
    putRevokedSubject: store.prepare(
      `INSERT INTO revoked_subject (issuer, subject, issued_before_ms, until_ms)
       VALUES (@issuer, @subject, @issuedBeforeMs, @untilMs)
       ON CONFLICT DO UPDATE SET issued_before_ms = max(issued_before_ms, excluded.issued_before_ms),
         until_ms = max(until_ms, excluded.until_ms)`,
    ),
    purgeTokens: purge('token', 'issuer, jti', 'expires_at_ms'),
    purgeSlots: purge('token_slot', 'key', 'expires_at_ms'),
    purgeRevokedTokens: purge('revoked_token', 'issuer, jti', 'until_ms'),
    purgeRevokedSubjects: purge('revoked_subject', 'issuer, subject', 'until_ms'),
  };
}
