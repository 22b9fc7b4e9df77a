/** What the kernel counts on the way of a calibration, as of now. */
import type { ReceiverConfig } from '../../src/config/receiver-config.ts';
import { interfaceOf, readInterfaceCounters } from '../../src/link/interface-counters.ts';
import type { ReceiveLink } from '../../src/link/link.ts';
import { readBacklogDrops } from '../../src/link/softnet.ts';
import type { LinkCounters } from './calibration-places.ts';

/** A wildcard address is no interface's: then it is the one that received most since this was called. */
export function linkCounters(link: ReceiveLink, config: ReceiverConfig['link']): () => LinkCounters {
  const named = config.kind === 'udp' ? interfaceOf(config.address) : undefined;
  const first = config.kind === 'udp' ? readInterfaceCounters() : new Map();
  return () => {
    const interfaces = config.kind === 'udp' ? readInterfaceCounters() : new Map();
    const gainOf = (name: string) => (interfaces.get(name)?.packets ?? 0) - (first.get(name)?.packets ?? 0);
    const busiest = [...interfaces.keys()].reduce<string | undefined>(
      (best, name) => (best === undefined || gainOf(name) > gainOf(best) ? name : best),
      undefined,
    );
    const line = link.line?.();
    return {
      interfaces,
      interfaceName: named ?? busiest,
      backlog: config.kind === 'udp' ? readBacklogDrops() : undefined,
      socket: link.drops().socket,
      line: line && sum(line.discarded),
    };
  };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, value) => total + value, 0);
}
