/**
 * Packer: differ ─► [packer] ─► frame signer. Joins the records of one flush to frames and gives each its revision.
 * Pure: it starts from the journal's head, and where the flush's transaction fails it is thrown away with it.
 */
import { WIRE_LIMITS } from '../../src/limits.ts';
import type { Revision } from '../../src/wire/revision.ts';

export interface PackerBounds {
  /** A frame closes before the record that would bring its protobuf beyond this; a larger record has its own frame. */
  readonly batchBodyBytes: number;
  readonly batchRecords: number;
}

/** The records of one frame, encoded; record i has index i. */
export interface PackedFrame {
  readonly sequence: number;
  readonly records: readonly Uint8Array[];
}

/** Tag and varint length before each record in the payload: 1 + at most 4 bytes below 256 MiB. */
const RECORD_PREFIX_BYTES = 5;

export class Packer {
  readonly #epoch: number;
  readonly #bounds: PackerBounds;
  readonly #frames: PackedFrame[] = [];
  #sequence: number;
  #records: Uint8Array[] = [];
  #bodyBytes = 0;

  /** `sequence`: of the first frame. */
  constructor(start: { readonly epoch: number; readonly sequence: number }, bounds: PackerBounds) {
    this.#epoch = start.epoch;
    this.#sequence = start.sequence;
    this.#bounds = {
      batchBodyBytes: Math.min(bounds.batchBodyBytes, WIRE_LIMITS.maxFrameBytes / 2),
      batchRecords: Math.min(bounds.batchRecords, WIRE_LIMITS.maxRecordsPerFrame),
    };
  }

  /** The revision under which this record, encoded by `encodeRecord`, is framed. The bytes are kept, not copied. */
  handleRecord(record: Uint8Array): Revision {
    const bytes = record.length + RECORD_PREFIX_BYTES;
    const isFull = this.#records.length >= this.#bounds.batchRecords;
    if (this.#records.length > 0 && (isFull || this.#bodyBytes + bytes > this.#bounds.batchBodyBytes)) this.#close();
    const index = this.#records.push(record) - 1;
    this.#bodyBytes += bytes;
    return { epoch: this.#epoch, sequence: this.#sequence, index };
  }

  /** Every frame of the flush in order, the last one as full as it is. The packer is done. */
  finish(): readonly PackedFrame[] {
    if (this.#records.length > 0) this.#close();
    return this.#frames;
  }

  /** Frames closed and the one under way: what a flush looks at before it takes another line. */
  get frameCount(): number {
    return this.#frames.length + (this.#records.length > 0 ? 1 : 0);
  }

  #close(): void {
    this.#frames.push({ sequence: this.#sequence, records: this.#records });
    this.#sequence++;
    this.#records = [];
    this.#bodyBytes = 0;
  }
}
