/** Migrations of receiver.db for the token table, in their order. */

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

/**
 * What key signed a token, revocations of a key (its kid) or of a whole issuer (an empty kid), and which
 * current tokens these take back: too many for one transaction, so the sweep withdraws them. Rows
 * that stood here before this migration have the key ''.
 */
export const TOKEN_SWEEP_SCHEMA = `
  ALTER TABLE token ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
  ALTER TABLE token_slot ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
  ALTER TABLE token_slot ADD COLUMN ended TEXT;
  ALTER TABLE token_slot ADD COLUMN ended_at_ms INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX token_slot_ended ON token_slot (key) WHERE ended IS NOT NULL;
  CREATE TABLE revoked_key (
    issuer TEXT NOT NULL,
    key_id TEXT NOT NULL,
    issued_before_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (issuer, key_id)
  ) WITHOUT ROWID;
  CREATE INDEX revoked_key_by_end ON revoked_key (until_ms);
`;

/** A key's revocation finds its current tokens, and the orphan check counts by key. */
export const TOKEN_KEY_INDEX_SCHEMA = 'CREATE INDEX token_slot_by_key ON token_slot (issuer, key_id);';

/**
 * One row a token, numbered as it came, which says whether it is its slot's current one: a row of its own for the slot, and both
 * ordered by texts, took twice the CPU and twice the disk. Who has the key of a slot has issuer and subject: they begin it.
 * Where an issuer used a jti again, once it was forgotten, topics that are read back name it in two slots: two rows then, told
 * apart by `again`.
 */
export const TOKEN_ROW_SCHEMA = `
  CREATE TABLE token_row (
    id INTEGER PRIMARY KEY,
    issuer TEXT NOT NULL,
    jti TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    key TEXT NOT NULL,
    subject TEXT NOT NULL,
    key_id TEXT NOT NULL,
    issued_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    is_current INTEGER NOT NULL,
    ended TEXT,
    ended_at_ms INTEGER NOT NULL DEFAULT 0,
    again INTEGER NOT NULL DEFAULT 0,
    UNIQUE (jti, issuer, again)
  );
  INSERT INTO token_row
      (issuer, jti, sha256, key, subject, key_id, issued_at_ms, expires_at_ms, is_current, ended, ended_at_ms, again)
    SELECT issuer, jti, sha256, key, subject, key_id, issued_at_ms, expires_at_ms, 1, ended, ended_at_ms,
      row_number() OVER (PARTITION BY issuer, jti ORDER BY key) - 1 FROM token_slot;
  INSERT OR IGNORE INTO token_row (issuer, jti, sha256, key, subject, key_id, issued_at_ms, expires_at_ms, is_current)
    SELECT issuer, jti, sha256, key, subject, key_id, issued_at_ms, expires_at_ms, 0 FROM token;
  DROP TABLE token;
  DROP TABLE token_slot;
  ALTER TABLE token_row RENAME TO token;
  CREATE UNIQUE INDEX token_by_slot ON token (key) WHERE is_current = 1;
  CREATE INDEX token_by_signer ON token (issuer, key_id) WHERE is_current = 1;
  CREATE INDEX token_by_end ON token (expires_at_ms) WHERE is_current = 1;
  CREATE INDEX former_token_by_end ON token (expires_at_ms) WHERE is_current = 0;
  CREATE INDEX token_ended ON token (key) WHERE ended IS NOT NULL;
`;
