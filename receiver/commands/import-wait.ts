/** An import that waits until the running receiver has all of its bundle. */
import { MEDIA_LIMITS } from '../../src/limits.ts';
import type { WaitClock } from '../../src/ops/wait-clock.ts';
import type { ImportProgress } from '../media/import-progress.ts';

export interface ImportWait {
  /** All of it is durable in the receiver. */
  isDone(): boolean;
  /** The receiver has the bundle, and has not refused it. */
  isThere(): boolean;
  isHalted(): boolean;
  isRunning(): boolean;
  progress(): Promise<ImportProgress>;
  onProgress(progress: ImportProgress): void;
  readonly signal: AbortSignal;
  readonly clock: WaitClock;
}

/** `gone`: the receiver has it no more and did not take it in. */
export type ImportWaited = 'done' | 'waiting' | 'gone';

/**
 * `waiting` as soon as it is not to be waited for: interrupted, halted, nothing moves for a minute, or the receiver ended and
 * was not started again soon.
 */
export async function waitForImport({
  isDone,
  isThere,
  isHalted,
  isRunning,
  progress,
  onProgress,
  signal,
  clock,
}: ImportWait): Promise<ImportWaited> {
  let place: string | undefined;
  let movedMs = clock.nowMs();
  let ranMs = movedMs;
  while (!isDone() && isThere() && !isHalted() && !signal.aborted) {
    const seen = await progress();
    const nowMs = clock.nowMs();
    // No answer is no movement, nor is the same answer after it.
    if (seen.place !== undefined && seen.place !== place) {
      ({ place } = seen);
      movedMs = nowMs;
    }
    if (isRunning()) ranMs = nowMs;
    if (nowMs >= movedMs + MEDIA_LIMITS.importSilenceMs || nowMs >= ranMs + MEDIA_LIMITS.restartMs) break;
    onProgress(seen);
    await clock.wait(MEDIA_LIMITS.importLookMs);
  }
  // In this order: what is taken in is in the table before its file goes.
  const isLeft = isThere();
  if (isDone()) return 'done';
  return isLeft ? 'waiting' : 'gone';
}
