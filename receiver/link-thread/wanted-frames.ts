/**
 * gate ─► **wanted frames** ─► assembler
 *
 * What the gate wants, as the thread that reads the link knows it: a little late. It may want a frame that the gate knows by
 * now, which is dropped there; it refuses none that the gate wants, but for one: the other frame of a sequence that a sender
 * signed twice, once the first of them is among the oldest that are remembered.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { WantedState } from '../intake/assembler-messages.ts';
import type { FrameFilter } from '../intake/frame-filter.ts';

/** Those that the gate remembers, released and held: 8192 × about 50 bytes. */
const MAX_KNOWN = RECEIVER_LIMITS.maxRecentDigests + RECEIVER_LIMITS.maxHeldFrames;

export class WantedFrames implements FrameFilter {
  #state: WantedState | undefined;
  /** Bytes by sequence, of this epoch, in the order in which they were named. */
  readonly #known = new Map<number, number>();

  /** Before the first nothing is wanted. */
  handleState(state: WantedState): void {
    if (state.epoch !== this.#state?.epoch) this.#known.clear();
    this.#state = state;
    for (const { sequence, frameBytes } of state.known) {
      this.#known.delete(sequence);
      this.#known.set(sequence, frameBytes);
    }
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_KNOWN) break;
      this.#known.delete(oldest);
    }
  }

  wanted(frame: { readonly epoch: number; readonly sequence: number; readonly frameBytes: number }): boolean {
    const state = this.#state;
    if (state === undefined || state.isHalted) return false;
    if (frame.epoch !== state.epoch || frame.sequence > state.farthest) return false;
    const knownBytes = this.#known.get(frame.sequence);
    if (knownBytes !== undefined) return knownBytes !== frame.frameBytes;
    return (
      frame.sequence > state.sequence ||
      state.gaps.some(({ from, to }) => from <= frame.sequence && frame.sequence <= to)
    );
  }
}
