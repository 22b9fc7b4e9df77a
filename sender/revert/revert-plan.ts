/**
 * Revert plan: journal history ─► [plan] ─► revert lines. Which keys changed after a time, and what each was then. The point
 * is the last frame of the current epoch that was made at or before the time; what a key was at it is the last record of it
 * up to there, what a snapshot part says, or nothing, where its first change afterwards is a create.
 *
 * Within the current epoch only: before it stands what another disk, or an older state of this one, may have sent. What is
 * put back may come from frames of older epochs, since this store's state came from them.
 */

import type { Store } from '../../src/store/database.ts';
import { compareRevisions, type Revision } from '../../src/wire/revision.ts';
import { ChangedKeys, type SubjectRecord } from './changed-keys.ts';
import type { FramePlace, HistoryFrame, JournalHistory } from './journal-history.ts';

export interface PlaceInTime extends FramePlace {
  readonly createdAtMs: number;
}

export interface RevertPlan {
  readonly kind: 'plan';
  /** The last frame that stays as it is, and when it was made. */
  readonly point: PlaceInTime;
  /** The last frame that was looked at. */
  readonly headSequence: number;
  readonly keys: ChangedKeys;
  /** Records after the point of kinds that have no earlier state. */
  readonly notReverted: Readonly<Record<NotReverted, number>>;
  /** Frames behind which an earlier time stands: the clock was set back there, and times do not tell what came first. */
  readonly clockSetBackAt: readonly number[];
}

export type NotReverted = 'token' | 'revocation' | 'key-set';

/** What was at the time cannot be known. */
export type UnknownState =
  /** The journal's oldest frame of this epoch is younger. `isFirst`: the epoch's first, nothing was pruned. */
  | { readonly kind: 'too-early'; readonly oldest: PlaceInTime; readonly isFirst: boolean }
  /** Of some keys nothing is left from before; from `knownFromMs` on all are known. */
  | { readonly kind: 'unknown'; readonly count: number; readonly oldest: PlaceInTime; readonly knownFromMs: number }
  /** There is no frame at all. */
  | { readonly kind: 'empty' };

/** Smaller steps back come from clocks that are kept in step. */
const CLOCK_STEP_MS = 1_000;
const MAX_CLOCK_STEPS = 8;

/** `scratch`: an empty database for the keys; the plan lives in it. Throws as `JournalHistory.backward`. */
export function planRevert(history: JournalHistory, scratch: Store, toMs: number): RevertPlan | UnknownState {
  const plan = scratch.transaction(() => new RevertPlanner(history, scratch, toMs).plan());
  return plan();
}

class RevertPlanner {
  readonly #history: JournalHistory;
  readonly #keys: ChangedKeys;
  readonly #toMs: number;
  readonly #notReverted = { token: 0, revocation: 0, 'key-set': 0 };
  readonly #clockSetBackAt: number[] = [];
  /** Frames after the point that hold snapshot parts. */
  readonly #laterParts: FramePlace[] = [];
  /** The frame that was read last. */
  #oldest: PlaceInTime | undefined;

  constructor(history: JournalHistory, scratch: Store, toMs: number) {
    this.#history = history;
    this.#keys = new ChangedKeys(scratch);
    this.#toMs = toMs;
  }

  plan(): RevertPlan | UnknownState {
    const frames = this.#history.backward();
    const point = this.#collectChanges(frames);
    if (point === undefined) return this.#tooEarly();
    this.#keys.handleChangesDone();
    this.#findEarlier(point, frames);
    this.#keys.forgetKnownBefore(this.#oldest ?? point);
    if (this.#keys.hasUnknown) this.#readLaterParts(point);
    if (this.#keys.hasUnknown && this.#history.isWhole(this.#oldest)) this.#keys.handleNothingBefore();
    if (this.#keys.hasUnknown) {
      const { unknownCount: count, unknownUntilMs: knownFromMs } = this.#keys;
      return { kind: 'unknown', count, oldest: this.#oldest ?? placeOf(point), knownFromMs };
    }
    return {
      kind: 'plan',
      point: placeOf(point),
      headSequence: this.#history.epochs[0]?.headSequence ?? point.sequence,
      keys: this.#keys,
      notReverted: this.#notReverted,
      clockSetBackAt: this.#clockSetBackAt,
    };
  }

  /** Down to the point, which it answers; undefined where the epoch, or the journal, ends before. */
  #collectChanges(frames: Iterator<HistoryFrame>): HistoryFrame | undefined {
    const epoch = this.#history.epochs[0]?.epoch;
    let laterMs = Number.POSITIVE_INFINITY;
    for (let next = frames.next(); !next.done; next = frames.next()) {
      const frame = next.value;
      if (frame.epoch !== epoch) return undefined;
      this.#watchClock(frame, laterMs);
      laterMs = frame.createdAtMs;
      this.#oldest = placeOf(frame);
      if (frame.createdAtMs <= this.#toMs) return frame;
      if (frame.kind === 'snapshot') this.#laterParts.push({ epoch, sequence: frame.sequence });
      else this.#handleChanges(frame);
    }
    return undefined;
  }

  #handleChanges(frame: HistoryFrame): void {
    for (const { record, revision } of newestFirst(frame)) {
      if (isSubject(record)) this.#keys.handleChange(record, revision, frame.createdAtMs);
      else if (record.kind === 'token' || record.kind === 'revocation' || record.kind === 'key-set') {
        this.#notReverted[record.kind]++;
      }
    }
  }

  /** From the point down until every key is known, and every change behind a part that was used was seen. */
  #findEarlier(point: HistoryFrame, frames: Iterator<HistoryFrame>): void {
    let downTo: Revision | undefined;
    for (let frame: HistoryFrame | undefined = point; frame !== undefined; frame = nextOf(frames)) {
      this.#oldest = placeOf(frame);
      const isBehindPart =
        downTo === undefined || compareRevisions({ ...frame, index: 0 }, { ...downTo, index: 0 }) < 0;
      if (isBehindPart && !this.#keys.hasUnknown) return;
      for (const { record, revision } of newestFirst(frame)) {
        if (isSubject(record)) this.#keys.handleEarlier(record, revision);
        if (record.kind !== 'snapshot-part') continue;
        this.#keys.handlePart(record, () => true);
        if (downTo === undefined || compareRevisions(record.asOf, downTo) < 0) downTo = record.asOf;
      }
    }
  }

  #readLaterParts(point: FramePlace): void {
    const behindPoint = { ...point, sequence: point.sequence + 1, index: 0 };
    for (const place of this.#laterParts) {
      for (const record of this.#history.frame(place)?.records ?? []) {
        // Changes between an older part and the oldest frame are not to be had.
        if (record.kind !== 'snapshot-part' || isBefore(record.asOf, this.#oldest ?? point)) continue;
        this.#keys.handlePart(record, (revision) => compareRevisions(revision, behindPoint) < 0);
      }
      if (!this.#keys.hasUnknown) return;
    }
  }

  #tooEarly(): UnknownState {
    const oldest = this.#oldest;
    if (oldest === undefined) return { kind: 'empty' };
    return { kind: 'too-early', oldest, isFirst: oldest.sequence === 1 };
  }

  #watchClock({ sequence, createdAtMs }: HistoryFrame, laterMs: number): void {
    const isSetBack = createdAtMs > laterMs + CLOCK_STEP_MS;
    if (isSetBack && this.#clockSetBackAt.length < MAX_CLOCK_STEPS) this.#clockSetBackAt.push(sequence);
  }
}

function* newestFirst({ epoch, sequence, records }: HistoryFrame) {
  for (let index = records.length - 1; index >= 0; index--) {
    const record = records[index];
    if (record !== undefined) yield { record, revision: { epoch, sequence, index } };
  }
}

function isSubject(record: { readonly kind: string }): record is SubjectRecord {
  return record.kind === 'delta' || record.kind === 'member';
}

function isBefore(a: FramePlace, b: FramePlace): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.sequence < b.sequence);
}

function nextOf(frames: Iterator<HistoryFrame>): HistoryFrame | undefined {
  const next = frames.next();
  return next.done ? undefined : next.value;
}

function placeOf({ epoch, sequence, createdAtMs }: HistoryFrame): PlaceInTime {
  return { epoch, sequence, createdAtMs };
}
