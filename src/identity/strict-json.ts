/**
 * JSON as this product reads it: I-JSON (RFC 7493) within bounds. The engine's parser does the work; one scan before it
 * bounds the depth and counts what lies outside strings. JSON.parse keeps only the last of two members of one name, so
 * a text with duplicates has more structural colons than its tree has members: that is how none passes.
 */
import { WIRE_LIMITS } from '../limits.ts';
import { isWellFormed, type JsonValue } from './json-value.ts';
import { isRefusal, pathName, type Refusal, refuse, within } from './refusal.ts';

export interface ParsedJson {
  readonly value: JsonValue;
  /** No escapes, no numbers, no white space outside strings: then only the order of names can keep it from being canonical. */
  readonly plain: boolean;
}

/**
 * The tree of `text`, whose nesting is at most `maxJsonDepth`, without duplicate names, `__proto__`, `constructor`,
 * `prototype`, lone surrogates, or numbers that a double does not hold (RFC 7493 §2.2). Never throws. The caller has
 * bounded the length.
 */
export function parseStrictJson(text: string): ParsedJson | Refusal {
  const scan = scanJson(text);
  if (scan.depth > WIRE_LIMITS.maxJsonDepth) {
    return refuse('json-depth', '', `Nesting is deeper than ${WIRE_LIMITS.maxJsonDepth}.`);
  }
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return refuse('json-syntax', '', 'This is no JSON.');
  }
  const members = countMembers(value);
  if (scan.escapes || scan.numbers || Number.isNaN(members) || !isWellFormed(text)) {
    const fault = findFault(value);
    if (fault !== undefined) return fault;
  }
  if (members !== scan.colons) {
    return refuse('json-duplicate-key', '', 'A name stands twice in one object; names must be unique.');
  }
  return { value, plain: !scan.escapes && !scan.numbers && !scan.spaces };
}

interface JsonScan {
  readonly colons: number;
  readonly depth: number;
  readonly escapes: boolean;
  readonly numbers: boolean;
  readonly spaces: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** One pass over what lies outside strings. Right for valid JSON; for any other text JSON.parse refuses it anyway. */
function scanJson(text: string): JsonScan {
  const escapes = text.includes('\\');
  let colons = 0;
  let depth = 0;
  let deepest = 0;
  let numbers = false;
  let spaces = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      at = escapes ? stringEnd(text, at) : text.indexOf('"', at + 1);
      if (at < 0) break;
    } else if (unit === 0x3a) colons++;
    else if (unit === 0x7b || unit === 0x5b) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (unit === 0x7d || unit === 0x5d) depth--;
    else if (unit <= 0x20) spaces = true;
    else if (unit >= 0x30 && unit <= 0x39) numbers = true;
  }
  return { colons, depth: deepest, escapes, numbers, spaces };
}

/** Index of the quote that ends the string opened at `open`: the next one behind an even number of backslashes; -1: none. */
function stringEnd(text: string, open: number): number {
  for (let end = text.indexOf('"', open + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (before > open && text.charCodeAt(before) === BACKSLASH) before--;
    if ((end - 1 - before) % 2 === 0) return end;
  }
  return -1;
}

/** NaN where a forbidden name is among them. */
function countMembers(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const element of value) if (typeof element === 'object' && element !== null) count += countMembers(element);
    return count;
  }
  for (const name in value) {
    count += isForbidden(name) ? Number.NaN : 1;
    const member = (value as Record<string, JsonValue>)[name];
    if (typeof member === 'object' && member !== null) count += countMembers(member);
  }
  return count;
}

/** Each of these reaches a prototype in code that copies members without care; no SCIM attribute is called so. */
function isForbidden(name: string): boolean {
  // Most names differ in length, which is the cheapest to compare.
  if (name.length === 9) return name === '__proto__' || name === 'prototype';
  return name.length === 11 && name === 'constructor';
}

function findFault(value: JsonValue): Refusal | undefined {
  if (typeof value === 'string') {
    return isWellFormed(value) ? undefined : refuse('json-surrogate', '', 'A string holds half of a surrogate pair.');
  }
  if (typeof value === 'number') return isExact(value) ? undefined : refuse('json-number', '', NUMBER_CURE);
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      const fault = findFault(element);
      if (fault !== undefined) return within(`[${index}]`, fault);
    }
    return undefined;
  }
  for (const [name, member] of Object.entries(value)) {
    const fault = nameFault(name) ?? findFault(member);
    if (isRefusal(fault)) return within(pathName(name), fault);
  }
  return undefined;
}

function nameFault(name: string): Refusal | undefined {
  if (isForbidden(name)) return refuse('json-forbidden-key', '', 'This name is never accepted.');
  return isWellFormed(name) ? undefined : refuse('json-surrogate', '', 'A name holds half of a surrogate pair.');
}

const NUMBER_CURE = 'This number is beyond what every reader holds exactly (±2^53 - 1); write it as a string.';

/** False for an overflow and for integers beyond 2^53 - 1, which JSON.parse would have changed without a word. */
function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}
