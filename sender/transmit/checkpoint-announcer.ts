/**
 * Checkpoint announcer: audit log ─► [checkpoint announcer] ─► journal. Tells the receiver what the log commits to, so that
 * somebody else knows it: with more in the journal, once a minute, and on slow links as rarely as their rate asks for. A
 * record is framed from a head whose entries are on disk, and says that it begins with the one that was framed before: what
 * that was stands beside the journal, in the same transaction. Pure but for SQLite and the log's hashes.
 */
import type { SignedHead } from '../../src/audit/log-reader.ts';
import type { TreeHead } from '../../src/audit/merkle-proof.ts';
import type { NoteVerifier } from '../../src/audit/signed-note.ts';
import { SENDER_LIMITS } from '../../src/limits.ts';
import type { Store } from '../../src/store/database.ts';
import { type CheckpointRecord, encodeRecord } from '../../src/wire/record.ts';
import { formatRevision } from '../../src/wire/revision.ts';
import type { FrameSigner } from '../journal/frame-signer.ts';
import type { Journal } from '../journal/journal.ts';
import { type FlushResult, NO_LINES } from '../journal/line-flush.ts';
import { signPacked } from '../journal/packed-frames.ts';
import { Packer, type PackerBounds } from '../journal/packer.ts';
import { type RateShare, shareMs } from './rate-share.ts';

export const ANNOUNCED_CHECKPOINT_SCHEMA = `
  CREATE TABLE announced_checkpoint (
    singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    -- The frame that carries it.
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT;
`;

/** MerkleAuditLog fits. */
export interface AnnouncedLog {
  readonly verifier: NoteVerifier;
  readonly signedHead: SignedHead;
  proofSince(before: TreeHead): readonly Uint8Array[] | undefined;
}

export interface CheckpointAnnouncerOptions extends Omit<RateShare, 'ratePercent'> {
  readonly log: AnnouncedLog;
  readonly store: Store;
  readonly journal: Journal;
  readonly signer: FrameSigner;
  readonly bounds: PackerBounds;
}

interface Announced extends TreeHead {
  readonly epoch: number;
  readonly sequence: number;
  readonly atMs: number;
}

export class CheckpointAnnouncer {
  readonly #options: CheckpointAnnouncerOptions;
  #last: Announced | undefined;
  #dueMs: number;

  constructor(nowMs: number, wallMs: number, options: CheckpointAnnouncerOptions) {
    this.#options = options;
    this.#last = readAnnounced(options.store);
    const { checkpointIntervalMs } = SENDER_LIMITS;
    // A clock that was set back must not put it off.
    const sinceMs = Math.abs(wallMs - (this.#last?.atMs ?? wallMs));
    this.#dueMs = nowMs + Math.max(0, checkpointIntervalMs - sinceMs);
  }

  /** Undefined while the journal holds nothing that the last one does not vouch for: a quiet stream stays quiet. */
  nextDeadlineMs(): number | undefined {
    const { epoch, sequence } = this.#options.journal.head;
    const isNew = epoch !== this.#last?.epoch || sequence > this.#last.sequence;
    return isNew && sequence > 0 ? this.#dueMs : undefined;
  }

  /** Journals one record. Throws as Journal.transaction, and then nothing happened; or as the log where it cannot be read. */
  flush(nowMs: number, wallMs: number): FlushResult {
    const { journal, store, link, overheadBytes, isFullLength } = this.#options;
    const head = this.#options.log.signedHead;
    const encoded = encodeRecord(this.#record(head));
    const { result, announced } = journal.transaction(() => {
      const framed = this.#frame(encoded, wallMs);
      const { epoch, sequence } = journal.head;
      const made = { size: head.size, root: head.root, epoch, sequence, atMs: wallMs };
      writeAnnounced(store, made);
      journal.recordPasses();
      return { result: framed, announced: made };
    });
    this.#last = announced;
    const { checkpointIntervalMs, checkpointRatePercent: ratePercent } = SENDER_LIMITS;
    const frameBytes = result.frames.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#dueMs =
      nowMs + Math.max(checkpointIntervalMs, shareMs(frameBytes, { link, overheadBytes, ratePercent, isFullLength }));
    return result;
  }

  /** A log that does not begin with what was announced, as one that was begun anew, is the first of its history. */
  #record(head: SignedHead): CheckpointRecord {
    const { log } = this.#options;
    const proof = this.#last && log.proofSince(this.#last);
    return {
      kind: 'checkpoint',
      note: Buffer.from(head.note, 'utf8'),
      previousSize: proof === undefined ? 0 : (this.#last?.size ?? 0),
      consistencyProof: proof ?? [],
      logKey: log.verifier.publicKey,
    };
  }

  #frame(encoded: Uint8Array, wallMs: number): FlushResult {
    const { journal, signer, bounds } = this.#options;
    const { epoch, sequence } = journal.head;
    const packer = new Packer({ epoch, sequence: sequence + 1 }, bounds);
    const revision = packer.handleRecord(encoded);
    return {
      ...NO_LINES,
      frames: signPacked(wallMs, packer, { journal, signer }),
      recordKinds: ['checkpoint'],
      recordNames: [`${formatRevision(revision)} checkpoint`],
      recordBytes: encoded.length,
    };
  }
}

function readAnnounced(store: Store): Announced | undefined {
  const row = store.prepare('SELECT size, root, epoch, sequence, at_ms AS atMs FROM announced_checkpoint').get();
  return row as Announced | undefined;
}

/** Inside the caller's transaction. */
function writeAnnounced(store: Store, { size, root, epoch, sequence, atMs }: Announced): void {
  store
    .prepare(
      `INSERT OR REPLACE INTO announced_checkpoint (singleton, size, root, epoch, sequence, at_ms)
       VALUES (1, ?, ?, ?, ?, ?)`,
    )
    .run(size, Buffer.from(root), epoch, sequence, atMs);
}
