/**
 * The isolated side of a serial line. The port is open for reading alone: a write would be refused by the kernel (EBADF).
 * Bytes are taken apart into datagrams as they come, from any point of the line on; whether one is the sender's is decided
 * by its tag, behind this link.
 */
import { closeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import type { SerialPortConfig } from '../config/sender-config.ts';
import { RUN_REASONS, RunDecoder, type RunReason } from '../wire/cobs.ts';
import type { LinkDrops, ReceiveLink, ReceivingLineStatus } from './link.ts';
import type { SerialPort } from './serial-port.ts';
import { SerialPresence } from './serial-presence.ts';

/** Throws DiodeError `link-device` and `link-device-in-use`. */
export async function openSerialReceiveLink(config: SerialPortConfig): Promise<ReceiveLink> {
  const link = new SerialReceiveLink(config);
  await link.open();
  return link;
}

class SerialReceiveLink implements ReceiveLink {
  readonly #presence: SerialPresence;
  readonly #discarded = Object.fromEntries(RUN_REASONS.map((reason) => [reason, 0])) as Record<RunReason, number>;
  #stream: ReadStream | undefined;
  #bytes = 0;
  #onDatagram: (datagram: Buffer) => void = () => {};
  #onBytes: (count: number) => void = () => {};
  #onError: (error: Error) => void = () => {};

  constructor(config: SerialPortConfig) {
    this.#presence = new SerialPresence(config, 'receive', {
      onOpen: (port) => this.#read(port),
      onError: (error) => this.#onError(error),
    });
  }

  open(): Promise<void> {
    return this.#presence.open();
  }

  onDatagram(handler: (datagram: Buffer) => void): void {
    this.#onDatagram = handler;
  }

  onBytes(handler: (count: number) => void): void {
    this.#onBytes = handler;
  }

  onError(handler: (error: Error) => void): void {
    this.#onError = handler;
  }

  /** What a UART or its driver lost shows as runs that are no datagrams. */
  drops(): LinkDrops {
    return { socket: undefined, interface: undefined };
  }

  line(): ReceivingLineStatus {
    return { ...this.#presence.status, bytes: this.#bytes, discarded: { ...this.#discarded } };
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) {
      await new Promise<void>((resolve) => {
        stream.once('close', resolve);
        stream.destroy();
      });
    }
    await this.#presence.close();
  }

  /** Each time with a decoder of its own: what was under way when the line broke is no part of what comes now. */
  #read({ fd }: SerialPort): void {
    const decoder = new RunDecoder({
      onDatagram: (datagram) => this.#onDatagram(datagram),
      onDiscarded: (reason) => {
        this.#discarded[reason]++;
      },
    });
    const stream = openStream(fd);
    this.#stream = stream;
    let failure: Error = Object.assign(new Error('the serial port was hung up'), { code: 'EOF' });
    stream.on('data', (bytes: Buffer) => {
      this.#bytes += bytes.length;
      this.#onBytes(bytes.length);
      decoder.handleBytes(bytes);
    });
    stream.on('error', (error) => {
      failure = error;
    });
    stream.once('close', () => {
      if (this.#stream !== stream) return;
      this.#stream = undefined;
      this.#presence.handleLost(failure);
    });
  }
}

/**
 * Takes `fd` over. libuv opens the terminal anew for itself and closes that descriptor alone (uv_tty_init): the one that it
 * was given would hold a USB adapter's name, and the adapter would come back under another. Where it did not, `fd` is its.
 */
function openStream(fd: number): ReadStream {
  try {
    const stream: ReadStream & { readonly _handle?: { readonly fd?: number } } = new ReadStream(fd);
    const own = stream._handle?.fd;
    if (own !== undefined && own !== fd) closeSync(fd);
    return stream;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
