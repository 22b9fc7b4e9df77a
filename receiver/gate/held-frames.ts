/** Verified frames that came ahead of a missing one, bounded in count and bytes. */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { VerifiedFrame } from '../intake/frame-verifier.ts';

interface Held {
  readonly frame: VerifiedFrame;
  readonly arrivedMs: number;
}

export class HeldFrames {
  /** By sequence, in order of arrival. */
  readonly #held = new Map<number, Held>();
  #bytes = 0;
  #highest = 0;

  /** False where it has no room. */
  add(nowMs: number, frame: VerifiedFrame): boolean {
    const { maxHeldFrames, maxHeldBytes } = RECEIVER_LIMITS;
    if (this.#held.size >= maxHeldFrames || this.#bytes + frame.bytes.length > maxHeldBytes) return false;
    this.#held.set(frame.header.sequence, { frame, arrivedMs: nowMs });
    this.#bytes += frame.bytes.length;
    this.#highest = Math.max(this.#highest, frame.header.sequence);
    return true;
  }

  find(sequence: number): VerifiedFrame | undefined {
    return this.#held.get(sequence)?.frame;
  }

  get frames(): readonly { readonly sequence: number; readonly frameBytes: number }[] {
    return Array.from(this.#held, ([sequence, { frame }]) => ({ sequence, frameBytes: frame.bytes.length }));
  }

  take(sequence: number): VerifiedFrame | undefined {
    const held = this.#held.get(sequence);
    if (held === undefined) return undefined;
    this.#held.delete(sequence);
    this.#bytes -= held.frame.bytes.length;
    if (this.#held.size === 0) this.#highest = 0;
    return held.frame;
  }

  /** Those up to a sequence, in order of arrival. */
  takeThrough(sequence: number): readonly VerifiedFrame[] {
    const reached = [...this.#held.keys()].filter((held) => held <= sequence);
    return reached.map((held) => this.take(held) as VerifiedFrame);
  }

  clear(): void {
    this.#held.clear();
    this.#bytes = 0;
    this.#highest = 0;
  }

  /** When the frame that waits longest came: since then something below it is known to be missing. */
  get earliestArrivalMs(): number | undefined {
    for (const { arrivedMs } of this.#held.values()) return arrivedMs;
    return undefined;
  }

  /** The frame of the lowest sequence. Looks at each: asked only when a gap opens. */
  get lowest(): VerifiedFrame | undefined {
    let lowest: VerifiedFrame | undefined;
    for (const { frame } of this.#held.values()) {
      if (lowest === undefined || frame.header.sequence < lowest.header.sequence) lowest = frame;
    }
    return lowest;
  }

  /** 0 where none is held; not below the highest sequence that is. */
  get highest(): number {
    return this.#highest;
  }

  get size(): number {
    return this.#held.size;
  }

  get bytes(): number {
    return this.#bytes;
  }
}
