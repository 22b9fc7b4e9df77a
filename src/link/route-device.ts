/** Through which interface the kernel sends to an address, by the main routing table: no socket, no program, no privilege. */
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { interfaceOf } from './interface-counters.ts';
import { ipv6Bytes } from './kernel-drops.ts';

interface Route {
  readonly device: string;
  readonly prefix: Uint8Array;
  readonly prefixBits: number;
  readonly metric: number;
  /** RTF_ of linux/route.h. */
  readonly flags: number;
}

const LOOPBACK = 'lo';
const RTF_UP = 0x1;
const RTF_REJECT = 0x200;

/** Undefined where there is no route, and where the way ends on this machine. */
export function routeDevice(address: string): string | undefined {
  const zone = /%(.+)$/.exec(address)?.[1];
  if (zone !== undefined) return zone;
  try {
    if (address.startsWith('127.') || interfaceOf(address) !== undefined) return undefined;
    const device = isIPv6(address)
      ? bestRoute(ipv6Routes(readFileSync('/proc/net/ipv6_route', 'latin1')), ipv6Bytes(address))
      : bestRoute(ipv4Routes(readFileSync('/proc/net/route', 'latin1')), ipv4Bytes(address));
    return device === LOOPBACK ? undefined : device;
  } catch {
    return undefined;
  }
}

/** The longest prefix, then the lowest metric. */
export function bestRoute(routes: readonly Route[], address: Uint8Array): string | undefined {
  const matching = routes.filter((route) => (route.flags & RTF_UP) !== 0 && isWithin(address, route));
  const [best] = matching.sort((a, b) => b.prefixBits - a.prefixBits || a.metric - b.metric);
  return best === undefined || (best.flags & RTF_REJECT) !== 0 ? undefined : best.device;
}

/** /proc/net/route: interface, destination, gateway, flags, two counts, metric, mask; words in the machine's order, little-endian where we run. */
export function ipv4Routes(table: string): readonly Route[] {
  return rows(table, 8).flatMap(([device = '', destination = '', , flags = '', , , metric = '', mask = '']) => {
    const prefix = Buffer.from(destination, 'hex').reverse();
    if (prefix.length !== 4) return [];
    const prefixBits = Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length;
    return [{ device, prefix, prefixBits, metric: Number(metric), flags: Number.parseInt(flags, 16) }];
  });
}

/** /proc/net/ipv6_route: prefix and its bits, source and its bits, next hop, metric, two counts, flags, interface; all hexadecimal. */
export function ipv6Routes(table: string): readonly Route[] {
  return rows(table, 10).flatMap(([prefixText = '', bits = '', , , , metric = '', , , flags = '', device = '']) => {
    const prefix = Buffer.from(prefixText, 'hex');
    if (prefix.length !== 16) return [];
    const number = (text: string) => Number.parseInt(text, 16);
    return [{ device, prefix, prefixBits: number(bits), metric: number(metric), flags: number(flags) }];
  });
}

function rows(table: string, columns: number): readonly (readonly string[])[] {
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(({ length }) => length >= columns);
}

function ipv4Bytes(address: string): Uint8Array {
  return Buffer.from(address.split('.').map(Number));
}

function isWithin(address: Uint8Array, { prefix, prefixBits }: Route): boolean {
  return prefix.every((byte, at) => {
    const mask = (0xff00 >> Math.min(Math.max(prefixBits - 8 * at, 0), 8)) & 0xff;
    return ((byte ^ (address[at] ?? 0)) & mask) === 0;
  });
}
