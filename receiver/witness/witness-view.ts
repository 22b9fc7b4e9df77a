/** What was witnessed of the sender's audit log, as status, metrics and people read it. */

import { count } from '../../src/cli/status-table.ts';
import { countPlaces } from '../../src/wire/frame-runs.ts';
import { frameName } from '../publish/progress.ts';
import { newestHead, unwitnessedRanges, type WitnessState } from './log-witness.ts';

export interface WitnessStatus {
  /** Of the newest witnessed head. */
  readonly entries: number;
  readonly root: string;
  /** The frame that carried it. */
  readonly frame: string;
  /** Of the log, lower-case hex. */
  readonly logKey: string;
  /** First and last entry of what no proof covers. */
  readonly unwitnessed: readonly (readonly [from: number, to: number])[];
  /** Older stretches between two unwitnessed ranges that were given up for want of room. */
  readonly droppedRuns: number;
  /** How often the log began anew, in a higher epoch. */
  readonly restarts: number;
  /** Absent: it only grew. */
  readonly rewritten?: { readonly epoch: number; readonly known: SeenHead; readonly found: SeenHead };
}

interface SeenHead {
  readonly entries: number;
  readonly root: string;
  readonly frame: string;
}

export function witnessStatus(state: WitnessState): WitnessStatus {
  const { logKey, restarts, droppedRuns, rewrite } = state;
  const seen = ({ size, root, revision }: ReturnType<typeof newestHead>) => ({
    entries: size,
    root,
    frame: frameName(revision),
  });
  const { epoch, known, found } = rewrite ?? {};
  return {
    ...seen(newestHead(state)),
    logKey,
    unwitnessed: unwitnessedRanges(state),
    droppedRuns,
    restarts,
    ...(epoch !== undefined && known && found && { rewritten: { epoch, known: seen(known), found: seen(found) } }),
  };
}

export function unwitnessedEntries({ unwitnessed }: Pick<WitnessStatus, 'unwitnessed'>): number {
  return countPlaces(unwitnessed);
}

export function witnessText(status: WitnessStatus): string {
  const { entries, frame, unwitnessed, droppedRuns } = status;
  const dropped = droppedRuns === 0 ? '' : `, and ${count(droppedRuns)} ranges before those are remembered no longer`;
  const head = `${count(entries)} entries as of frame ${frame}`;
  if (unwitnessed.length === 0) return `${head}${dropped}`;
  const ranges = unwitnessed.map(([from, to]) => `${count(from)} to ${count(to)}`).join(', ');
  return `${head}, unwitnessed: ${ranges}${dropped}`;
}

export function rewrittenAlarm({ epoch, known, found }: NonNullable<WitnessStatus['rewritten']>): string {
  const heads = `${count(known.entries)} entries in frame ${known.frame}, ${count(found.entries)} in frame ${found.frame}`;
  return `The sender's audit log was written anew in epoch ${epoch}: its heads (${heads}) cannot be of one history. Find out who did it: both stand in \`diode-receiver audit search DIR --event sender-log-rewritten\`. A new epoch of the sender ends the alarm.`;
}
