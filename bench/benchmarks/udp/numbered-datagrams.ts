/** Datagrams that are told apart and checked: a place in a round of many, and behind it bytes drawn from the seed. Pure. */
import { seededFractions } from '../../workload/seeded-fractions.ts';

/** More than a batch of the addon has. A loss of whole rounds shows in the count. */
const ROUND = 512;

export class NumberedDatagrams {
  readonly bytes: number;
  /** Two rounds, one datagram behind the other: from any place a whole round follows. */
  readonly #reel: Buffer;
  /** Likewise. */
  readonly #datagrams: readonly Buffer[];

  constructor(bytes: number, seed: number) {
    const fraction = seededFractions(seed);
    const drawn = Buffer.from(Array.from({ length: bytes + ROUND }, () => Math.floor(fraction() * 256)));
    const round = Array.from({ length: ROUND }, (_, place) => {
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
    return this.#datagrams[number % ROUND] as Buffer;
  }

  /** Those from this number on; a round at most. */
  batch(number: number, count: number): readonly Buffer[] {
    const start = number % ROUND;
    return this.#datagrams.slice(start, start + count);
  }

  /** Whether these are, to the last byte, whole datagrams one behind the other, from this number on; a round at most. */
  matches(datagrams: Buffer, number: number): boolean {
    const start = (number % ROUND) * this.bytes;
    return this.#reel.compare(datagrams, 0, datagrams.length, start, start + datagrams.length) === 0;
  }
}
