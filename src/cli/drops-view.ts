/** What a person reads of what the sending machine lost. */
import type { SendDrops } from '../link/link.ts';
import { count } from './status-table.ts';

export function dropsText({ interfaceName, queue, interface: own }: SendDrops): string {
  const shown = (value: number | undefined) => (value === undefined ? 'unknown' : count(value));
  return `queue of ${interfaceName} ${shown(queue)}, ${interfaceName} itself ${shown(own)}`;
}

/** The sentence and its cure; undefined where datagrams reach the diode as far as this machine knows. */
export function unansweredText({ interfaceName, unanswered }: SendDrops): string | undefined {
  if (unanswered === undefined) return undefined;
  return `Nothing reaches the diode: nobody tells the hardware address of ${unanswered}, as nobody does behind a diode: ip neigh replace ${unanswered} lladdr MAC-OF-THE-DIODE nud permanent dev ${interfaceName}.`;
}
