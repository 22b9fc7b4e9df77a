/** What this machine lost of one step. Pure. */
import type { SendDrops } from '../../src/link/link.ts';

/** Of a link's counts, which rise; undefined where it has none. */
export function dropsBetween(before: SendDrops | undefined, after: SendDrops | undefined): SendDrops | undefined {
  if (after === undefined) return undefined;
  const gained = (of: 'queue' | 'interface') => after[of] && after[of] - (before?.[of] ?? 0);
  return { interfaceName: after.interfaceName, queue: gained('queue'), interface: gained('interface') };
}

export function isLost({ queue = 0, interface: own = 0 }: SendDrops): boolean {
  return queue + own > 0;
}
