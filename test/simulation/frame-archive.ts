/** Every frame that the sender ever sent, as it was when its first datagram left: what all else is compared with. */
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

export class FrameArchive {
  readonly #frames = new Map<number, ArchivedFrame>();
  readonly #byDigest = new Map<string, ArchivedFrame>();

  add(sequence: number, bytes: Uint8Array): void {
    const known = this.#frames.get(sequence);
    if (known === undefined) {
      const frame = new ArchivedFrame(bytes);
      this.#frames.set(sequence, frame);
      this.#byDigest.set(frame.digest, frame);
    } else check(Buffer.compare(known.bytes, bytes) === 0, `the journal holds another frame ${sequence} than was sent`);
  }

  find(sequence: number): ArchivedFrame | undefined {
    return this.#frames.get(sequence);
  }

  findByDigest(digest: string): ArchivedFrame | undefined {
    return this.#byDigest.get(digest);
  }
}
