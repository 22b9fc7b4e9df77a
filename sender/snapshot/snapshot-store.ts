/** Where the snapshot cycle stands, on disk beside the journal: read and written in the transaction that frames a part. */
import type { Store } from '../../src/store/database.ts';
import { CYCLE_START, type CyclePlace } from './snapshot-part.ts';

/** One migration of sender.db. */
export const SNAPSHOT_CYCLE_SCHEMA = `
  CREATE TABLE snapshot_cycle (
    singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
    -- The last that was begun. It rises for ever, over epochs too.
    cycle INTEGER NOT NULL,
    -- Of the journal when it began; under another one it is not gone on with.
    epoch INTEGER NOT NULL,
    next_part INTEGER NOT NULL,
    -- NULL: none is under way.
    stage TEXT,
    next_key TEXT NOT NULL,
    next_place INTEGER NOT NULL,
    -- Before the first: when this sender first ran.
    begun_at_ms INTEGER,
    ended_cycle INTEGER NOT NULL,
    ended_parts INTEGER NOT NULL,
    ended_at_ms INTEGER,
    -- The operator's request that was met last, and whether its cycle still is to begin.
    request TEXT NOT NULL,
    is_requested INTEGER NOT NULL,
    needs_source_end INTEGER NOT NULL
  ) STRICT;
  INSERT INTO snapshot_cycle VALUES (1, 0, 0, 0, NULL, '', 0, NULL, 0, 0, NULL, '', 0, 0);
`;

export interface CycleState {
  readonly cycle: number;
  readonly epoch: number;
  readonly nextPart: number;
  /** Undefined: none is under way. */
  readonly place: CyclePlace | undefined;
  readonly begunAtMs: number | undefined;
  /** The last cycle that was framed whole; 0: none yet. */
  readonly endedCycle: number;
  readonly endedParts: number;
  readonly endedAtMs: number | undefined;
  readonly request: string;
  readonly isRequested: boolean;
  readonly needsSourceEnd: boolean;
}

interface CycleRow {
  readonly cycle: number;
  readonly epoch: number;
  readonly next_part: number;
  readonly stage: CyclePlace['stage'] | null;
  readonly next_key: string;
  readonly next_place: number;
  readonly begun_at_ms: number | null;
  readonly ended_cycle: number;
  readonly ended_parts: number;
  readonly ended_at_ms: number | null;
  readonly request: string;
  readonly is_requested: number;
  readonly needs_source_end: number;
}

export function readCycle(store: Store): CycleState {
  const row = store.prepare('SELECT * FROM snapshot_cycle').get() as CycleRow;
  return {
    cycle: row.cycle,
    epoch: row.epoch,
    nextPart: row.next_part,
    place: row.stage === null ? undefined : { stage: row.stage, key: row.next_key, place: row.next_place },
    begunAtMs: row.begun_at_ms ?? undefined,
    endedCycle: row.ended_cycle,
    endedParts: row.ended_parts,
    endedAtMs: row.ended_at_ms ?? undefined,
    request: row.request,
    isRequested: row.is_requested === 1,
    needsSourceEnd: row.needs_source_end === 1,
  };
}

/** Inside the caller's transaction. */
export function writeCycle(store: Store, state: CycleState): void {
  const { stage, key, place } = state.place ?? { ...CYCLE_START, stage: null };
  store
    .prepare(
      `INSERT OR REPLACE INTO snapshot_cycle (
         singleton, cycle, epoch, next_part, stage, next_key, next_place, begun_at_ms, ended_cycle, ended_parts,
         ended_at_ms, request, is_requested, needs_source_end
       ) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      state.cycle,
      state.epoch,
      state.nextPart,
      stage,
      key,
      place,
      state.begunAtMs,
      state.endedCycle,
      state.endedParts,
      state.endedAtMs,
      state.request,
      Number(state.isRequested),
      Number(state.needsSourceEnd),
    );
}

/**
 * From now on the state may lack what was said before, after a restore or in a new epoch: no part is framed until the
 * source was read to its end. A cycle under way is given up. Inside the caller's transaction; sender.db must not be running.
 */
export function requireSourceEnd(store: Store): void {
  writeCycle(store, { ...readCycle(store), place: undefined, needsSourceEnd: true });
}
