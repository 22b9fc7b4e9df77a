/**
 * Takes a fuzzed input apart from its front: numbers, choices, chunks. Past its end every number is 0 and every chunk empty,
 * so that each input means something and a mutation changes little of it.
 */
export class InputReader {
  readonly #input: Buffer;
  #at = 0;

  constructor(input: Buffer) {
    this.#input = input;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#input.length;
  }

  /** Unsigned, big-endian, of 1 to 6 bytes. */
  integer(bytes: number): number {
    const taken = this.bytes(bytes);
    return taken.length === bytes ? taken.readUIntBE(0, bytes) : 0;
  }

  boolean(): boolean {
    return this.integer(1) % 2 === 1;
  }

  choice<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.integer(1) % choices.length] as T;
  }

  /** Up to so many bytes: fewer at the end. */
  bytes(length: number): Buffer {
    const taken = this.#input.subarray(this.#at, this.#at + length);
    this.#at += taken.length;
    return taken;
  }

  /** Its length in two bytes, then the bytes. */
  chunk(): Buffer {
    return this.bytes(this.integer(2));
  }

  text(): string {
    return this.chunk().toString('utf8');
  }

  rest(): Buffer {
    return this.bytes(this.#input.length - this.#at);
  }
}
