/**
 * The sending end of a serial diode. The port is open for writing alone, so nothing that comes back could be read. The
 * driver's buffer is never waited for: what it does not take is offered again a moment later, one datagram at a time, and
 * the sender keeps the next one meanwhile. While an adapter is away nothing is lost: the sender waits.
 */
import { close, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { SerialSendConfig } from '../config/sender-config.ts';
import { SERIAL_LIMITS } from '../limits.ts';
import { encodeRun, framingBytes } from '../wire/cobs.ts';
import { HEADER_BYTES, TAG_BYTES } from '../wire/datagram.ts';
import type { LineStatus, SendLink } from './link.ts';
import { SerialPresence } from './serial-presence.ts';

/** Throws DiodeError `link-device` and `link-device-in-use`. */
export async function openSerialSendLink(config: SerialSendConfig): Promise<SendLink> {
  const link = new SerialSendLink(config);
  await link.open();
  return link;
}

class SerialSendLink implements SendLink {
  readonly maxDatagramBytes: number;
  readonly overheadBytes: number;
  readonly aheadMs = SERIAL_LIMITS.aheadMs;
  readonly #presence: SerialPresence;
  readonly #bytesPerMs: number;
  #fd: number | undefined;
  /** The stuffed datagram that is on its way to the driver; undefined: there is room for one. */
  #run: Buffer | undefined;
  #written = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #wasRefused = false;
  #onRoom: () => void = () => {};
  #onError: (error: Error) => void = () => {};
  #onDone: () => void = () => {};

  constructor(config: SerialSendConfig) {
    this.maxDatagramBytes = HEADER_BYTES + config.symbolBytes + TAG_BYTES;
    this.overheadBytes = framingBytes(this.maxDatagramBytes);
    this.#bytesPerMs = config.rateBitsPerSecond / 8 / 1_000;
    this.#presence = new SerialPresence(config, 'send', {
      onOpen: ({ fd }) => {
        this.#fd = fd;
        this.#write();
        this.#tellRoom();
      },
      onError: (error) => this.#onError(error),
    });
  }

  open(): Promise<void> {
    return this.#presence.open();
  }

  send(datagram: Buffer): boolean {
    if (this.#fd === undefined || this.#run !== undefined || this.#isClosed) {
      this.#wasRefused = true;
      return false;
    }
    this.#run = encodeRun(datagram);
    this.#written = 0;
    this.#write();
    return true;
  }

  onRoom(handler: () => void): void {
    this.#onRoom = handler;
  }

  onError(handler: (error: Error) => void): void {
    this.#onError = handler;
  }

  line(): LineStatus {
    return this.#presence.status;
  }

  get queuedDatagrams(): number {
    return this.#run === undefined ? 0 : 1;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#run !== undefined && this.#fd !== undefined) {
      await new Promise<void>((resolve) => {
        this.#onDone = resolve;
        setTimeout(resolve, SERIAL_LIMITS.closeMs).unref();
      });
    }
    clearTimeout(this.#timer);
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await promisify(close)(fd);
    await this.#presence.close();
  }

  #write(): void {
    clearTimeout(this.#timer);
    if (this.#run === undefined || this.#fd === undefined) return;
    try {
      this.#written += writeSync(this.#fd, this.#run, this.#written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        this.#lose(this.#fd, error as Error);
        return;
      }
    }
    const leftBytes = this.#run.length - this.#written;
    if (leftBytes > 0) {
      const { minWriteRetryMs, maxWriteRetryMs } = SERIAL_LIMITS;
      const waitMs = Math.min(Math.max(leftBytes / this.#bytesPerMs, minWriteRetryMs), maxWriteRetryMs);
      this.#timer = setTimeout(() => this.#write(), waitMs);
      return;
    }
    this.#run = undefined;
    this.#onDone();
    this.#tellRoom();
  }

  /** The datagram under way begins anew when the port is there again: the receiver saw a part of it at most. */
  #lose(fd: number, error: Error): void {
    this.#fd = undefined;
    this.#written = 0;
    close(fd, () => {});
    this.#presence.handleLost(error);
  }

  #tellRoom(): void {
    if (!this.#wasRefused || this.#run !== undefined || this.#isClosed) return;
    this.#wasRefused = false;
    this.#onRoom();
  }
}
