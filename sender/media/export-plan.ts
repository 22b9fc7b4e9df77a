/** Which frames of the journal go into a bundle: read beside a running sender, nothing changed. */

import type { Store } from '../../src/store/database.ts';
import { FRAME_LENGTH_BYTES } from '../../src/wire/bundle.ts';
import { countFrames, type FrameRun, joinRuns, runsWithin } from '../../src/wire/frame-runs.ts';
import type { GapTicket } from '../../src/wire/gap-ticket.ts';
import type { Head } from '../../src/wire/hello.ts';
import { planResend } from '../transmit/resend-plan.ts';

/** `new`: all but these. `since`: made at that time or later. `tickets`: what they name. `run`: these. */
export type ExportChoice =
  | { readonly kind: 'new'; readonly exported: readonly FrameRun[] }
  | { readonly kind: 'since'; readonly sinceMs: number }
  | { readonly kind: 'tickets'; readonly tickets: readonly GapTicket[] }
  | { readonly kind: 'run'; readonly run: FrameRun };

export interface ExportPlan {
  readonly head: Head;
  readonly previousEpoch: Head | undefined;
  /** Empty: there is nothing to export. */
  readonly runs: readonly FrameRun[];
  readonly frames: number;
  readonly recordCount: number;
  /** Frames, each behind its length. */
  readonly contentBytes: number;
  /** Asked for by tickets, and no longer in the journal. */
  readonly pruned: readonly FrameRun[];
}

/** Undefined where the sender never ran. Throws DiodeErrors of `planResend` for tickets. */
export function planExport(
  store: Store,
  names: { readonly boundary: string; readonly stream: string },
  choice: ExportChoice,
): ExportPlan | undefined {
  const [current, previous] = epochs(store);
  if (current === undefined) return undefined;
  const { oldest } = store
    .prepare('SELECT coalesce(min(sequence), 0) AS oldest FROM frame WHERE epoch = ?')
    .get(current.epoch) as { readonly oldest: number };
  const { runs, pruned } = choose(store, names, choice, { epoch: current.epoch, oldest, last: current.sequence });
  const totals = store.prepare(
    `SELECT coalesce(sum(records), 0) AS records, coalesce(sum(bytes), 0) AS bytes FROM frame
     WHERE epoch = ? AND sequence BETWEEN ? AND ?`,
  );
  let recordCount = 0;
  let contentBytes = countFrames(runs) * FRAME_LENGTH_BYTES;
  for (const { from, to } of runs) {
    const { records, bytes } = totals.get(current.epoch, from, to) as { records: number; bytes: number };
    recordCount += records;
    contentBytes += bytes;
  }
  const head = { ...current, oldestSequence: oldest };
  return { head, previousEpoch: previous, runs, frames: countFrames(runs), recordCount, contentBytes, pruned };
}

/** The newest two epochs that this store had. */
function epochs(store: Store): readonly [Head?, Head?] {
  return store
    .prepare(
      `SELECT number AS epoch, id AS epochId, sequence, digest, 0 AS oldestSequence FROM epoch
       ORDER BY number DESC LIMIT 2`,
    )
    .all() as [Head?, Head?];
}

interface Kept {
  readonly epoch: number;
  /** 0: no frame is there. */
  readonly oldest: number;
  readonly last: number;
}

function choose(
  store: Store,
  names: { readonly boundary: string; readonly stream: string },
  choice: ExportChoice,
  { epoch, oldest, last }: Kept,
): { readonly runs: readonly FrameRun[]; readonly pruned: readonly FrameRun[] } {
  if (choice.kind === 'tickets') {
    const { frames, pruned } = planResend(store, names, choice.tickets);
    return { runs: frames, pruned };
  }
  const none: readonly FrameRun[] = [];
  if (oldest === 0) return { runs: none, pruned: none };
  const kept = { from: oldest, to: last };
  if (choice.kind === 'new') return { runs: without(kept, choice.exported), pruned: none };
  if (choice.kind === 'run') return { runs: runsWithin([choice.run], oldest, last), pruned: none };
  const { first } = store
    .prepare('SELECT min(sequence) AS first FROM frame WHERE epoch = ? AND created_at_ms >= ?')
    .get(epoch, choice.sinceMs) as { readonly first: number | null };
  return { runs: first === null ? none : [{ from: first, to: last }], pruned: none };
}

/** What of a run is in none of the others. */
function without(run: FrameRun, others: readonly FrameRun[]): readonly FrameRun[] {
  const left: FrameRun[] = [];
  let from = run.from;
  for (const other of joinRuns(runsWithin(others, run.from, run.to))) {
    if (other.from > from) left.push({ from, to: other.from - 1 });
    from = other.to + 1;
  }
  if (from <= run.to) left.push({ from, to: run.to });
  return left;
}
