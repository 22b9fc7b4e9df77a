/** content ─► [frame splitter] ─► frames. Bounded by the longest frame; docs/wire-format.md, "Bundles". Pure. */
import { WIRE_LIMITS } from '../limits.ts';
import { FRAME_LENGTH_BYTES } from '../wire/bundle.ts';

export class FrameSplitter {
  #left: Buffer = Buffer.alloc(0);

  /** Whole frames that this chunk completes, each in memory of its own; undefined for a length that no frame has. */
  handle(chunk: Uint8Array): readonly Uint8Array[] | undefined {
    const bytes = this.#left.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#left, chunk]);
    const frames: Uint8Array[] = [];
    let at = 0;
    while (bytes.length - at >= FRAME_LENGTH_BYTES) {
      const length = bytes.readUInt32BE(at);
      if (length < 1 || length > WIRE_LIMITS.maxFrameBytes) return undefined;
      const end = at + FRAME_LENGTH_BYTES + length;
      if (end > bytes.length) break;
      frames.push(Uint8Array.from(bytes.subarray(at + FRAME_LENGTH_BYTES, end)));
      at = end;
    }
    this.#left = Buffer.from(bytes.subarray(at));
    return frames;
  }

  /** Nothing is left over. */
  get isEmpty(): boolean {
    return this.#left.length === 0;
  }
}
