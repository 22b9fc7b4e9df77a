/** What a key set changes, by kid and RFC 7638 thumbprint: what an operator compares before approving. Pure. */
import { jwkKind, jwkThumbprint } from '../../src/crypto/thumbprint.ts';
import { canonicalJson } from '../../src/identity/canonical-json.ts';
import type { JsonObject } from '../../src/identity/json-value.ts';

export interface NamedKey {
  readonly keyId: string;
  readonly thumbprint: string;
  /** Such as `RSA` or `EC P-256`. */
  readonly type: string;
}

export interface KeyDifference {
  readonly added: readonly NamedKey[];
  readonly removed: readonly NamedKey[];
  /** Same kid, same key, another `alg` or `use`. */
  readonly altered: readonly NamedKey[];
  readonly kept: readonly NamedKey[];
}

/** Both as ForeignKeySet.jwks; `before` undefined: nothing was carried yet. */
export function keyDifference(before: string | undefined, after: string): KeyDifference {
  const old = new Map((before === undefined ? [] : keysIn(before)).map((key) => [nameOf(key), key]));
  const fresh = new Map(keysIn(after).map((key) => [nameOf(key), key]));
  const both = [...fresh].filter(([name]) => old.has(name));
  const isSame = ([name, key]: readonly [string, JsonObject]) =>
    canonicalJson(key) === canonicalJson(old.get(name) as JsonObject);
  return {
    added: [...fresh].filter(([name]) => !old.has(name)).map(([, key]) => namedKey(key)),
    removed: [...old].filter(([name]) => !fresh.has(name)).map(([, key]) => namedKey(key)),
    altered: both.filter((entry) => !isSame(entry)).map(([, key]) => namedKey(key)),
    kept: both.filter(isSame).map(([, key]) => namedKey(key)),
  };
}

export function namedKeys(jwks: string): readonly NamedKey[] {
  return keysIn(jwks).map(namedKey);
}

function keysIn(jwks: string): readonly JsonObject[] {
  return (JSON.parse(jwks) as { readonly keys: readonly JsonObject[] }).keys;
}

function nameOf(key: JsonObject): string {
  return `${jwkThumbprint(key)} ${key.kid}`;
}

function namedKey(key: JsonObject): NamedKey {
  return { keyId: String(key.kid), thumbprint: jwkThumbprint(key), type: jwkKind(key) };
}
