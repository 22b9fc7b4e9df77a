/**
 * The sending end of a UDP diode. It is connected to the one address, so the kernel keeps the route, and hears nothing:
 * whatever arrives is thrown away unread, and an ICMP error is counted and changes nothing.
 */
import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import type { UdpSendConfig } from '../config/sender-config.ts';
import { SENDER_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import type { SendLink } from './link.ts';

/** UDP's length field, less its header and IPv4's or IPv6's. */
const MAX_PAYLOAD_BYTES = { 4: 65_507, 6: 65_487 } as const;
/**
 * On the cable: IP 20 or 40, UDP 8, and Ethernet's 38, which are preamble 8, header 14, check sequence 4 and the gap of 12
 * (IEEE 802.3 clause 3 and 4.4.2). A VLAN tag would be 4 more. So a rate of 1 Gb/s is what a 1 Gb/s port can carry.
 */
const ETHERNET_BYTES = 38;
const OVERHEAD_BYTES = { 4: 28 + ETHERNET_BYTES, 6: 48 + ETHERNET_BYTES } as const;
/** The kernel doubles it and keeps at least 2,304 bytes: as little as it lets us have for what we do not read. */
const RECEIVE_BUFFER_BYTES = 1;

export interface UdpSendLink extends SendLink {
  /** What the kernel granted, in its own counting. */
  readonly sendBufferBytes: number;
  readonly queuedDatagrams: number;
}

export type UdpTarget = Pick<UdpSendConfig, 'address' | 'port' | 'sendBufferBytes'>;

/** Throws DiodeError `link-address` (no address, or none that this machine may send to) and `link-interface` (no route). */
export async function openUdpSendLink(target: UdpTarget): Promise<UdpSendLink> {
  const { address, port, sendBufferBytes } = target;
  const family = isIP(address);
  if (family !== 4 && family !== 6) {
    throw new DiodeError(
      'link-address',
      `link.address "${address}" is no IPv4 or IPv6 address.`,
      'Write the numeric address of the diode; names are not looked up, since nothing may depend on an answer.',
    );
  }
  const socket = createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    recvBufferSize: RECEIVE_BUFFER_BYTES,
    sendBufferSize: sendBufferBytes,
  });
  try {
    await connect(socket, port, address);
  } catch (error) {
    socket.close();
    throw translateConnectError(error, target);
  }
  return new ConnectedLink(socket, family);
}

class ConnectedLink implements UdpSendLink {
  readonly maxDatagramBytes: number;
  readonly overheadBytes: number;
  readonly sendBufferBytes: number;
  readonly #socket: Socket;
  #queued = 0;
  #isClosed = false;
  #onRoom: () => void = () => {};
  #onError: (error: Error) => void = () => {};
  #onEmpty: () => void = () => {};

  constructor(socket: Socket, family: 4 | 6) {
    this.#socket = socket;
    this.maxDatagramBytes = MAX_PAYLOAD_BYTES[family];
    this.overheadBytes = OVERHEAD_BYTES[family];
    this.sendBufferBytes = socket.getSendBufferSize();
    socket.on('error', (error) => this.#onError(error));
  }

  send(datagram: Buffer): boolean {
    if (this.#queued >= SENDER_LIMITS.maxQueuedDatagrams || this.#isClosed) return false;
    this.#queued++;
    this.#send(datagram, 'first');
    return true;
  }

  onRoom(handler: () => void): void {
    this.#onRoom = handler;
  }

  onError(handler: (error: Error) => void): void {
    this.#onError = handler;
  }

  /** After what is queued went to the kernel. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#queued > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
      });
    }
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  get queuedDatagrams(): number {
    return this.#queued;
  }

  /**
   * A connected socket reports an ICMP error of an earlier datagram in place of sending this one (Linux udp(7)), so that
   * one is sent again; the very same datagram twice is a duplicate, which receivers drop.
   */
  #send(datagram: Buffer, attempt: 'first' | 'second'): void {
    this.#socket.send(datagram, (error) => {
      if (error) this.#onError(error);
      if (error && attempt === 'first' && (error as NodeJS.ErrnoException).code === 'ECONNREFUSED') {
        this.#send(datagram, 'second');
        return;
      }
      const wasFull = this.#queued >= SENDER_LIMITS.maxQueuedDatagrams;
      this.#queued--;
      if (this.#queued === 0) this.#onEmpty();
      if (wasFull) this.#onRoom();
    });
  }
}

/** Node hands a failed connect to the callback, as its argument, which its types leave out. */
function connect(socket: Socket, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.connect(port, address, ((error?: Error) => (error ? reject(error) : resolve())) as () => void);
  });
}

/** What a refused connect means to an operator. */
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
    code === 'EACCES'
      ? 'It is a broadcast address, or a firewall forbids it; name the address of the diode or of the receiver.'
      : 'Check address, port and zone (fe80::…%eth0) in config.yaml against this machine’s interfaces.',
    options,
  );
}
