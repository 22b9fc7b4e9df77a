/** Users of 500 bytes, each known by its number alone: as lines of a source, and as what the identity topic must show. Pure. */
import { subjectKey } from '../../../src/identity/key.ts';
import { userId, userPut } from '../../workload/sized-users.ts';

const RESOURCE_BYTES = 500;

export class NumberedUsers {
  readonly #seed: number;
  /** What came from a number is found again by its key. */
  readonly #numbers = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** JSONL, without a line end. */
  line(number: number): string {
    return `{"type":"User","op":"put","resource":${this.value(number)}}`;
  }

  value(number: number): string {
    const { resource } = userPut(number, number, { seed: this.#seed, resourceBytes: RESOURCE_BYTES });
    if (resource === undefined) throw new Error('a put without a resource');
    return resource;
  }

  /** From now on `numberOf` knows those of `from` … `from + count - 1`. */
  expect(from: number, count: number): void {
    for (let number = from; number < from + count; number++) {
      this.#numbers.set(subjectKey('User', userId(number, this.#seed)), number);
    }
  }

  numberOf(key: string): number | undefined {
    return this.#numbers.get(key);
  }
}
