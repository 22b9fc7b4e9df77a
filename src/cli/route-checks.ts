/** Checks of the way to the diode: route, static neighbour, MTU, speed. Nothing here sends a datagram. */
import { isIP } from 'node:net';
import { WIRE_LIMITS } from '../limits.ts';
import { HEADER_BYTES, TAG_BYTES } from '../wire/datagram.ts';
import { rateText } from './calibration-text.ts';
import { type CheckItem, fail, ok, warn } from './check-report.ts';
import type { Machine } from './machine.ts';

const UDP_HEADER_BYTES = 8;
/** Of an interface's speed: recommended, so that other frames find room. */
const SPEED_SHARE = 0.95;

/** What a config says of the way to the diode. */
export interface CheckedRoute {
  readonly address: string;
  readonly symbolBytes: number;
  readonly rateBitsPerSecond: number;
}

interface Route {
  readonly dev: string;
  readonly gateway?: string;
  readonly isLocal: boolean;
}

/** What the interface towards `target` takes; undefined where it cannot be told. */
export interface LinkMtu {
  readonly device: string;
  readonly mtuBytes: number;
  /** The largest symbol whose datagrams are not fragmented. */
  readonly symbolBytes: number;
}

export function linkMtu(machine: Machine, target: string): LinkMtu | undefined {
  const route = routeTo(machine, target);
  return route && mtuOf(machine, route.dev, target);
}

export function checkRoute(machine: Machine, link: CheckedRoute): readonly CheckItem[] {
  const { address: target, symbolBytes, rateBitsPerSecond } = link;
  const route = routeTo(machine, target);
  if (route === undefined) {
    if (machine.output('ip', ['-V']) === undefined) {
      return [
        warn(
          'route',
          'The program `ip` is not here, so route, neighbour and MTU are not checked.',
          'Install iproute2.',
        ),
      ];
    }
    const cure = `Bring its interface up (ip link set INTERFACE up), or add one: ip route add ${withoutZone(target)} dev INTERFACE`;
    return [fail('route', `There is no route to ${target}.`, cure)];
  }
  const via = route.gateway === undefined ? '' : ` via ${route.gateway}`;
  return [
    ok('route', `${target} is reached on ${route.dev}${via}`),
    ...checkCarrier(machine, route.dev),
    checkNeighbour(machine, route, withoutZone(target)),
    checkMtu(machine, route.dev, target, symbolBytes),
    ...checkSpeed(machine, route.dev, rateBitsPerSecond),
  ];
}

/** sysfs-class-net: `carrier` is 0 or 1, and cannot be read of an interface that is down. Without one the kernel drops all. */
function checkCarrier(machine: Machine, device: string): readonly CheckItem[] {
  if (machine.readText(`/sys/class/net/${device}/carrier`)?.trim() !== '0') return [];
  const seen = `${device} has no carrier: nothing that is sent leaves this machine.`;
  return [fail('cable', seen, 'Plug the cable of the diode in here, and look whether its inlet is on.')];
}

/** Behind a diode nobody answers ARP or neighbour discovery, so the kernel must know the next hop's hardware address. */
function checkNeighbour(machine: Machine, route: Route, target: string): CheckItem {
  if (route.isLocal) return ok('neighbour', `${target} is this machine: none is needed`);
  const hop = route.gateway ?? target;
  const entry = readNeighbour(machine.output('ip', ['-j', 'neigh', 'show', 'to', hop, 'dev', route.dev]) ?? '');
  const address = entry?.lladdr;
  const cure = `ip neigh replace ${hop} lladdr ${address ?? 'MAC-OF-THE-DIODE'} nud permanent dev ${route.dev}`;
  if (entry?.states.includes('PERMANENT')) return ok('neighbour', `${hop} is ${address}, permanent`);
  if (entry?.states.includes('NOARP')) return ok('neighbour', `${route.dev} needs none`);
  if (address !== undefined) {
    return warn('neighbour', `${hop} is ${address}, learnt from an answer that a diode would not let through.`, cure);
  }
  return fail(
    'neighbour',
    `${hop} on ${route.dev} has no static neighbour entry: behind a diode nothing would be sent.`,
    cure,
  );
}

function checkMtu(machine: Machine, device: string, target: string, symbolBytes: number): CheckItem {
  const mtu = mtuOf(machine, device, target);
  if (mtu === undefined) return warn('mtu', `The MTU of ${device} cannot be read.`, 'Check it: ip link show');
  const { mtuBytes, symbolBytes: largest } = mtu;
  const seen = `the MTU of ${device} is ${mtuBytes}: symbols up to ${largest} bytes fit, link.symbolBytes is ${symbolBytes}`;
  if (symbolBytes <= largest) return ok('mtu', seen);
  return fail(
    'mtu',
    `${seen}, so each datagram would be fragmented.`,
    `Set link.symbolBytes: ${largest} in config.yaml.`,
  );
}

/**
 * Nothing where the interface has no speed of its own (loopback, tunnels) or does not know it. sysfs-class-net: `speed` in
 * Mbit/s, -1 where unknown; `duplex` is half, full or unknown.
 */
function checkSpeed(machine: Machine, device: string, rateBitsPerSecond: number): readonly CheckItem[] {
  const megabits = Number(machine.readText(`/sys/class/net/${device}/speed`) ?? Number.NaN);
  if (!(megabits > 0)) return [];
  const speed = megabits * 1e6;
  const seen = `${device} makes ${rateText(speed)}, link.rateBitsPerSecond is ${rateText(rateBitsPerSecond)}`;
  const cure = `Set link.rateBitsPerSecond: ${Math.floor(speed * SPEED_SHARE)} or less in config.yaml; \`calibrate\` finds what the diode takes.`;
  const ofSpeed =
    rateBitsPerSecond > speed
      ? fail('speed', `${seen}: the rest waits in its queue and is lost there.`, cure)
      : ok('speed', seen);
  if (machine.readText(`/sys/class/net/${device}/duplex`)?.trim() !== 'half') return [ofSpeed];
  const lost = `${device} is half duplex, as where nobody answers its negotiation: frames collide or wait.`;
  return [ofSpeed, warn('duplex', lost, `ethtool -s ${device} speed ${megabits} duplex full autoneg off`)];
}

function routeTo(machine: Machine, target: string): Route | undefined {
  const zone = /%([^%]+)$/.exec(target)?.[1];
  const oif = zone === undefined ? [] : ['oif', zone];
  const text = machine.output('ip', ['-j', 'route', 'get', withoutZone(target), ...oif]);
  return text === undefined ? undefined : readRoute(text);
}

function mtuOf(machine: Machine, device: string, target: string): LinkMtu | undefined {
  const mtuBytes = Number(machine.readText(`/sys/class/net/${device}/mtu`) ?? Number.NaN);
  if (Number.isNaN(mtuBytes)) return undefined;
  const headerBytes = (isIP(withoutZone(target)) === 6 ? 40 : 20) + UDP_HEADER_BYTES + HEADER_BYTES + TAG_BYTES;
  const step = WIRE_LIMITS.symbolStepBytes;
  const symbolBytes = Math.min(WIRE_LIMITS.maxSymbolBytes, Math.floor((mtuBytes - headerBytes) / step) * step);
  return { device, mtuBytes, symbolBytes };
}

function readRoute(text: string): Route | undefined {
  const [route] = parseList(text) as readonly { dev?: string; gateway?: string; type?: string }[];
  if (typeof route?.dev !== 'string') return undefined;
  const isLocal = route.dev === 'lo' || route.type === 'local';
  return { dev: route.dev, isLocal, ...(route.gateway !== undefined && { gateway: route.gateway }) };
}

function readNeighbour(text: string): { readonly lladdr?: string; readonly states: readonly string[] } | undefined {
  const [entry] = parseList(text) as readonly { lladdr?: string; state?: readonly string[] }[];
  if (entry === undefined) return undefined;
  return { states: entry.state ?? [], ...(entry.lladdr !== undefined && { lladdr: entry.lladdr }) };
}

function parseList(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text || '[]');
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

function withoutZone(address: string): string {
  return address.replace(/%[^%]+$/, '');
}
