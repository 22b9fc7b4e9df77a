/**
 * DIR/data/bundles/exported.json: which frames this sender has put on media, and the bundle that it made last. Written by
 * `export` alone; a running sender reads it to know what a journal without a link may forget. Lost or old, it costs no
 * frame: what it does not name is exported once more.
 */
import { dirname } from 'node:path';
import { makeFolder, readTextFile, replaceFile } from '../config/durable-file.ts';
import { MEDIA_LIMITS, OPS_LIMITS } from '../limits.ts';
import { type FrameRun, joinRuns } from '../wire/frame-runs.ts';

export interface ExportedRecord {
  /** The number that was given to a bundle last, whether or not it was finished; 0: none. */
  readonly number: number;
  /** Of the last bundle that was finished: its manifest digest in hex, and when. */
  readonly last?: { readonly number: number; readonly digest: string; readonly atMs: number };
  /** Lower-case hex; of it alone frames are remembered. */
  readonly epochId: string;
  /** Ascending, apart. */
  readonly runs: readonly FrameRun[];
}

const NOTHING: ExportedRecord = { number: 0, epochId: '', runs: [] };

/** What cannot be read counts as nothing. */
export function readExported(path: string): ExportedRecord {
  try {
    return parse(JSON.parse(readTextFile(path, OPS_LIMITS.maxConfigBytes) ?? '{}')) ?? NOTHING;
  } catch {
    return NOTHING;
  }
}

export function writeExported(path: string, record: ExportedRecord): void {
  makeFolder(dirname(path), 0o750);
  // The oldest runs beyond the bound are forgotten: they would be exported again.
  const runs = record.runs.slice(-MEDIA_LIMITS.maxRuns);
  replaceFile(path, `${JSON.stringify({ ...record, runs })}\n`, 0o640);
}

/** `frames` of that epoch are on media too, from now on. */
export function withExported(record: ExportedRecord, epochId: string, frames: readonly FrameRun[]): ExportedRecord {
  return { ...record, epochId, runs: joinRuns([...exportedOf(record, epochId), ...frames]) };
}

/** Of the epoch with that id. */
export function exportedOf(record: ExportedRecord, epochId: string): readonly FrameRun[] {
  return record.epochId === epochId ? record.runs : [];
}

/** The first frame from `from` on of that epoch that is in no bundle. */
export function firstUnexported(record: ExportedRecord, epochId: string, from: number): number {
  return exportedOf(record, epochId).reduce(
    (next, run) => (run.from <= next && run.to >= next ? run.to + 1 : next),
    from,
  );
}

function parse(value: unknown): ExportedRecord | undefined {
  const { number, last, epochId, runs } = value as Partial<ExportedRecord>;
  if (!Number.isSafeInteger(number) || typeof epochId !== 'string' || !Array.isArray(runs)) return undefined;
  const isRun = ({ from, to }: FrameRun) => Number.isSafeInteger(from) && Number.isSafeInteger(to) && from <= to;
  if (runs.length > MEDIA_LIMITS.maxRuns || !runs.every(isRun)) return undefined;
  return { number: number as number, epochId, runs: joinRuns(runs), ...(last && { last }) };
}
