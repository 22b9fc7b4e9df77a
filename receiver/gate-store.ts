/** What the gate and the hello desk must know after a restart: the stream's state, its gaps, recent digests, sessions. */
import { RECEIVER_LIMITS } from '../src/limits.ts';
import type { Store } from '../src/store/database.ts';
import type { Gap } from './gap-set.ts';
import type { GateState } from './gate.ts';
import type { RecentFrame } from './recent-frames.ts';
import type { AcceptedSession } from './session-history.ts';
import type { HaltReason } from './stream-halt.ts';

export const GATE_SCHEMA = `
  CREATE TABLE gate (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    epoch_id BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    digest BLOB NOT NULL,
    halt_reason TEXT,
    halt_seen TEXT,
    halt_cure TEXT,
    halted_at_ms INTEGER
  );
  CREATE TABLE gap (
    from_sequence INTEGER PRIMARY KEY,
    to_sequence INTEGER NOT NULL,
    opened_from INTEGER NOT NULL,
    opened_to INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    before_digest BLOB,
    end_digest BLOB
  );
  CREATE TABLE recent_frame (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    sequence INTEGER NOT NULL,
    digest BLOB NOT NULL,
    frame_bytes INTEGER NOT NULL
  );
  CREATE TABLE accepted_session (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id BLOB NOT NULL UNIQUE,
    number INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    sent_at_ms INTEGER NOT NULL
  );
  CREATE TABLE last_hello (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    datagram BLOB NOT NULL,
    received_at_ms INTEGER NOT NULL
  );
`;

/** As received, still sealed. */
export interface StoredHello {
  readonly datagram: Uint8Array;
  readonly receivedAtMs: number;
}

export interface StoredGate {
  /** Undefined before the first hello was accepted. */
  readonly state: GateState | undefined;
  readonly haltedAtMs: number | undefined;
  readonly recentFrames: readonly RecentFrame[];
  /** Newest first. */
  readonly sessions: readonly AcceptedSession[];
  readonly hello: StoredHello | undefined;
}

/** All of it; also for commands that read beside a running program. */
export function readGate(store: Store): StoredGate {
  const row = store.prepare('SELECT * FROM gate').get() as GateRow | undefined;
  const hello = store.prepare('SELECT datagram, received_at_ms FROM last_hello').get() as HelloRow | undefined;
  return {
    state: row && gateState(row, readGaps(store)),
    haltedAtMs: row?.halted_at_ms ?? undefined,
    recentFrames: store
      .prepare('SELECT sequence, digest, frame_bytes AS frameBytes FROM recent_frame ORDER BY place')
      .all() as RecentFrame[],
    sessions: store
      .prepare(
        `SELECT number, session_id AS id, epoch, counter, sent_at_ms AS sentAtMs
         FROM accepted_session ORDER BY place DESC`,
      )
      .all() as AcceptedSession[],
    hello: hello && { datagram: hello.datagram, receivedAtMs: hello.received_at_ms },
  };
}

/** Within the caller's transaction. `wallMs` stamps a halt that is new. */
export function writeGateState(store: Store, state: GateState, wallMs: number): void {
  const { epoch, epochId, sequence, digest, halt } = state;
  store
    .prepare(
      `INSERT INTO gate VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, epoch_id = excluded.epoch_id,
         sequence = excluded.sequence, digest = excluded.digest, halt_reason = excluded.halt_reason,
         halt_seen = excluded.halt_seen, halt_cure = excluded.halt_cure,
         halted_at_ms = CASE WHEN excluded.halt_reason IS NULL THEN NULL
           ELSE coalesce(halted_at_ms, excluded.halted_at_ms) END`,
    )
    .run(epoch, epochId, sequence, digest, halt?.reason, halt?.seen, halt?.cure, halt && wallMs);
}

/** Within the caller's transaction: at most `maxOpenGaps` rows, so they are simply written again. */
export function writeGaps(store: Store, gaps: readonly Gap[]): void {
  store.prepare('DELETE FROM gap').run();
  const insert = store.prepare('INSERT INTO gap VALUES (?, ?, ?, ?, ?, ?, ?)');
  for (const { from, to, openedFrom, openedTo, sinceMs, beforeDigest, endDigest } of gaps) {
    insert.run(from, to, openedFrom, openedTo, sinceMs, beforeDigest, endDigest);
  }
}

/** Within the caller's transaction. Only the last `maxRecentDigests` stay. */
export function writeRecentFrames(store: Store, frames: readonly RecentFrame[]): void {
  const insert = store.prepare('INSERT INTO recent_frame (sequence, digest, frame_bytes) VALUES (?, ?, ?)');
  for (const { sequence, digest, frameBytes } of frames) insert.run(sequence, digest, frameBytes);
  store
    .prepare('DELETE FROM recent_frame WHERE place <= (SELECT max(place) FROM recent_frame) - ?')
    .run(RECEIVER_LIMITS.maxRecentDigests);
}

/** Within the caller's transaction: a new epoch's sequences start again. */
export function clearRecentFrames(store: Store): void {
  store.prepare('DELETE FROM recent_frame').run();
}

/** Within the caller's transaction: the last accepted hello, and its session in the history. */
export function writeHello(store: Store, hello: StoredHello, session: AcceptedSession): void {
  store
    .prepare(
      `INSERT INTO last_hello VALUES (1, ?, ?)
       ON CONFLICT (id) DO UPDATE SET datagram = excluded.datagram, received_at_ms = excluded.received_at_ms`,
    )
    .run(hello.datagram, hello.receivedAtMs);
  store
    .prepare(
      `INSERT INTO accepted_session (session_id, number, epoch, counter, sent_at_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (session_id) DO UPDATE SET counter = excluded.counter, sent_at_ms = excluded.sent_at_ms`,
    )
    .run(session.id, session.number, session.epoch, session.counter, session.sentAtMs);
  store
    .prepare(
      `DELETE FROM accepted_session
       WHERE place NOT IN (SELECT place FROM accepted_session ORDER BY place DESC LIMIT ?)`,
    )
    .run(RECEIVER_LIMITS.maxKnownSessions);
}

/** Ascending. */
export function readGaps(store: Store): readonly Gap[] {
  const rows = store.prepare('SELECT * FROM gap ORDER BY from_sequence').all() as GapRow[];
  return rows.map((row) => ({
    from: row.from_sequence,
    to: row.to_sequence,
    openedFrom: row.opened_from,
    openedTo: row.opened_to,
    sinceMs: row.since_ms,
    ...(row.before_digest && { beforeDigest: row.before_digest }),
    ...(row.end_digest && { endDigest: row.end_digest }),
  }));
}

interface GateRow {
  readonly epoch: number;
  readonly epoch_id: Uint8Array;
  readonly sequence: number;
  readonly digest: Uint8Array;
  readonly halt_reason: HaltReason | null;
  readonly halt_seen: string | null;
  readonly halt_cure: string | null;
  readonly halted_at_ms: number | null;
}

interface GapRow {
  readonly from_sequence: number;
  readonly to_sequence: number;
  readonly opened_from: number;
  readonly opened_to: number;
  readonly since_ms: number;
  readonly before_digest: Uint8Array | null;
  readonly end_digest: Uint8Array | null;
}

interface HelloRow {
  readonly datagram: Uint8Array;
  readonly received_at_ms: number;
}

function gateState(row: GateRow, gaps: readonly Gap[]): GateState {
  const { epoch, sequence, digest } = row;
  const state = { epoch, epochId: row.epoch_id, sequence, digest, gaps };
  if (row.halt_reason === null) return state;
  return { ...state, halt: { reason: row.halt_reason, seen: row.halt_seen ?? '', cure: row.halt_cure ?? '' } };
}
