/**
 * Snapshot cycle: state ─► [snapshot cycle] ─► journal. Once a day and on command it walks the whole state, a part a frame,
 * in a share of the link's rate. Each part is journaled with the place of the next, so a restart goes on with the cycle. It
 * says when a part is due; the core frames one where nothing fresh waits. Pure but for SQLite.
 */
import { HOUR_MS, SENDER_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import type { Store } from '../../src/store/database.ts';
import type { LinkParameters } from '../../src/wire/hello.ts';
import { encodeRecord, type SnapshotPartRecord } from '../../src/wire/record.ts';
import type { FrameSigner, SignedFrame } from '../journal/frame-signer.ts';
import type { Journal } from '../journal/journal.ts';
import { shareMs } from '../transmit/rate-share.ts';
import { type BuiltPart, buildPart, CYCLE_START, type SnapshotState } from './snapshot-part.ts';
import { type CycleState, readCycle, writeCycle } from './snapshot-store.ts';

export interface SnapshotSchedule {
  /** 0: on command only. */
  readonly intervalHours: number;
  /** Of the link's rate, repeats included. */
  readonly ratePercent: number;
}

export interface SnapshotCycleOptions {
  readonly store: Store;
  readonly journal: Journal;
  readonly signer: FrameSigner;
  readonly state: SnapshotState;
  readonly schedule: SnapshotSchedule;
  readonly link: LinkParameters;
  /** What the link adds to each datagram on the wire. */
  readonly overheadBytes: number;
  /** PassOptions.isFullLength. */
  readonly isFullLength?: boolean | undefined;
  readonly maxBodyBytes: number;
}

export interface FramedPart {
  readonly frame: SignedFrame;
  readonly part: SnapshotPartRecord;
  readonly recordBytes: number;
}

/** The index of the last record that a frame can hold: as of the whole of it. */
const LAST_INDEX = WIRE_LIMITS.maxRecordsPerFrame - 1;

export class SnapshotCycle {
  readonly #options: SnapshotCycleOptions;
  #state: CycleState;
  #lookMs: number;
  #isScheduled = false;
  /** Not before: the share of the rate that earlier parts took. */
  #paidMs: number;

  constructor(nowMs: number, wallMs: number, options: SnapshotCycleOptions) {
    this.#options = options;
    this.#state = readCycle(options.store);
    this.#lookMs = nowMs;
    this.#paidMs = nowMs;
    if (this.#state.begunAtMs === undefined) this.#save({ ...this.#state, begunAtMs: wallMs });
  }

  /**
   * An operator wants a whole cycle from now on: one under way begins anew. The same request again changes nothing.
   * `isSourceRead`: the operator answers for it that the source has said everything.
   */
  handleRequest(id: string, { isSourceRead }: { readonly isSourceRead: boolean }): void {
    if (id === this.#state.request) return;
    const needsSourceEnd = this.#state.needsSourceEnd && !isSourceRead;
    this.#save({ ...this.#state, request: id, isRequested: true, place: undefined, needsSourceEnd });
  }

  /** The source was read to its end, and all of that is journaled. True where a cycle waited for it. */
  handleSourceEnd(): boolean {
    if (!this.#state.needsSourceEnd) return false;
    this.#save({ ...this.#state, needsSourceEnd: false });
    return true;
  }

  /** Looks at the clock once in a while. */
  handleClock(nowMs: number, wallMs: number): void {
    if (nowMs < this.#lookMs) return;
    this.#lookMs = nowMs + SENDER_LIMITS.snapshotLookMs;
    const { intervalHours } = this.#options.schedule;
    const sinceMs = wallMs - (this.#state.begunAtMs ?? wallMs);
    // A clock that was set back must not put the next cycle off by as much.
    this.#isScheduled = intervalHours > 0 && Math.abs(sinceMs) >= intervalHours * HOUR_MS;
  }

  isDue(nowMs: number): boolean {
    return this.#wantsPart && nowMs >= this.#paidMs;
  }

  /** Of the next part, or of the next look at the clock. */
  nextDeadlineMs(): number {
    return this.#wantsPart ? Math.min(this.#paidMs, this.#lookMs) : this.#lookMs;
  }

  /** Journals the next part. Throws as Journal.transaction, and then nothing happened. */
  framePart(nowMs: number, wallMs: number): FramedPart {
    const { journal, store, link, overheadBytes, isFullLength, schedule } = this.#options;
    const { framed, state } = journal.transaction(() => {
      const begun = this.#isUnderWay ? this.#state : this.#begin(wallMs);
      const built = this.#build(begun, wallMs);
      const done = this.#frame(built.record, wallMs);
      const after = advance(begun, built, wallMs);
      writeCycle(store, after);
      return { framed: done, state: after };
    });
    this.#state = state;
    if (framed.part.part === 0) this.#isScheduled = false;
    this.#paidMs =
      nowMs +
      shareMs(framed.frame.bytes.length, { link, overheadBytes, isFullLength, ratePercent: schedule.ratePercent });
    return framed;
  }

  get state(): CycleState {
    return this.#state;
  }

  /** Why a cycle that should begin does not. */
  get waitsForSource(): boolean {
    return this.#state.needsSourceEnd && (this.#state.isRequested || this.#isScheduled);
  }

  get #isUnderWay(): boolean {
    return this.#state.place !== undefined && this.#state.epoch === this.#options.journal.epoch.number;
  }

  get #wantsPart(): boolean {
    const { place, isRequested, needsSourceEnd } = this.#state;
    return !needsSourceEnd && (place !== undefined || isRequested || this.#isScheduled);
  }

  #begin(wallMs: number): CycleState {
    const { epoch } = this.#options.journal.head;
    const { cycle } = this.#state;
    return {
      ...this.#state,
      cycle: cycle + 1,
      epoch,
      nextPart: 0,
      place: CYCLE_START,
      begunAtMs: wallMs,
      isRequested: false,
    };
  }

  /** The state is that as of the journal's head: both are read in this transaction. */
  #build({ cycle, nextPart, place }: CycleState, wallMs: number): BuiltPart {
    const { state, journal, maxBodyBytes } = this.#options;
    const { epoch, sequence } = journal.head;
    const asOf = { epoch, sequence, index: LAST_INDEX };
    const bytes = Math.min(maxBodyBytes, WIRE_LIMITS.maxFrameBytes / 2);
    return buildPart(state, { cycle, part: nextPart, from: place ?? CYCLE_START, asOf, wallMs, maxBodyBytes: bytes });
  }

  #frame(part: SnapshotPartRecord, wallMs: number): FramedPart {
    const { journal, signer } = this.#options;
    const { epoch, epochId, sequence, digest } = journal.head;
    const record = encodeRecord(part);
    const draft = { epoch, epochId, sequence: sequence + 1, previousDigest: digest, createdAtMs: wallMs };
    const frame = signer.sign({ ...draft, records: [record], kind: 'snapshot' });
    journal.append(frame);
    journal.recordPasses();
    return { frame, part, recordBytes: record.length };
  }

  #save(state: CycleState): void {
    const { journal, store } = this.#options;
    journal.transaction(() => writeCycle(store, state));
    this.#state = state;
  }
}

function advance(begun: CycleState, { record, next }: BuiltPart, wallMs: number): CycleState {
  const moved = { ...begun, nextPart: begun.nextPart + 1, place: next };
  return next === undefined
    ? { ...moved, endedCycle: record.cycle, endedParts: record.part + 1, endedAtMs: wallMs }
    : moved;
}
