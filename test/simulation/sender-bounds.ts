/** What a sender has in memory, inside limits. */
import type { SenderCore } from '../../sender/core.ts';
import { SENDER_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import { check } from './check.ts';

/** `passCount`: of each frame, the first included. `readAtOnce`: lines that its source may hand over before it sees that it should stop. */
export function checkSenderBounds(
  { queue, transmitter }: SenderCore,
  { passCount, readAtOnce }: { readonly passCount: number; readonly readAtOnce: number },
): void {
  const { maxQueuedLines, maxInFlightFrames, maxInFlightBytes, maxWaitingRepeats } = SENDER_LIMITS;
  check(queue.lineCount < maxQueuedLines + readAtOnce, 'too many lines wait for the journal');
  const { frames, bytes } = transmitter.inFlight;
  check(frames <= maxInFlightFrames, 'too many frames wait for the link');
  // One may be as large as frames are, and comes on top.
  check(bytes < maxInFlightBytes + WIRE_LIMITS.maxFrameBytes, 'too many bytes wait for the link');
  check(transmitter.waitingRepeatCount <= maxWaitingRepeats * (passCount - 1), 'too many repeats wait');
}
