/**
 * Journal: flush ─► [journal] ─► transmitter. Signed frames in SQLite, in sequence within the epoch, with the position of
 * the source that they came from in the same transaction; a frame is here before its first datagram. Each pass (the first,
 * then the repeats) goes through the frames in sequence, so one high-water mark a pass says what was sent.
 */
import { SENDER_LIMITS } from '../../src/limits.ts';
import { type Store, translateStoreError } from '../../src/store/database.ts';
import { countFrames, type FrameRun, runsWithin } from '../../src/wire/frame-runs.ts';
import type { Head } from '../../src/wire/hello.ts';
import type { SourcePosition } from '../sources/source.ts';
import { ResendQueue } from '../transmit/resend-queue.ts';
import type { SignedFrame } from './frame-signer.ts';
import { type FrameSummary, JournalStatements } from './journal-statements.ts';

export interface JournalOptions {
  /** Of the database, for error texts. */
  readonly path: string;
  /** Frame bytes; what exceeds it is pruned once it went through all passes. One flush may come on top. */
  readonly maxBytes: number;
  readonly repeatCount: number;
  /** Where frames leave on media alone: no frame from this sequence of the current epoch on may be pruned. */
  readonly keptFrom?: (epochId: Uint8Array, oldestSequence: number) => number;
}

export interface JournaledFrame {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly recordCount: number;
  readonly createdAtMs: number;
}

/** Frames, records and frame bytes. */
export interface JournalDepth {
  readonly frames: number;
  readonly records: number;
  readonly bytes: number;
}

/** What an operator asked for again, beside the passes that all frames go through. */
export const RESEND_PASS = 0;

/** One pass over one frame is done, or skipped for good. Pass 1 is the first, 2 … are the repeats, RESEND_PASS. */
export interface FramePassed {
  readonly sequence: number;
  readonly pass: number;
  /** All 0 where it was skipped. */
  readonly recordCount: number;
  readonly frameBytes: number;
  readonly createdAtMs: number;
}

interface State {
  readonly epoch: number;
  readonly epochId: Uint8Array;
  readonly sequence: number;
  readonly digest: Uint8Array;
  readonly oldestSequence: number;
  readonly kept: JournalDepth;
  /** Frames of epochs that ended: they count against the bounds, and are pruned first. */
  readonly history: JournalDepth;
  readonly unsent: JournalDepth;
  /** Index p: the last sequence whose pass p + 1 is recorded as done. */
  readonly recordedPasses: readonly number[];
  readonly isNewEpoch: boolean;
  /** The last frame whose signing the audit log has. */
  readonly auditedSequence: number;
  readonly previousEpoch: Head | undefined;
}

/** What became of a request to send frames again; `missing`: of those asked for, what the journal has no longer. */
export interface ResendAnswer {
  readonly outcome: 'added' | 'known' | 'full';
  readonly frames: number;
  readonly missing: number;
}

const NOTHING: JournalDepth = { frames: 0, records: 0, bytes: 0 };

export class Journal {
  readonly #store: Store;
  readonly #options: JournalOptions;
  readonly #sql: JournalStatements;
  readonly resends: ResendQueue;
  /** Index p: the last sequence whose pass p + 1 is done. */
  readonly #passes: number[];
  #isHeld = false;
  #state: State;

  /**
   * Opens the current epoch, or makes epoch 1 with `epochId` (16 random bytes) where the store has none. Frames that an
   * earlier run sent wait for the repeats that it left.
   */
  constructor(store: Store, wallMs: number, epochId: Uint8Array, options: JournalOptions) {
    this.#store = store;
    this.#options = options;
    this.#sql = new JournalStatements(store);
    this.#state = durably(store, options.path, () => loadState(this.#sql, wallMs, epochId, options.repeatCount + 1));
    this.#passes = [...this.#state.recordedPasses];
    this.resends = new ResendQueue(store, this.#state.epoch);
  }

  /**
   * Runs `work` in one durable transaction; where it throws, the store and this journal are as before. Throws DiodeError
   * `disk-full` (nothing happened, try later) and `disk-failed` (never try again: after a failed fsync nobody knows).
   */
  transaction<T>(work: () => T): T {
    const before = this.#state;
    try {
      return durably(this.#store, this.#options.path, work);
    } catch (error) {
      this.#state = before;
      throw error;
    }
  }

  /** True where this run made the epoch. */
  get isNewEpoch(): boolean {
    return this.#state.isNewEpoch;
  }

  /** Durable; one more with each run. */
  nextSessionNumber(): number {
    return this.transaction(() => this.#sql.nextSessionNumber());
  }

  /** Inside `transaction`. Frames come in sequence, each with its predecessor's digest. */
  append(frame: SignedFrame): void {
    const { epoch, kept, unsent, oldestSequence } = this.#state;
    const one = { frames: 1, records: frame.recordCount, bytes: frame.bytes.length };
    this.#sql.insertFrame(epoch, frame);
    this.#sql.saveHead(epoch, { ...frame, auditedSequence: this.#state.auditedSequence });
    this.#state = {
      ...this.#state,
      sequence: frame.sequence,
      digest: frame.digest,
      oldestSequence: oldestSequence || frame.sequence,
      kept: sum(kept, one),
      unsent: sum(unsent, one),
    };
  }

  /** Inside `transaction`: a frame of an ended epoch goes, since its records stand in the current one now. */
  dropHistory({ epoch, sequence }: { readonly epoch: number; readonly sequence: number }): void {
    const { records, bytes } = this.#sql.deleteFrame(epoch, sequence);
    this.#state = { ...this.#state, history: sum(this.#state.history, depthOf({ records, bytes }), -1) };
  }

  /** Frames that a crash left between the journal and the audit log, at most one flush; in order. */
  unaudited(): readonly FrameSummary[] {
    return this.#sql.summariesAfter(this.#state.epoch, this.#state.auditedSequence);
  }

  /** The audit log has every frame up to here; written down with the next frame. */
  handleAudited(sequence: number): void {
    this.#state = { ...this.#state, auditedSequence: sequence };
  }

  /** Inside `transaction`, with the frames that hold every record up to this position. */
  savePosition(source: string, position: SourcePosition): void {
    this.#sql.savePosition(source, JSON.stringify(position));
  }

  position(source: string): SourcePosition | undefined {
    const text = this.#sql.position(source);
    return text === undefined ? undefined : (JSON.parse(text) as SourcePosition);
  }

  /** Frames behind `sequence`, in order: at least one where there is one, else within the bounds. */
  framesAfter(sequence: number, bounds: { readonly frames: number; readonly bytes: number }): JournaledFrame[] {
    const frames: JournaledFrame[] = [];
    let bytes = 0;
    for (const frame of this.#sql.framesAfter(this.#state.epoch, sequence)) {
      frames.push(frame);
      bytes += frame.bytes.length;
      if (frames.length >= bounds.frames || bytes >= bounds.bytes) break;
    }
    return frames;
  }

  /** Undefined where it was pruned. */
  frame(sequence: number): JournaledFrame | undefined {
    return this.#sql.frame(this.#state.epoch, sequence);
  }

  /** Sequence and creation of each frame whose pass (2 …) an earlier run left undone, without those that wait for an earlier pass. */
  waitingForPass(pass: number): readonly { readonly sequence: number; readonly createdAtMs: number }[] {
    const from = Math.max(this.#passes[pass - 1] ?? 0, this.#state.oldestSequence - 1);
    const to = this.#passes[pass - 2] ?? 0;
    return this.#sql.frameTimes(this.#state.epoch, from, to, SENDER_LIMITS.maxWaitingRepeats);
  }

  /** Kept in memory until `recordPasses`; a crash before that sends the pass again, which is harmless. */
  handlePass(passed: FramePassed): void {
    const { sequence, pass, recordCount, frameBytes } = passed;
    if (pass === RESEND_PASS) this.resends.handleSent();
    if (pass === RESEND_PASS || sequence <= (this.#passes[pass - 1] ?? 0)) return;
    this.#passes[pass - 1] = sequence;
    if (pass > 1) return;
    const one = { frames: 1, records: recordCount, bytes: frameBytes };
    this.#state = { ...this.#state, unsent: sum(this.#state.unsent, one, -1) };
  }

  /** Without a live link nothing is sent, so nothing waits for a pass. */
  handleNoLink(): void {
    this.#passes.fill(this.#state.sequence);
    this.#state = { ...this.#state, unsent: NOTHING };
  }

  /** Whether datagrams of passes that are done may wait before the kernel: then `recordPasses` writes down none of them. */
  handleHeld(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  get hasUnrecordedPasses(): boolean {
    const { recordedPasses } = this.#state;
    return this.resends.hasUnrecorded || this.#passes.some((sequence, index) => sequence !== recordedPasses[index]);
  }

  /**
   * In a transaction of its own, or inside `transaction`. Always writes one mark, so that it also shows whether the disk
   * takes writes again. Returns how many it wrote.
   */
  recordPasses(): number {
    const { epoch, recordedPasses } = this.#state;
    const passes = this.#isHeld ? recordedPasses : [...this.#passes];
    const changed = [...passes.entries()].filter(([at, sequence]) => at === 0 || sequence !== recordedPasses[at]);
    this.transaction(() => {
      for (const [index, sequence] of changed) this.#sql.savePass(epoch, index + 1, sequence);
      if (!this.#isHeld && this.resends.hasUnrecorded) this.resends.record();
    });
    if (!this.#isHeld) this.resends.handleRecorded();
    this.#state = { ...this.#state, recordedPasses: passes };
    return changed.length;
  }

  /** What of these frames the journal has, durable until it was sent once more. The same `request` again adds nothing. */
  resend(request: string, asked: readonly FrameRun[]): ResendAnswer {
    const { oldestSequence, sequence } = this.#state;
    const present = oldestSequence === 0 ? [] : runsWithin(asked, oldestSequence, sequence);
    const outcome = this.transaction(() => this.resends.add(request, present));
    if (outcome === 'added') this.resends.handleAdded(present);
    const frames = countFrames(present);
    return { outcome, frames, missing: countFrames(asked) - frames };
  }

  /**
   * Deletes the oldest frames, of ended epochs first, then of those that went through all recorded passes and wait for no
   * resend, as far as bytes and age ask for it, at most `maxPruneFrames`. Returns how many.
   */
  prune(wallMs: number): number {
    const { maxBytes } = this.#options;
    let excessBytes = this.#bytes - (maxBytes - reserveBytes(maxBytes));
    const bornBeforeMs = wallMs - SENDER_LIMITS.maxJournalAgeMs;
    const isWanted = ({ createdAtMs }: { readonly createdAtMs: number }) =>
      excessBytes > 0 || createdAtMs < bornBeforeMs;
    let gone = NOTHING;
    const lastOf = new Map<number, number>();
    const { epoch } = this.#state;
    for (const frame of this.#sql.history(epoch, SENDER_LIMITS.maxPruneFrames)) {
      if (!isWanted(frame)) break;
      gone = sum(gone, depthOf(frame));
      excessBytes -= frame.bytes;
      lastOf.set(frame.epoch, frame.sequence);
    }
    const history = gone;
    if (gone.frames < SENDER_LIMITS.maxPruneFrames) {
      const keptFrom =
        this.#options.keptFrom?.(this.#state.epochId, this.#state.oldestSequence) ?? Number.POSITIVE_INFINITY;
      const kept = Math.min(this.resends.lowestKept, keptFrom);
      for (const frame of this.#sql.oldest(epoch, SENDER_LIMITS.maxPruneFrames - gone.frames)) {
        if (!isWanted(frame) || frame.sequence > this.#sentThrough || frame.sequence >= kept) break;
        gone = sum(gone, depthOf(frame));
        excessBytes -= frame.bytes;
        lastOf.set(epoch, frame.sequence);
      }
    }
    if (gone.frames === 0) return 0;
    this.transaction(() => {
      for (const [of, through] of lastOf) this.#sql.deleteThrough(of, through);
    });
    const left = sum(this.#state.kept, sum(gone, history, -1), -1);
    const through = lastOf.get(epoch);
    const first = through === undefined ? this.#state.oldestSequence : through + 1;
    this.#state = {
      ...this.#state,
      kept: left,
      history: sum(this.#state.history, history, -1),
      oldestSequence: left.frames === 0 ? 0 : first,
    };
    return gone.frames;
  }

  /** Half of the reserve is used up: time to prune, which then makes the whole of it, a good batch. */
  get isCrowded(): boolean {
    return this.#bytes > this.#options.maxBytes - reserveBytes(this.#options.maxBytes) / 2;
  }

  get maxBytes(): number {
    return this.#options.maxBytes;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#options.maxBytes;
  }

  get epoch(): { readonly number: number; readonly id: Uint8Array } {
    return { number: this.#state.epoch, id: this.#state.epochId };
  }

  /** The last frame of the epoch before, where the store knows one: what a new epoch goes on from. */
  get previousEpoch(): Head | undefined {
    return this.#state.previousEpoch;
  }

  /** What a hello announces. */
  get head(): Head {
    const { epoch, epochId, sequence, digest, oldestSequence } = this.#state;
    return { epoch, epochId, sequence, digest, oldestSequence };
  }

  /** The last frame whose first pass is done. */
  get sentSequence(): number {
    return this.#passes[0] ?? 0;
  }

  /** Everything that can still be sent again. */
  get depth(): JournalDepth {
    return this.#state.kept;
  }

  /** What no pass has sent yet. */
  get unsent(): JournalDepth {
    return this.#state.unsent;
  }

  /** When the oldest frame of `unsent` was made; one look into the index. */
  oldestUnsentAtMs(): number | undefined {
    if (this.#state.unsent.frames === 0) return undefined;
    return this.#sql.frameTimes(this.#state.epoch, this.sentSequence, this.#state.sequence, 1)[0]?.createdAtMs;
  }

  /** Of all frames, those of ended epochs too. */
  get #bytes(): number {
    return this.#state.kept.bytes + this.#state.history.bytes;
  }

  get #sentThrough(): number {
    return Math.min(...this.#state.recordedPasses);
  }
}

function loadState(sql: JournalStatements, wallMs: number, newEpochId: Uint8Array, passCount: number): State {
  const present = sql.epoch();
  const row = present ?? sql.insertEpoch(1, newEpochId, wallMs);
  const { oldestSequence, ...kept } = sql.totalsAfter(row.epoch, 0);
  const saved = sql.passes(row.epoch, passCount);
  // A repeat that the config did not ask for until now is not owed to frames that were sent before. The marks are written
  // now, so that later a missing one means just that.
  const recordedPasses = Array.from({ length: passCount }, (_, index) => saved[index] ?? saved[0] ?? 0);
  for (const [index, through] of recordedPasses.entries()) {
    if (saved[index] === undefined) sql.savePass(row.epoch, index + 1, through);
  }
  const { frames, records, bytes } = sql.totalsAfter(row.epoch, recordedPasses[0] ?? 0);
  const unsent = { frames, records, bytes };
  return {
    ...row,
    oldestSequence,
    kept,
    unsent,
    recordedPasses,
    isNewEpoch: present === undefined,
    history: sql.historyTotals(row.epoch),
    previousEpoch: sql.previousEpoch(row.epoch),
  };
}

function depthOf({ records, bytes }: { readonly records: number; readonly bytes: number }): JournalDepth {
  return { frames: 1, records, bytes };
}

function durably<T>(store: Store, path: string, work: () => T): T {
  try {
    return store.transaction(work).immediate();
  } catch (error) {
    throw translateStoreError(error, path);
  }
}

/** A sixteenth: room is made a bit ahead of need, and a full journal goes on once that much is free. */
function reserveBytes(maxBytes: number): number {
  return Math.floor(maxBytes / 16);
}

function sum(a: JournalDepth, b: JournalDepth, sign: 1 | -1 = 1): JournalDepth {
  return { frames: a.frames + sign * b.frames, records: a.records + sign * b.records, bytes: a.bytes + sign * b.bytes };
}
