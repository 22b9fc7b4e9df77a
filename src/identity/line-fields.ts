/** What the forms of a source line share: their keys, texts and the time. */
import { attributeHint } from './attribute-hint.ts';
import type { JsonObject, JsonValue } from './json-value.ts';
import { isWellFormed } from './json-value.ts';
import { pathName, type Refusal, refuse } from './refusal.ts';
import { parseRfc3339 } from './rfc3339.ts';

export interface LineKeys {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** Undefined where the object has the required keys and none but these. */
export function checkKeys(object: JsonObject, keys: LineKeys): Refusal | undefined {
  for (const name in object) {
    if (keys.required.includes(name) || keys.optional.includes(name)) continue;
    const known = [...keys.required, ...keys.optional];
    const hint = attributeHint(name, known);
    return refuse('key-unknown', pathName(name), `This form has no such key (known: ${known.join(', ')}).${hint}`);
  }
  const missing = keys.required.find((name) => !Object.hasOwn(object, name));
  return missing === undefined ? undefined : refuse('key-missing', missing, 'This form needs this key.');
}

const CONTROL = /\p{Cc}/u;

/** Undefined where `value` is a text of 1 to `maxBytes` bytes without control characters. */
export function checkText(value: JsonValue | undefined, path: string, maxBytes: number): Refusal | undefined {
  const isRight =
    typeof value === 'string' &&
    value !== '' &&
    Buffer.byteLength(value, 'utf8') <= maxBytes &&
    !CONTROL.test(value) &&
    isWellFormed(value);
  return isRight
    ? undefined
    : refuse('value-invalid', path, `This must be a string of 1 to ${maxBytes} bytes without control characters.`);
}

/** `at` in milliseconds, an empty object without it, or why it is none. */
export function readAt(line: JsonObject): { readonly atMs?: number } | Refusal {
  if (line.at === undefined) return {};
  const atMs = readTime(line.at, 'at');
  return typeof atMs === 'number' ? { atMs } : atMs;
}

/** A time in milliseconds, or why it is none. */
export function readTime(value: JsonValue | undefined, path: string): number | Refusal {
  const atMs = typeof value === 'string' ? parseRfc3339(value) : undefined;
  const wanted = 'This must be an RFC 3339 time with its zone, such as 2026-11-22T10:00:00Z.';
  return atMs ?? refuse('value-invalid', path, wanted);
}
