/** An import that waits until the running receiver has all of its bundle. */
import { MEDIA_LIMITS } from '../../src/limits.ts';
import type { ImportProgress } from '../import-progress.ts';

export interface ImportWait {
  /** All of it is durable in the receiver. */
  isDone(): boolean;
  /** The receiver has the bundle, and no halt stands in the way. */
  isUnderWay(): boolean;
  isRunning(): boolean;
  progress(): Promise<ImportProgress>;
  onProgress(progress: ImportProgress): void;
  readonly signal: AbortSignal;
  readonly clock: { nowMs(): number; wait(delayMs: number): Promise<void> };
}

/**
 * True once it is taken in; false as soon as that is not to be waited for: interrupted, nothing moves for a minute, or the receiver
 * ended and was not started again soon.
 */
export async function waitForImport({
  isDone,
  isUnderWay,
  isRunning,
  progress,
  onProgress,
  signal,
  clock,
}: ImportWait): Promise<boolean> {
  let place = '';
  let movedMs = clock.nowMs();
  let ranMs = movedMs;
  while (!isDone() && isUnderWay() && !signal.aborted) {
    const seen = await progress();
    const nowMs = clock.nowMs();
    if (seen.place !== place) movedMs = nowMs;
    if (isRunning()) ranMs = nowMs;
    if (nowMs >= movedMs + MEDIA_LIMITS.importSilenceMs || nowMs >= ranMs + MEDIA_LIMITS.importRestartMs) break;
    ({ place } = seen);
    onProgress(seen);
    await clock.wait(MEDIA_LIMITS.importLookMs);
  }
  return isDone();
}
