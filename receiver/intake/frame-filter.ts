/** What the assembler asks before it keeps anything, and how who cannot ask is told. */

/** Asked before anything is kept: whether this frame can still be of use. */
export interface FrameFilter {
  wanted(frame: { readonly epoch: number; readonly sequence: number; readonly frameBytes: number }): boolean;
}

/** A frame that nobody wants again in this length. */
export interface KnownFrame {
  readonly sequence: number;
  readonly frameBytes: number;
}

/** Frames of this epoch are wanted above `sequence` up to `farthest`, and in gaps, unless they are known. */
export interface WantedPlaces {
  readonly epoch: number;
  readonly sequence: number;
  readonly farthest: number;
  /** Nothing is wanted. */
  readonly isHalted: boolean;
  /** At most `maxOpenGaps`. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
}
