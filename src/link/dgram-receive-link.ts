/** The receiving end of UDP through node:dgram, one datagram at a time: for every platform, and where the addon is not compiled. */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { UdpReceiveConfig } from '../config/receiver-config.ts';
import { kernelDrops } from './kernel-drops.ts';
import type { BatchingStatus, LinkDrops } from './link.ts';
import type { UdpReceiveLink } from './udp-receive-link.ts';

/** Rejects with the system's error, and leaves nothing open then. */
export async function openDgramReceiveLink(config: UdpReceiveConfig, status: BatchingStatus): Promise<UdpReceiveLink> {
  const { address, port, receiveBufferBytes } = config;
  // ipv6Only: a receiver on :: must not answer for IPv4 too, where another stream's receiver may listen.
  const socket = isIPv6(address) ? createSocket({ type: 'udp6', ipv6Only: true }) : createSocket({ type: 'udp4' });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });
  socket.setRecvBufferSize(receiveBufferBytes);
  return new DgramReceiveLink(socket, receiveBufferBytes, status);
}

class DgramReceiveLink implements UdpReceiveLink {
  readonly #socket: Socket;
  readonly #wantedBufferBytes: number;
  readonly #status: BatchingStatus;
  #lastDrops: LinkDrops | undefined;
  #onDatagram: ((datagram: Buffer) => void) | undefined;
  #onError: ((error: Error) => void) | undefined;

  constructor(socket: Socket, wantedBufferBytes: number, status: BatchingStatus) {
    this.#socket = socket;
    this.#wantedBufferBytes = wantedBufferBytes;
    this.#status = status;
    socket.on('message', (datagram) => this.#onDatagram?.(datagram));
    socket.on('error', (error) => this.#onError?.(error));
  }

  onDatagram(handler: (datagram: Buffer) => void): void {
    this.#onDatagram = handler;
  }

  onError(handler: (error: Error) => void): void {
    this.#onError = handler;
  }

  drops(): LinkDrops {
    if (this.#lastDrops !== undefined) return this.#lastDrops;
    const { address, port } = this.#socket.address();
    return kernelDrops({ address, port });
  }

  batching(): BatchingStatus {
    return this.#status;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get receiveBufferBytes(): number {
    const reported = this.#socket.getRecvBufferSize();
    return process.platform === 'linux' ? reported / 2 : reported;
  }

  get isBufferCapped(): boolean {
    return this.receiveBufferBytes < this.#wantedBufferBytes;
  }

  async close(): Promise<void> {
    this.#lastDrops = this.drops();
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}
