/**
 * Verified frames between the gate and the publisher, durable before anything downstream hears of them. Kafka may be down
 * for hours and the diode cannot be told to wait, so the spool absorbs it, up to its size limit.
 */
import type { Statement, Store } from '../../src/store/database.ts';
import type { VerifiedFrame } from '../intake/frame-verifier.ts';

export const SPOOL_SCHEMA = `
  CREATE TABLE spool (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    digest BLOB NOT NULL,
    is_healed INTEGER NOT NULL,
    record_count INTEGER NOT NULL,
    received_at_ms INTEGER NOT NULL,
    frame_bytes INTEGER NOT NULL,
    frame BLOB NOT NULL,
    UNIQUE (epoch, sequence)
  );
`;

/** What the gate released. */
export interface SpoolEntry {
  readonly frame: VerifiedFrame;
  readonly isHealed: boolean;
  /** Wall clock. */
  readonly receivedAtMs: number;
}

export interface SpooledFrame {
  /** Rises for ever; never used again after pruning. */
  readonly position: number;
  readonly epoch: number;
  readonly sequence: number;
  /** SHA-256 of the frame's header. */
  readonly digest: Uint8Array;
  readonly isHealed: boolean;
  readonly recordCount: number;
  readonly receivedAtMs: number;
  /** The whole frame as carried; for `openSpooledFrame`. */
  readonly bytes: Uint8Array;
}

export interface SpoolDepth {
  readonly frames: number;
  readonly records: number;
  readonly bytes: number;
  /** Wall clock at which the frame that waits longest came; undefined where none waits. */
  readonly oldestReceivedAtMs: number | undefined;
}

export class Spool {
  readonly #store: Store;
  readonly #append: Statement;
  readonly #next: Statement;
  readonly #prune: Statement;
  readonly #last: Statement;
  readonly #maxBytes: number;
  #frames = 0;
  #records = 0;
  #bytes = 0;

  /** `store` has SPOOL_SCHEMA; it may hold other tables too. */
  constructor(store: Store, options: { readonly maxBytes: number }) {
    this.#store = store;
    this.#maxBytes = options.maxBytes;
    this.#append = store.prepare(
      `INSERT INTO spool (epoch, sequence, digest, is_healed, record_count, received_at_ms, frame_bytes, frame)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#next = store.prepare('SELECT * FROM spool WHERE position > ? ORDER BY position LIMIT ?');
    this.#last = store.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'spool'");
    this.#prune = store.prepare(
      `DELETE FROM spool WHERE position <= ? AND sequence NOT IN (SELECT value FROM json_each(?))
       RETURNING record_count, frame_bytes`,
    );
    this.recount();
  }

  /** Within the caller's transaction; after its rollback the caller calls `recount`. */
  append(entry: SpoolEntry): void {
    const { header, bytes, digest } = entry.frame;
    const { epoch, sequence, recordCount } = header;
    const isHealed = entry.isHealed ? 1 : 0;
    this.#append.run(epoch, sequence, digest, isHealed, recordCount, entry.receivedAtMs, bytes.length, bytes);
    this.#count(1, recordCount, bytes.length);
  }

  /** Frames behind a position in order: as many as the limits allow, and at least one where there is one. */
  next(
    afterPosition: number,
    limits: { readonly maxFrames: number; readonly maxBytes: number; readonly maxRecords: number },
  ): readonly SpooledFrame[] {
    const frames: SpooledFrame[] = [];
    let bytes = 0;
    let records = 0;
    for (const row of this.#next.iterate(afterPosition, limits.maxFrames) as IterableIterator<SpoolRow>) {
      bytes += row.frame_bytes;
      records += row.record_count;
      if (frames.length > 0 && (bytes > limits.maxBytes || records > limits.maxRecords)) break;
      frames.push(spooledFrame(row));
    }
    return frames;
  }

  /** Frames of an epoch up to a sequence that lie behind a position. */
  countFrames(of: { readonly epoch: number; readonly sequence: number; readonly afterPosition: number }): number {
    const row = this.#store
      .prepare('SELECT count(*) AS n FROM spool WHERE epoch = ? AND sequence <= ? AND position > ?')
      .get(of.epoch, of.sequence, of.afterPosition);
    return (row as { readonly n: number }).n;
  }

  /** One frame by name, such as one whose tokens wait for a trusted clock. */
  frame(epoch: number, sequence: number): SpooledFrame | undefined {
    const row = this.#store.prepare('SELECT * FROM spool WHERE epoch = ? AND sequence = ?').get(epoch, sequence);
    return row === undefined ? undefined : spooledFrame(row as SpoolRow);
  }

  /**
   * Deletes what is applied, up to and with a position, but frames of the sequences in `waitingSequences` (of an older epoch too:
   * kept longer than it must be, no harm). Returns how many went. A transaction of its own, or part of the caller's.
   */
  prune(appliedPosition: number, waitingSequences: readonly number[]): number {
    const gone = this.#prune.all(appliedPosition, JSON.stringify(waitingSequences)) as Pick<
      SpoolRow,
      'record_count' | 'frame_bytes'
    >[];
    for (const row of gone) this.#count(-1, -row.record_count, -row.frame_bytes);
    return gone.length;
  }

  countOf(epoch: number): number {
    return this.#store.prepare('SELECT count(*) FROM spool WHERE epoch = ?').pluck().get(epoch) as number;
  }

  /** Any of an epoch; undefined where there is none. */
  frameOf(epoch: number): SpooledFrame | undefined {
    const row = this.#store.prepare('SELECT * FROM spool WHERE epoch = ? LIMIT 1').get(epoch);
    return row === undefined ? undefined : spooledFrame(row as SpoolRow);
  }

  /** Deletes all frames of an epoch, which are not the ones that were published in it. Within the caller's transaction. */
  discard(epoch: number): void {
    this.#store.prepare('DELETE FROM spool WHERE epoch = ?').run(epoch);
    this.recount();
  }

  /** Reads the depth again: after a rollback. */
  recount(): void {
    const row = this.#store
      .prepare('SELECT count(*) AS frames, total(record_count) AS records, total(frame_bytes) AS bytes FROM spool')
      .get() as { readonly frames: number; readonly records: number; readonly bytes: number };
    this.#frames = row.frames;
    this.#records = row.records;
    this.#bytes = row.bytes;
  }

  get depth(): SpoolDepth {
    const row = this.#store.prepare('SELECT received_at_ms FROM spool ORDER BY position LIMIT 1').get();
    const oldestReceivedAtMs = (row as Pick<SpoolRow, 'received_at_ms'> | undefined)?.received_at_ms;
    return { frames: this.#frames, records: this.#records, bytes: this.#bytes, oldestReceivedAtMs };
  }

  get frameCount(): number {
    return this.#frames;
  }

  /** 0 before the first frame. */
  get lastPosition(): number {
    const row = this.#last.get();
    return (row as { readonly seq: number } | undefined)?.seq ?? 0;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  get isEmpty(): boolean {
    return this.#frames === 0;
  }

  /** Whether so many bytes more are within the limit. */
  hasRoom(bytes: number): boolean {
    return this.#bytes + bytes <= this.#maxBytes;
  }

  #count(frames: number, records: number, bytes: number): void {
    this.#frames += frames;
    this.#records += records;
    this.#bytes += bytes;
  }
}

interface SpoolRow {
  readonly position: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly digest: Uint8Array;
  readonly is_healed: number;
  readonly record_count: number;
  readonly received_at_ms: number;
  readonly frame_bytes: number;
  readonly frame: Uint8Array;
}

function spooledFrame(row: SpoolRow): SpooledFrame {
  return {
    position: row.position,
    epoch: row.epoch,
    sequence: row.sequence,
    digest: row.digest,
    isHealed: row.is_healed === 1,
    recordCount: row.record_count,
    receivedAtMs: row.received_at_ms,
    bytes: row.frame,
  };
}
