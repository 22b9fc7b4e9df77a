/**
 * Frames of bundles whose import approvers let through beyond the guard's limits, on disk before the frames are spooled: the
 * guard holds nothing of them. They are forgotten once they are published.
 */
import type { Statement, Store } from '../src/store/database.ts';
import type { StreamPosition } from './progress.ts';

export const APPROVED_FRAME_SCHEMA = `
  CREATE TABLE approved_frames (
    epoch INTEGER NOT NULL,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    PRIMARY KEY (epoch, first_sequence)
  ) WITHOUT ROWID;
`;

export interface ApprovedRun {
  readonly epoch: number;
  readonly first: number;
  /** Included. */
  readonly last: number;
}

export class ApprovedFrames {
  readonly #find: Statement;
  readonly #add: Statement;
  readonly #prune: Statement;

  constructor(store: Store) {
    this.#find = store.prepare(
      'SELECT 1 FROM approved_frames WHERE epoch = ? AND first_sequence <= ? AND last_sequence >= ? LIMIT 1',
    );
    this.#add = store.prepare(
      `INSERT INTO approved_frames (epoch, first_sequence, last_sequence) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET last_sequence = max(last_sequence, excluded.last_sequence)`,
    );
    this.#prune = store.prepare('DELETE FROM approved_frames WHERE epoch < ? OR (epoch = ? AND last_sequence < ?)');
  }

  has({ epoch, sequence }: { readonly epoch: number; readonly sequence: number }): boolean {
    return this.#find.get(epoch, sequence, sequence) !== undefined;
  }

  /** Again is no more; inside a transaction of the caller's, or durable by itself. */
  add({ epoch, first, last }: ApprovedRun): void {
    this.#add.run(epoch, first, last);
  }

  /** Inside the caller's transaction. A frame in an open gap may still come. */
  prune({ epoch, sequence, gaps }: StreamPosition): void {
    this.#prune.run(epoch, epoch, Math.min(sequence + 1, gaps[0]?.[0] ?? Number.POSITIVE_INFINITY));
  }
}
