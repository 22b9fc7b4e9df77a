/**
 * spool ─► **wholeness** ─► transaction plan
 *
 * A receiver that is not whole waits until what makes it whole lies in its spool: a snapshot cycle from its first part to
 * its last, or every frame from the first on. It reads ahead once, in pieces, and keeps nothing of what it reads.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { openSpooledFrame } from '../intake/frame-verifier.ts';
import type { ReceiverStore } from '../receiver-store.ts';
import { covers, emptyPosition, releasedPart, type StreamPosition } from './progress.ts';
import { isWholeCycle, type SnapshotProgress, trackPart } from './snapshot-progress.ts';
import { unpackFrame } from './unpacker.ts';
import type { Unwhole } from './whole-state.ts';

/** `looking`: there is more to read ahead; ask again soon. */
export type Readiness = 'ready' | 'waiting' | 'looking';

interface Ahead {
  readonly sinceMs: number;
  position: number;
  snapshot: SnapshotProgress | undefined;
}

export class Wholeness {
  readonly #store: ReceiverStore;
  /** Read ahead up to there, for the state that was unwhole since then. */
  #ahead: Ahead | undefined;
  #isReady = false;

  constructor(store: ReceiverStore) {
    this.#store = store;
  }

  /** Whether frames may be published now. Each call reads ahead 256 frames of the spool at most. */
  look(): Readiness {
    const unwhole = this.#store.whole.current;
    if (unwhole === undefined) {
      this.#ahead = undefined;
      this.#isReady = false;
      return 'ready';
    }
    if (this.#ahead?.sinceMs !== unwhole.sinceMs) this.#ahead = this.#begin(unwhole);
    if (this.#isReady || this.#hasAllFrames(unwhole)) return 'ready';
    const hasMore = this.#readAhead(this.#ahead);
    this.#isReady = isWholeCycle(this.#ahead.snapshot);
    return this.#isReady ? 'ready' : hasMore ? 'looking' : 'waiting';
  }

  /** Once frames with all that is missing were published: what makes the state whole. */
  static isReached(unwhole: Unwhole, position: StreamPosition): boolean {
    if (isWholeCycle(position.snapshot) && position.snapshot?.epoch === position.epoch) return true;
    return unwhole.reason === 'joined' && missingUpTo(unwhole, position) === 0;
  }

  #begin({ sinceMs }: Unwhole): Ahead {
    const { appliedPosition, progress } = this.#store;
    this.#isReady = false;
    return { sinceMs, position: appliedPosition, snapshot: progress?.snapshot };
  }

  /** False where there is no more. */
  #readAhead(ahead: Ahead): boolean {
    const { spool, progress, appliedPosition } = this.#store;
    const position = progress ?? emptyPosition();
    // Frames were published meanwhile, since all of them lay there: the cycle goes on from theirs.
    if (appliedPosition > ahead.position)
      Object.assign(ahead, { position: appliedPosition, snapshot: progress?.snapshot });
    const frames = spool.next(ahead.position, READ_AHEAD);
    for (const spooled of frames) {
      ahead.position = spooled.position;
      if (covers(position, spooled)) continue;
      const { header, payload } = openSpooledFrame(spooled);
      if (header.kind !== 'snapshot') continue;
      const part = releasedPart({ header, content: unpackFrame(header, payload) });
      if (part !== undefined) ahead.snapshot = trackPart(ahead.snapshot, header.epoch, part);
      // The next cycle may begin behind it, and never become whole.
      if (isWholeCycle(ahead.snapshot)) break;
    }
    return frames.length > 0;
  }

  #hasAllFrames(unwhole: Unwhole): boolean {
    if (unwhole.reason !== 'joined') return false;
    const { spool, progress, appliedPosition } = this.#store;
    const position = progress ?? emptyPosition();
    const missing = missingUpTo(unwhole, position);
    // A scan of the index: only where there can be enough.
    if (spool.frameCount < missing) return false;
    return missing === spool.countFrames({ ...unwhole, afterPosition: appliedPosition });
  }
}

const READ_AHEAD = {
  maxFrames: 256,
  maxRecords: Number.POSITIVE_INFINITY,
  maxBytes: RECEIVER_LIMITS.maxTransactionBytes,
};

/** Frames from 1 to the head of that time that the position does not cover. */
function missingUpTo({ epoch, sequence }: Pick<Unwhole, 'epoch' | 'sequence'>, position: StreamPosition): number {
  // In a later epoch what is missing of that one is lost, and nobody can tell which frames are: only a snapshot makes it whole.
  if (position.epoch > epoch || position.lost !== undefined) return Number.POSITIVE_INFINITY;
  if (position.epoch < epoch) return sequence;
  const behind = Math.max(0, sequence - position.sequence);
  return position.gaps.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, sequence) - from + 1), behind);
}
