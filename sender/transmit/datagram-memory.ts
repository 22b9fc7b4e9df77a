/**
 * Memory of sealed datagrams, in slabs: one allocation for many. What the kernel has copied is filled again, so that a few
 * slabs stay in the processor's cache, and are no garbage beside the frames.
 */
import { SENDER_LIMITS, UDP_LIMITS } from '../../src/limits.ts';

interface Slab {
  readonly bytes: Buffer;
  /** By place: the same ones as long as datagrams have one length. */
  readonly views: Buffer[];
}

export class DatagramMemory {
  /** Behind the last datagram of the slab. */
  #offset = 0;
  #place = 0;
  #slab = newSlab();
  #full: Slab[] = [];
  readonly #free: Slab[] = [];

  /** Memory for one datagram, of `slabBytes` at most: the caller's, until `handleCopied`. */
  take(bytes: number): Buffer {
    if (this.#offset + bytes > this.#slab.bytes.length) this.#next();
    const start = this.#offset;
    const at = this.#place++;
    this.#offset += bytes;
    const known = this.#slab.views[at];
    if (known?.byteOffset === start && known.length === bytes) return known;
    const view = this.#slab.bytes.subarray(start, start + bytes);
    this.#slab.views[at] = view;
    return view;
  }

  /** All that was taken is used no longer, but for what was taken last, which may not have left. */
  handleCopied(): void {
    if (this.#full.length === 0) return;
    this.#free.push(...this.#full);
    this.#full = [];
  }

  #next(): void {
    // A link that never says what it copied keeps the others.
    if (this.#full.length + this.#free.length < SENDER_LIMITS.maxKeptSlabs) this.#full.push(this.#slab);
    this.#slab = this.#free.pop() ?? newSlab();
    this.#offset = 0;
    this.#place = 0;
  }
}

function newSlab(): Slab {
  return { bytes: Buffer.allocUnsafeSlow(UDP_LIMITS.slabBytes), views: [] };
}
