/**
 * Which counters of one session and lane were seen: the filter between a known session and the AEAD.
 * A sliding bitmap over a ring of words (RFC 6479), so that moving it clears words and shifts nothing.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';

const WORD_BITS = 32;

export class ReplayWindow {
  readonly #windowDatagrams: number;
  readonly #words: Uint32Array;
  readonly #mask: number;
  #highest = 0;

  /** `windowDatagrams`: how far behind the highest counter a datagram may come; rounded up to a multiple of 32. */
  constructor(windowDatagrams: number = RECEIVER_LIMITS.replayWindowDatagrams) {
    const words = Math.ceil(windowDatagrams / WORD_BITS);
    this.#windowDatagrams = words * WORD_BITS;
    // One word more, since the word of the highest counter is only partly filled; a power of two, since a counter's remainder is
    // a division of doubles.
    this.#words = new Uint32Array(2 ** Math.ceil(Math.log2(words + 1)));
    this.#mask = this.#words.length - 1;
  }

  /** Whether `counter` is neither seen nor too old. Changes nothing: the tag is not checked yet. */
  isFresh(counter: number): boolean {
    if (counter > this.#highest) return true;
    if (counter < 1 || this.#highest - counter >= this.#windowDatagrams) return false;
    return ((this.#words[this.#wordOf(counter)] as number) & bitOf(counter)) === 0;
  }

  /** Marks a fresh counter as seen, and moves the window where it is the highest. Only once the tag holds. */
  mark(counter: number): void {
    if (counter > this.#highest) this.#moveTo(counter);
    const word = this.#wordOf(counter);
    this.#words[word] = (this.#words[word] as number) | bitOf(counter);
  }

  get highest(): number {
    return this.#highest;
  }

  #moveTo(counter: number): void {
    const from = Math.floor(this.#highest / WORD_BITS);
    const steps = Math.min(Math.floor(counter / WORD_BITS) - from, this.#words.length);
    for (let step = 1; step <= steps; step++) this.#words[(from + step) & this.#mask] = 0;
    this.#highest = counter;
  }

  #wordOf(counter: number): number {
    return (counter / WORD_BITS) & this.#mask;
  }
}

function bitOf(counter: number): number {
  // A shift counts modulo 32 by itself.
  return 1 << counter;
}
