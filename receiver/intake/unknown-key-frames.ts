/**
 * Frames that name a signing key which is not trusted yet: held, since the bundle that admits the key travels beside the
 * frames and may come later. Nothing of them is authentic but that a session's datagrams carried them, so they are bounded
 * in count, bytes and age; beyond, the oldest is let go, and comes again with a repeat.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { AssembledFrame } from './assembler.ts';

interface HeldFrame {
  readonly frame: AssembledFrame;
  readonly sinceMs: number;
}

export class UnknownKeyFrames {
  /** By "epoch.sequence", so that repeats of one frame take one place. */
  readonly #held = new Map<string, HeldFrame>();
  #heldBytes = 0;

  /** Keeps the frame; returns how many were let go to make room. */
  hold(nowMs: number, frame: AssembledFrame): number {
    const key = `${frame.epoch}.${frame.sequence}`;
    this.#drop(key);
    this.#held.set(key, { frame, sinceMs: nowMs });
    this.#heldBytes += frame.bytes.length;
    return this.#dropWhile(
      () =>
        this.#held.size > RECEIVER_LIMITS.maxUnknownKeyFrames || this.#heldBytes > RECEIVER_LIMITS.maxUnknownKeyBytes,
    );
  }

  /** Takes out all, oldest first: the trusted keys have changed, try them again. */
  takeAll(): readonly AssembledFrame[] {
    const taken = [...this.#held.values()].map(({ frame }) => frame);
    this.#held.clear();
    this.#heldBytes = 0;
    return taken;
  }

  /** Lets go what waited too long; returns how many. */
  expire(nowMs: number): number {
    return this.#dropWhile((oldest) => nowMs >= oldest.sinceMs + RECEIVER_LIMITS.maxUnknownKeyAgeMs);
  }

  nextDeadlineMs(): number | undefined {
    for (const { sinceMs } of this.#held.values()) return sinceMs + RECEIVER_LIMITS.maxUnknownKeyAgeMs;
    return undefined;
  }

  get size(): number {
    return this.#held.size;
  }

  #dropWhile(isOver: (oldest: HeldFrame) => boolean): number {
    let dropped = 0;
    for (const [key, held] of this.#held) {
      if (!isOver(held)) break;
      this.#drop(key);
      dropped++;
    }
    return dropped;
  }

  #drop(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#heldBytes -= held.frame.bytes.length;
  }
}
