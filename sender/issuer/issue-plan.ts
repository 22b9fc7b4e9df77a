/**
 * Which token each subject has and when it is looked at next, on disk beside the state of subjects: changed inside the
 * flush's transaction, so that a restart goes on where the journal ends.
 */
import { ISSUER_LIMITS } from '../../src/limits.ts';
import type { Statement, Store } from '../../src/store/database.ts';

/** One migration of sender.db. */
export const ISSUE_PLAN_SCHEMA = `
  CREATE TABLE issue_plan (
    -- Of the subject: its Kafka key.
    key TEXT NOT NULL,
    audience TEXT NOT NULL,
    -- When it is looked at: 0 at once, NULL not before it changes.
    look_ms INTEGER,
    -- Of the live token; NULL where there was none yet.
    renew_ms INTEGER,
    expires_ms INTEGER,
    subject TEXT,
    content BLOB,
    -- Its tokens up to here were taken back.
    revoked_ms INTEGER NOT NULL DEFAULT 0,
    -- Why no token can be made of it.
    problem TEXT,
    PRIMARY KEY (key, audience)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX issue_plan_by_look ON issue_plan (look_ms) WHERE look_ms IS NOT NULL;
  CREATE INDEX issue_plan_by_end ON issue_plan (revoked_ms) WHERE look_ms IS NULL AND expires_ms IS NULL;
  CREATE INDEX issue_plan_by_problem ON issue_plan (problem) WHERE problem IS NOT NULL;
`;

/** Another migration: what is due to be renewed, also among rows that are looked at at once. */
export const RENEWAL_INDEX_SCHEMA = `
  CREATE INDEX issue_plan_by_renewal ON issue_plan (renew_ms) WHERE look_ms IS NOT NULL AND renew_ms IS NOT NULL;
`;

/** Another: what a revocation by name takes back, and what is good now. */
export const ISSUED_TIME_SCHEMA = `
  -- Of the live token; NULL where an older release wrote the row.
  ALTER TABLE issue_plan ADD COLUMN issued_ms INTEGER;
  CREATE INDEX issue_plan_by_subject ON issue_plan (subject) WHERE subject IS NOT NULL;
  CREATE INDEX issue_plan_by_expiry ON issue_plan (expires_ms) WHERE expires_ms IS NOT NULL;
`;

export interface PlanRow {
  readonly key: string;
  readonly audience: string;
  readonly lookMs: number | null;
  readonly renewMs: number | null;
  readonly expiresMs: number | null;
  readonly issuedMs: number | null;
  readonly subject: string | null;
  readonly content: Buffer | null;
  readonly revokedMs: number;
}

export type IssueProblem = 'subject' | 'holder-key' | 'too-large';

export interface LiveToken {
  readonly key: string;
  readonly audience: string;
  readonly renewMs: number;
  readonly expiresMs: number;
  readonly issuedMs: number;
  readonly subject: string;
  readonly content: Uint8Array;
}

const COLUMNS = `key, audience, look_ms AS lookMs, renew_ms AS renewMs, expires_ms AS expiresMs, subject, content,
  revoked_ms AS revokedMs, issued_ms AS issuedMs`;

export class IssuePlan {
  readonly #store: Store;
  readonly #audiences: readonly string[];
  readonly #sql: ReturnType<typeof prepare>;

  constructor(store: Store, audiences: readonly string[]) {
    this.#store = store;
    this.#audiences = audiences;
    this.#sql = prepare(store);
  }

  /**
   * At the start: every live subject of the type is known for every audience. Of an audience that went, the rows of good
   * tokens stay, since those go with their subject, and are not looked at.
   */
  takeUp(subjectType: string, wallMs: number): void {
    const { seed, audiencesOf, dropAudience, restAudience } = this.#sql;
    this.#store.transaction(() => {
      for (const audience of this.#audiences) seed.run(audience, subjectType);
      for (const known of audiencesOf.all() as string[]) {
        if (this.#audiences.includes(known)) continue;
        dropAudience.run(known, wallMs);
        restAudience.run(known);
      }
    })();
  }

  /** A subject is there, or was changed: it is looked at at once. */
  markSubject(key: string): void {
    for (const audience of this.#audiences) this.#sql.mark.run(key, audience);
  }

  /** What its token says may have changed; nothing where it has no row. */
  markKnown(key: string): void {
    for (const audience of this.#audiences) this.#sql.markKnown.run(key, audience);
  }

  /** Tokens of this name were taken back, whosever they are. */
  markNamed(subject: string): void {
    for (const audience of this.#audiences) this.#sql.markNamed.run(subject, audience);
  }

  /** Its current tokens are due now; a look into the log for each token that is good, 100,000 take less than a second. */
  markSigned(issuer: string, keyId: string, wallMs: number): void {
    for (const audience of this.#audiences) this.#sql.markSigned.run({ audience, issuer, keyId, wallMs });
  }

  rowsOf(key: string): readonly PlanRow[] {
    return this.#sql.rowsOf.all(key) as PlanRow[];
  }

  row(key: string, audience: string): PlanRow | undefined {
    return this.#sql.row.get(key, audience) as PlanRow | undefined;
  }

  /** Whose time has come, what changed first. */
  due(wallMs: number, limit: number): readonly PlanRow[] {
    return this.#sql.due.all(wallMs, limit) as PlanRow[];
  }

  /** Those among them whose token is due to be renewed, in that order. */
  dueRenewals(wallMs: number, limit: number): readonly PlanRow[] {
    return this.#sql.dueRenewals.all(wallMs, wallMs, limit) as PlanRow[];
  }

  /** In the order of keys, behind one. */
  after(key: string, audience: string, limit: number): readonly PlanRow[] {
    return this.#sql.after.all(key, audience, limit) as PlanRow[];
  }

  setLive({ key, audience, renewMs, expiresMs, issuedMs, subject, content }: LiveToken): void {
    this.#sql.setLive.run(renewMs, renewMs, expiresMs, issuedMs, subject, content, key, audience);
  }

  /** It is as it should be. */
  setLook(key: string, audience: string, lookMs: number | null): void {
    this.#sql.setLook.run(lookMs, key, audience);
  }

  setProblem(key: string, audience: string, problem: IssueProblem): void {
    this.#sql.setProblem.run(problem, key, audience);
  }

  /** The subject has no tokens any more; `wallMs`: up to when they were taken back. */
  setEnded(key: string, wallMs: number): void {
    this.#sql.setEnded.run(wallMs, key);
  }

  /** Rows of subjects without tokens that ended before; at most `limit`. */
  purge(endedBeforeMs: number, limit: number): number {
    return this.#sql.purge.run(endedBeforeMs, limit).changes;
  }

  /** A scan. */
  counts(wallMs: number): { readonly live: number; readonly due: number } {
    return this.#sql.counts.get(wallMs, wallMs) as { live: number; due: number };
  }

  problems(): Readonly<Partial<Record<IssueProblem, number>>> {
    const rows = this.#sql.problems.all() as { problem: IssueProblem; rows: number }[];
    return Object.fromEntries(rows.map(({ problem, rows: count }) => [problem, count]));
  }
}

/** Its token is good, as far as it was journaled. */
export function isLive({ expiresMs }: PlanRow, wallMs: number): boolean {
  return (expiresMs ?? 0) > wallMs;
}

/** Not by a clock that was ahead, whose tokens nobody takes before their time. */
export function isIssuedBefore(issuedMs: number, wallMs: number): boolean {
  return issuedMs <= wallMs + ISSUER_LIMITS.aheadMs;
}

/** Looked at since its token is due, and within a second or two of its turn: later, it waited in a crowd. */
export function isRenewal({ lookMs, renewMs }: PlanRow, issuedAtMs: number): boolean {
  return renewMs !== null && lookMs === renewMs && issuedAtMs - renewMs <= ISSUER_LIMITS.inTurnMs;
}

/** One for each row. */
export function rowName({ key, audience }: Pick<PlanRow, 'key' | 'audience'>): string {
  return `${key} ${audience}`;
}

function prepare(store: Store) {
  const statement = (sql: string): Statement => store.prepare<unknown[]>(sql);
  return {
    seed: statement(
      `INSERT OR IGNORE INTO issue_plan (key, audience, look_ms)
       SELECT key, ?, 0 FROM subject WHERE type = ? AND resource IS NOT NULL`,
    ),
    audiencesOf: statement('SELECT DISTINCT audience FROM issue_plan').pluck(),
    dropAudience: statement('DELETE FROM issue_plan WHERE audience = ? AND ifnull(expires_ms, 0) <= ?'),
    restAudience: statement('UPDATE issue_plan SET look_ms = NULL, problem = NULL WHERE audience = ?'),
    mark: statement(
      `INSERT INTO issue_plan (key, audience, look_ms) VALUES (?, ?, 0)
       ON CONFLICT (key, audience) DO UPDATE SET look_ms = 0`,
    ),
    markKnown: statement('UPDATE issue_plan SET look_ms = 0 WHERE key = ? AND audience = ?'),
    markNamed: statement('UPDATE issue_plan SET look_ms = 0 WHERE subject = ? AND audience = ?'),
    markSigned: statement(
      `UPDATE issue_plan SET look_ms = 0, renew_ms = 0 WHERE audience = @audience AND expires_ms > @wallMs AND EXISTS (
         SELECT 1 FROM issued_token AS token WHERE token.subject = issue_plan.subject
         AND token.issued_ms = issue_plan.issued_ms AND token.audience = @audience
         AND token.issuer = @issuer AND token.key_id = @keyId)`,
    ),
    rowsOf: statement(`SELECT ${COLUMNS} FROM issue_plan WHERE key = ?`),
    row: statement(`SELECT ${COLUMNS} FROM issue_plan WHERE key = ? AND audience = ?`),
    due: statement(`SELECT ${COLUMNS} FROM issue_plan WHERE look_ms <= ? ORDER BY look_ms LIMIT ?`),
    dueRenewals: statement(
      `SELECT ${COLUMNS} FROM issue_plan INDEXED BY issue_plan_by_renewal
       WHERE renew_ms <= ? AND look_ms <= ? ORDER BY renew_ms LIMIT ?`,
    ),
    after: statement(`SELECT ${COLUMNS} FROM issue_plan WHERE (key, audience) > (?, ?) ORDER BY key, audience LIMIT ?`),
    setLive: statement(
      `UPDATE issue_plan SET look_ms = ?, renew_ms = ?, expires_ms = ?, issued_ms = ?, subject = ?, content = ?,
       problem = NULL
       WHERE key = ? AND audience = ?`,
    ),
    setLook: statement('UPDATE issue_plan SET look_ms = ?, problem = NULL WHERE key = ? AND audience = ?'),
    setProblem: statement('UPDATE issue_plan SET look_ms = NULL, problem = ? WHERE key = ? AND audience = ?'),
    setEnded: statement(
      `UPDATE issue_plan SET look_ms = NULL, renew_ms = NULL, expires_ms = NULL, issued_ms = NULL, subject = NULL,
       content = NULL, problem = NULL, revoked_ms = max(revoked_ms, ?) WHERE key = ?`,
    ),
    purge: statement(
      `DELETE FROM issue_plan WHERE (key, audience) IN (SELECT key, audience FROM issue_plan
       WHERE look_ms IS NULL AND problem IS NULL AND expires_ms IS NULL AND revoked_ms < ? LIMIT ?)`,
    ),
    counts: statement(
      `SELECT (SELECT count(*) FROM issue_plan WHERE expires_ms > ?) AS live,
       (SELECT count(*) FROM issue_plan WHERE look_ms <= ?) AS due`,
    ),
    problems: statement('SELECT problem, count(*) AS rows FROM issue_plan WHERE problem IS NOT NULL GROUP BY problem'),
  };
}
