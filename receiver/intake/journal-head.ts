/**
 * The last frame that the sender's journal holds, as hellos tell it: so that a lost tail is noticed although no frame
 * comes behind it. A journal may be far ahead of the link, so as long as symbols of wanted frames come, nothing is lost.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';

export interface KnownHead {
  readonly sequence: number;
  /** Empty for sequence 0. */
  readonly digest: Uint8Array;
}

/** `sinceMs`: when its frames were first told of. */
interface AnnouncedHead extends KnownHead {
  readonly sinceMs: number;
}

export class JournalHead {
  /** Rising; the newest stays, those before it only while their frames are missing. */
  #heads: readonly AnnouncedHead[] = [];
  #activeMs = 0;

  /** `sequence`: how far the stream has come. A hello that was overtaken by a newer one changes nothing. */
  handleHello(nowMs: number, head: KnownHead, sequence: number): void {
    const newest = this.#heads.at(-1);
    if (newest !== undefined && head.sequence <= newest.sequence) return;
    const kept = this.#heads.length < RECEIVER_LIMITS.maxAnnouncedHeads ? this.#heads : this.#heads.slice(0, -1);
    this.#heads = [...kept, { sequence: head.sequence, digest: Uint8Array.from(head.digest), sinceMs: nowMs }];
    this.handleSequence(sequence);
  }

  /** A symbol of a wanted frame came. */
  handleActivity(nowMs: number): void {
    this.#activeMs = nowMs;
  }

  /** The stream has come to `sequence`. */
  handleSequence(sequence: number): void {
    this.#heads = this.#heads.filter((head, index) => head.sequence > sequence || index === this.#heads.length - 1);
  }

  /**
   * Since when the frame after `sequence` is known to be missing. Undefined where it is not, and for a jump that one hostile
   * hello could make: then frames must confirm it.
   */
  tailMissingSinceMs(sequence: number): number | undefined {
    const first = this.#heads.find((head) => head.sequence > sequence);
    if (first === undefined || isJump(sequence, first)) return undefined;
    return Math.max(first.sinceMs, this.#activeMs);
  }

  /** The last frame that was told of `holdMs` ago or earlier: what is missing up to it was waited for. */
  waitedFor(nowMs: number, holdMs: number, sequence: number): KnownHead | undefined {
    // The same sum as in the gate's deadline: a difference would be rounded otherwise.
    return this.#heads.findLast((head) => head.sinceMs + holdMs <= nowMs && !isJump(sequence, head));
  }

  /** The last frame that was told of; undefined for a jump that one hostile hello could make. */
  announced(sequence: number): number | undefined {
    const { head } = this;
    return head === undefined || isJump(sequence, head) ? undefined : head.sequence;
  }

  get head(): KnownHead | undefined {
    return this.#heads.at(-1);
  }
}

function isJump(sequence: number, head: KnownHead): boolean {
  return sequence > 0 && head.sequence - sequence > RECEIVER_LIMITS.maxSequenceJump;
}
