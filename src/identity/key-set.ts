/**
 * JWK sets (RFC 7517 §5) on their way through the diode: public keys alone. A key passes as the members that are known
 * to be public; the sender leaves others out (RFC 7517 §4 lets a reader ignore them), the receiver refuses them.
 */
import { WIRE_LIMITS } from '../limits.ts';
import { canonicalJson } from './canonical-json.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { isRefusal, type Refusal, refuse, within } from './refusal.ts';

// RFC 7518 §6: EC, RSA and OKP private members and the symmetric key; `priv` is that of the AKP type (ML-DSA).
const PRIVATE_MEMBERS: readonly string[] = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

// RFC 7517 §4, RFC 7518 §6, RFC 8037 §2 and AKP's `pub`.
const PUBLIC_STRINGS: readonly string[] = [
  'kty',
  'use',
  'alg',
  'kid',
  'x5u',
  'x5t',
  'x5t#S256',
  'n',
  'e',
  'crv',
  'x',
  'y',
  'pub',
];
const PUBLIC_LISTS: readonly string[] = ['key_ops', 'x5c'];

/** Canonical {"keys":[…]} of the public members, or why not. `path` of a refusal begins with `keys`. */
export function publicKeySet(keys: JsonValue | undefined): string | Refusal {
  if (!isJsonArray(keys)) return refuse('key-set-invalid', 'keys', 'A key set needs an array "keys" (RFC 7517 §5).');
  const rebuilt: JsonObject[] = [];
  for (const [index, key] of keys.entries()) {
    const publicKey = publicMembers(key);
    if (isRefusal(publicKey)) return within(`keys[${index}]`, publicKey);
    rebuilt.push(publicKey);
  }
  const text = canonicalJson({ keys: rebuilt });
  if (Buffer.byteLength(text, 'utf8') <= WIRE_LIMITS.maxKeySetBytes) return text;
  return refuse(
    'record-too-large',
    'keys',
    `A key set has at most ${WIRE_LIMITS.maxKeySetBytes} bytes; drop old keys.`,
  );
}

function publicMembers(key: JsonValue): JsonObject | Refusal {
  if (!isJsonObject(key)) return refuse('key-set-invalid', '', 'A key is an object.');
  const secret = PRIVATE_MEMBERS.find((name) => Object.hasOwn(key, name));
  if (secret !== undefined || key.kty === 'oct') {
    return refuse(
      'key-set-private',
      secret ?? 'kty',
      'This is a private key: publish public keys only, and replace it.',
    );
  }
  if (typeof key.kty !== 'string') return refuse('key-set-invalid', 'kty', 'A key needs its type (RFC 7517 §4.1).');
  const members: Record<string, JsonValue> = {};
  for (const name in key) {
    const value = key[name] as JsonValue;
    const isString = PUBLIC_STRINGS.includes(name);
    if (!isString && !PUBLIC_LISTS.includes(name)) continue;
    const isRight = isString ? typeof value === 'string' : isJsonArray(value) && value.every(isText);
    if (!isRight)
      return refuse('key-set-invalid', name, `This must be ${isString ? 'a string' : 'an array of strings'}.`);
    members[name] = value;
  }
  return members;
}

function isText(value: JsonValue): boolean {
  return typeof value === 'string';
}
