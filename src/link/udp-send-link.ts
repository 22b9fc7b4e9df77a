/**
 * The sending end of a UDP diode. It is connected to the one address, so the kernel keeps the route, and hears nothing:
 * whatever arrives is thrown away unread, and an ICMP error is counted and costs no datagram.
 */
import { isIP } from 'node:net';
import type { UdpSendConfig } from '../config/sender-config.ts';
import { SENDER_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { openBatchedSendLink } from './batched-send-link.ts';
import { openDgramSendLink } from './dgram-send-link.ts';
import type { BatchingStatus, SendLink } from './link.ts';
import { routeDevice } from './route-device.ts';
import { TransmitDrops } from './transmit-drops.ts';
import { chooseBatching } from './udp-batching.ts';

/** Longest UDP payload by IP version: 65,535 less 8 of UDP and IPv4's 20; less 8 and IPv6's 40. */
const MAX_PAYLOAD_BYTES = { 4: 65_507, 6: 65_487 } as const;

export interface UdpSendLink extends SendLink {
  /** What the kernel granted. Linux reports twice the figure, its own book-keeping included (socket(7)). */
  readonly sendBufferBytes: number;
  /** 0 to SENDER_LIMITS.maxQueuedDatagrams. */
  readonly queuedDatagrams: number;
}

export type UdpTarget = Pick<UdpSendConfig, 'address' | 'port' | 'sendBufferBytes' | 'batching'>;

/** What both kinds of socket are opened with. */
export interface UdpSendSocket {
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
  readonly sendBufferBytes: number;
  readonly maxDatagramBytes: number;
  readonly overheadBytes: number;
  readonly status: BatchingStatus;
  /** Absent where no interface is to be asked. */
  readonly drops?: TransmitDrops | undefined;
}

/** Throws DiodeError `link-address` (no address, or none that this machine may send to) and `link-interface` (no route). */
export async function openUdpSendLink(target: UdpTarget): Promise<UdpSendLink> {
  const { address, port, sendBufferBytes, batching } = target;
  const family = isIP(address);
  if (family !== 4 && family !== 6) {
    throw new DiodeError(
      'link-address',
      `link.address "${address}" is no IPv4 or IPv6 address.`,
      'Write the numeric address of the diode; names are not looked up, since nothing may depend on an answer.',
    );
  }
  const { status, addon } = chooseBatching(batching, 'send');
  const device = routeDevice(address);
  const parts = {
    family,
    address,
    port,
    sendBufferBytes,
    maxDatagramBytes: MAX_PAYLOAD_BYTES[family],
    overheadBytes: SENDER_LIMITS.udpOverheadBytes[family],
    status,
    drops: device === undefined ? undefined : new TransmitDrops(device, address, addon),
  } as const;
  try {
    return addon === undefined ? await openDgramSendLink(parts) : openBatchedSendLink(addon, parts);
  } catch (error) {
    throw translateConnectError(error, target);
  }
}

/** What a refused connect means to an operator, and a datagram that was refused for the same reason. */
export function translateConnectError(
  error: unknown,
  { address, port }: Pick<UdpTarget, 'address' | 'port'>,
): DiodeError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const options = { cause: error };
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH' || code === 'ENETDOWN') {
    return new DiodeError(
      'link-interface',
      `There is no route to ${address} (${code}).`,
      'Check the cable and the interface, add a route, and a static neighbour entry, since a diode answers no ARP or ND.',
      options,
    );
  }
  return new DiodeError(
    'link-address',
    `This machine cannot send to ${address} port ${port} (${code}).`,
    code === 'EACCES' || code === 'EPERM'
      ? 'It is a broadcast address, or a firewall forbids it; name the address of the diode or of the receiver.'
      : 'Check address, port and zone (fe80::…%eth0) in config.yaml against this machine’s interfaces.',
    options,
  );
}
