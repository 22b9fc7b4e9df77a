/** What a commit of the intake writes beside its frames. Prepared once: to prepare took longer than to run. */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { Store } from '../../src/store/database.ts';
import type { AcceptedSession, SignedHead } from '../intake/session-history.ts';
import type { Gap } from './gap-set.ts';
import type { GateState } from './gate.ts';
import type { StoredHello } from './gate-store.ts';
import type { RecentFrame } from './recent-frames.ts';

/** All within the caller's transaction. */
export class GateWriter {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(store: Store) {
    this.#statements = prepare(store);
  }

  /** `wallMs` stamps a halt that is new. */
  writeState(state: GateState, wallMs: number): void {
    const { epoch, epochId, sequence, digest, lost, adopted, halt } = state;
    const { putGate, dropLost, putLost, dropAdopted, putAdopted } = this.#statements;
    putGate.run(epoch, epochId, sequence, digest, halt?.reason, halt?.seen, halt?.cure, halt && wallMs);
    if (lost === undefined) dropLost.run();
    else putLost.run(lost.through, lost.frames);
    if (adopted === undefined) dropAdopted.run();
    else putAdopted.run(adopted);
    this.#writeChoices(state);
    this.#writeGaps(state.gaps);
  }

  /** Only the last `maxRecentDigests` stay. */
  writeRecentFrames(frames: readonly RecentFrame[]): void {
    if (frames.length === 0) return;
    const { addRecent, pruneRecent } = this.#statements;
    for (const { sequence, digest, frameBytes } of frames) addRecent.run(sequence, digest, frameBytes);
    pruneRecent.run(RECEIVER_LIMITS.maxRecentDigests);
  }

  /** A new epoch's sequences start again. */
  clearRecentFrames(): void {
    this.#statements.dropRecent.run();
  }

  /** The last accepted hello, and its session in the history. */
  writeHello(hello: StoredHello, session: AcceptedSession): void {
    const { putHello, putSession, pruneSessions } = this.#statements;
    putHello.run(hello.datagram, hello.receivedAtMs);
    putSession.run(session.id, session.number, session.epoch, session.counter, session.sentAtMs);
    pruneSessions.run(RECEIVER_LIMITS.maxKnownSessions);
  }

  writeFloor({ epoch, sequence, signedAtMs }: SignedHead): void {
    this.#statements.putFloor.run(epoch, sequence, signedAtMs);
  }

  #writeChoices({ halt, accepted }: GateState): void {
    const { dropChoices, addChoice } = this.#statements;
    dropChoices.run();
    if (accepted !== undefined) addChoice.run('accepted', accepted.epoch, accepted.epochId, null, null, null, null);
    if (halt?.offer === undefined) return;
    const { epoch, epochId, previous } = halt.offer;
    const { sequence, digest } = previous ?? {};
    addChoice.run('offered', epoch, epochId, previous?.epoch, previous?.epochId, sequence, digest);
  }

  /** At most `maxOpenGaps` rows, so they are simply written again. */
  #writeGaps(gaps: readonly Gap[]): void {
    const { dropGaps, addGap } = this.#statements;
    dropGaps.run();
    for (const { from, to, openedFrom, openedTo, sinceMs, beforeDigest, endDigest } of gaps) {
      addGap.run(from, to, openedFrom, openedTo, sinceMs, beforeDigest, endDigest);
    }
  }
}

function prepare(store: Store) {
  return {
    putGate: store.prepare(
      `INSERT INTO gate (id, epoch, epoch_id, sequence, digest, halt_reason, halt_seen, halt_cure, halted_at_ms)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, epoch_id = excluded.epoch_id,
         sequence = excluded.sequence, digest = excluded.digest, halt_reason = excluded.halt_reason,
         halt_seen = excluded.halt_seen, halt_cure = excluded.halt_cure,
         halted_at_ms = CASE WHEN excluded.halt_reason IS NULL THEN NULL
           ELSE coalesce(halted_at_ms, excluded.halted_at_ms) END`,
    ),
    dropLost: store.prepare('DELETE FROM lost_frames'),
    putLost: store.prepare('INSERT OR REPLACE INTO lost_frames (id, through_sequence, frames) VALUES (1, ?, ?)'),
    dropAdopted: store.prepare('DELETE FROM adopted_position'),
    putAdopted: store.prepare('INSERT OR REPLACE INTO adopted_position (id, sequence) VALUES (1, ?)'),
    dropChoices: store.prepare('DELETE FROM epoch_choice'),
    addChoice: store.prepare(
      `INSERT INTO epoch_choice (kind, epoch, epoch_id, previous_epoch, previous_epoch_id, previous_sequence, previous_digest)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    dropGaps: store.prepare('DELETE FROM gap'),
    addGap: store.prepare(
      `INSERT INTO gap (from_sequence, to_sequence, opened_from, opened_to, since_ms, before_digest, end_digest)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    addRecent: store.prepare('INSERT INTO recent_frame (sequence, digest, frame_bytes) VALUES (?, ?, ?)'),
    pruneRecent: store.prepare('DELETE FROM recent_frame WHERE place <= (SELECT max(place) FROM recent_frame) - ?'),
    dropRecent: store.prepare('DELETE FROM recent_frame'),
    putHello: store.prepare(
      `INSERT INTO last_hello (id, datagram, received_at_ms) VALUES (1, ?, ?)
       ON CONFLICT (id) DO UPDATE SET datagram = excluded.datagram, received_at_ms = excluded.received_at_ms`,
    ),
    putSession: store.prepare(
      `INSERT INTO accepted_session (session_id, number, epoch, counter, sent_at_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (session_id) DO UPDATE SET counter = excluded.counter, sent_at_ms = excluded.sent_at_ms`,
    ),
    pruneSessions: store.prepare(
      `DELETE FROM accepted_session
       WHERE place NOT IN (SELECT place FROM accepted_session ORDER BY place DESC LIMIT ?)`,
    ),
    putFloor: store.prepare(
      'INSERT OR REPLACE INTO hello_floor (id, epoch, sequence, signed_at_ms) VALUES (1, ?, ?, ?)',
    ),
  };
}
