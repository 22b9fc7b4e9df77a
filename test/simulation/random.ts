/** A small seeded generator (sfc32, after Chris Doty-Humphrey's PractRand): the same seed, the same run, everywhere. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = 0x9e3779b9 | 0;
    for (let round = 0; round < 15; round++) this.next();
  }

  /** 32 bits, as an integer from 0. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** From 0 up to but not 1. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** True so often; takes one number whatever the probability is. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** An integer in min..max. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)] as T;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; at++) bytes[at] = this.next() & 0xff;
    return bytes;
  }

  /** A generator of its own, so that one part drawing more or less does not change the others. */
  fork(): Random {
    return new Random(this.next() + (this.next() % 2 ** 20) * 2 ** 32);
  }
}
