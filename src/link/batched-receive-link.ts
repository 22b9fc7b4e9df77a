/**
 * The receiving end of UDP through the addon, in batches. A turn of the event loop reads until it has 64 datagrams; what the
 * program has no time for stays in the kernel, which drops and counts what its buffer has no room for.
 */
import { constants } from 'node:os';
import type { UdpReceiveConfig } from '../config/receiver-config.ts';
import { UDP_LIMITS } from '../limits.ts';
import { interfaceDrops } from './kernel-drops.ts';
import type { BatchingStatus, LinkDrops } from './link.ts';
import { systemError } from './system-error.ts';
import { type BatchSocket, READABLE, type UdpAddon } from './udp-addon.ts';
import type { UdpReceiveLink } from './udp-receive-link.ts';

/** Throws the system's error. */
export function openBatchedReceiveLink(
  addon: UdpAddon,
  config: UdpReceiveConfig,
  status: BatchingStatus,
): UdpReceiveLink {
  const { address, port, receiveBufferBytes } = config;
  const socket = addon.bind(address, port, receiveBufferBytes, status.kind === 'segments');
  return new BatchedReceiveLink(addon, socket, config, status);
}

class BatchedReceiveLink implements UdpReceiveLink {
  readonly port: number;
  readonly receiveBufferBytes: number;
  readonly isBufferCapped: boolean;
  readonly #addon: UdpAddon;
  readonly #socket: BatchSocket;
  readonly #address: string;
  readonly #status: BatchingStatus;
  readonly #starts = new Uint32Array(UDP_LIMITS.joinedMessages * UDP_LIMITS.maxJoinedDatagrams);
  readonly #lengths = new Uint32Array(this.#starts.length);
  /** Filled from the front again and again, and handed out where it lies: so it stays in the processor's cache, and is no garbage. */
  readonly #slab: Buffer;
  /** Of the slab, by message and place in it: the same ones as long as datagrams have one length. */
  readonly #views: Buffer[] = [];
  #isClosed = false;
  #isPaused = false;
  #lastDrops: LinkDrops | undefined;
  #onDatagram: ((datagram: Buffer) => void) | undefined;
  #onError: (error: Error) => void = () => {};

  constructor(addon: UdpAddon, socket: BatchSocket, config: UdpReceiveConfig, status: BatchingStatus) {
    this.#addon = addon;
    this.#socket = socket;
    this.#address = config.address;
    this.#status = status;
    const messages = status.kind === 'segments' ? UDP_LIMITS.joinedMessages : UDP_LIMITS.singleMessages;
    this.#slab = Buffer.allocUnsafeSlow(messages * UDP_LIMITS.slabBytes);
    this.port = addon.port(socket);
    this.receiveBufferBytes = addon.receiveBufferBytes(socket) / 2;
    this.isBufferCapped = this.receiveBufferBytes < config.receiveBufferBytes;
  }

  onDatagram(handler: (datagram: Buffer) => void): void {
    const isFirst = this.#onDatagram === undefined;
    this.#onDatagram = handler;
    if (isFirst) this.#watch();
  }

  onError(handler: (error: Error) => void): void {
    this.#onError = handler;
  }

  pause(): void {
    this.#isPaused = true;
    if (!this.#isClosed) this.#addon.watch(this.#socket, 0, () => {});
  }

  resume(): void {
    this.#isPaused = false;
    this.#watch();
  }

  drops(): LinkDrops {
    if (this.#lastDrops !== undefined) return this.#lastDrops;
    return { socket: this.#addon.drops(this.#socket), interface: interfaceDrops(this.#address) };
  }

  batching(): BatchingStatus {
    return this.#status;
  }

  async close(): Promise<void> {
    this.#lastDrops = this.drops();
    this.#isClosed = true;
    this.#addon.close(this.#socket);
  }

  /** Only for who reads: the kernel tells of what is left there again and again. */
  #watch(): void {
    if (this.#onDatagram === undefined || this.#isPaused || this.#isClosed) return;
    this.#addon.watch(this.#socket, READABLE, (error) => {
      this.#read();
      // An error of the socket itself, which the read has taken from it.
      if (error !== 0) this.#watch();
    });
  }

  #read(): void {
    const { turnDatagrams, leastFullRead } = UDP_LIMITS;
    for (let read = 0; read < turnDatagrams && !this.#isClosed && !this.#isPaused; ) {
      const waiting = this.#addon.read(this.#socket, this.#slab);
      if (waiting < 0 && waiting !== -constants.errno.EAGAIN) this.#onError(systemError('recvmmsg', waiting));
      this.#takeAll(waiting);
      if (waiting < leastFullRead) return;
      read += waiting;
    }
  }

  #takeAll(waiting: number): void {
    for (let left = waiting; left > 0 && !this.#isClosed; ) {
      const count = this.#addon.places(this.#socket, this.#starts, this.#lengths);
      this.#handOut(count);
      left -= count;
    }
  }

  #handOut(count: number): void {
    let message = -1;
    let place = 0;
    for (let at = 0; at < count && !this.#isClosed; at++) {
      const start = this.#starts[at] as number;
      const messageBefore = message;
      message = Math.floor(start / UDP_LIMITS.slabBytes);
      place = message === messageBefore ? place + 1 : message * UDP_LIMITS.maxJoinedDatagrams;
      this.#onDatagram?.(this.#view(place, start, this.#lengths[at] as number));
    }
  }

  #view(place: number, start: number, bytes: number): Buffer {
    const known = this.#views[place];
    if (known?.byteOffset === start && known.length === bytes) return known;
    const view = this.#slab.subarray(start, start + bytes);
    this.#views[place] = view;
    return view;
  }
}
