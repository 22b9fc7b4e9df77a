/**
 * What operators asked to have sent again: gap tickets ─► request ─► [resend queue] ─► transmitter. Runs of frames of the
 * journal's epoch, durable until they were sent, so that a restart goes on; a crash sends again what left in the last second.
 * The frames themselves are read one at a time.
 */
import { OPS_LIMITS } from '../../src/limits.ts';
import type { Statement, Store } from '../../src/store/database.ts';
import { countFrames, type FrameRun, joinRuns, runsWithout } from '../../src/wire/frame-runs.ts';

/** One migration entry of sender.db. */
export const RESEND_SCHEMA = `
  CREATE TABLE resend (
    epoch INTEGER NOT NULL,
    from_sequence INTEGER NOT NULL,
    to_sequence INTEGER NOT NULL,
    PRIMARY KEY (epoch, from_sequence)
  ) STRICT, WITHOUT ROWID;
  -- Requests that were taken already, since each may be met twice.
  CREATE TABLE resend_request (place INTEGER PRIMARY KEY AUTOINCREMENT, request TEXT NOT NULL UNIQUE) STRICT;
`;

export class ResendQueue {
  readonly #epoch: number;
  readonly #insert: Statement;
  readonly #clear: Statement;
  readonly #findRequest: Statement;
  readonly #insertRequest: Statement;
  readonly #dropRequests: Statement;
  #runs: readonly FrameRun[];
  /** Taken, and not sent through. */
  #underWay: number | undefined;
  /** As the store has them. */
  #recorded: readonly FrameRun[];
  #isRecorded = true;

  /** What an earlier run left; of another epoch nothing can be sent again. `store` has RESEND_SCHEMA. */
  constructor(store: Store, epoch: number) {
    const prepare = (sql: string): Statement => store.prepare<unknown[]>(sql);
    this.#epoch = epoch;
    this.#insert = prepare('INSERT INTO resend (epoch, from_sequence, to_sequence) VALUES (?, ?, ?)');
    this.#clear = prepare('DELETE FROM resend');
    this.#findRequest = prepare('SELECT 1 FROM resend_request WHERE request = ?');
    this.#insertRequest = prepare('INSERT INTO resend_request (request) VALUES (?)');
    this.#dropRequests = prepare(
      'DELETE FROM resend_request WHERE place <= (SELECT max(place) FROM resend_request) - ?',
    );
    this.#runs = store
      .prepare(`SELECT from_sequence AS "from", to_sequence AS "to" FROM resend WHERE epoch = ? ORDER BY from_sequence`)
      .all(epoch) as FrameRun[];
    this.#recorded = this.#runs;
  }

  /**
   * Within the caller's transaction, `handleAdded` behind it. `known`: taken before; `full`: more than `maxResendRuns` runs
   * would wait. Both change nothing.
   */
  add(request: string, frames: readonly FrameRun[]): 'added' | 'known' | 'full' {
    if (this.#findRequest.get(request) !== undefined) return 'known';
    const runs = joinRuns([...this.#unsent, ...frames]);
    if (runs.length > OPS_LIMITS.maxResendRuns) return 'full';
    this.#insertRequest.run(request);
    this.#dropRequests.run(OPS_LIMITS.maxRequests);
    this.#write(runs);
    return 'added';
  }

  handleAdded(frames: readonly FrameRun[]): void {
    this.#recorded = joinRuns([...this.#unsent, ...frames]);
    this.#isRecorded = true;
    this.#runs = joinRuns([...this.#runs, ...frames]);
  }

  get hasNext(): boolean {
    return this.#runs.length > 0;
  }

  /** The frame to send next, lowest first; `handleSent` follows before another is taken. */
  take(): number | undefined {
    const sequence = this.#runs[0]?.from;
    if (sequence === undefined) return undefined;
    this.#runs = runsWithout(this.#runs, sequence);
    this.#underWay = sequence;
    return sequence;
  }

  /** The frame that was taken is sent, or the journal has it no longer. Kept in memory until `record`. */
  handleSent(): void {
    this.#underWay = undefined;
    this.#isRecorded = false;
  }

  get hasUnrecorded(): boolean {
    return !this.#isRecorded;
  }

  /** Within the caller's transaction, `handleRecorded` behind it. */
  record(): void {
    this.#write(this.#unsent);
  }

  handleRecorded(): void {
    this.#recorded = this.#unsent;
    this.#isRecorded = true;
  }

  /** No frame from here on may be pruned: it, or one behind it, is to be sent by this run, or by the next after a crash. */
  get lowestKept(): number {
    return this.#recorded[0]?.from ?? Number.POSITIVE_INFINITY;
  }

  get waitingFrames(): number {
    return countFrames(this.#runs) + (this.#underWay === undefined ? 0 : 1);
  }

  get #unsent(): readonly FrameRun[] {
    if (this.#underWay === undefined) return this.#runs;
    return joinRuns([...this.#runs, { from: this.#underWay, to: this.#underWay }]);
  }

  #write(runs: readonly FrameRun[]): void {
    this.#clear.run();
    for (const { from, to } of runs) this.#insert.run(this.#epoch, from, to);
  }
}
