/**
 * The sliding hour of the blast-radius guard: how many lived when it began, and how many vanished since. Part of progress, so
 * that it is as durable as what it counted, and recovery, a standby and a receiver with a new disk go on with it. Pure.
 */
import { isCount } from '../publish/snapshot-progress.ts';

/** Twelve steps of five minutes: the window spans 60 to 65 minutes, and 14 buckets at most are kept. */
const BUCKET_MS = 300_000;
const WINDOW_MS = 3_600_000;
const MAX_BUCKETS = WINDOW_MS / BUCKET_MS + 2;

/** Start, what lived then, and what vanished since; there is one only where that changed. */
export type LossBucket = readonly [startMs: number, lived: number, lost: number];

export type CountedKind = 'subjects' | 'memberships';

export interface GuardWindow {
  readonly subjects: readonly LossBucket[];
  readonly memberships: readonly LossBucket[];
}

export const EMPTY_WINDOW: GuardWindow = { subjects: [], memberships: [] };

/**
 * The time that the hour is told by. It passes only as far as both clocks say: ours alone could jump and forget the hour, the
 * sender's alone is in the hand of whom the guard is there for. `signedAtMs` 0: nothing was signed yet.
 */
export function guardTimeMs(nowMs: number, signedAtMs: number, maxSkewMs: number): number {
  return signedAtMs === 0 ? nowMs : Math.min(nowMs, signedAtMs + maxSkewMs);
}

/** As of `atMs`. What lies ahead, of a clock that was set back, is taken for now: so it counts for an hour more. */
export function windowAt({ subjects, memberships }: GuardWindow, atMs: number): GuardWindow {
  return { subjects: bucketsAt(subjects, atMs), memberships: bucketsAt(memberships, atMs) };
}

/** Of a window as of now. */
export function lossesIn(
  window: GuardWindow,
  kind: CountedKind,
  livesNow: number,
): { readonly lived: number; readonly lost: number } {
  const buckets = window[kind];
  return { lived: buckets[0]?.[1] ?? livesNow, lost: buckets.reduce((sum, [, , lost]) => sum + lost, 0) };
}

/** With a change of what lives: `livedBefore` until then, and `lost` of it now. `window` is as of `atMs`. */
export function withChange(
  window: GuardWindow,
  kind: CountedKind,
  { atMs, livedBefore, lost }: { readonly atMs: number; readonly livedBefore: number; readonly lost: number },
): GuardWindow {
  const buckets = window[kind];
  const startMs = bucketStart(atMs);
  const last = buckets.at(-1);
  const changed: readonly LossBucket[] =
    last?.[0] === startMs
      ? [...buckets.slice(0, -1), [startMs, last[1], last[2] + lost]]
      : [...buckets, [startMs, livedBefore, lost]];
  return { ...window, [kind]: changed };
}

/** Of a progress value; undefined where it is not of the form. */
export function readWindow(value: unknown): GuardWindow | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { subjects, memberships } = value as Record<string, unknown>;
  return areBuckets(subjects) && areBuckets(memberships) ? { subjects, memberships } : undefined;
}

function bucketsAt(buckets: readonly LossBucket[], atMs: number): readonly LossBucket[] {
  const startMs = bucketStart(atMs);
  const kept = buckets.filter(([start]) => start > atMs - WINDOW_MS - BUCKET_MS);
  const ahead = kept.filter(([start]) => start >= startMs);
  const [first] = ahead;
  if (first === undefined) return kept;
  const lost = ahead.reduce((sum, bucket) => sum + bucket[2], 0);
  return [...kept.filter(([start]) => start < startMs), [startMs, first[1], lost]];
}

function bucketStart(atMs: number): number {
  return Math.max(0, Math.floor(atMs / BUCKET_MS) * BUCKET_MS);
}

function areBuckets(value: unknown): value is readonly LossBucket[] {
  if (!Array.isArray(value) || value.length > MAX_BUCKETS) return false;
  return value.every((bucket) => Array.isArray(bucket) && bucket.length === 3 && bucket.every(isCount));
}
