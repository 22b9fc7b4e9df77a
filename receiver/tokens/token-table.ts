/**
 * What must be remembered of tokens, on disk: each `jti` until its token has expired, the current token of each slot,
 * and what was revoked, as long as a token that it refuses could still be valid. Never a token itself.
 */
import { tokenKeysOf } from '../../src/identity/key.ts';
import type { Statement, Store } from '../../src/store/database.ts';

/** A token that was admitted. `key` is its slot: the Kafka key, of which it may or may not be the current value. */
export interface KnownToken {
  readonly issuer: string;
  readonly jti: string;
  /** Lower-case hex of the SHA-256 of the compact JWS. */
  readonly sha256: string;
  readonly key: string;
  readonly subject: string;
  /** Of the key that signed it; empty where that is not known. */
  readonly keyId: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** Current tokens of one key that have not expired. */
export interface LiveKey {
  readonly issuer: string;
  readonly keyId: string;
  readonly tokens: number;
  readonly lastIssuedAtMs: number;
  readonly lastExpiresAtMs: number;
}

/** Why the sweep takes a current token back. */
export type EndReason = 'key-revoked' | 'issuer-revoked' | 'expired';

/** A current token that holds no more. */
export interface EndedToken extends KnownToken {
  readonly reason: EndReason;
  /** When the source said so, or when it expired; 0 where that is not known any more. */
  readonly endedAtMs: number;
}

/** Every token of an issuer, or of one key of it, that was issued up to a time. */
export interface RevokedKey {
  readonly issuer: string;
  /** Empty: of all its keys. */
  readonly keyId: string;
  /** Of one key no time bounds it. */
  readonly issuedBeforeMs: number;
  readonly untilMs: number;
  /** When the source said so. */
  readonly saidAtMs: number;
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

const TOKEN_COLUMNS =
  'issuer, jti, sha256, key, subject, key_id AS keyId, issued_at_ms AS issuedAtMs, expires_at_ms AS expiresAtMs';

export class TokenTable {
  readonly #statements: ReturnType<typeof prepare>;
  #tokenCount: number;
  #revocationCount: number;
  #revokedKeyCount: number;
  #endedCount: number;

  constructor(store: Store) {
    this.#statements = prepare(store);
    const count = (table: string) => (store.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
    this.#tokenCount = count('token');
    this.#revocationCount = count('revoked_token') + count('revoked_subject');
    this.#revokedKeyCount = count('revoked_key');
    this.#endedCount = this.#statements.countEnded.pluck().get() as number;
  }

  get tokenCount(): number {
    return this.#tokenCount;
  }

  get revocationCount(): number {
    return this.#revocationCount;
  }

  get revokedKeyCount(): number {
    return this.#revokedKeyCount;
  }

  findToken(issuer: string, jti: string): KnownToken | undefined {
    return this.#statements.findToken.get(issuer, jti) as KnownToken | undefined;
  }

  findCurrent(key: string): KnownToken | undefined {
    return this.#statements.findCurrent.get(key) as KnownToken | undefined;
  }

  /** Current tokens of one subject over all audiences and slots, by key. */
  findCurrentOf(issuer: string, subject: string): readonly KnownToken[] {
    const { first, last } = tokenKeysOf(issuer, subject);
    return this.#statements.findCurrentOf.all(first, last) as KnownToken[];
  }

  findRevokedToken(issuer: string, jti: string): RevokedToken | undefined {
    return this.#statements.findRevokedToken.get(issuer, jti) as RevokedToken | undefined;
  }

  findRevokedSubject(issuer: string, subject: string): RevokedSubject | undefined {
    return this.#statements.findRevokedSubject.get(issuer, subject) as RevokedSubject | undefined;
  }

  /** `keyId` empty: the revocation of the whole issuer. */
  findRevokedKey(issuer: string, keyId: string): Pick<RevokedKey, 'issuedBeforeMs' | 'untilMs'> | undefined {
    return this.#statements.findRevokedKey.get(issuer, keyId) as RevokedKey | undefined;
  }

  /** Current tokens that a revocation of their key or issuer took back, and that still have no tombstone. */
  get endedCount(): number {
    return this.#endedCount;
  }

  /**
   * What the sweep withdraws next: those first, by key; then what expired before `expiredBeforeMs`, the oldest first, and of one
   * millisecond as it came, which the index has.
   */
  findEnded(expiredBeforeMs: number, maxRows: number): readonly EndedToken[] {
    const ended = this.#endedCount === 0 ? [] : (this.#statements.findEnded.all(maxRows) as EndedToken[]);
    if (ended.length > 0) return ended;
    return this.#statements.findExpired.all(expiredBeforeMs, maxRows) as EndedToken[];
  }

  /** These, and all below, inside the caller's transaction. Not its slot's current one; one that is known stays as it is. */
  putToken(token: KnownToken): void {
    this.#insert(token, 0);
  }

  /** Known already or not. What is current in another slot stays so there. */
  putCurrent(token: KnownToken): void {
    this.dropCurrent(token.key);
    if (this.#insert(token, 1)) return;
    const { issuer, jti, sha256, key, subject, keyId, issuedAtMs, expiresAtMs } = token;
    const { replaceToken, insertAgain } = this.#statements;
    if (replaceToken.run(sha256, subject, keyId, issuedAtMs, expiresAtMs, issuer, jti, key).changes > 0) return;
    insertAgain.run({ ...token });
    this.#tokenCount += 1;
  }

  #insert(
    { issuer, jti, sha256, key, subject, keyId, issuedAtMs, expiresAtMs }: KnownToken,
    isCurrent: 0 | 1,
  ): boolean {
    const row = [issuer, jti, sha256, key, subject, keyId, issuedAtMs, expiresAtMs, isCurrent];
    const { changes } = this.#statements.insertToken.run(...row);
    this.#tokenCount += changes;
    return changes === 1;
  }

  dropCurrent(key: string): void {
    const { isEnded, dropCurrent } = this.#statements;
    if (this.#endedCount > 0 && isEnded.get(key) !== undefined) this.#endedCount -= 1;
    dropCurrent.run(key);
  }

  /** Current tokens that it takes back are for the sweep from now on. */
  putRevokedKey(revoked: RevokedKey): void {
    const { issuer, keyId, issuedBeforeMs, untilMs, saidAtMs } = revoked;
    const { putRevokedKey, endByKey, endByIssuer } = this.#statements;
    const known = this.findRevokedKey(issuer, keyId);
    if (known === undefined) this.#revokedKeyCount += 1;
    putRevokedKey.run(issuer, keyId, issuedBeforeMs, untilMs);
    // Each snapshot says it again, and no token that it names became current since.
    if (known !== undefined && known.issuedBeforeMs >= issuedBeforeMs) return;
    this.#endedCount +=
      keyId === ''
        ? endByIssuer.run(saidAtMs, issuer, issuedBeforeMs).changes
        : endByKey.run(saidAtMs, issuer, keyId).changes;
  }

  /** The current tokens that have not expired, by the key that signed them. */
  liveKeys(nowMs: number): readonly LiveKey[] {
    return this.#statements.liveKeys.all(nowMs) as LiveKey[];
  }

  /** For a rebuild: of the current tokens the topic knows best. At most `maxRows`; false where none is left. */
  clearCurrent(maxRows: number): boolean {
    this.#endedCount = 0;
    return this.#statements.clearCurrent.run(maxRows).changes === maxRows;
  }

  /** For a rebuild, behind that: of these tokens the sweep takes what keys and issuers revoke that are still known. */
  endRevoked(): void {
    const { revokedKeys, endByKey, endByIssuer } = this.#statements;
    for (const { issuer, keyId, issuedBeforeMs } of revokedKeys.all() as RevokedKey[]) {
      this.#endedCount +=
        keyId === '' ? endByIssuer.run(0, issuer, issuedBeforeMs).changes : endByKey.run(0, issuer, keyId).changes;
    }
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

  /** Drops at most `maxRows` of each kind that ended before `beforeMs`. Current tokens are the sweep's: each leaves a tombstone. */
  purge(beforeMs: number, maxRows: number): number {
    const { purgeTokens, purgeRevokedTokens, purgeRevokedSubjects, purgeRevokedKeys } = this.#statements;
    const tokens = purgeTokens.run(beforeMs, maxRows).changes;
    const revoked =
      purgeRevokedTokens.run(beforeMs, maxRows).changes + purgeRevokedSubjects.run(beforeMs, maxRows).changes;
    const keys = purgeRevokedKeys.run(beforeMs, maxRows).changes;
    this.#tokenCount -= tokens;
    this.#revocationCount -= revoked;
    this.#revokedKeyCount -= keys;
    return tokens + revoked + keys;
  }
}

function prepare(store: Store) {
  const purge = (table: string, columns: string, end: string): Statement =>
    store.prepare(
      `DELETE FROM ${table} WHERE (${columns}) IN (SELECT ${columns} FROM ${table} WHERE ${end} < ? LIMIT ?)`,
    );
  return {
    findToken: store.prepare(`SELECT ${TOKEN_COLUMNS} FROM token WHERE issuer = ? AND jti = ? ORDER BY again LIMIT 1`),
    findCurrent: store.prepare(`SELECT ${TOKEN_COLUMNS} FROM token WHERE key = ? AND is_current = 1`),
    findCurrentOf: store.prepare(
      `SELECT ${TOKEN_COLUMNS} FROM token WHERE key > ? AND key < ? AND is_current = 1 ORDER BY key`,
    ),
    findRevokedToken: store.prepare(
      'SELECT issuer, jti, until_ms AS untilMs FROM revoked_token WHERE issuer = ? AND jti = ?',
    ),
    findRevokedSubject: store.prepare(
      `SELECT issuer, subject, issued_before_ms AS issuedBeforeMs, until_ms AS untilMs
       FROM revoked_subject WHERE issuer = ? AND subject = ?`,
    ),
    findRevokedKey: store.prepare(
      'SELECT issued_before_ms AS issuedBeforeMs, until_ms AS untilMs FROM revoked_key WHERE issuer = ? AND key_id = ?',
    ),
    liveKeys: store.prepare(
      `SELECT issuer, key_id AS keyId, count(*) AS tokens, max(issued_at_ms) AS lastIssuedAtMs,
         max(expires_at_ms) AS lastExpiresAtMs
       FROM token WHERE is_current = 1 AND ended IS NULL AND expires_at_ms > ? AND key_id <> '' GROUP BY issuer, key_id ORDER BY 1, 2`,
    ),
    revokedKeys: store.prepare('SELECT issuer, key_id AS keyId, issued_before_ms AS issuedBeforeMs FROM revoked_key'),
    countEnded: store.prepare('SELECT count(*) FROM token WHERE ended IS NOT NULL'),
    isEnded: store.prepare('SELECT 1 FROM token WHERE key = ? AND ended IS NOT NULL'),
    findEnded: store.prepare(
      `SELECT ${TOKEN_COLUMNS}, ended AS reason, ended_at_ms AS endedAtMs FROM token
       WHERE ended IS NOT NULL ORDER BY key LIMIT ?`,
    ),
    findExpired: store.prepare(
      `SELECT ${TOKEN_COLUMNS}, 'expired' AS reason, expires_at_ms AS endedAtMs FROM token
       WHERE is_current = 1 AND expires_at_ms < ? ORDER BY expires_at_ms, id LIMIT ?`,
    ),
    endByKey: store.prepare(
      `UPDATE token SET ended = 'key-revoked', ended_at_ms = ?
       WHERE is_current = 1 AND issuer = ? AND key_id = ? AND ended IS NULL`,
    ),
    endByIssuer: store.prepare(
      `UPDATE token SET ended = 'issuer-revoked', ended_at_ms = ?
       WHERE is_current = 1 AND issuer = ? AND issued_at_ms <= ? AND ended IS NULL`,
    ),
    putRevokedKey: store.prepare(
      `INSERT INTO revoked_key (issuer, key_id, issued_before_ms, until_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET issued_before_ms = max(issued_before_ms, excluded.issued_before_ms),
         until_ms = max(until_ms, excluded.until_ms)`,
    ),
    insertToken: store.prepare(
      `INSERT OR IGNORE INTO token (issuer, jti, sha256, key, subject, key_id, issued_at_ms, expires_at_ms, is_current)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    insertAgain: store.prepare(
      `INSERT INTO token (issuer, jti, sha256, key, subject, key_id, issued_at_ms, expires_at_ms, is_current, again)
       SELECT @issuer, @jti, @sha256, @key, @subject, @keyId, @issuedAtMs, @expiresAtMs, 1, max(again) + 1
       FROM token WHERE issuer = @issuer AND jti = @jti`,
    ),
    replaceToken: store.prepare(
      `UPDATE token SET sha256 = ?, subject = ?, key_id = ?, issued_at_ms = ?, expires_at_ms = ?, is_current = 1,
         ended = NULL, ended_at_ms = 0
       WHERE issuer = ? AND jti = ? AND key = ?`,
    ),
    dropCurrent: store.prepare(
      'UPDATE token SET is_current = 0, ended = NULL, ended_at_ms = 0 WHERE key = ? AND is_current = 1',
    ),
    clearCurrent: store.prepare(
      `UPDATE token SET is_current = 0, ended = NULL, ended_at_ms = 0
       WHERE id IN (SELECT id FROM token WHERE is_current = 1 LIMIT ?)`,
    ),
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
    purgeTokens: purge('token', 'id', 'is_current = 0 AND expires_at_ms'),
    purgeRevokedTokens: purge('revoked_token', 'issuer, jti', 'until_ms'),
    purgeRevokedSubjects: purge('revoked_subject', 'issuer, subject', 'until_ms'),
    purgeRevokedKeys: purge('revoked_key', 'issuer, key_id', 'until_ms'),
  };
}
