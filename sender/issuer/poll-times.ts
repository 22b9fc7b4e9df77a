/**
 * When a foreign issuer is asked again: as its answer's headers say (RFC 9111, RFC 9110 §10.2.3) within our own bounds, or
 * after failures ever later. Pure: the jitter follows from name and time, so that whoever knows both knows the schedule.
 */
import { createHash } from 'node:crypto';
import { FOREIGN_LIMITS } from '../../src/limits.ts';

/** Of an answer, as they came. */
export interface AnswerHeaders {
  readonly etag?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly age?: string | undefined;
  readonly expires?: string | undefined;
  readonly date?: string | undefined;
  readonly retryAfter?: string | undefined;
}

const { minPollMs, maxPollMs, firstRetryMs, maxRetryMs, spreadPart } = FOREIGN_LIMITS;

/**
 * How long an answer may be used: max-age, or Expires less Date, less its Age (RFC 9111 §4.2). Undefined where it says
 * nothing, nothing legible, or that it is stale at once.
 */
export function freshMs({ cacheControl = '', age, expires, date }: AnswerHeaders, wallMs: number): number | undefined {
  const directives = cacheControl.toLowerCase().split(',');
  const named = directives.map((directive) => /^\s*([a-z-]+)\s*(?:=\s*"?(\d{1,10})"?)?\s*$/.exec(directive));
  if (named.some((found) => found?.[1] === 'no-store' || found?.[1] === 'no-cache')) return undefined;
  const maxAge = named.find((found) => found?.[1] === 'max-age' && found[2] !== undefined)?.[2];
  const endsMs = readDate(expires);
  const livesMs = maxAge !== undefined ? Number(maxAge) * 1_000 : endsMs && endsMs - (readDate(date) ?? wallMs);
  const ageMs = /^\d{1,10}$/.test(age ?? '') ? Number(age) * 1_000 : 0;
  return livesMs !== undefined && livesMs > ageMs ? livesMs - ageMs : undefined;
}

/** Seconds or a date, from now on; undefined where it is neither. */
export function retryAfterMs({ retryAfter }: AnswerHeaders, wallMs: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d{1,10}$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  const atMs = readDate(retryAfter);
  return atMs === undefined ? undefined : Math.max(0, atMs - wallMs);
}

/** After a good answer. `usualMs`: where it does not say how long it is fresh. */
export function pollWaitMs(
  issuer: string,
  wallMs: number,
  { usualMs, fresh }: { readonly usualMs: number; readonly fresh: number | undefined },
): number {
  return spread(issuer, wallMs, Math.min(maxPollMs, Math.max(minPollMs, fresh ?? usualMs)));
}

/** After `failures` in a row, 1 and up; never before the time that the issuer asked for, a day at most. */
export function retryWaitMs(
  issuer: string,
  wallMs: number,
  { failures, askedMs = 0 }: { readonly failures: number; readonly askedMs?: number | undefined },
): number {
  const doubled = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 16));
  return spread(issuer, wallMs, Math.min(maxPollMs, Math.max(doubled, askedMs)));
}

/** Later by up to a tenth. */
function spread(issuer: string, wallMs: number, waitMs: number): number {
  const drawn = createHash('sha256').update(`${issuer} ${wallMs}`).digest().readUInt32BE(0) / 2 ** 32;
  return Math.round(waitMs * (1 + spreadPart * drawn));
}

/** RFC 9110 §5.6.7, in the form that may be sent today. */
function readDate(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text))
    return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs;
}
