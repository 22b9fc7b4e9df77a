/** Runs a calibration sweep: [sweep] ─► send loop ─► link, and at its end what the kernel has not taken, as at a stop of `run`. */
import { setTimeout as delay } from 'node:timers/promises';
import { SENDER_LIMITS } from '../../src/limits.ts';
import type { SendLink } from '../../src/link/link.ts';
import { type SenderClock, SendLoop } from '../transmit/send-loop.ts';
import type { CalibrationSweep } from './calibration-sweep.ts';

export interface SweepRun {
  readonly sweep: CalibrationSweep;
  /** The caller closes it. */
  readonly link: SendLink;
  readonly clock: SenderClock;
  readonly onTurn: () => void;
  /** Ends the sweep wherever it is. */
  readonly signal: AbortSignal;
}

const DRAIN_CHECK_MS = 5;

/** Whether the kernel took all that was sent, within `stopDrainMs` of the end. Rejects with what the sweep threw. */
export async function runSweep({ sweep, link, clock, onTurn, signal }: SweepRun): Promise<boolean> {
  const loop = await new Promise<SendLoop>((resolve, reject) => {
    const running: SendLoop = new SendLoop({
      core: sweep,
      link,
      clock,
      onTurn: () => {
        onTurn();
        if (sweep.isDone) resolve(running);
      },
      onFatal: reject,
    });
    signal.addEventListener('abort', () => resolve(running), { once: true });
    if (signal.aborted) resolve(running);
    else running.wake();
  });
  // It may be the very marks that say what the last step sent.
  loop.finish();
  const endMs = clock.nowMs() + SENDER_LIMITS.stopDrainMs;
  while (!loop.isHandedOver && !link.isAway && clock.nowMs() < endMs) await delay(DRAIN_CHECK_MS);
  loop.stop();
  return loop.isHandedOver;
}
