/**
 * Datagrams of a session that is not known yet: a sender may be heard before its hello. A ring of fixed size, so that
 * forged traffic before a hello costs a bounded memory; nothing in it is authentic.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';

interface WaitingDatagram {
  readonly handle: number;
  readonly bytes: Buffer;
}

export class WaitingDatagrams {
  readonly #ring: (WaitingDatagram | undefined)[];
  #next = 0;
  #count = 0;

  constructor(maxDatagrams: number = RECEIVER_LIMITS.maxDatagramsBeforeHello) {
    this.#ring = new Array<WaitingDatagram | undefined>(maxDatagrams).fill(undefined);
  }

  /** Keeps a copy of the datagram, which may be part of a larger buffer, in place of the oldest one. */
  add(handle: number, bytes: Buffer): void {
    if (this.#ring[this.#next] === undefined) this.#count++;
    this.#ring[this.#next] = { handle, bytes: Buffer.from(bytes) };
    this.#next = (this.#next + 1) % this.#ring.length;
  }

  /** Takes out those of one session, oldest first. */
  take(handle: number): readonly Buffer[] {
    const taken: Buffer[] = [];
    for (let step = 0; step < this.#ring.length; step++) {
      const at = (this.#next + step) % this.#ring.length;
      const waiting = this.#ring[at];
      if (waiting?.handle !== handle) continue;
      taken.push(waiting.bytes);
      this.#ring[at] = undefined;
      this.#count--;
    }
    return taken;
  }

  get size(): number {
    return this.#count;
  }
}
