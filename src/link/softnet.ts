/**
 * The backlog that each core has for packets which are not taken yet (kernel: admin-guide/sysctl/net, netdev_max_backlog).
 * Packets go there from virtual interfaces, and from cards with receive packet steering.
 */
import { readFileSync } from 'node:fs';

/** More than any kernel is built for (NR_CPUS). */
const MAX_CORES = 8_192;
const LEAST_COLUMNS = 3;

/** Packets that found it full since the machine started, of all cores and interfaces; undefined where it cannot be told. */
export function readBacklogDrops(): number | undefined {
  try {
    return backlogDrops(readFileSync('/proc/net/softnet_stat', 'latin1'));
  } catch {
    return undefined;
  }
}

/** How many it holds; undefined where it cannot be told, as in a network namespace. */
export function readMaxBacklog(): number | undefined {
  try {
    const text = readFileSync('/proc/sys/net/core/netdev_max_backlog', 'latin1');
    return /^\d{1,9}\n?$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Of /proc/net/softnet_stat: a line a core, words of 32 bits as hexadecimal: processed, dropped, time_squeeze and more (softnet_seq_show). */
export function backlogDrops(table: string): number | undefined {
  const lines = table.split('\n', MAX_CORES + 1).filter((line) => line !== '');
  if (lines.length === 0 || lines.length > MAX_CORES) return undefined;
  let drops = 0;
  for (const line of lines) {
    const columns = line.split(' ');
    const dropped = columns[1] ?? '';
    if (columns.length < LEAST_COLUMNS || !/^[0-9a-f]{8}$/.test(dropped)) return undefined;
    drops += Number.parseInt(dropped, 16);
  }
  return drops;
}
