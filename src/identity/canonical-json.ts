/**
 * Canonical JSON (RFC 8785): no white space, names sorted by UTF-16 code units, strings and numbers as ECMAScript's
 * JSON.stringify writes them. One tree has one text, so two ends compare bytes, and digests mean something.
 */
import type { JsonValue } from './json-value.ts';
import { isRefusal, type Refusal, refuse } from './refusal.ts';
import { checkByScan, isShortestText, parseLoosely } from './strict-json.ts';

/** The canonical text of a tree that `parseStrictJson` gave or that is made of such: finite numbers, whole surrogates. */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as Record<string, JsonValue>;
  let text = '{';
  // Array.prototype.sort without a comparator orders strings by UTF-16 code units: RFC 8785 §3.2.3.
  for (const name of Object.keys(object).sort()) {
    text += `${text === '{' ? '' : ','}${quoted(name)}:${canonicalJson(object[name] as JsonValue)}`;
  }
  return `${text}}`;
}

/** The tree of a text that is canonical and passes `parseStrictJson`; everything else is refused. Never throws. */
export function parseCanonicalJson(text: string): { readonly value: JsonValue } | Refusal {
  const value = parseLoosely(text);
  if (value !== undefined && isShortestText(text, value, true)) return { value };
  const parsed = checkByScan(text, value);
  if (isRefusal(parsed) || canonicalJson(parsed.value) === text) return parsed;
  return refuse('json-not-canonical', '', 'The text is not its own canonical form (RFC 8785).');
}

/** True for a text that `parseCanonicalJson` accepts. */
export function isCanonicalJson(text: string): boolean {
  return !isRefusal(parseCanonicalJson(text));
}

// More than RFC 8785 §3.2.2.2 escapes (\p{Cc} has DEL and C1 too): JSON.stringify then decides.
const ESCAPED = /["\\\p{Cc}]/u;

function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}
