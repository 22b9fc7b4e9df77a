/**
 * Carry-over: [frames of an epoch that ended] ─► packer ─► frame signer ─► journal. What may not have arrived when a new
 * epoch began is framed once more in it, before any new line, so that no record is lost with its frame.
 *
 * A record keeps the revision of its first frame: had that one arrived after all, it is superseded, and it never beats what
 * the receiver learned later. From `again_from` on the receiver has another history under these very revisions; there a
 * record is framed as new, and the state of its subject with it. Snapshot parts are left out: a cycle is due anyway.
 *
 * Where another epoch began in the middle of it, the newer one comes first: it holds what was carried by then, and nothing
 * but that, so everything in it is older than the rest.
 */
import { SENDER_LIMITS } from '../../src/limits.ts';
import type { Statement, Store } from '../../src/store/database.ts';
import { decompress } from '../../src/wire/compression.ts';
import { decodeFrame, decodeFrameHeader } from '../../src/wire/frame.ts';
import { decodePayload, encodeRecord, type WireRecord } from '../../src/wire/record.ts';
import { formatRevision, type Revision } from '../../src/wire/revision.ts';
import type { RecordKind } from '../ops/sender-observer.ts';
import type { FrameSigner } from './frame-signer.ts';
import type { Journal } from './journal.ts';
import { type FlushResult, NO_LINES } from './line-flush.ts';
import { signPacked } from './packed-frames.ts';
import { Packer, type PackerBounds } from './packer.ts';
import { recordName } from './record-name.ts';
import type { SubjectState } from './subject-state.ts';
import type { TrustState } from './trust-state.ts';

export interface CarryOverOptions {
  readonly store: Store;
  readonly journal: Journal;
  readonly state: SubjectState;
  readonly trust: TrustState;
  readonly signer: FrameSigner;
  readonly bounds: PackerBounds;
}

interface OldFrame {
  readonly epoch: number;
  readonly sequence: number;
  readonly againFrom: number;
  readonly frame: Uint8Array;
}

export class CarryOver {
  readonly #options: CarryOverOptions;
  readonly #selectNext: Statement;
  readonly #advance: Statement;
  readonly #finish: Statement;
  #isPending: boolean;

  constructor(options: CarryOverOptions) {
    const { store } = options;
    this.#options = options;
    this.#selectNext = store.prepare(
      `SELECT frame.epoch, frame.sequence, carry_over.again_from AS againFrom, frame.frame FROM carry_over
       JOIN frame ON frame.epoch = carry_over.epoch AND frame.sequence >= carry_over.next_sequence
       ORDER BY frame.epoch DESC, frame.sequence LIMIT 1`,
    );
    this.#advance = store.prepare('UPDATE carry_over SET next_sequence = ? WHERE epoch = ?');
    this.#finish = store.prepare('DELETE FROM carry_over');
    this.#isPending = store.prepare('SELECT 1 FROM carry_over').get() !== undefined;
  }

  /** While there is more, no line may be framed: a newer change of a subject comes behind an older one. */
  get isPending(): boolean {
    return this.#isPending;
  }

  /** Carries over a few frames. Throws as Journal.transaction, and then nothing happened. */
  flush(wallMs: number): FlushResult {
    const { journal } = this.#options;
    const { result, isPending } = journal.transaction(() => this.#flush(wallMs));
    this.#isPending = isPending;
    return result;
  }

  #flush(wallMs: number): { readonly result: FlushResult; readonly isPending: boolean } {
    const { journal, bounds, signer } = this.#options;
    const { epoch, sequence } = journal.head;
    const packer = new Packer({ epoch, sequence: sequence + 1 }, bounds);
    const recordKinds: RecordKind[] = [];
    const recordNames: string[] = [];
    let recordBytes = 0;
    let old = this.#next();
    for (; old !== undefined && packer.frameCount <= SENDER_LIMITS.maxCommitFrames; old = this.#next()) {
      for (const [index, record] of recordsOf(old.frame).entries()) {
        const { bytes, revision } = this.#pack(wallMs, record, { ...old, index }, packer);
        recordBytes += bytes;
        recordKinds.push(record.kind);
        recordNames.push(`${formatRevision(revision)} ${recordName(record)}`);
      }
      this.#advance.run(old.sequence + 1, old.epoch);
      journal.dropHistory(old);
    }
    if (old === undefined) this.#finish.run();
    const frames = signPacked(wallMs, packer, { journal, signer });
    journal.recordPasses();
    return { result: { ...NO_LINES, frames, recordKinds, recordNames, recordBytes }, isPending: old !== undefined };
  }

  #pack(
    wallMs: number,
    record: WireRecord,
    old: OldFrame & { readonly index: number },
    packer: Packer,
  ): { readonly bytes: number; readonly revision: Revision } {
    const { epoch, sequence, index, againFrom } = old;
    const { revision = { epoch, sequence, index }, ...content } = record;
    const isNew = sequence >= againFrom;
    const encoded = encodeRecord(isNew ? (content as WireRecord) : { ...record, revision });
    const placed = packer.handleRecord(encoded);
    if (isNew) {
      this.#options.state.apply(record, placed);
      this.#options.trust.apply(record, placed, wallMs);
    }
    return { bytes: encoded.length, revision: isNew ? placed : revision };
  }

  #next(): OldFrame | undefined {
    return this.#selectNext.get() as OldFrame | undefined;
  }
}

/** Of a frame of our own: that it cannot be read is a damaged disk. */
function recordsOf(bytes: Uint8Array): readonly WireRecord[] {
  const frame = decodeFrame(bytes);
  if (typeof frame === 'string') throw new Error(`a journaled frame is no frame: ${frame}`);
  const header = decodeFrameHeader(frame.header);
  if (typeof header === 'string') throw new Error(`a journaled frame has no header: ${header}`);
  if (header.kind === 'snapshot') return [];
  const body = header.compression === 'none' ? frame.payload : decompress(frame.payload, header.bodyBytes);
  const records = typeof body === 'string' ? body : decodePayload(body, header.recordCount);
  if (typeof records === 'string') throw new Error(`a journaled frame has no records: ${records}`);
  return records;
}
