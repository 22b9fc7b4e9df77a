/**
 * checkpoint ─► **log witness** ─► tables, audit, alarm
 *
 * What the receiver has seen of the sender's audit log, and whether one more checkpoint fits to it. Pure. Checkpoints are
 * ordered by the revision under which they were framed, and each proves that it begins with the one framed before it. Heads
 * that are proven to be one history are one run; between two runs checkpoints are missing, and what the log grew by there is
 * unwitnessed until they come after all. In one epoch a head that does not fit is a history written anew. In a higher
 * epoch it may be a sender that was restored from a backup: a history that begins anew, and is told as that.
 */

import { openCheckpoint } from '../../src/audit/checkpoint.ts';
import { isConsistent } from '../../src/audit/merkle-proof.ts';
import { hex } from '../../src/crypto/hex.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { compareRevisions, type Revision } from '../../src/wire/revision.ts';

/** A head as it was announced. JSON. */
export interface WitnessedHead {
  readonly revision: Revision;
  readonly size: number;
  /** Lower-case hex. */
  readonly root: string;
  /** As the log signed it. */
  readonly note: string;
}

/** A run's first head, with what joins it to the one before. */
interface JoinableHead extends WitnessedHead {
  readonly previousSize: number;
  /** Lower-case hex. */
  readonly proof: readonly string[];
}

export interface WitnessedRun {
  readonly first: JoinableHead;
  readonly last: WitnessedHead;
}

/** Two heads of one epoch that cannot be of one history. */
export interface Rewrite {
  readonly epoch: number;
  readonly known: WitnessedHead;
  readonly found: WitnessedHead;
}

export interface WitnessState {
  /** Of the log: pinned with the first checkpoint of a history. Lower-case hex. */
  readonly logKey: string;
  /** Oldest first, never empty. */
  readonly runs: readonly WitnessedRun[];
  /** What was framed before belongs to a history that ended. */
  readonly sinceEpoch: number;
  /** How often a history began anew, in a higher epoch. */
  readonly restarts: number;
  /** Runs that were given up for want of room. */
  readonly droppedRuns: number;
  /** Set: no more of this epoch is witnessed. */
  readonly rewrite?: Rewrite;
}

/** One checkpoint as it came. */
export interface AnnouncedCheckpoint {
  readonly revision: Revision;
  readonly note: string;
  readonly previousSize: number;
  readonly proof: readonly Uint8Array[];
  readonly logKey: Uint8Array;
}

export type WitnessVerdict =
  /** No checkpoint that the log's key signed. */
  | { readonly verdict: 'refused'; readonly detail: string }
  /** Seen before, or of a history that ended. */
  | { readonly verdict: 'known' }
  | { readonly verdict: 'rewritten'; readonly state: WitnessState; readonly rewrite: Rewrite; readonly isNew: boolean }
  | {
      readonly verdict: 'witnessed';
      readonly state: WitnessState;
      /** What came. */
      readonly head: WitnessedHead;
      /** The newest heads of the history that ended, and of the one that does not go on with it. */
      readonly restart?: { readonly ended: WitnessedHead; readonly begun: WitnessedHead };
    };

/** `origin`: of the sender's log. Never throws. */
export function judgeCheckpoint(
  state: WitnessState | undefined,
  announced: AnnouncedCheckpoint,
  origin: string,
): WitnessVerdict {
  const { note, logKey, revision, previousSize, proof } = announced;
  if (note.length > RECEIVER_LIMITS.maxWitnessedNoteBytes)
    return { verdict: 'refused', detail: 'The note is too long.' };
  const opened = openCheckpoint(note, { name: origin, publicKey: logKey });
  if (typeof opened === 'string') return { verdict: 'refused', detail: `The note does not hold (${opened}).` };
  const { size, root } = opened;
  if (size === 0 || previousSize > size) return { verdict: 'refused', detail: 'Its sizes cannot be.' };
  const head = { revision, size, root: hex(root), note };
  const first = { ...head, previousSize, proof: proof.map(hex) };
  const run = { first, last: head };
  const key = hex(logKey);
  if (state === undefined) {
    const begun = { logKey: key, runs: [run], sinceEpoch: revision.epoch, restarts: 0, droppedRuns: 0 };
    return { verdict: 'witnessed', state: begun, head };
  }
  return place(state, run, key);
}

/** Entries that no proof covers: from the newest head before them to the next one known. */
export function unwitnessedRanges({ runs }: WitnessState): readonly (readonly [from: number, to: number])[] {
  return runs.slice(1).map(({ first }, index) => [(runs[index] as WitnessedRun).last.size, first.size - 1]);
}

/** The newest head. */
export function newestHead({ runs }: WitnessState): WitnessedHead {
  return (runs.at(-1) as WitnessedRun).last;
}

function place(state: WitnessState, run: WitnessedRun, logKey: string): WitnessVerdict {
  const { rewrite } = state;
  const { first: head } = run;
  const { epoch } = head.revision;
  if (epoch < state.sinceEpoch) return { verdict: 'known' };
  // What goes on from a history that was written anew is no better.
  if (rewrite !== undefined && epoch <= rewrite.epoch) return { verdict: 'rewritten', state, rewrite, isNew: false };
  if (rewrite !== undefined) return begunAnew(state, { head, runs: [run], logKey, ended: newestHead(state) });
  const at = state.runs.filter(({ first }) => compareRevisions(first.revision, head.revision) <= 0).length;
  const [before, after] = [state.runs[at - 1], state.runs[at]];
  if (before !== undefined && compareRevisions(head.revision, before.last.revision) <= 0) return { verdict: 'known' };
  const below = before && joint(before.last, head, logKey === state.logKey);
  const above = after && joint(run.last, after.first, logKey === state.logKey);
  if (above === 'broken') {
    const next = (after as WitnessedRun).first;
    if (next.revision.epoch === epoch) return rewritten(state, next, run.last);
    // A restored sender's first checkpoints were lost: what came before them is another history.
    return begunAnew(state, { head, runs: state.runs.slice(at), logKey: state.logKey, ended: head });
  }
  if (below === 'broken') {
    const known = (before as WitnessedRun).last;
    if (known.revision.epoch === epoch) return rewritten(state, known, run.last);
    const begun = joined([run, ...state.runs.slice(at)], above === 'joined' ? [0] : []);
    return begunAnew(state, { head, runs: begun, logKey, ended: known });
  }
  const runs = [...state.runs.slice(0, at), run, ...state.runs.slice(at)];
  const joints = [...(below === 'joined' ? [at - 1] : []), ...(above === 'joined' ? [at] : [])];
  return { verdict: 'witnessed', state: bounded({ ...state, runs: joined(runs, joints) }), head };
}

/** `apart`: one that was framed between them is missing, so nothing is proven and nothing refuted. */
function joint(before: WitnessedHead, after: JoinableHead, isSameKey: boolean): 'joined' | 'apart' | 'broken' {
  // What was framed last is what the next one proves from: an older one is a second history, and so is a shorter log.
  if (!isSameKey || after.previousSize < before.size) return 'broken';
  if (after.previousSize > before.size) return 'apart';
  const [old, grown] = [before, after].map(({ size, root }) => ({ size, root: Buffer.from(root, 'hex') }));
  const proof = after.proof.map((hash) => Buffer.from(hash, 'hex'));
  return old && grown && isConsistent(old, grown, proof) ? 'joined' : 'broken';
}

/** With each run of `joints`, by index, made one with the run behind it. */
function joined(runs: readonly WitnessedRun[], joints: readonly number[]): readonly WitnessedRun[] {
  const done: WitnessedRun[] = [];
  for (const [index, run] of runs.entries()) {
    const before = joints.includes(index - 1) ? done.pop() : undefined;
    done.push(before === undefined ? run : { first: before.first, last: run.last });
  }
  return done;
}

function rewritten(state: WitnessState, known: WitnessedHead, found: WitnessedHead): WitnessVerdict {
  const [one, other] = [known, found].map(({ revision, size, root, note }) => ({ revision, size, root, note }));
  const rewrite = { epoch: found.revision.epoch, known: one as WitnessedHead, found: other as WitnessedHead };
  return { verdict: 'rewritten', state: { ...state, rewrite }, rewrite, isNew: true };
}

function begunAnew(
  state: WitnessState,
  {
    head,
    runs,
    logKey,
    ended,
  }: Pick<WitnessState, 'runs' | 'logKey'> & { readonly head: WitnessedHead; readonly ended: WitnessedHead },
): WitnessVerdict {
  const { rewrite: _, ...rest } = state;
  const sinceEpoch = (runs[0] as WitnessedRun).first.revision.epoch;
  const begun = { ...rest, logKey, runs, sinceEpoch, restarts: state.restarts + 1 };
  return { verdict: 'witnessed', state: begun, head, restart: { ended, begun: newestHead(begun) } };
}

function bounded(state: WitnessState): WitnessState {
  const excess = Math.max(0, state.runs.length - RECEIVER_LIMITS.maxWitnessedRuns);
  return { ...state, runs: state.runs.slice(excess), droppedRuns: state.droppedRuns + excess };
}
