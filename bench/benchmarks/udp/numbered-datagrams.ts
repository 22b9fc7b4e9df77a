/** Datagrams that are told apart and checked: a place in a round of many, and behind it bytes drawn from the seed. Pure. */
import { seededFractions } from '../../workload/seeded-fractions.ts';

/**
 * As many as come to 750 kB, at most. Twice that stays in a core's cache beside what the kernel copies; from memory, comparing
 * a datagram of 9,000 bytes took as long as half of its way. A loss of whole rounds shows in the count.
 */
const MAX_ROUND = 512;
const ROUND_BYTES = 750_000;

export class NumberedDatagrams {
  readonly bytes: number;
  /** How many are told apart. */
  readonly round: number;
  /** Two rounds, one datagram behind the other: from any place a whole round follows. */
  readonly #reel: Buffer;
  /** Likewise. */
  readonly #datagrams: readonly Buffer[];

  constructor(bytes: number, seed: number) {
    const fraction = seededFractions(seed);
    this.round = Math.min(MAX_ROUND, Math.floor(ROUND_BYTES / bytes));
    const drawn = Buffer.from(Array.from({ length: bytes + this.round }, () => Math.floor(fraction() * 256)));
    const round = Array.from({ length: this.round }, (_, place) => {
      const datagram = Buffer.from(drawn.subarray(place, place + bytes));
      datagram.writeUInt32LE(place, 0);
      return datagram;
    });
    this.bytes = bytes;
    this.#reel = Buffer.concat([...round, ...round]);
    this.#datagrams = [...round, ...round];
  }

  /** The next one after so many. It is the same each round, and never written to. */
  at(number: number): Buffer {
    return this.#datagrams[number % this.round] as Buffer;
  }

  /** Those from this number on; a round at most. */
  batch(number: number, count: number): readonly Buffer[] {
    const start = number % this.round;
    return this.#datagrams.slice(start, start + count);
  }

  /** Whether these are, to the last byte, whole datagrams one behind the other, from this number on; a round at most. */
  matches(datagrams: Buffer, number: number): boolean {
    const start = (number % this.round) * this.bytes;
    return this.#reel.compare(datagrams, 0, datagrams.length, start, start + datagrams.length) === 0;
  }
}
