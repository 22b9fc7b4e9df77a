/**
 * What a snapshot carries beside subjects, on disk with them: tokens until they expire, revocations as long as they may
 * matter, the last key set of each issuer. Each with the revision under which it was first framed.
 */
import { SENDER_LIMITS } from '../../src/limits.ts';
import type { Statement, Store } from '../../src/store/database.ts';
import {
  type KeySetRecord,
  type RevocationRecord,
  type RevocationTarget,
  revocationTarget,
  type TokenRecord,
  type WireRecord,
} from '../../src/wire/record.ts';
import type { Revision } from '../../src/wire/revision.ts';
import { type UnverifiedClaims, unverifiedClaims } from './unverified-claims.ts';

/** One migration of sender.db. `place` (the rowid) rises with each new row: the order in which a cycle walks. */
export const TRUST_STATE_SCHEMA = `
  CREATE TABLE live_token (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    issuer TEXT NOT NULL,
    jti TEXT NOT NULL,
    subject TEXT NOT NULL,
    issued_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    jws TEXT NOT NULL,
    at_ms INTEGER,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    record_index INTEGER NOT NULL,
    UNIQUE (issuer, jti)
  ) STRICT;
  CREATE INDEX live_token_by_expiry ON live_token (expires_at_ms);
  CREATE INDEX live_token_by_subject ON live_token (issuer, subject);
  CREATE TABLE live_revocation (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    issuer TEXT NOT NULL,
    -- Exactly one of jti and subject; the other is empty.
    jti TEXT NOT NULL,
    subject TEXT NOT NULL,
    issued_before_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    at_ms INTEGER,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    record_index INTEGER NOT NULL,
    UNIQUE (issuer, jti, subject)
  ) STRICT;
  CREATE INDEX live_revocation_by_end ON live_revocation (until_ms);
  CREATE TABLE live_key_set (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    issuer TEXT NOT NULL UNIQUE,
    jwks TEXT NOT NULL,
    at_ms INTEGER,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    record_index INTEGER NOT NULL
  ) STRICT;
`;

/**
 * A revocation by what it names: `jti`, `subject`, `key`, `everyone` (its name is empty). A later migration, with the key of
 * tokens that are carried already read from nowhere: a revocation of it finds them at the receiver.
 */
export const REVOCATION_FORM_SCHEMA = `
  ALTER TABLE live_token ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
  CREATE TABLE live_revocation_by_form (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    issuer TEXT NOT NULL,
    form TEXT NOT NULL,
    name TEXT NOT NULL,
    issued_before_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    at_ms INTEGER,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    record_index INTEGER NOT NULL,
    UNIQUE (issuer, form, name)
  ) STRICT;
  INSERT INTO live_revocation_by_form
    SELECT place, issuer, iif(jti = '', 'subject', 'jti'), iif(jti = '', subject, jti), issued_before_ms, until_ms, at_ms,
      epoch, sequence, record_index
    FROM live_revocation;
  DROP TABLE live_revocation;
  ALTER TABLE live_revocation_by_form RENAME TO live_revocation;
  CREATE INDEX live_revocation_by_end ON live_revocation (until_ms);
`;

/** The last key set that was framed of each issuer, in the order of their names; read beside a running sender. */
export function readKeySets(store: Store): readonly { readonly issuer: string; readonly jwks: string }[] {
  return store.prepare('SELECT issuer, jwks FROM live_key_set ORDER BY issuer').all() as {
    readonly issuer: string;
    readonly jwks: string;
  }[];
}

/** In the order in which a cycle carries them: who takes a token must know what took it back. */
export const TRUST_STAGES = ['key-set', 'revocation', 'token'] as const;
export type TrustStage = (typeof TRUST_STAGES)[number];

export interface PlacedRecord {
  readonly place: number;
  readonly record: WireRecord;
}

const REVISION = 'at_ms AS atMs, epoch, sequence, record_index AS "index"';

export class TrustState {
  readonly #statements: ReturnType<typeof prepare>;
  #tokenCount: number;
  #revocationCount: number;
  #unkeptCount = 0;

  constructor(store: Store) {
    this.#statements = prepare(store);
    const count = (table: string) => store.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
    this.#tokenCount = count('live_token');
    this.#revocationCount = count('live_revocation');
  }

  /** Inside the flush's transaction. What is no token, revocation or key set changes nothing. */
  apply(record: WireRecord, revision: Revision, wallMs: number): void {
    if (record.kind === 'token') this.#applyToken(record, revision, wallMs);
    else if (record.kind === 'revocation') this.#applyRevocation(record, revision, wallMs);
    else if (record.kind === 'key-set') this.#applyKeySet(record, revision);
  }

  /** What is carried of a stage, behind a place, read row by row: stop where enough. Tokens that have expired are not. */
  *after(stage: TrustStage, place: number, wallMs: number): Iterable<PlacedRecord> {
    const { keySets, revocations, tokens } = this.#statements;
    const rows =
      stage === 'token'
        ? tokens.iterate(place, wallMs)
        : stage === 'revocation'
          ? revocations.iterate(place, wallMs)
          : keySets.iterate(place);
    for (const row of rows as Iterable<Row>) yield { place: row.place, record: toRecord(stage, row) };
  }

  /** The last that was framed of an issuer. */
  keySetOf(issuer: string): string | undefined {
    return this.#statements.keySetOf.get(issuer) as string | undefined;
  }

  /** Keys of it that were revoked. */
  revokedKeysOf(issuer: string): readonly string[] {
    return this.#statements.revokedKeysOf.all(issuer) as string[];
  }

  /** A token of the subject that was issued up to then is taken back by name; -1: none is. Without subject: of everyone. */
  revokedUpToMs(issuer: string, subject?: string): number {
    const ofAll = this.#boundOf(issuer, 'everyone', '') ?? -1;
    return subject === undefined ? ofAll : Math.max(ofAll, this.#boundOf(issuer, 'subject', subject) ?? -1);
  }

  /** Drops at most `maxRows` of each kind that no receiver can need any more. */
  purge(wallMs: number, maxRows: number): number {
    const { purgeTokens, purgeRevocations } = this.#statements;
    const tokens = purgeTokens.run(wallMs, maxRows).changes;
    const revocations = purgeRevocations.run(wallMs, maxRows).changes;
    this.#tokenCount -= tokens;
    this.#revocationCount -= revocations;
    return tokens + revocations;
  }

  get counts(): { readonly tokens: number; readonly revocations: number; readonly unkept: number } {
    return { tokens: this.#tokenCount, revocations: this.#revocationCount, unkept: this.#unkeptCount };
  }

  /** Without jti and exp no receiver takes it, so no snapshot needs to carry it. */
  #applyToken({ jws, atMs }: TokenRecord, { epoch, sequence, index }: Revision, wallMs: number): void {
    const claims = unverifiedClaims(jws);
    if (claims === undefined || claims.expiresAtMs <= wallMs || this.#isRevoked(claims)) return;
    const { issuer, jti, keyId, subject, issuedAtMs, expiresAtMs } = claims;
    // Under the revision of an epoch before, the receiver may know another history: in this one it stands where it is said again.
    if (this.#statements.moveToken.run(epoch, sequence, index, issuer, jti, jws, epoch).changes > 0) return;
    if (this.#tokenCount >= SENDER_LIMITS.maxLiveTokens) {
      this.#unkeptCount++;
      return;
    }
    const row = [issuer, jti, keyId, subject, issuedAtMs, expiresAtMs, jws, atMs ?? null, epoch, sequence, index];
    this.#tokenCount += this.#statements.putToken.run(...row).changes;
  }

  #isRevoked({ issuer, jti, keyId, subject, issuedAtMs }: UnverifiedClaims): boolean {
    if (this.#boundOf(issuer, 'jti', jti) !== undefined || this.#boundOf(issuer, 'key', keyId) !== undefined)
      return true;
    return issuedAtMs <= this.revokedUpToMs(issuer, subject);
  }

  #boundOf(issuer: string, form: RevocationForm, name: string): number | undefined {
    const found = this.#statements.findRevocation.get(issuer, form, name);
    return (found as { readonly beforeMs: number } | undefined)?.beforeMs;
  }

  /** What it takes back is carried no longer; it is itself, for whoever still holds the token. */
  #applyRevocation({ issuer, target, atMs }: RevocationRecord, revision: Revision, wallMs: number): void {
    const { drop, putRevocation, findRevocation } = this.#statements;
    const { epoch, sequence, index } = revision;
    const { form, name } = revocationTarget(target);
    const beforeMs = 'issuedBeforeMs' in target ? target.issuedBeforeMs : 0;
    this.#tokenCount -= drop[form].run({ issuer, name, beforeMs }).changes;
    const isNew = findRevocation.get(issuer, form, name) === undefined;
    if (isNew && this.#revocationCount >= SENDER_LIMITS.maxLiveRevocations) {
      this.#unkeptCount++;
      return;
    }
    const { revocationKeepMs, keyRevocationKeepMs } = SENDER_LIMITS;
    const untilMs = wallMs + (form === 'key' ? keyRevocationKeepMs : revocationKeepMs);
    putRevocation.run(issuer, form, name, beforeMs, untilMs, atMs ?? null, epoch, sequence, index);
    if (isNew) this.#revocationCount++;
  }

  #applyKeySet({ issuer, jwks, atMs }: KeySetRecord, { epoch, sequence, index }: Revision): void {
    this.#statements.putKeySet.run(issuer, jwks, atMs ?? null, epoch, sequence, index);
  }
}

type RevocationForm = ReturnType<typeof revocationTarget>['form'];

interface Row {
  readonly place: number;
  readonly issuer: string;
  readonly jws: string;
  readonly jwks: string;
  readonly form: RevocationForm;
  readonly name: string;
  readonly issuedBeforeMs: number;
  readonly atMs: number | null;
  readonly epoch: number;
  readonly sequence: number;
  readonly index: number;
}

function toRecord(stage: TrustStage, row: Row): WireRecord {
  const { issuer, atMs, epoch, sequence, index } = row;
  const common = { revision: { epoch, sequence, index }, ...(atMs !== null && { atMs }) };
  switch (stage) {
    case 'token':
      return { kind: 'token', jws: row.jws, ...common };
    case 'key-set':
      return { kind: 'key-set', issuer, jwks: row.jwks, ...common };
    case 'revocation':
      return { kind: 'revocation', issuer, target: targetOf(row), ...common };
  }
}

function targetOf({ form, name, issuedBeforeMs }: Row): RevocationTarget {
  switch (form) {
    case 'jti':
      return { jti: name };
    case 'subject':
      return { subject: name, issuedBeforeMs };
    case 'key':
      return { key: name };
    case 'everyone':
      return { everyone: true, issuedBeforeMs };
  }
}

function prepare(store: Store) {
  const statement = (sql: string): Statement => store.prepare<unknown[]>(sql);
  const purge = (table: string, end: string) =>
    statement(`DELETE FROM ${table} WHERE place IN (SELECT place FROM ${table} WHERE ${end} <= ? LIMIT ?)`);
  return {
    putToken: statement(
      `INSERT OR IGNORE INTO live_token
       (issuer, jti, key_id, subject, issued_at_ms, expires_at_ms, jws, at_ms, epoch, sequence, record_index)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    moveToken: statement(
      `UPDATE live_token SET epoch = ?, sequence = ?, record_index = ?
       WHERE issuer = ? AND jti = ? AND jws = ? AND epoch < ?`,
    ),
    /** Those that a revocation takes back, by its form. */
    drop: {
      jti: statement('DELETE FROM live_token WHERE issuer = @issuer AND jti = @name'),
      subject: statement(
        'DELETE FROM live_token WHERE issuer = @issuer AND subject = @name AND issued_at_ms <= @beforeMs',
      ),
      key: statement('DELETE FROM live_token WHERE issuer = @issuer AND key_id = @name'),
      everyone: statement('DELETE FROM live_token WHERE issuer = @issuer AND issued_at_ms <= @beforeMs'),
    },
    findRevocation: statement(
      'SELECT issued_before_ms AS beforeMs FROM live_revocation WHERE issuer = ? AND form = ? AND name = ?',
    ),
    putRevocation: statement(
      `INSERT INTO live_revocation
       (issuer, form, name, issued_before_ms, until_ms, at_ms, epoch, sequence, record_index)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (issuer, form, name) DO UPDATE SET
       issued_before_ms = max(issued_before_ms, excluded.issued_before_ms), until_ms = excluded.until_ms,
       at_ms = excluded.at_ms, epoch = excluded.epoch, sequence = excluded.sequence, record_index = excluded.record_index`,
    ),
    putKeySet: statement(
      `INSERT INTO live_key_set (issuer, jwks, at_ms, epoch, sequence, record_index) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (issuer) DO UPDATE SET jwks = excluded.jwks, at_ms = excluded.at_ms, epoch = excluded.epoch,
       sequence = excluded.sequence, record_index = excluded.record_index`,
    ),
    tokens: statement(
      `SELECT place, issuer, jws, ${REVISION} FROM live_token WHERE place > ? AND expires_at_ms > ? ORDER BY place`,
    ),
    revocations: statement(
      `SELECT place, issuer, form, name, issued_before_ms AS issuedBeforeMs, ${REVISION}
       FROM live_revocation WHERE place > ? AND until_ms > ? ORDER BY place`,
    ),
    keySets: statement(`SELECT place, issuer, jwks, ${REVISION} FROM live_key_set WHERE place > ? ORDER BY place`),
    revokedKeysOf: statement("SELECT name FROM live_revocation WHERE issuer = ? AND form = 'key'").pluck(),
    keySetOf: statement('SELECT jwks FROM live_key_set WHERE issuer = ?').pluck(),
    purgeTokens: purge('live_token', 'expires_at_ms'),
    purgeRevocations: purge('live_revocation', 'until_ms'),
  };
}
