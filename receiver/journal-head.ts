/**
 * The last frame that the sender's journal holds, as hellos tell it: so that a lost tail is noticed although no frame
 * comes behind it. A journal may be far ahead of the link, so as long as symbols of wanted frames come, nothing is lost.
 */
import { RECEIVER_LIMITS } from '../src/limits.ts';

export interface KnownHead {
  readonly sequence: number;
  /** Empty for sequence 0. */
  readonly digest: Uint8Array;
}

export class JournalHead {
  #head: KnownHead | undefined;
  #behindSinceMs: number | undefined;
  #activeMs = 0;

  /** `sequence`: how far the stream has come. A hello that was overtaken by a newer one changes nothing. */
  handleHello(nowMs: number, head: KnownHead, sequence: number): void {
    if (this.#head === undefined || head.sequence > this.#head.sequence) {
      this.#head = { sequence: head.sequence, digest: Uint8Array.from(head.digest) };
    }
    if (this.#head.sequence > sequence) this.#behindSinceMs ??= nowMs;
  }

  /** A symbol of a wanted frame came. */
  handleActivity(nowMs: number): void {
    this.#activeMs = nowMs;
  }

  /** The stream has come to `sequence`. */
  handleSequence(sequence: number): void {
    if (this.#head === undefined || this.#head.sequence <= sequence) this.#behindSinceMs = undefined;
  }

  /**
   * Since when the frames from `sequence` to the head are missing. Undefined where none is, and for a jump that one hostile
   * hello could make: then frames must confirm it.
   */
  tailMissingSinceMs(sequence: number): number | undefined {
    if (this.#head === undefined || this.#behindSinceMs === undefined) return undefined;
    const isJump = sequence > 0 && this.#head.sequence - sequence > RECEIVER_LIMITS.maxSequenceJump;
    return isJump ? undefined : Math.max(this.#behindSinceMs, this.#activeMs);
  }

  get head(): KnownHead | undefined {
    return this.#head;
  }
}
