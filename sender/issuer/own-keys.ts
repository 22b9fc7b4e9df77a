/**
 * Public keys that the sender's issuers ever signed with, in sender.db: a key set has those of live tokens alone, and another
 * boundary may take up none of them. Read by `inventory`.
 */
import type { JsonWebKey } from 'node:crypto';
import { ISSUER_LIMITS } from '../../src/limits.ts';
import type { PublicJwk } from '../../src/signer/signer.ts';
import type { Store } from '../../src/store/database.ts';

export const OWN_KEY_SCHEMA = `
  CREATE TABLE own_issuer_key (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    issuer TEXT NOT NULL,
    key_id TEXT NOT NULL,
    jwk TEXT NOT NULL,
    UNIQUE (issuer, key_id)
  ) STRICT;
`;

/** Inside a transaction. The same again changes nothing; beyond the bound the oldest goes. */
export function putOwnKey(store: Store, issuer: string, jwk: PublicJwk): void {
  store
    .prepare('INSERT OR IGNORE INTO own_issuer_key (issuer, key_id, jwk) VALUES (?, ?, ?)')
    .run(issuer, jwk.kid, JSON.stringify(jwk));
  store
    .prepare('DELETE FROM own_issuer_key WHERE place <= (SELECT max(place) FROM own_issuer_key) - ?')
    .run(ISSUER_LIMITS.maxOwnKeys);
}

/** The first first. */
export function readOwnKeys(store: Store): readonly JsonWebKey[] {
  const rows = store.prepare('SELECT jwk FROM own_issuer_key ORDER BY place').pluck().all() as string[];
  return rows.map((jwk) => JSON.parse(jwk) as JsonWebKey);
}
