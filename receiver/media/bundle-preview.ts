/**
 * What a bundle would do, before anything is done: its frames go through a gate of their own that begins where the
 * receiver's stands, so that order, gaps and halts are judged by the very same code. Pure.
 */
import { OPS_LIMITS } from '../../src/limits.ts';
import { type FrameRun, joinRuns } from '../../src/wire/frame-runs.ts';
import { judgeBundle } from '../gate/bundle-judgement.ts';
import { Gate } from '../gate/gate.ts';
import type { StoredGate } from '../gate/gate-store.ts';
import type { AnnouncedHeads } from '../gate/head-judgement.ts';
import type { StreamHalt } from '../gate/stream-halt.ts';
import type { VerifiedFrame } from '../intake/frame-verifier.ts';

export interface BundlePreviewCounts {
  /** Not known yet, in sequence or healing a gap. */
  readonly newFrames: number;
  readonly healedFrames: number;
  readonly knownFrames: number;
  /** Frames that gaps lose by it. */
  readonly healed: readonly FrameRun[];
  /** Missing frames that the bundle makes known, and does not have. */
  readonly missing: readonly FrameRun[];
}

/** `halts`: the stream would halt, and nothing else happens. */
export type PreviewVerdict = 'ready' | 'old' | 'epoch-jump' | 'halted' | { readonly halts: StreamHalt };

/** One step of the gate's clock: what it waits for is over at the next. */
const HOLD_MS = 1;

export class BundlePreview {
  readonly #gate: Gate;
  readonly #onRelease: (frame: VerifiedFrame) => void;
  #nowMs = 0;
  #newFrames = 0;
  #knownFrames = 0;
  #healed: readonly FrameRun[] = [];
  #missing: readonly FrameRun[] = [];
  #healedFrames = 0;
  #halt: StreamHalt | undefined;

  /** `onRelease` gets each frame that would go on, in that order. */
  constructor(
    names: { readonly boundary: string; readonly stream: string },
    { state, recentFrames }: Pick<StoredGate, 'state' | 'recentFrames'>,
    onRelease: (frame: VerifiedFrame) => void,
  ) {
    this.#gate = new Gate({ ...names, holdMs: HOLD_MS, state, recentFrames });
    this.#onRelease = onRelease;
  }

  begin(heads: AnnouncedHeads): PreviewVerdict {
    const judgement = judgeBundle(this.#gate, heads);
    if (typeof judgement === 'object') return { halts: judgement };
    if (judgement === 'old' || judgement === 'halted' || judgement === 'epoch-jump') return judgement;
    this.#gate.handleHello(this.#nowMs, heads, judgement);
    this.#drain();
    return 'ready';
  }

  /** The halt that this frame would cause; none follows it. */
  handleFrame(frame: VerifiedFrame): StreamHalt | undefined {
    const outcome = this.#gate.handleFrame(this.#nowMs, frame);
    if (outcome === 'duplicate' || outcome === 'old') this.#knownFrames++;
    // It waits for frames that the bundle does not have: the receiver would not wait for ever.
    if (outcome === 'held') this.#nowMs += HOLD_MS;
    this.#drain();
    return this.#halt;
  }

  /** All frames were handed in. */
  end(): BundlePreviewCounts {
    this.#nowMs += HOLD_MS;
    this.#drain('tail');
    return {
      newFrames: this.#newFrames,
      healedFrames: this.#healedFrames,
      knownFrames: this.#knownFrames,
      healed: this.#healed,
      missing: this.#missing,
    };
  }

  #drain(tail?: 'tail'): void {
    // What the head names comes with the rest of the bundle.
    if (tail === undefined) this.#gate.handleActivity(this.#nowMs);
    for (let next = this.#gate.poll(this.#nowMs, 0); next !== undefined; next = this.#gate.poll(this.#nowMs, 0)) {
      if (next.kind === 'halted') this.#halt = next.halt;
      if (next.kind === 'gap-opened') this.#missing = noted(this.#missing, next.gap);
      if (next.kind !== 'release') continue;
      const { sequence } = next.frame.header;
      this.#newFrames++;
      if (next.isHealed) {
        this.#healedFrames++;
        this.#healed = noted(this.#healed, { from: sequence, to: sequence });
      }
      this.#onRelease(next.frame);
    }
  }
}

function noted(runs: readonly FrameRun[], { from, to }: FrameRun): readonly FrameRun[] {
  const last = runs.at(-1);
  // Frames come in sequence: most only make the last run longer.
  if (last !== undefined && last.to + 1 === from) return [...runs.slice(0, -1), { from: last.from, to }];
  return runs.length >= OPS_LIMITS.maxResendRuns ? runs : joinRuns([...runs, { from, to }]);
}
