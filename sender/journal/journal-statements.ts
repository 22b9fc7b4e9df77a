/** The journal's tables and statements, beside each other in the same order. */
import type { Statement, Store } from '../../src/store/database.ts';
import type { Head } from '../../src/wire/hello.ts';
import type { SignedFrame } from './frame-signer.ts';
import type { JournalDepth, JournaledFrame } from './journal.ts';

/** One migration entry of sender.db. */
export const JOURNAL_SCHEMA = `
  CREATE TABLE epoch (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL,
    -- The head: kept here, since the frame itself may be pruned.
    sequence INTEGER NOT NULL DEFAULT 0,
    digest BLOB NOT NULL DEFAULT x'',
    -- The last frame whose signing the audit log is known to have.
    audited_sequence INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE frame (
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    digest BLOB NOT NULL,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    frame BLOB NOT NULL,
    UNIQUE (epoch, sequence)
  ) STRICT;
  -- The last frame whose pass is done: 1 the first, 2 … the repeats.
  CREATE TABLE pass (
    epoch INTEGER NOT NULL,
    pass INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (epoch, pass)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE source_position (source TEXT PRIMARY KEY, position TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE session (singleton INTEGER PRIMARY KEY CHECK (singleton = 1), number INTEGER NOT NULL) STRICT;
`;

interface EpochRow {
  readonly epoch: number;
  readonly epochId: Uint8Array;
  readonly sequence: number;
  readonly digest: Uint8Array;
  readonly auditedSequence: number;
}

/** A frame without its bytes. */
export interface FrameSummary {
  readonly sequence: number;
  readonly digest: Uint8Array;
  readonly recordCount: number;
  readonly frameBytes: number;
}

interface FrameRow {
  readonly sequence: number;
  readonly records: number;
  readonly bytes: number;
  readonly createdAtMs: number;
}

export class JournalStatements {
  readonly #selectEpoch: Statement;
  readonly #insertEpoch: Statement;
  readonly #updateHead: Statement;
  readonly #insertFrame: Statement;
  readonly #selectFrame: Statement;
  readonly #selectFrames: Statement;
  readonly #selectTimes: Statement;
  readonly #selectSummaries: Statement;
  readonly #selectOldest: Statement;
  readonly #selectHistory: Statement;
  readonly #selectTotals: Statement;
  readonly #deleteFrame: Statement;
  readonly #deleteFrames: Statement;
  readonly #selectHistoryTotals: Statement;
  readonly #selectPreviousEpoch: Statement;
  readonly #selectPasses: Statement;
  readonly #upsertPass: Statement;
  readonly #deletePasses: Statement;
  readonly #selectPosition: Statement;
  readonly #upsertPosition: Statement;
  readonly #upsertSession: Statement;

  constructor(store: Store) {
    const prepare = (sql: string): Statement => store.prepare<unknown[]>(sql);
    this.#selectEpoch = prepare(
      `SELECT number AS epoch, id AS epochId, sequence, digest, audited_sequence AS auditedSequence
       FROM epoch ORDER BY number DESC LIMIT 1`,
    );
    this.#selectPreviousEpoch = prepare(
      `SELECT number AS epoch, id AS epochId, sequence, digest, 0 AS oldestSequence
       FROM epoch WHERE number < ? ORDER BY number DESC LIMIT 1`,
    );
    this.#insertEpoch = prepare('INSERT INTO epoch (number, id, created_at_ms) VALUES (?, ?, ?)');
    this.#updateHead = prepare('UPDATE epoch SET sequence = ?, digest = ?, audited_sequence = ? WHERE number = ?');
    this.#insertFrame = prepare(
      'INSERT INTO frame (epoch, sequence, digest, records, bytes, created_at_ms, frame) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#selectFrame = prepare(
      `SELECT sequence, frame AS bytes, records AS recordCount, created_at_ms AS createdAtMs FROM frame
       WHERE epoch = ? AND sequence = ?`,
    );
    this.#selectFrames = prepare(
      `SELECT sequence, frame AS bytes, records AS recordCount, created_at_ms AS createdAtMs FROM frame
       WHERE epoch = ? AND sequence > ? ORDER BY sequence`,
    );
    this.#selectTimes = prepare(
      `SELECT sequence, created_at_ms AS createdAtMs FROM frame
       WHERE epoch = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?`,
    );
    this.#selectSummaries = prepare(
      `SELECT sequence, digest, records AS recordCount, bytes AS frameBytes FROM frame
       WHERE epoch = ? AND sequence > ? ORDER BY sequence`,
    );
    this.#selectOldest = prepare(
      `SELECT sequence, records, bytes, created_at_ms AS createdAtMs FROM frame
       WHERE epoch = ? ORDER BY sequence LIMIT ?`,
    );
    this.#selectHistory = prepare(
      `SELECT frame.epoch, sequence, records, bytes, created_at_ms AS createdAtMs FROM frame
       LEFT JOIN carry_over ON carry_over.epoch = frame.epoch
       WHERE frame.epoch < ? AND (next_sequence IS NULL OR sequence < next_sequence)
       ORDER BY frame.epoch, sequence LIMIT ?`,
    );
    this.#selectHistoryTotals = prepare(
      `SELECT count(*) AS frames, coalesce(sum(records), 0) AS records, coalesce(sum(bytes), 0) AS bytes
       FROM frame WHERE epoch < ?`,
    );
    this.#selectTotals = prepare(
      `SELECT count(*) AS frames, coalesce(sum(records), 0) AS records, coalesce(sum(bytes), 0) AS bytes,
       coalesce(min(sequence), 0) AS oldestSequence FROM frame WHERE epoch = ? AND sequence > ?`,
    );
    this.#deleteFrame = prepare('DELETE FROM frame WHERE epoch = ? AND sequence = ? RETURNING records, bytes');
    this.#deleteFrames = prepare('DELETE FROM frame WHERE epoch = ? AND sequence <= ?');
    this.#selectPasses = prepare('SELECT pass, sequence FROM pass WHERE epoch = ?');
    this.#upsertPass = prepare(
      `INSERT INTO pass (epoch, pass, sequence) VALUES (?, ?, ?)
       ON CONFLICT (epoch, pass) DO UPDATE SET sequence = excluded.sequence`,
    );
    this.#deletePasses = prepare('DELETE FROM pass WHERE epoch = ? AND pass > ?');
    this.#selectPosition = prepare('SELECT position FROM source_position WHERE source = ?');
    this.#upsertPosition = prepare(
      `INSERT INTO source_position (source, position) VALUES (?, ?)
       ON CONFLICT (source) DO UPDATE SET position = excluded.position`,
    );
    this.#upsertSession = prepare(
      `INSERT INTO session (singleton, number) VALUES (1, 1)
       ON CONFLICT (singleton) DO UPDATE SET number = number + 1 RETURNING number`,
    );
  }

  epoch(): EpochRow | undefined {
    return this.#selectEpoch.get() as EpochRow | undefined;
  }

  /** The last frame of the epoch before. */
  previousEpoch(epoch: number): Head | undefined {
    return this.#selectPreviousEpoch.get(epoch) as Head | undefined;
  }

  insertEpoch(epoch: number, epochId: Uint8Array, wallMs: number): EpochRow {
    this.#insertEpoch.run(epoch, epochId, wallMs);
    return { epoch, epochId, sequence: 0, digest: new Uint8Array(), auditedSequence: 0 };
  }

  saveHead(epoch: number, head: Pick<EpochRow, 'sequence' | 'digest' | 'auditedSequence'>): void {
    this.#updateHead.run(head.sequence, head.digest, head.auditedSequence, epoch);
  }

  insertFrame(epoch: number, frame: SignedFrame): void {
    const { sequence, digest, recordCount, bytes, createdAtMs } = frame;
    this.#insertFrame.run(epoch, sequence, digest, recordCount, bytes.length, createdAtMs, bytes);
  }

  frame(epoch: number, sequence: number): JournaledFrame | undefined {
    return this.#selectFrame.get(epoch, sequence) as JournaledFrame | undefined;
  }

  /** Read row by row: stop where enough. */
  framesAfter(epoch: number, sequence: number): Iterable<JournaledFrame> {
    return this.#selectFrames.iterate(epoch, sequence) as Iterable<JournaledFrame>;
  }

  frameTimes(
    epoch: number,
    from: number,
    to: number,
    limit: number,
  ): readonly { sequence: number; createdAtMs: number }[] {
    return this.#selectTimes.all(epoch, from, to, limit) as { sequence: number; createdAtMs: number }[];
  }

  summariesAfter(epoch: number, sequence: number): readonly FrameSummary[] {
    return this.#selectSummaries.all(epoch, sequence) as FrameSummary[];
  }

  oldest(epoch: number, limit: number): readonly FrameRow[] {
    return this.#selectOldest.all(epoch, limit) as FrameRow[];
  }

  /** The oldest of epochs that ended, but those that wait to be carried over. */
  history(epoch: number, limit: number): readonly (FrameRow & { readonly epoch: number })[] {
    return this.#selectHistory.all(epoch, limit) as (FrameRow & { readonly epoch: number })[];
  }

  historyTotals(epoch: number): JournalDepth {
    return this.#selectHistoryTotals.get(epoch) as JournalDepth;
  }

  /** A scan of the frames' first columns; `oldestSequence` 0 where there is none. */
  totalsAfter(epoch: number, sequence: number): JournalDepth & { readonly oldestSequence: number } {
    return this.#selectTotals.get(epoch, sequence) as JournalDepth & { oldestSequence: number };
  }

  /** It must be there. */
  deleteFrame(epoch: number, sequence: number): Pick<FrameRow, 'records' | 'bytes'> {
    return this.#deleteFrame.get(epoch, sequence) as Pick<FrameRow, 'records' | 'bytes'>;
  }

  deleteThrough(epoch: number, sequence: number): void {
    this.#deleteFrames.run(epoch, sequence);
  }

  /** By index: pass - 1. Marks of passes that the config no longer has are forgotten. */
  passes(epoch: number, count: number): readonly (number | undefined)[] {
    this.#deletePasses.run(epoch, count);
    const passes: number[] = [];
    for (const row of this.#selectPasses.all(epoch) as { pass: number; sequence: number }[]) {
      passes[row.pass - 1] = row.sequence;
    }
    return passes;
  }

  savePass(epoch: number, pass: number, sequence: number): void {
    this.#upsertPass.run(epoch, pass, sequence);
  }

  position(source: string): string | undefined {
    return (this.#selectPosition.get(source) as { position: string } | undefined)?.position;
  }

  savePosition(source: string, position: string): void {
    this.#upsertPosition.run(source, position);
  }

  nextSessionNumber(): number {
    return (this.#upsertSession.get() as { number: number }).number;
  }
}
