/** Changes to keys in a draft, by the names that people see: the id of a sender's key, the kid of an issuer's. Pure. */
import { signingKeyId } from '../../src/crypto/digest.ts';
import type { KeyTimes } from '../../src/crypto/key-state.ts';
import { isJsonObject, type JsonObject } from '../../src/identity/json-value.ts';
import { publicKeySet } from '../../src/identity/key-set.ts';
import { isRefusal } from '../../src/identity/refusal.ts';
import { parseRfc3339 } from '../../src/identity/rfc3339.ts';
import { parseStrictJson } from '../../src/identity/strict-json.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { TimedIssuerKey } from '../../src/token/token-checker.ts';
import type { BundleContent } from '../../src/trust/trust-bundle.ts';

export interface KeyChange {
  /** Hex of a sender's key id or its first 8 digits or more, or an issuer's `kid`. */
  readonly name: string;
  readonly times: Partial<KeyTimes>;
}

/** Revoked from now on. */
export function revocationOf(name: string, nowMs: number): KeyChange {
  return { name, times: { revokedFromMs: nowMs } };
}

/** `NAME@TIME`: verifies from then on only what was signed before. Throws DiodeError `usage`. */
export function cutOverOf(typed: string): KeyChange {
  const at = typed.lastIndexOf('@');
  const passiveFromMs = at < 1 ? undefined : parseRfc3339(typed.slice(at + 1));
  if (passiveFromMs !== undefined) return { name: typed.slice(0, at), times: { passiveFromMs } };
  throw new DiodeError(
    'usage',
    `${typed} names no key and time.`,
    'Give KEY@TIME, such as 5f21c09a@2026-12-01T00:00:00Z.',
  );
}

/** Throws DiodeError `usage` where a name fits no key, or several. */
export function withKeyChange(content: BundleContent, { name, times }: KeyChange): BundleContent {
  let found = 0;
  const change = <Key extends KeyTimes>(key: Key, isMeant: boolean): Key => {
    if (!isMeant) return key;
    found++;
    return { ...key, ...times };
  };
  const senders = content.senders.map((sender) => ({
    ...sender,
    keys: sender.keys.map((key) => change(key, isIdOf(signingKeyId(key.signingKey).toString('hex'), name))),
  }));
  const issuers = content.issuers.map((issuer) => ({
    ...issuer,
    keys: issuer.keys.map((key) => change(key, key.jwk.kid === name)),
  }));
  if (found === 1) return { ...content, senders, issuers };
  const cure = '`diode-receiver root show` lists them; give more digits, or edit the draft.';
  throw new DiodeError(
    'usage',
    `${name} is ${found === 0 ? 'no key' : `the name of ${found} keys`} of the bundle.`,
    cure,
  );
}

export interface SeenKeySet {
  readonly issuer: string;
  /** Public members alone, each with a kid. */
  readonly keys: readonly TimedIssuerKey['jwk'][];
}

/**
 * A key set as the `trust` topic has it under `Jwks|issuer`, `{"issuer":…,"jwks":{"keys":[…]}}`.
 * Throws DiodeError `usage`.
 */
export function readKeySet(path: string, text: string): SeenKeySet {
  const parsed = parseStrictJson(text);
  const fields = isRefusal(parsed) || !isJsonObject(parsed.value) ? {} : parsed.value;
  const jwks = publicKeySet(isJsonObject(fields.jwks) ? fields.jwks.keys : undefined);
  const keys = typeof jwks === 'string' ? (JSON.parse(jwks) as { readonly keys: readonly JsonObject[] }).keys : [];
  if (typeof fields.issuer === 'string' && keys.length > 0 && keys.every(({ kid }) => typeof kid === 'string')) {
    return { issuer: fields.issuer, keys };
  }
  const cure = 'Give the value of a record `Jwks|…` of the topic `trust`: {"issuer":…,"jwks":{"keys":[…]}}.';
  throw new DiodeError('usage', `${path} holds no public key set of an issuer.`, cure);
}

/**
 * With the keys of the set that the issuer has not yet; what it has stays, with its times: a key ends by `--end`. Throws
 * DiodeError `usage` for an issuer that has no policy in the draft, and for another key under a kid that is there.
 */
export function withKeySet(content: BundleContent, { issuer, keys }: SeenKeySet): BundleContent {
  const known = content.issuers.find((each) => each.issuer === issuer);
  if (known === undefined) {
    const cure =
      'Draft without it, and add the issuer with its policy by hand first: a key set does not say whom it is for.';
    throw new DiodeError('usage', `The draft has no issuer ${JSON.stringify(issuer)}.`, cure);
  }
  const listed = new Map(known.keys.map((key) => [key.jwk.kid, key.jwk]));
  const other = keys.find((jwk) => listed.has(jwk.kid) && !isSameKey(jwk, listed.get(jwk.kid) as typeof jwk));
  if (other !== undefined) {
    const seen = `The kid ${JSON.stringify(other.kid)} of ${issuer} is that of another key in the draft.`;
    throw new DiodeError('usage', seen, "Ask the issuer's operator: one kid for two keys is a mistake or an attack.");
  }
  const added = keys.filter(({ kid }) => !listed.has(kid)).map((jwk) => ({ jwk, activeFromMs: 0 }));
  const changed = { ...known, keys: [...known.keys, ...added] };
  return { ...content, issuers: content.issuers.map((each) => (each === known ? changed : each)) };
}

const KEY_NUMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e'];

function isSameKey(a: TimedIssuerKey['jwk'], b: TimedIssuerKey['jwk']): boolean {
  return KEY_NUMBERS.every((name) => a[name] === b[name]);
}

const MIN_ID_CHARACTERS = 8;

function isIdOf(keyId: string, typed: string): boolean {
  const plain = typed.toLowerCase();
  return plain.length >= MIN_ID_CHARACTERS && keyId.startsWith(plain);
}
