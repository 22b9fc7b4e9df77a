/** The sending end of UDP through node:dgram, one datagram at a time: for every platform, and where the addon is not compiled. */
import { createSocket, type Socket } from 'node:dgram';
import { SENDER_LIMITS } from '../limits.ts';
import type { BatchingStatus, SendDrops } from './link.ts';
import { isAwayError } from './send-refusal.ts';
import type { UdpSendLink, UdpSendSocket } from './udp-send-link.ts';

/** The kernel doubles it and keeps at least 2,304 bytes: as little as it lets us have for what we do not read. */
const RECEIVE_BUFFER_BYTES = 1;

/** Rejects with the system's error, and leaves nothing open then. */
export async function openDgramSendLink(parts: UdpSendSocket): Promise<UdpSendLink> {
  const { family, address, port, sendBufferBytes } = parts;
  const socket = createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    recvBufferSize: RECEIVE_BUFFER_BYTES,
    sendBufferSize: sendBufferBytes,
  });
  try {
    await connect(socket, port, address);
  } catch (error) {
    socket.close();
    throw error;
  }
  return new DgramSendLink(socket, parts);
}

class DgramSendLink implements UdpSendLink {
  readonly maxDatagramBytes: number;
  readonly overheadBytes: number;
  readonly sendBufferBytes: number;
  readonly #drops: UdpSendSocket['drops'];
  readonly #socket: Socket;
  readonly #status: BatchingStatus;
  #queued = 0;
  /** Of these, those that the kernel has no way for yet. */
  readonly #later: Buffer[] = [];
  /** From the first of them until all have left. */
  #isAway = false;
  #isClosed = false;
  #onRoom: () => void = () => {};
  #onError: (error: Error) => void = () => {};
  #onEmpty: () => void = () => {};

  constructor(socket: Socket, { maxDatagramBytes, overheadBytes, status, drops }: UdpSendSocket) {
    this.#socket = socket;
    this.#status = status;
    this.#drops = drops;
    this.maxDatagramBytes = maxDatagramBytes;
    this.overheadBytes = overheadBytes;
    this.sendBufferBytes = socket.getSendBufferSize();
    socket.on('error', (error) => this.#onError(error));
  }

  send(datagram: Buffer): boolean {
    if (this.#isAway || this.#queued >= SENDER_LIMITS.maxQueuedDatagrams || this.#isClosed) return false;
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

  batching(): BatchingStatus {
    return this.#status;
  }

  drops(): SendDrops | undefined {
    return this.#drops?.read();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#queued > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
        setTimeout(resolve, SENDER_LIMITS.closeMs).unref();
      });
    }
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  get queuedDatagrams(): number {
    return this.#queued;
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  /**
   * A connected socket reports an ICMP error of an earlier datagram in place of sending this one (Linux udp(7)), and once: so this
   * one is offered again. The very same datagram twice is a duplicate, which receivers drop.
   */
  #send(datagram: Buffer, attempt: 'first' | 'second'): void {
    this.#socket.send(datagram, (error) => {
      const { code, errno = 0 } = (error ?? {}) as NodeJS.ErrnoException;
      const isAway = isAwayError(-errno);
      if (isAway && attempt === 'second' && !this.#isClosed) this.#isAway = true;
      if (error) this.#onError(error);
      if ((isAway || code === 'ECONNREFUSED') && attempt === 'first') this.#send(datagram, 'second');
      else if (isAway && !this.#isClosed) this.#sendLater(datagram);
      else this.#handleDone();
    });
  }

  #sendLater(datagram: Buffer): void {
    this.#later.push(datagram);
    if (this.#later.length > 1) return;
    setTimeout(() => {
      for (const next of this.#later.splice(0)) {
        if (this.#isClosed) this.#handleDone();
        else this.#send(next, 'second');
      }
    }, SENDER_LIMITS.awayRetryMs);
  }

  #handleDone(): void {
    const wasFull = this.#queued >= SENDER_LIMITS.maxQueuedDatagrams;
    this.#queued--;
    if (this.#queued === 0) this.#onEmpty();
    // What waits leaves before anything else is taken.
    const hasRoom = this.#isAway ? this.#queued === 0 : wasFull;
    if (!hasRoom) return;
    this.#isAway = false;
    this.#onRoom();
  }
}

/** Node hands a failed connect to the callback, as its argument, which its types leave out. */
function connect(socket: Socket, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.connect(port, address, ((error?: Error) => (error ? reject(error) : resolve())) as () => void);
  });
}
