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
  return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value as Record<string, JsonValue>);
}

function canonicalArray(array: readonly JsonValue[]): string {
  let text = '[';
  for (let at = 0; at < array.length; at++) text += `${at === 0 ? '' : ','}${canonicalJson(array[at] as JsonValue)}`;
  return `${text}]`;
}

function canonicalObject(object: Record<string, JsonValue>): string {
  const names = inOrder(Object.keys(object));
  let text = '{';
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    text += `${at === 0 ? '' : ','}${quoted(name)}:${canonicalJson(object[name] as JsonValue)}`;
  }
  return `${text}}`;
}

/** Few names are in order sooner, and without garbage, by insertion: `sort` copies what it sorts, twice. */
const FEW = 32;

/** By UTF-16 code units (RFC 8785 §3.2.3), as `<` and `sort` without a comparator compare strings; in the array given. */
function inOrder(names: string[]): readonly string[] {
  if (names.length > FEW) return names.sort();
  for (let from = 1; from < names.length; from++) {
    const name = names[from] as string;
    let to = from;
    for (; to > 0 && (names[to - 1] as string) > name; to--) names[to] = names[to - 1] as string;
    names[to] = name;
  }
  return names;
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
