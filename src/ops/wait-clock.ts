/** What a wait takes that looks again and again; tests bring their own. */
import { setTimeout as delay } from 'node:timers/promises';

export interface WaitClock {
  /** Monotonic. */
  nowMs(): number;
  /** Resolves after so long, or when somebody interrupts. */
  wait(delayMs: number): Promise<void>;
}

export function waitClock(interrupt?: AbortSignal): WaitClock {
  return {
    nowMs: () => performance.now(),
    wait: (delayMs) => delay(delayMs, undefined, interrupt && { signal: interrupt }).catch(() => {}),
  };
}
