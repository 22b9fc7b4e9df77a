/** What a person reads of what the sending machine lost. */
import type { SendDrops } from '../link/link.ts';
import { count } from './status-table.ts';

export function dropsText({ interfaceName, queue, interface: own }: SendDrops): string {
  const shown = (value: number | undefined) => (value === undefined ? 'unknown' : count(value));
  return `queue of ${interfaceName} ${shown(queue)}, ${interfaceName} itself ${shown(own)}`;
}
