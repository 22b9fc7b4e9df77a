/** Datagrams that are told apart and checked: a number, and behind it bytes that both ends draw from the seed. Pure. */
import { seededFractions } from '../../workload/seeded-fractions.ts';

/** Datagrams that are there at once: more than a link's queue holds, so that none is written anew while it waits. */
const SLOTS = 512;
const NUMBER_BYTES = 4;

export class NumberedDatagrams {
  readonly #slots: readonly Buffer[];
  readonly #bytes: number;

  constructor(bytes: number, seed: number) {
    const fraction = seededFractions(seed);
    const drawn = Buffer.from(Array.from({ length: bytes + SLOTS }, () => Math.floor(fraction() * 256)));
    this.#bytes = bytes;
    this.#slots = Array.from({ length: SLOTS }, (_, at) => Buffer.from(drawn.subarray(at, at + bytes)));
  }

  /** In memory that is used again `SLOTS` datagrams later. */
  make(number: number): Buffer {
    const datagram = this.#slots[number % SLOTS] as Buffer;
    datagram.writeUInt32LE(number, 0);
    return datagram;
  }

  /** Whether it is, to the last byte, the one that `make` gave for this number. */
  matches(datagram: Buffer, number: number): boolean {
    if (datagram.length !== this.#bytes || datagram.readUInt32LE(0) !== number) return false;
    const expected = this.#slots[number % SLOTS] as Buffer;
    return expected.compare(datagram, NUMBER_BYTES, this.#bytes, NUMBER_BYTES, this.#bytes) === 0;
  }
}
