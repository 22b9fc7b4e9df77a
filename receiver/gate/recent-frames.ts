/** Digests of the frames released last: what a second frame of the same sequence is compared with. */
import { RECEIVER_LIMITS } from '../../src/limits.ts';

export interface RecentFrame {
  readonly sequence: number;
  readonly digest: Uint8Array;
  readonly frameBytes: number;
}

export class RecentFrames {
  readonly #maxFrames: number;
  readonly #frames = new Map<number, RecentFrame>();

  constructor(frames: readonly RecentFrame[] = [], maxFrames: number = RECEIVER_LIMITS.maxRecentDigests) {
    this.#maxFrames = maxFrames;
    for (const frame of frames) this.add(frame);
  }

  add(frame: RecentFrame): void {
    this.#frames.set(frame.sequence, frame);
    if (this.#frames.size <= this.#maxFrames) return;
    for (const oldest of this.#frames.keys()) {
      this.#frames.delete(oldest);
      return;
    }
  }

  find(sequence: number): RecentFrame | undefined {
    return this.#frames.get(sequence);
  }

  /** In the order in which they were released. */
  get frames(): readonly Pick<RecentFrame, 'sequence' | 'frameBytes'>[] {
    return Array.from(this.#frames.values(), ({ sequence, frameBytes }) => ({ sequence, frameBytes }));
  }

  /** Whether a frame of this sequence was known so long ago that its digest had to make room. */
  hasForgotten(sequence: number): boolean {
    if (this.#frames.size < this.#maxFrames) return false;
    for (const known of this.#frames.keys()) if (known <= sequence) return false;
    return true;
  }

  clear(): void {
    this.#frames.clear();
  }
}
