/**
 * Keys of issuers that sender.db knows beside the one in the config: earlier ones of the sender's own, and those of other issuers,
 * as they were seen or carried.
 */
import type { JsonWebKey } from 'node:crypto';
import type { Possession } from '../../src/config/inventory.ts';
import { jwkPublicHalf } from '../../src/config/public-half.ts';
import { jwkThumbprint } from '../../src/crypto/thumbprint.ts';
import type { Store } from '../../src/store/database.ts';
import { FOREIGN_ISSUER_SCHEMA, readForeignRows } from '../issuer/foreign-table.ts';
import { OWN_KEY_SCHEMA, readOwnKeys } from '../issuer/own-keys.ts';
import { readKeySets, TRUST_STATE_SCHEMA } from '../journal/trust-state.ts';
import { hasMigration } from '../sender-store.ts';

/** Of a file of any release. What `known` has is not listed again: places are for people to read. */
export function storedKeys(
  store: Store,
  { issuer: own, known }: { readonly issuer: string | undefined; readonly known: readonly Possession[] },
): readonly Possession[] {
  const sets = hasMigration(store, TRUST_STATE_SCHEMA) ? readKeySets(store) : [];
  const foreign = hasMigration(store, FOREIGN_ISSUER_SCHEMA) ? readForeignRows(store) : [];
  const signedWith = hasMigration(store, OWN_KEY_SCHEMA) ? readOwnKeys(store) : [];
  const ownSet = sets.filter(({ issuer }) => issuer === own).flatMap(({ jwks }) => keysOf(jwks));
  const listed = [
    ...named('key', 'issuer, earlier', [...signedWith, ...ownSet]),
    ...foreign.flatMap(({ jwks }, at) => named('issuer-key', `foreign issuer ${at + 1},`, keysOf(jwks))),
    ...sets.flatMap(({ jwks }, at) => named('issuer-key', `key set ${at + 1},`, keysOf(jwks))),
  ];
  const seen = new Set(known.map(textOf));
  return listed.filter((possession) => {
    const text = textOf(possession);
    const isNew = !seen.has(text);
    seen.add(text);
    return isNew;
  });
}

function named(kind: Possession['kind'], place: string, keys: readonly JsonWebKey[]): readonly Possession[] {
  return keys.map((jwk, at) => ({ kind, place: `${place} key ${at + 1}`, value: publicHalf(jwk) }));
}

function keysOf(jwks: string | null): readonly JsonWebKey[] {
  return jwks === null ? [] : (JSON.parse(jwks) as { readonly keys: readonly JsonWebKey[] }).keys;
}

/** A set that is carried may have keys of types that nothing here verifies: of those what they are by their members. */
function publicHalf(jwk: JsonWebKey): string | Uint8Array {
  try {
    return jwkPublicHalf(jwk);
  } catch {
    return jwkThumbprint({ ...jwk });
  }
}

function textOf({ value }: Possession): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('base64');
}
