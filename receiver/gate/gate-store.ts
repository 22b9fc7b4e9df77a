/** What the gate and the hello desk must know after a restart: the stream's state, its gaps, recent digests, sessions. */
import type { Store } from '../../src/store/database.ts';
import type { AcceptedSession, SignedHead } from '../intake/session-history.ts';
import type { Gap } from './gap-set.ts';
import type { GateState } from './gate.ts';
import type { AcceptedEpoch } from './head-judgement.ts';
import type { LostFrames } from './lost-frames.ts';
import type { RecentFrame } from './recent-frames.ts';
import type { EpochOffer, HaltReason, StreamHalt } from './stream-halt.ts';

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

/** The epoch that waits for the operator's word, and the one that has it. One migration of receiver.db. */
export const EPOCH_CHOICE_SCHEMA = `
  CREATE TABLE epoch_choice (
    kind TEXT PRIMARY KEY CHECK (kind IN ('offered', 'accepted')),
    epoch INTEGER NOT NULL,
    epoch_id BLOB NOT NULL,
    previous_epoch INTEGER,
    previous_epoch_id BLOB,
    previous_sequence INTEGER,
    previous_digest BLOB
  );
`;

/** No row: nothing is lost. One migration of receiver.db. */
export const LOST_FRAMES_SCHEMA = `
  CREATE TABLE lost_frames (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    through_sequence INTEGER NOT NULL,
    frames INTEGER NOT NULL
  );
`;

/** No row: nothing that the sender has not confirmed. One migration of receiver.db. */
export const ADOPTED_POSITION_SCHEMA = `
  CREATE TABLE adopted_position (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL
  );
`;

/** No row: hellos alone told of the journal. One migration of receiver.db. */
export const HELLO_FLOOR_SCHEMA = `
  CREATE TABLE hello_floor (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    signed_at_ms INTEGER NOT NULL
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
  readonly floor: SignedHead | undefined;
}

/** All of it; also for commands that read beside a running program. */
export function readGate(store: Store): StoredGate {
  const row = store.prepare('SELECT * FROM gate').get() as GateRow | undefined;
  const hello = store.prepare('SELECT datagram, received_at_ms FROM last_hello').get() as HelloRow | undefined;
  return {
    state:
      row &&
      gateState(row, {
        gaps: readGaps(store),
        lost: readLost(store),
        adopted: readAdopted(store),
        choices: readChoices(store),
      }),
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
    floor: store.prepare('SELECT epoch, sequence, signed_at_ms AS signedAtMs FROM hello_floor').get() as
      | SignedHead
      | undefined,
  };
}

/** Within the caller's transaction: a halt that the running gate learns of next, so that a crash does not forget it. */
export function writeHalt(store: Store, epoch: number, { reason, seen, cure }: StreamHalt, wallMs: number): void {
  store
    .prepare(
      `UPDATE gate SET halt_reason = ?, halt_seen = ?, halt_cure = ?, halted_at_ms = ?
       WHERE epoch = ? AND halt_reason IS NULL`,
    )
    .run(reason, seen, cure, wallMs, epoch);
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

interface ChoiceRow {
  readonly kind: 'offered' | 'accepted';
  readonly epoch: number;
  readonly epoch_id: Uint8Array;
  readonly previous_epoch: number | null;
  readonly previous_epoch_id: Uint8Array | null;
  readonly previous_sequence: number | null;
  readonly previous_digest: Uint8Array | null;
}

interface Choices {
  readonly offer: EpochOffer | undefined;
  readonly accepted: AcceptedEpoch | undefined;
}

function readLost(store: Store): LostFrames | undefined {
  return store.prepare('SELECT through_sequence AS through, frames FROM lost_frames').get() as LostFrames | undefined;
}

function readAdopted(store: Store): number | undefined {
  const row = store.prepare('SELECT sequence FROM adopted_position').get() as { readonly sequence: number } | undefined;
  return row?.sequence;
}

function readChoices(store: Store): Choices {
  const rows = store.prepare('SELECT * FROM epoch_choice').all() as ChoiceRow[];
  const offered = rows.find(({ kind }) => kind === 'offered');
  const accepted = rows.find(({ kind }) => kind === 'accepted');
  return {
    offer: offered && offerOf(offered),
    accepted: accepted && { epoch: accepted.epoch, epochId: accepted.epoch_id },
  };
}

function offerOf(row: ChoiceRow): EpochOffer {
  const {
    previous_epoch: epoch,
    previous_epoch_id: epochId,
    previous_sequence: sequence,
    previous_digest: digest,
  } = row;
  const previous =
    epoch === null || epochId === null || sequence === null || digest === null
      ? undefined
      : { epoch, epochId, sequence, digest, oldestSequence: 0 };
  return { epoch: row.epoch, epochId: row.epoch_id, ...(previous && { previous }) };
}

interface GateParts {
  readonly gaps: readonly Gap[];
  readonly lost: LostFrames | undefined;
  readonly adopted: number | undefined;
  readonly choices: Choices;
}

function gateState(row: GateRow, { gaps, lost, adopted, choices: { offer, accepted } }: GateParts): GateState {
  const { epoch, sequence, digest } = row;
  const known = { epoch, epochId: row.epoch_id, sequence, digest, gaps, ...(adopted !== undefined && { adopted }) };
  const state = { ...known, ...(lost && { lost }), ...(accepted && { accepted }) };
  if (row.halt_reason === null) return state;
  const halt = { reason: row.halt_reason, seen: row.halt_seen ?? '', cure: row.halt_cure ?? '' };
  return { ...state, halt: { ...halt, ...(offer && { offer }) } };
}
