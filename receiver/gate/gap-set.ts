/**
 * Frames known to be missing, as ranges in ascending order. Each range remembers the digests at its borders, so that the
 * chain of headers is checked across it when it heals.
 */

/** Both ends included. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  /** The extent that was recorded first: what is left of it after healing keeps it. */
  readonly openedFrom: number;
  readonly openedTo: number;
  /** Wall clock when it was recorded; its parts keep it. */
  readonly sinceMs: number;
  /** Digest of frame `from - 1`; absent where `from` is 1 or that frame was lost too. */
  readonly beforeDigest?: Uint8Array;
  /** Digest that frame `to` must have: the one that frame `to + 1` or a hello names. */
  readonly endDigest?: Uint8Array;
}

/** What a healing frame says of its neighbours. */
export interface FrameLinks {
  readonly sequence: number;
  readonly digest: Uint8Array;
  readonly previousDigest: Uint8Array;
}

export class GapSet {
  readonly #maxGaps: number;
  #gaps: Gap[];

  constructor(maxGaps: number, gaps: readonly Gap[] = []) {
    this.#maxGaps = maxGaps;
    this.#gaps = [...gaps];
  }

  /** Records a gap above all others; returns those that had to be closed as lost to stay in bounds, oldest first. */
  open(gap: Gap): readonly Gap[] {
    this.#gaps.push(gap);
    return this.#trim();
  }

  /**
   * Takes a frame out of its gap, which shrinks, splits or closes; the parts learn the frame's digests. Returns what was
   * lost to stay in bounds (a split makes one more). The caller asked `find` before.
   */
  heal(links: FrameLinks): readonly Gap[] {
    const { sequence, digest, previousDigest } = links;
    const index = this.#gaps.findIndex((gap) => gap.from <= sequence && sequence <= gap.to);
    const gap = this.#gaps[index];
    if (gap === undefined) return [];
    const parts: Gap[] = [];
    if (gap.from < sequence) parts.push({ ...gap, to: sequence - 1, endDigest: Uint8Array.from(previousDigest) });
    if (sequence < gap.to) parts.push({ ...gap, from: sequence + 1, beforeDigest: digest });
    this.#gaps.splice(index, 1, ...parts);
    return this.#trim();
  }

  /** Closes what lies at or below a sequence, and returns it; of a gap across it the rest stays. */
  closeThrough(sequence: number): readonly Gap[] {
    const closed = this.#gaps
      .filter(({ from }) => from <= sequence)
      .map((gap) => ({ ...gap, to: Math.min(gap.to, sequence) }));
    this.#gaps = this.#gaps.flatMap((gap) => {
      if (gap.to <= sequence) return [];
      if (gap.from > sequence) return [gap];
      // Nobody has told the digest of the frame before what is left.
      const { beforeDigest: _, ...rest } = gap;
      return [{ ...rest, from: sequence + 1 }];
    });
    return closed;
  }

  /** The gap that a sequence lies in. At most `maxGaps` comparisons, from the newest. */
  find(sequence: number): Gap | undefined {
    return this.#gaps.findLast((gap) => gap.from <= sequence && sequence <= gap.to);
  }

  /** What the neighbours of a missing frame say that the digest of this one must be. */
  digestsOf(sequence: number): readonly Uint8Array[] {
    return this.#gaps.flatMap(({ from, to, beforeDigest, endDigest }) => {
      const named = from - 1 === sequence ? beforeDigest : to === sequence ? endDigest : undefined;
      return named === undefined ? [] : [named];
    });
  }

  /** Closes those that were opened before `beforeMs`, since nothing will heal them. */
  closeOpenedBefore(beforeMs: number): readonly Gap[] {
    const closed = this.#gaps.filter(({ sinceMs }) => sinceMs < beforeMs);
    this.#gaps = this.#gaps.filter(({ sinceMs }) => sinceMs >= beforeMs);
    return closed;
  }

  /** Forgets all of them, as a new epoch does; returns what was lost. */
  clear(): readonly Gap[] {
    const lost = this.#gaps;
    this.#gaps = [];
    return lost;
  }

  /** Ascending, apart from each other or touching where a frame between them was released. */
  get gaps(): readonly Gap[] {
    return [...this.#gaps];
  }

  get size(): number {
    return this.#gaps.length;
  }

  get missingFrames(): number {
    return countMissing(this.#gaps);
  }

  #trim(): readonly Gap[] {
    return this.#gaps.splice(0, Math.max(0, this.#gaps.length - this.#maxGaps));
  }
}

/** Frames in gaps that do not overlap. */
export function countMissing(gaps: readonly Gap[]): number {
  return gaps.reduce((sum, gap) => sum + gap.to - gap.from + 1, 0);
}
