/** Waits for what is to happen, however long a busy machine takes for it, and no longer. */
import { setTimeout as delay } from 'node:timers/promises';

/** Looks again and again, and answers what was seen once it is wanted; fails with `what` where it never is. */
export async function until<T>(
  look: () => T | Promise<T>,
  isWanted: (seen: T) => boolean = Boolean,
  { what = () => 'it never came to that', everyMs = 5, withinMs = 50_000 }: UntilOptions = {},
): Promise<T> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (isWanted(seen)) return seen;
    if (performance.now() > endMs) throw new Error(`${what()}: ${JSON.stringify(seen)}`);
    await delay(everyMs);
  }
}

interface UntilOptions {
  readonly what?: () => string;
  readonly everyMs?: number;
  readonly withinMs?: number;
}
