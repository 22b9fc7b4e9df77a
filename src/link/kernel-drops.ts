/** What the kernel lost before this program could see it, from Linux's own counters; undefined where it cannot be told. */
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { interfaceOf } from './interface-counters.ts';
import type { LinkDrops } from './link.ts';

interface SocketPlace {
  readonly address: string;
  readonly port: number;
}

/** Drops of the UDP socket bound to a place, and of the interface that has its address; undefined for a wildcard address. */
export function kernelDrops(place: SocketPlace): LinkDrops {
  const table = readText(isIPv6(place.address) ? '/proc/net/udp6' : '/proc/net/udp');
  return {
    socket: table === undefined ? undefined : socketDrops(table, place),
    interface: interfaceDrops(place.address),
  };
}

/** Received packets that the interface of an address dropped; undefined for a wildcard address. */
export function interfaceDrops(address: string): number | undefined {
  const name = interfaceOf(address);
  const dropped = name === undefined ? undefined : readText(`/sys/class/net/${name}/statistics/rx_dropped`);
  return dropped === undefined ? undefined : Number(dropped);
}

/** The last column, `drops`, of the socket's line in /proc/net/udp or udp6 (proc_net_udp(5)). */
export function socketDrops(table: string, place: SocketPlace): number | undefined {
  const local = `${hexAddress(place.address)}:${place.port.toString(16).padStart(4, '0')}`.toUpperCase();
  for (const line of table.split('\n')) {
    const columns = line.trim().split(/\s+/);
    if (columns[1] === local) return Number(columns.at(-1));
  }
  return undefined;
}

/** The kernel prints addresses as 32-bit words in the machine's byte order, which is little-endian where we run. */
function hexAddress(address: string): string {
  const bytes = isIPv6(address) ? ipv6Bytes(address) : Buffer.from(address.split('.').map(Number));
  return Buffer.from(bytes).swap32().toString('hex');
}

export function ipv6Bytes(address: string): Buffer {
  // The URL parser knows every form of RFC 4291 and gives hexadecimal groups.
  const plain = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const [head = '', tail = ''] = plain.split('::');
  const groupsOf = (text: string) => (text === '' ? [] : text.split(':'));
  const before = groupsOf(head);
  const after = groupsOf(tail);
  const zeros = new Array<string>(8 - before.length - after.length).fill('0');
  const groups = [...before, ...zeros, ...after];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
