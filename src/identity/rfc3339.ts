/** Times as sources write them: RFC 3339, and xsd:dateTime where SCIM asks for it (RFC 7643 §2.3.5). */

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|z|[+-](\d{2}):(\d{2}))?$/;

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
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const zone = match[8];
  const zoneHours = Number(match[9] ?? 0);
  const zoneMinutes = Number(match[10] ?? 0);
  // 60 is a leap second (RFC 3339 §5.7); it counts as the first of the next minute.
  if (hour > 23 || minute > 59 || second > 60 || zoneHours > 23 || zoneMinutes > 59) return undefined;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  const fractionMs = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const offsetMs = (zoneHours * 60 + zoneMinutes) * 60_000 * (zone?.startsWith('-') ? -1 : 1);
  const atMs = Date.UTC(year, month - 1, day, hour, minute, second) + fractionMs - offsetMs;
  return { atMs, zoned: zone !== undefined };
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
