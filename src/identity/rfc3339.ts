/** Times as sources write them: RFC 3339, and xsd:dateTime where SCIM asks for it (RFC 7643 §2.3.5). */

// Without groups, whose texts would cost more than all of the rest: what passes has its digits at fixed places.
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})?$/;
const FRACTION_AT = '2026-11-22T10:00:00.'.length;
const OFFSET_LENGTH = '+01:00'.length;

/** 9999-12-31T23:59:59.999Z: the last that RFC 3339, and so `ce_time`, can write. */
export const LAST_PRINTABLE_MS = 253_402_300_799_999;

/** Milliseconds since 1970 of an RFC 3339 date-time, rounded down; undefined for any other text and for times before 1970. */
export function parseRfc3339(text: string): number | undefined {
  const parsed = parse(text);
  return parsed === undefined || !parsed.zoned || parsed.atMs <= 0 ? undefined : parsed.atMs;
}

/** True for an xsd:dateTime of this era: RFC 3339, whose zone may be absent. */
export function isDateTime(text: string): boolean {
  return parse(text) !== undefined;
}

function parse(text: string): { readonly atMs: number; readonly zoned: boolean } | undefined {
  if (!DATE_TIME.test(text)) return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  // 60 is a leap second (RFC 3339 §5.7); it counts as the first of the next minute.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  if (month < 1 || month > 12 || day < 1 || (day > 28 && day > daysIn(year, month))) return undefined;
  const zone = readZone(text);
  if (zone === undefined) return undefined;
  const atMs = utcMs(year, month - 1, day, hour, minute, second) + fractionMs(text) - (zone.offsetMs ?? 0);
  return { atMs, zoned: zone.offsetMs !== undefined };
}

/** Undefined for an offset that no clock has. */
function readZone(text: string): { readonly offsetMs?: number } | undefined {
  if (text.endsWith('Z') || text.endsWith('z')) return UTC;
  const signAt = text.length - OFFSET_LENGTH;
  const sign = signAt < FRACTION_AT - 1 ? '' : text.charAt(signAt);
  if (sign !== '+' && sign !== '-') return NO_ZONE;
  const hours = digits(text, signAt + 1, 2);
  const minutes = digits(text, signAt + 4, 2);
  if (hours > 23 || minutes > 59) return undefined;
  return { offsetMs: (hours * 60 + minutes) * 60_000 * (sign === '-' ? -1 : 1) };
}

const UTC = { offsetMs: 0 } as const;
const NO_ZONE = {} as const;

/** Rounded down. */
function fractionMs(text: string): number {
  if (text.charAt(FRACTION_AT - 1) !== '.') return 0;
  let value = 0;
  for (let at = FRACTION_AT, unitMs = 100; unitMs >= 1; at++, unitMs /= 10) {
    const digit = text.charCodeAt(at) - ZERO;
    // Also behind the end of the text, where it is no number.
    if (!(digit >= 0 && digit <= 9)) break;
    value += digit * unitMs;
  }
  return value;
}

const ZERO = 0x30;

function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) value = value * 10 + text.charCodeAt(at) - ZERO;
  return value;
}

function daysIn(year: number, month: number): number {
  return new Date(utcMs(year, month, 0)).getUTCDate();
}

/** As Date.UTC, which would take the years 0 to 99 for those of the twentieth century: one cycle of the calendar later. */
function utcMs(year: number, month: number, ...rest: readonly number[]): number {
  return Date.UTC(year + CYCLE_YEARS, month, ...rest) - CYCLE_MS;
}

const CYCLE_YEARS = 400;
const CYCLE_MS = 146_097 * 86_400_000;
