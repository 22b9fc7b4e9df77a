/**
 * Journal history: journal ─► [history] ─► revert plan. What the journal still holds, newest frame first, one frame in
 * memory at a time. Each look is a transaction of its own, so that a running sender may append and prune meanwhile: what it
 * appends behind the head that was read is not seen, and a frame that it prunes is where the history ends.
 */
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { Statement, Store } from '../../src/store/database.ts';
import { decompress } from '../../src/wire/compression.ts';
import { decodeFrame, decodeFrameHeader, type FrameKind } from '../../src/wire/frame.ts';
import { decodePayload, type WireRecord } from '../../src/wire/record.ts';

export interface FramePlace {
  readonly epoch: number;
  readonly sequence: number;
}

export interface HistoryFrame extends FramePlace {
  readonly createdAtMs: number;
  readonly kind: FrameKind;
  readonly records: readonly WireRecord[];
}

export interface HistoryEpoch {
  readonly epoch: number;
  readonly createdAtMs: number;
  /** Its last sequence as of when it was read. */
  readonly headSequence: number;
}

export class JournalHistory {
  /** Newest first; at least one where a sender ever ran. */
  readonly epochs: readonly HistoryEpoch[];
  readonly #path: string;
  readonly #selectFrame: Statement;

  /** `path`: of the database, for error texts. */
  constructor(store: Store, path: string) {
    this.#path = path;
    this.#selectFrame = store.prepare(
      'SELECT created_at_ms AS createdAtMs, frame FROM frame WHERE epoch = ? AND sequence = ?',
    );
    const epochs = store.prepare(
      'SELECT number AS epoch, created_at_ms AS createdAtMs, sequence AS headSequence FROM epoch ORDER BY number DESC',
    );
    this.epochs = epochs.all() as HistoryEpoch[];
  }

  /**
   * From the newest frame of the newest epoch back, without a hole, to the first that was pruned or was never there. Throws
   * DiodeError `store-damaged` at a frame that cannot be read.
   */
  *backward(): Generator<HistoryFrame> {
    for (const { epoch, headSequence } of this.epochs) {
      for (let sequence = headSequence; sequence >= 1; sequence--) {
        const frame = this.frame({ epoch, sequence });
        if (frame === undefined) return;
        yield frame;
      }
    }
  }

  /** Undefined where it was pruned. Throws as `backward`. */
  frame(place: FramePlace): HistoryFrame | undefined {
    const { epoch, sequence } = place;
    const row = this.#selectFrame.get(epoch, sequence) as { createdAtMs: number; frame: Uint8Array } | undefined;
    if (row === undefined) return undefined;
    const content = readContent(row.frame);
    if (content !== undefined) return { epoch, sequence, createdAtMs: row.createdAtMs, ...content };
    throw new DiodeError(
      'store-damaged',
      `Frame ${sequence} of epoch ${epoch} in ${this.#path} cannot be read.`,
      'See docs/operations.md, "Backup and loss".',
    );
  }

  /** Whether it goes back to the first frame that this store ever had, once `backward` has come to `oldest`. */
  isWhole(oldest: FramePlace | undefined): boolean {
    const first = this.epochs.filter(({ headSequence }) => headSequence > 0).at(-1);
    return oldest !== undefined && oldest.sequence === 1 && oldest.epoch === first?.epoch;
  }
}

function readContent(bytes: Uint8Array): Pick<HistoryFrame, 'kind' | 'records'> | undefined {
  const frame = decodeFrame(bytes);
  if (typeof frame === 'string') return undefined;
  const header = decodeFrameHeader(frame.header);
  if (typeof header === 'string') return undefined;
  const { bodyBytes, compression, kind, recordCount } = header;
  const body = compression === 'none' ? frame.payload : decompress(frame.payload, bodyBytes);
  if (typeof body === 'string') return undefined;
  const records = decodePayload(body, recordCount);
  return typeof records === 'string' ? undefined : { kind, records };
}
