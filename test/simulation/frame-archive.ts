/** Every frame that a sender ever sent, as it was when its first datagram left: what all else is compared with. */
import { frameName } from '../../receiver/publish/progress.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import { decompress } from '../../src/wire/compression.ts';
import { decodeFrame, decodeFrameHeader, type FrameHeader } from '../../src/wire/frame.ts';
import { decodePayload, type WireRecord } from '../../src/wire/record.ts';
import { check } from './check.ts';

export class ArchivedFrame {
  readonly bytes: Uint8Array;
  readonly header: FrameHeader;
  /** Of the header, in hex: what Kafka records name. */
  readonly digest: string;
  readonly #payload: Uint8Array;
  #records: readonly WireRecord[] | undefined;

  constructor(bytes: Uint8Array) {
    const frame = decodeFrame(bytes);
    const header = typeof frame === 'string' ? frame : decodeFrameHeader(frame.header);
    if (typeof frame === 'string' || typeof header === 'string') throw new Error('the journal holds no frame');
    this.bytes = bytes;
    this.header = header;
    this.digest = sha256Hex(frame.header);
    this.#payload = frame.payload;
  }

  get records(): readonly WireRecord[] {
    this.#records ??= this.#decode();
    return this.#records;
  }

  #decode(): readonly WireRecord[] {
    const { compression, bodyBytes, recordCount } = this.header;
    const body = compression === 'zstd' ? decompress(this.#payload, bodyBytes) : this.#payload;
    const records = typeof body === 'string' ? body : decodePayload(body, recordCount);
    if (typeof records === 'string') throw new Error(`the journal holds a bad payload: ${records}`);
    return records;
  }
}

/** The frames of one epoch as one disk has them. A disk that was set back goes on in a branch of its own. */
export class Branch {
  readonly epoch: number;
  /** Hex. */
  readonly epochId: string;
  readonly #frames: Map<number, ArchivedFrame>;

  constructor(epoch: { readonly epoch: number; readonly epochId: string }, frames = new Map<number, ArchivedFrame>()) {
    this.epoch = epoch.epoch;
    this.epochId = epoch.epochId;
    this.#frames = frames;
  }

  /** The same so far; what comes behind may differ. */
  fork(): Branch {
    return new Branch(this, new Map(this.#frames));
  }

  /** The last that was sent: all below it were. */
  get sequence(): number {
    return this.#frames.size;
  }

  find(sequence: number): ArchivedFrame | undefined {
    return this.#frames.get(sequence);
  }

  /** In order. */
  get frames(): readonly ArchivedFrame[] {
    return [...this.#frames.values()];
  }

  add(sequence: number, bytes: Uint8Array): ArchivedFrame {
    const known = this.#frames.get(sequence);
    if (known !== undefined) {
      check(Buffer.compare(known.bytes, bytes) === 0, `the journal holds another frame ${sequence} than was sent`);
      return known;
    }
    const frame = new ArchivedFrame(bytes);
    this.#frames.set(sequence, frame);
    return frame;
  }
}

export class FrameArchive {
  readonly #branches: Branch[] = [];
  readonly #byDigest = new Map<string, ArchivedFrame>();
  /** How many frames bear a name: more than one of those that two histories signed. */
  readonly #named = new Map<string, number>();

  handleBranch(branch: Branch): void {
    this.#branches.push(branch);
  }

  add(branch: Branch, sequence: number, bytes: Uint8Array): void {
    const frame = branch.add(sequence, bytes);
    if (this.#byDigest.has(frame.digest)) return;
    this.#byDigest.set(frame.digest, frame);
    const name = frameName(frame.header);
    this.#named.set(name, (this.#named.get(name) ?? 0) + 1);
  }

  branchesOf(epochId: string): readonly Branch[] {
    return this.#branches.filter((branch) => branch.epochId === epochId);
  }

  /** Of all epochs and branches, each frame once. */
  get frames(): readonly ArchivedFrame[] {
    return [...this.#byDigest.values()];
  }

  /** Whether two senders signed a frame of one name: one of them was set back, lost or copied. */
  isDisputed(place: Parameters<typeof frameName>[0]): boolean {
    return (this.#named.get(frameName(place)) ?? 0) > 1;
  }

  findByDigest(digest: string): ArchivedFrame | undefined {
    return this.#byDigest.get(digest);
  }
}
