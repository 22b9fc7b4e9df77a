/** The isolated side of a UDP link, over IPv4 or IPv6. It binds and listens, and never sends. */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { UdpReceiveConfig } from '../config/receiver-config.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { kernelDrops } from './kernel-drops.ts';
import type { LinkDrops, ReceiveLink } from './link.ts';

export class UdpReceiveLink implements ReceiveLink {
  readonly #socket: Socket;
  readonly #wantedBufferBytes: number;
  #onDatagram: ((datagram: Buffer) => void) | undefined;
  #onError: ((error: Error) => void) | undefined;

  private constructor(socket: Socket, wantedBufferBytes: number) {
    this.#socket = socket;
    this.#wantedBufferBytes = wantedBufferBytes;
    socket.on('message', (datagram) => this.#onDatagram?.(datagram));
    socket.on('error', (error) => this.#onError?.(error));
  }

  /**
   * Bound and listening. Throws DiodeError `link-port-in-use`, and `link-address` where the address is not one of this
   * machine's or the port is privileged.
   */
  static async open(config: UdpReceiveConfig): Promise<UdpReceiveLink> {
    const { address, port, receiveBufferBytes } = config;
    // ipv6Only: a receiver on :: must not answer for IPv4 too, where another stream's receiver may listen.
    const socket = isIPv6(address) ? createSocket({ type: 'udp6', ipv6Only: true }) : createSocket({ type: 'udp4' });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(bindError(error, config));
      });
      socket.bind({ address, port, exclusive: true }, () => {
        socket.removeAllListeners('error');
        resolve();
      });
    });
    socket.setRecvBufferSize(receiveBufferBytes);
    return new UdpReceiveLink(socket, receiveBufferBytes);
  }

  onDatagram(handler: (datagram: Buffer) => void): void {
    this.#onDatagram = handler;
  }

  onError(handler: (error: Error) => void): void {
    this.#onError = handler;
  }

  drops(): LinkDrops {
    const { address, port } = this.#socket.address();
    return kernelDrops({ address, port });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** What the kernel granted. Linux reports twice the figure, its own book-keeping included (socket(7)). */
  get receiveBufferBytes(): number {
    const reported = this.#socket.getRecvBufferSize();
    return process.platform === 'linux' ? reported / 2 : reported;
  }

  /** Whether net.core.rmem_max kept the buffer smaller than the config asks. */
  get isBufferCapped(): boolean {
    return this.receiveBufferBytes < this.#wantedBufferBytes;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}

function bindError(error: NodeJS.ErrnoException, { address, port }: UdpReceiveConfig): unknown {
  const place = `UDP port ${port} on ${address}`;
  const options = { cause: error };
  switch (error.code) {
    case 'EADDRINUSE':
      return new DiodeError(
        'link-port-in-use',
        `${place} is taken by another program.`,
        `Stop it (ss -lunp 'sport = :${port}' names it), or set another link.port here and on the sender.`,
        options,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EINVAL':
      return new DiodeError(
        'link-address',
        `${address} is no address of this machine.`,
        'Set link.address to one that `ip address` shows, with its zone for a link-local one.',
        options,
      );
    case 'EACCES':
      return new DiodeError(
        'link-address',
        `${place} may not be used by this user.`,
        'Set link.port to 1024 or above, here and on the sender.',
        options,
      );
    default:
      return error;
  }
}
