/**
 * JSON as this product reads it: I-JSON (RFC 7493) within bounds. The engine's parser does the work. JSON.parse keeps only the
 * last of two members of one name, so what is left is to prove that it dropped none: by the length of the tree's shortest text,
 * or else by one scan of the text, which has more structural colons than the tree has members.
 */
import { WIRE_LIMITS } from '../limits.ts';
import { isWellFormed, type JsonObject, type JsonValue } from './json-value.ts';
import { isRefusal, pathName, type Refusal, refuse, within } from './refusal.ts';

/**
 * The tree of `text`, whose nesting is at most `maxJsonDepth`, without duplicate names, `__proto__`, `constructor`,
 * `prototype`, lone surrogates, or numbers that a double does not hold (RFC 7493 §2.2). Never throws. The caller has
 * bounded the length.
 */
export function parseStrictJson(text: string): { readonly value: JsonValue } | Refusal {
  const value = parseLoosely(text);
  if (value !== undefined && isShortestText(text, value)) return { value };
  return checkByScan(text, value);
}

/**
 * What JSON.parse gives; undefined where it throws. Nesting may be bounded behind it: it does not recurse, and takes no more
 * memory for a megabyte of brackets that are nested (38 MB) than side by side (41 MB).
 */
export function parseLoosely(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/**
 * True only where `text`, of which `value` is the tree, passes `parseStrictJson` and has no escape, no white space and no
 * number but integers as JSON.stringify writes them; with `isInOrder` each object's names stand in the order of their
 * UTF-16 code units besides. Most texts that programs write are so, and it costs a fifth of the scan.
 */
export function isShortestText(text: string, value: JsonValue, isInOrder = false): boolean {
  return shortestLength(value, WIRE_LIMITS.maxJsonDepth, isInOrder) === text.length && isWellFormed(text);
}

/** As `parseStrictJson`, of any text; `value` is what JSON.parse gave of it. */
export function checkByScan(text: string, value: JsonValue | undefined): { readonly value: JsonValue } | Refusal {
  const scan = scanJson(text);
  if (scan.depth > WIRE_LIMITS.maxJsonDepth) {
    return refuse('json-depth', '', `Nesting is deeper than ${WIRE_LIMITS.maxJsonDepth}.`);
  }
  if (value === undefined) return refuse('json-syntax', '', 'This is no JSON.');
  const members = countMembers(value);
  if (scan.escapes || scan.numbers || Number.isNaN(members) || !isWellFormed(text)) {
    const fault = findFault(value);
    if (fault !== undefined) return fault;
  }
  if (members !== scan.colons) {
    return refuse('json-duplicate-key', '', 'A name stands twice in one object; names must be unique.');
  }
  return { value };
}

/** No text has so many: what comes to a sum with it is never a length. */
const NONE = Number.NEGATIVE_INFINITY;

/**
 * Characters of the shortest text of a tree: white space, an escape, or a member that JSON.parse dropped makes a text
 * longer. `NONE` for a tree with a number that is not known to have one text as short, with a forbidden name, with more
 * than `levels`, or in no certain order.
 */
function shortestLength(value: JsonValue, levels: number, isInOrder: boolean): number {
  if (typeof value === 'string') return value.length + 2;
  if (value === true || value === null) return 4;
  if (value === false) return 5;
  if (typeof value === 'number') return integerLength(value);
  if (levels === 0) return NONE;
  const length = Array.isArray(value)
    ? arrayLength(value, levels - 1, isInOrder)
    : objectLength(value as JsonObject, levels - 1, isInOrder);
  // One bracket; the other stands in the place of the last comma.
  return length === 0 ? 2 : 1 + length;
}

/** No other text of an integer is as short, but for those that end in two zeros: 1200 is 12e2. Times in claims are integers. */
function integerLength(value: number): number {
  return Number.isSafeInteger(value) && value % 100 !== 0 ? String(value).length : NONE;
}

function arrayLength(array: readonly JsonValue[], levels: number, isInOrder: boolean): number {
  let length = 0;
  for (let index = 0; index < array.length; index++) {
    length += shortestLength(array[index] as JsonValue, levels, isInOrder) + 1;
  }
  return length;
}

function objectLength(object: JsonObject, levels: number, isInOrder: boolean): number {
  let length = 0;
  let previous = '';
  let previousUnit = 0;
  for (const name in object) {
    const unit = name.charCodeAt(0);
    // An engine lists names such as "10" first, wherever they stood in the text: their order proves nothing.
    const isBehind = !isDigit(unit) && (unit > previousUnit || name > previous);
    if (isForbidden(name) || (isInOrder && !isBehind)) return NONE;
    previous = name;
    previousUnit = unit;
    const member = object[name] as JsonValue;
    // Two quotes, a colon and a comma. Strings, which most are, without a call.
    length +=
      name.length + 4 + (typeof member === 'string' ? member.length + 2 : shortestLength(member, levels, isInOrder));
  }
  return length;
}

interface JsonScan {
  readonly colons: number;
  readonly depth: number;
  readonly escapes: boolean;
  readonly numbers: boolean;
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
    else if (isDigit(unit)) numbers = true;
  }
  return { colons, depth: deepest, escapes, numbers };
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

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
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
