import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDateTime, LAST_PRINTABLE_MS, parseRfc3339 } from '../../../src/identity/rfc3339.ts';

const two = (value: number) => String(value).padStart(2, '0');

describe('a time of RFC 3339', () => {
  it.each([
    ['1970-01-01T00:00:00.001Z', 1],
    ['1970-01-01T00:00:00Z', undefined],
    ['2026-11-22T10:00:00Z', 1_795_341_600_000],
    ['2026-11-22t10:00:00z', 1_795_341_600_000],
    ['2026-11-22T10:00:00.5Z', 1_795_341_600_500],
    ['2026-11-22T10:00:00.05Z', 1_795_341_600_050],
    ['2026-11-22T10:00:00.123999999Z', 1_795_341_600_123],
    ['2026-11-22T10:00:00.1234567890Z', undefined],
    ['2026-11-22T10:00:00.Z', undefined],
    ['2026-11-22T12:30:00+02:30', 1_795_341_600_000],
    ['2026-11-22T07:30:00.25-02:30', 1_795_341_600_250],
    ['2026-11-22T10:00:00-00:00', 1_795_341_600_000],
    ['2026-11-22T10:00:00+24:00', undefined],
    ['2026-11-22T10:00:00+00:60', undefined],
    ['2026-12-31T23:59:60Z', Date.UTC(2027, 0, 1)],
    ['2026-11-22T10:00:61Z', undefined],
    ['2026-11-22T10:60:00Z', undefined],
    ['2026-11-22T24:00:00Z', undefined],
    ['2026-13-01T10:00:00Z', undefined],
    ['2026-00-01T10:00:00Z', undefined],
    ['2026-11-00T10:00:00Z', undefined],
    ['0075-01-01T00:00:00Z', undefined],
    ['1969-12-31T23:30:00-01:00', 1_800_000],
    ['2026-11-22T10:00:00', undefined],
    ['2026-11-22 10:00:00Z', undefined],
    ['2026-11-22T10:00Z', undefined],
    ['2026-11-22T10:00:00Z\n', undefined],
    ['٢٠٢٦-11-22T10:00:00Z', undefined],
  ])('%j is %s', (text, atMs) => expect(parseRfc3339(text)).toBe(atMs));

  it('ends in the years with the last days that their months have', () => {
    for (const year of [1972, 1999, 2000, 2023, 2024, 2100]) {
      for (let month = 1; month <= 12; month++) {
        const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
        for (let day = 28; day <= 31; day++) {
          const text = `${year}-${two(month)}-${two(day)}T00:00:00Z`;
          expect(parseRfc3339(text), text).toBe(day > days ? undefined : Date.UTC(year, month - 1, day));
        }
      }
    }
  });

  it('has the calendar of today in all years', () => {
    expect(isDateTime('0000-02-29T00:00:00')).toBe(true);
    expect(isDateTime('0100-02-29T00:00:00')).toBe(false);
  });

  it('is what its parts say, in every zone', () => {
    const parts = fc.record({
      atMs: fc.integer({ min: 86_400_000, max: LAST_PRINTABLE_MS - 86_400_000 }),
      offsetMinutes: fc.integer({ min: -1_439, max: 1_439 }),
      digits: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(parts, ({ atMs, offsetMinutes, digits }) => {
        const local = new Date(atMs + offsetMinutes * 60_000).toISOString();
        const fraction = digits === 0 ? '' : `.${`${local.slice(20, 23)}987654`.slice(0, digits)}`;
        const minutes = Math.abs(offsetMinutes);
        const zone = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
        const kept = digits === 0 ? 1_000 : 10 ** Math.max(0, 3 - digits);
        const text = `${local.slice(0, 19)}${fraction}`;
        expect(parseRfc3339(`${text}${zone}`)).toBe(Math.floor(atMs / kept) * kept);
        expect([isDateTime(text), parseRfc3339(text)]).toEqual([true, undefined]);
      }),
    );
  });
});
