/** What a network interface says of what passed it, from Linux's own counters (rtnl_link_stats64). */
import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

export interface InterfaceCounters {
  /** Packets that arrived since the machine started, whatever became of them. */
  readonly packets: number;
  /** Bad ones, and those for which interface or driver had no room. */
  readonly lost: number;
}

/** The counters of every interface, by its name; an empty map where the platform does not tell. */
export function readInterfaceCounters(): ReadonlyMap<string, InterfaceCounters> {
  const counters = new Map<string, InterfaceCounters>();
  for (const name of names()) {
    const packets = readInterfaceCounter(name, 'statistics/rx_packets');
    if (packets === undefined) continue;
    // rx_errors holds the frames with a wrong checksum or length; rx_missed_errors is counted beside rx_dropped.
    const lost = ['rx_dropped', 'rx_missed_errors', 'rx_errors'].map(
      (counter) => readInterfaceCounter(name, `statistics/${counter}`) ?? 0,
    );
    counters.set(name, { packets, lost: lost.reduce((sum, value) => sum + value) });
  }
  return counters;
}

/** Which interface has an address; undefined for a wildcard address. */
export function interfaceOf(address: string): string | undefined {
  const plain = address.replace(/%.*$/, '');
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (addresses?.some((own) => own.address === plain)) return name;
  }
  return undefined;
}

/** A number that the kernel tells of an interface in /sys/class/net (sysfs-class-net); undefined where it does not. */
export function readInterfaceCounter(name: string, file: string): number | undefined {
  try {
    const value = Number(readFileSync(`/sys/class/net/${name}/${file}`, 'latin1'));
    return Number.isFinite(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function names(): readonly string[] {
  try {
    return readdirSync('/sys/class/net');
  } catch {
    return [];
  }
}
