/**
 * Frames of bundles whose import approvers let through beyond the guard's limits, on disk before the gate gets them: the guard
 * holds nothing of them. By their digests, since what approvers saw is what those frames say: another one that a sender signed
 * under the same number, and that came first by the link, was shown to nobody. They are forgotten once they are published.
 */
import type { Statement, Store } from '../../src/store/database.ts';
import type { StreamPosition } from '../publish/progress.ts';

/** Of an earlier version: by numbers alone. */
export const APPROVED_RUN_SCHEMA = `
  CREATE TABLE approved_frames (
    epoch INTEGER NOT NULL,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    PRIMARY KEY (epoch, first_sequence)
  ) WITHOUT ROWID;
`;

/** What was approved and not handed over yet is looked at again from its file. */
export const APPROVED_FRAME_SCHEMA = `
  DROP TABLE approved_frames;
  CREATE TABLE approved_frame (
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (epoch, sequence, digest)
  ) WITHOUT ROWID;
`;

export interface FramePlace {
  readonly epoch: number;
  readonly sequence: number;
  /** Lower-case hex of the SHA-256 of its header. */
  readonly digest: string;
}

export class ApprovedFrames {
  readonly #store: Store;
  readonly #find: Statement;
  readonly #add: Statement;
  readonly #prune: Statement;

  constructor(store: Store) {
    this.#store = store;
    this.#find = store.prepare('SELECT 1 FROM approved_frame WHERE epoch = ? AND sequence = ? AND digest = ?');
    this.#add = store.prepare('INSERT OR IGNORE INTO approved_frame (epoch, sequence, digest) VALUES (?, ?, ?)');
    this.#prune = store.prepare('DELETE FROM approved_frame WHERE epoch < ? OR (epoch = ? AND sequence < ?)');
  }

  has({ epoch, sequence, digest }: FramePlace): boolean {
    return this.#find.get(epoch, sequence, digest) !== undefined;
  }

  /** Again is no more; durable when it returns. */
  add(frames: readonly FramePlace[]): void {
    this.#store.transaction(() => {
      for (const { epoch, sequence, digest } of frames) this.#add.run(epoch, sequence, digest);
    })();
  }

  /** Inside the caller's transaction. A frame in an open gap may still come. */
  prune({ epoch, sequence, gaps }: StreamPosition): void {
    this.#prune.run(epoch, epoch, Math.min(sequence + 1, gaps[0]?.[0] ?? Number.POSITIVE_INFINITY));
  }
}
