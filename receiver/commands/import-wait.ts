/** An import that waits until the running receiver has all of its bundle. */
import { MEDIA_LIMITS } from '../../src/limits.ts';
import type { ImportProgress } from '../import-progress.ts';

export interface ImportWait {
  /** All of it is durable in the receiver. */
  isDone(): boolean;
  /** It runs, has the bundle, and no halt stands in the way. */
  isUnderWay(): boolean;
  progress(): Promise<ImportProgress>;
  onProgress(progress: ImportProgress): void;
  readonly signal: AbortSignal;
  readonly clock: { nowMs(): number; wait(delayMs: number): Promise<void> };
}

/** True once it is taken in; false as soon as that is not to be waited for: interrupted, or nothing moves for a minute. */
export async function waitForImport({ isDone, isUnderWay, progress, onProgress, signal, clock }: ImportWait) {
  let place = '';
  let movedMs = clock.nowMs();
  while (!isDone() && isUnderWay() && !signal.aborted) {
    const seen = await progress();
    if (seen.place !== place) movedMs = clock.nowMs();
    if (clock.nowMs() >= movedMs + MEDIA_LIMITS.importSilenceMs) break;
    ({ place } = seen);
    onProgress(seen);
    await clock.wait(MEDIA_LIMITS.importLookMs);
  }
  return isDone();
}
