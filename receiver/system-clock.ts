import { setTimeout as delay } from 'node:timers/promises';
import type { PublisherClock } from './publish/publisher.ts';

export function systemClock(): PublisherClock {
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    wait: async (delayMs, signal) => {
      // An abort is what ends a pause early, and no failure.
      await delay(delayMs, undefined, { signal }).catch(() => {});
    },
  };
}
