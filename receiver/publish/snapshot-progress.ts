/**
 * How much of a snapshot cycle was released: part of progress, so that recovery comes to the same. Only the newest cycle is
 * kept track of. Once all its parts are there, whatever frames up to its first part's state said is said. Pure.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { SnapshotPartRecord } from '../../src/wire/record.ts';

export interface SnapshotProgress {
  readonly epoch: number;
  readonly cycle: number;
  /** Sequence that the first part's state is as of; 0 before that part came. */
  readonly through: number;
  /** Parts that came: first and last of each run, ascending, apart from each other. */
  readonly parts: readonly (readonly [from: number, to: number])[];
  /** Number of the last part, once it came. */
  readonly last?: number;
  /** Deletes of its parts that lay over their bound: the next cycle does them. */
  readonly left?: number;
}

/** With one more part, which was not refused. Parts of an older cycle apply and are not kept track of. */
export function trackPart(
  known: SnapshotProgress | undefined,
  epoch: number,
  part: SnapshotPartRecord,
): SnapshotProgress {
  const order = known === undefined ? 1 : epoch - known.epoch || part.cycle - known.cycle;
  if (known !== undefined && order < 0) return known;
  const before: SnapshotProgress =
    known !== undefined && order === 0 ? known : { epoch, cycle: part.cycle, through: 0, parts: [] };
  const parts = withPart(before.parts, part.part);
  return {
    ...before,
    parts: parts.length > RECEIVER_LIMITS.maxPartRuns ? before.parts : parts,
    ...(part.part === 0 && part.asOf.epoch === epoch && { through: part.asOf.sequence }),
    ...(part.last && before.last === undefined && { last: part.part }),
  };
}

/** Every part from the first to the last. */
export function isWholeCycle(snapshot: SnapshotProgress | undefined): boolean {
  if (snapshot?.last === undefined || snapshot.parts.length !== 1) return false;
  const [run] = snapshot.parts;
  return run !== undefined && run[0] === 0 && run[1] >= snapshot.last;
}

/** The snapshot in a progress value; undefined where there is none, `invalid` where it is not of its form. */
export function readSnapshotProgress(value: unknown): SnapshotProgress | undefined | 'invalid' {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) return 'invalid';
  const { epoch, cycle, through, parts, last, left } = value as Record<string, unknown>;
  if (!isCount(epoch) || !isCount(cycle) || !isCount(through) || !Array.isArray(parts)) return 'invalid';
  if (left !== undefined && !isCount(left)) return 'invalid';
  if (parts.length > RECEIVER_LIMITS.maxPartRuns || (last !== undefined && !isCount(last))) return 'invalid';
  let next = 0;
  for (const run of parts as unknown[]) {
    if (!Array.isArray(run) || run.length !== 2) return 'invalid';
    const [from, to] = run as [unknown, unknown];
    if (!isCount(from) || !isCount(to) || from < next || to < from) return 'invalid';
    next = to + 2;
  }
  const known = { epoch, cycle, through, parts: parts as SnapshotProgress['parts'] };
  return { ...known, ...(last !== undefined && { last }), ...(left !== undefined && { left }) };
}

function withPart(runs: SnapshotProgress['parts'], part: number): SnapshotProgress['parts'] {
  if (runs.some(([from, to]) => from <= part && part <= to)) return runs;
  const below = runs.find(([, to]) => to === part - 1);
  const above = runs.find(([from]) => from === part + 1);
  const joined: readonly [number, number] = [below?.[0] ?? part, above?.[1] ?? part];
  const others = runs.filter((run) => run !== below && run !== above);
  return [...others, joined].sort(([a], [b]) => a - b);
}

/** As progress writes one. JSON also knows -0, which nothing writes and which would come back as 0. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}
