/**
 * Verified frames that wait for one below them and hold revocations: these alone take effect at once, out of turn. A copy
 * lies here, durable like the spool, until the frame had its turn, so that a crash on the way finds what to decide again.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { Statement, Store } from '../../src/store/database.ts';
import type { SpooledFrame } from '../gate/spool.ts';
import { covers, frameName, type StreamPosition } from '../publish/progress.ts';
import { unpackFrame } from '../publish/unpacker.ts';
import type { VerifiedFrame } from './frame-verifier.ts';

export const EARLY_FRAME_SCHEMA = `
  CREATE TABLE early_frame (
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    digest BLOB NOT NULL,
    record_count INTEGER NOT NULL,
    received_at_ms INTEGER NOT NULL,
    frame BLOB NOT NULL,
    PRIMARY KEY (epoch, sequence)
  );
`;

export interface EarlyFrame {
  readonly frame: VerifiedFrame;
  /** Wall clock. */
  readonly receivedAtMs: number;
}

/** Of a frame that waits; 0 also where it cannot be read, which its turn will say. Unpacks it. */
export function countRevocations({ header, payload }: VerifiedFrame): number {
  // What a snapshot says takes effect by the rules of snapshots alone.
  if (header.kind !== 'deltas') return 0;
  const content = unpackFrame(header, payload);
  return typeof content === 'string' ? 0 : content.filter(({ kind }) => kind === 'revocation').length;
}

/** Holds nothing in memory: the front half adds, the back half reads and prunes, each with an instance of its own. */
export class EarlyFrames {
  readonly #add: Statement;
  readonly #size: Statement;
  readonly #names: Statement;
  readonly #find: Statement;
  readonly #remove: Statement;
  readonly #discard: Statement;

  constructor(store: Store) {
    this.#add = store.prepare(
      `INSERT OR IGNORE INTO early_frame (epoch, sequence, digest, record_count, received_at_ms, frame)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#size = store.prepare('SELECT count(*) AS frames, total(length(frame)) AS bytes FROM early_frame');
    this.#names = store.prepare('SELECT epoch, sequence FROM early_frame ORDER BY epoch, sequence');
    this.#find = store.prepare('SELECT * FROM early_frame WHERE epoch = ? AND sequence = ?');
    this.#remove = store.prepare('DELETE FROM early_frame WHERE epoch = ? AND sequence = ?');
    this.#discard = store.prepare('DELETE FROM early_frame WHERE epoch = ?');
  }

  /** Within the caller's transaction. Beyond the bounds it is not kept: its revocations then wait for their turn. */
  add({ frame, receivedAtMs }: EarlyFrame): void {
    const { header, digest, bytes } = frame;
    const size = this.#size.get() as { readonly frames: number; readonly bytes: number };
    if (size.frames >= RECEIVER_LIMITS.maxEarlyFrames) return;
    if (size.bytes + bytes.length > RECEIVER_LIMITS.maxEarlyBytes) return;
    this.#add.run(header.epoch, header.sequence, digest, header.recordCount, receivedAtMs, bytes);
  }

  /** Names of all, in order of their frames. */
  get names(): readonly string[] {
    return (this.#names.all() as FramePlace[]).map((place) => frameName(place));
  }

  /** As the spool gives a frame; its position there is 0. */
  frame(epoch: number, sequence: number): SpooledFrame | undefined {
    const row = this.#find.get(epoch, sequence) as EarlyFrameRow | undefined;
    return (
      row && {
        position: 0,
        epoch,
        sequence,
        digest: row.digest,
        isHealed: false,
        recordCount: row.record_count,
        receivedAtMs: row.received_at_ms,
        bytes: row.frame,
      }
    );
  }

  /** Within the caller's transaction: those of an epoch, which are not the ones that were published in it. */
  discard(epoch: number): void {
    this.#discard.run(epoch);
  }

  /** Within the caller's transaction: those that had their turn, or whose place was given up. */
  prune(position: StreamPosition): void {
    for (const place of this.#names.all() as FramePlace[]) {
      if (covers(position, place)) this.#remove.run(place.epoch, place.sequence);
    }
  }
}

interface FramePlace {
  readonly epoch: number;
  readonly sequence: number;
}

interface EarlyFrameRow extends FramePlace {
  readonly digest: Uint8Array;
  readonly record_count: number;
  readonly received_at_ms: number;
  readonly frame: Uint8Array;
}
