/**
 * The sending end of UDP through the addon: what was handed over in one turn of the event loop goes to the kernel in one call,
 * in order. What its buffer has no room for, or no way out, waits here until it has.
 */
import { constants } from 'node:os';
import { SENDER_LIMITS } from '../limits.ts';
import type { BatchingStatus, SendDrops, WakeTimer } from './link.ts';
import { isAwayError } from './send-refusal.ts';
import { systemError } from './system-error.ts';
import { type BatchSocket, type UdpAddon, WRITABLE } from './udp-addon.ts';
import type { UdpSendLink, UdpSendSocket } from './udp-send-link.ts';

const { EAGAIN, ECONNREFUSED, EINVAL, EIO, EMSGSIZE, ENOBUFS, EOPNOTSUPP } = constants.errno;

/**
 * What a kernel says to UDP_SEGMENT that cannot do it here: no checksum offload on the way (EIO), a segment beyond the MTU,
 * which IP would have cut into fragments (EINVAL, EMSGSIZE).
 */
const SEGMENT_REFUSALS: readonly number[] = [EIO, EINVAL, EMSGSIZE, EOPNOTSUPP];

const NO_MEMORY_WAIT_MS = 1;

/** Throws the system's error. */
export function openBatchedSendLink(addon: UdpAddon, parts: UdpSendSocket): UdpSendLink {
  return new BatchedSendLink(addon, addon.connect(parts.address, parts.port, parts.sendBufferBytes), parts);
}

class BatchedSendLink implements UdpSendLink {
  readonly maxDatagramBytes: number;
  readonly overheadBytes: number;
  readonly sendBufferBytes: number;
  readonly #drops: UdpSendSocket['drops'];
  readonly #addon: UdpAddon;
  readonly #socket: BatchSocket;
  readonly #queue: Buffer[] = [];
  #status: BatchingStatus;
  #isDue = false;
  #isWaiting = false;
  #wasWaiting = false;
  #isClosed = false;
  /** The first of the queue was refused before. */
  #wasRefused = false;
  /** It waits for a way out. */
  #isAway = false;
  #onRoom: () => void = () => {};
  #onError: (error: Error) => void = () => {};
  #onBatching: (status: BatchingStatus) => void = () => {};
  #onEmpty: () => void = () => {};

  constructor(addon: UdpAddon, socket: BatchSocket, { maxDatagramBytes, overheadBytes, status, drops }: UdpSendSocket) {
    this.#addon = addon;
    this.#socket = socket;
    this.#status = status;
    this.#drops = drops;
    this.maxDatagramBytes = maxDatagramBytes;
    this.overheadBytes = overheadBytes;
    this.sendBufferBytes = addon.sendBufferBytes(socket);
  }

  /** Nothing while the kernel has no room: what waited would leave at once, as a burst beyond what the pacer lets go. */
  send(datagram: Buffer): boolean {
    if (this.#isWaiting || this.#isClosed || this.#queue.length >= SENDER_LIMITS.maxQueuedDatagrams) return false;
    this.#queue.push(datagram);
    if (!this.#isDue) {
      this.#isDue = true;
      queueMicrotask(() => this.#flush());
    }
    return true;
  }

  onRoom(handler: () => void): void {
    this.#onRoom = handler;
  }

  flush(): boolean {
    this.#flush();
    return this.#queue.length === 0;
  }

  openTimer(handler: () => void): WakeTimer {
    const timer = this.#addon.timer(handler);
    return {
      leastMs: SENDER_LIMITS.fineTimerMs,
      set: (delayMs) => this.#addon.setTimer(timer, delayMs),
      close: () => this.#addon.endTimer(timer),
    };
  }

  onError(handler: (error: Error) => void): void {
    this.#onError = handler;
  }

  batching(): BatchingStatus {
    return this.#status;
  }

  onBatching(handler: (status: BatchingStatus) => void): void {
    this.#onBatching = handler;
  }

  drops(): SendDrops | undefined {
    return this.#drops?.read();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#queue.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
        setTimeout(resolve, SENDER_LIMITS.closeMs).unref();
      });
    }
    this.#queue.length = 0;
    this.#addon.close(this.#socket);
  }

  get queuedDatagrams(): number {
    return this.#queue.length;
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  #flush(): void {
    this.#isDue = false;
    if (this.#isWaiting) return;
    const wasFull = this.#wasWaiting || this.#queue.length >= SENDER_LIMITS.maxQueuedDatagrams;
    this.#wasWaiting = false;
    while (this.#queue.length > 0 && !this.#isWaiting) {
      const taken = this.#addon.send(this.#socket, this.#queue, this.#status.kind === 'segments');
      if (taken > 0) this.#drop(taken);
      else if (!this.#isOfEarlier(taken) && !this.#isFull(taken)) this.#handleRefusal(taken);
    }
    if (this.#queue.length === 0) this.#onEmpty();
    if (this.#isWaiting) this.#wasWaiting = true;
    else if (wasFull) this.#onRoom();
  }

  #drop(count: number): void {
    this.#queue.splice(0, count);
    this.#wasRefused = false;
    this.#isAway = false;
  }

  /** Whether the kernel would take it later; then it is waited for. */
  #isFull(answer: number): boolean {
    if (answer === -EAGAIN) this.#waitForRoom();
    // The socket is writable all the while: it is the kernel that has no memory, and nobody says when it has. Of a full queue of
    // the interface `send` hears nothing (see transmit-drops.ts).
    else if (answer === -ENOBUFS) this.#wait(NO_MEMORY_WAIT_MS);
    else if (isAwayError(-answer)) {
      this.#isAway = true;
      this.#onError(systemError('sendmmsg', answer));
      this.#wait(SENDER_LIMITS.awayRetryMs);
    }
    return this.#isWaiting;
  }

  #waitForRoom(): void {
    this.#isWaiting = true;
    this.#addon.watch(this.#socket, WRITABLE, () => {
      this.#addon.watch(this.#socket, 0, () => {});
      this.#goOn();
    });
  }

  #wait(ms: number): void {
    this.#isWaiting = true;
    setTimeout(() => this.#goOn(), ms);
  }

  #goOn(): void {
    this.#isWaiting = false;
    this.#flush();
  }

  /**
   * A connected socket reports an ICMP error of an earlier datagram in place of sending this one (Linux udp(7)), and once: so this
   * one is offered again. The very same datagram twice is a duplicate, which receivers drop.
   */
  #isOfEarlier(answer: number): boolean {
    if (this.#wasRefused || !(answer === -ECONNREFUSED || isAwayError(-answer))) return false;
    this.#wasRefused = true;
    this.#onError(systemError('sendmmsg', answer));
    return true;
  }

  #handleRefusal(error: number): void {
    if (this.#status.kind === 'segments' && SEGMENT_REFUSALS.includes(-error) && this.#goesSingly(error)) return;
    this.#onError(systemError('sendmmsg', error));
    this.#drop(1);
  }

  /**
   * Whether the kernel takes, datagram by datagram, what it refused as segments: then it gets no segments any more. Where it is
   * full, that shows behind the wait.
   */
  #goesSingly(error: number): boolean {
    const taken = this.#addon.send(this.#socket, this.#queue, false);
    if (taken <= 0) return this.#isOfEarlier(taken) || this.#isFull(taken);
    this.#drop(taken);
    this.#status = {
      kind: 'datagrams',
      problem: `the kernel refused UDP_SEGMENT (${systemError('sendmmsg', error).code})`,
    };
    this.#onBatching(this.#status);
    return true;
  }
}
