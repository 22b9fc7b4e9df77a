/**
 * A new epoch: what `diode-sender new-epoch` does to the journal. The state of subjects stays, with its revisions, and so
 * does the place in the source. A receiver takes one epoch at a time, so frames of the epoch before reach nobody any more:
 * what may not have arrived is carried over (carry-over.ts), and a snapshot is due; the frames themselves stay as history, until the journal's
 * bounds take them, before any frame that can still be sent.
 */
import type { Store } from '../../src/store/database.ts';
import type { Head } from '../../src/wire/hello.ts';
import { readCycle, requireSourceEnd, writeCycle } from '../snapshot/snapshot-store.ts';

/** One migration of sender.db. */
export const EPOCH_SCHEMA = `
  -- Frames of an epoch that ended, from next_sequence on, wait to be carried over; from again_from on as new records.
  CREATE TABLE carry_over (
    epoch INTEGER PRIMARY KEY,
    next_sequence INTEGER NOT NULL,
    again_from INTEGER NOT NULL
  ) STRICT;
  -- This file is a copy made by \`backup\`: the sender may have run on, so this one begins with a new epoch.
  CREATE TABLE backup_mark (singleton INTEGER PRIMARY KEY CHECK (singleton = 1), taken_at_ms INTEGER NOT NULL) STRICT;
`;

export interface EpochChoice {
  readonly number: number;
  /** 16 random bytes. */
  readonly id: Uint8Array;
  /** The first frame of the epoch before in whose place the receiver has another one; undefined: none. */
  readonly againFrom?: number | undefined;
  /** Without a live link: the first frame of the epoch before that is on no medium; undefined where passes say what was sent. */
  readonly unexportedFrom?: number | undefined;
}

/** The last frame of the newest epoch, as hello.previousEpoch names it; undefined where none ever began. */
export function lastEpoch(store: Store): Head | undefined {
  const row = store
    .prepare('SELECT number AS epoch, id AS epochId, sequence, digest FROM epoch ORDER BY number DESC LIMIT 1')
    .get() as Omit<Head, 'oldestSequence'> | undefined;
  return row && { ...row, oldestSequence: 0 };
}

/** Durable when it returns; the number is above that of `lastEpoch`. Returns how many frames wait to be carried over. */
export function beginEpoch(
  store: Store,
  wallMs: number,
  { number, id, againFrom = Number.MAX_SAFE_INTEGER, unexportedFrom }: EpochChoice,
): number {
  return store
    .transaction(() => {
      const last = lastEpoch(store);
      if (last !== undefined) leaveToCarryOver(store, last, { againFrom, unexportedFrom });
      store.prepare('INSERT INTO epoch (number, id, created_at_ms) VALUES (?, ?, ?)').run(number, id, wallMs);
      requireSourceEnd(store);
      writeCycle(store, { ...readCycle(store), isRequested: true });
      store.prepare('DELETE FROM backup_mark').run();
      return store
        .prepare(
          `SELECT count(*) FROM frame JOIN carry_over ON frame.epoch = carry_over.epoch
           WHERE frame.sequence >= carry_over.next_sequence`,
        )
        .pluck()
        .get() as number;
    })
    .immediate();
}

/** Of the frames that are to be said again, those that the journal has no longer. */
export function prunedFrames(store: Store, { epoch, sequence }: Head, againFrom: number): number {
  const kept = store
    .prepare('SELECT count(*) FROM frame WHERE epoch = ? AND sequence >= ?')
    .pluck()
    .get(epoch, againFrom);
  return Math.max(0, sequence - Math.max(againFrom, 1) + 1 - (kept as number));
}

/** When the copy was made that this store is; undefined where it is none. */
export function backupTakenAtMs(store: Store): number | undefined {
  return store.prepare('SELECT taken_at_ms FROM backup_mark').pluck().get() as number | undefined;
}

export function markBackup(store: Store, wallMs: number): void {
  store.prepare('INSERT OR REPLACE INTO backup_mark (singleton, taken_at_ms) VALUES (1, ?)').run(wallMs);
}

/** Frames that did not go through all their passes, or onto no medium, and those that are to be said again. */
function leaveToCarryOver(
  store: Store,
  { epoch, sequence }: Head,
  { againFrom, unexportedFrom }: { readonly againFrom: number; readonly unexportedFrom: number | undefined },
): void {
  const passed = store.prepare('SELECT coalesce(min(sequence), 0) FROM pass WHERE epoch = ?').pluck().get(epoch);
  const next = Math.min(unexportedFrom ?? (passed as number) + 1, againFrom);
  if (next > sequence) return;
  const carry = store.prepare('INSERT INTO carry_over (epoch, next_sequence, again_from) VALUES (?, ?, ?)');
  carry.run(epoch, next, againFrom);
}
