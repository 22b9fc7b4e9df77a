/**
 * Whether a serial port is there: opened, lost when an adapter is pulled, opened again in growing pauses. Both serial links
 * have one; what they do with an open port is theirs.
 */
import { closeSync } from 'node:fs';
import type { SerialPortConfig } from '../config/sender-config.ts';
import { SERIAL_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import type { LineStatus } from './link.ts';
import { openSerialPort, type SerialPort } from './serial-port.ts';

export interface PresenceHandlers {
  /** It was opened, the first time too. Where it throws, `fd` is closed, and it is opened again later. */
  readonly onOpen: (port: SerialPort) => void;
  readonly onError: (error: Error) => void;
}

export class SerialPresence {
  readonly #config: SerialPortConfig;
  readonly #direction: 'send' | 'receive';
  readonly #handlers: PresenceHandlers;
  #port: SerialPort | undefined;
  #down: LineStatus['down'];
  #reopened = 0;
  #pauseMs: number = SERIAL_LIMITS.firstReopenMs;
  #timer: NodeJS.Timeout | undefined;
  #opening: Promise<void> | undefined;
  #isClosed = false;

  constructor(config: SerialPortConfig, direction: 'send' | 'receive', handlers: PresenceHandlers) {
    this.#config = config;
    this.#direction = direction;
    this.#handlers = handlers;
  }

  /** The first time; throws DiodeError of openSerialPort. */
  async open(): Promise<void> {
    await this.#handleOpen(await openSerialPort(this.#config, this.#direction), 0);
  }

  /** The open port failed; its `fd` is closed by the caller or is about to be. */
  handleLost(error: Error): void {
    if (this.#port === undefined || this.#isClosed) return;
    void this.#port.release().catch(() => {});
    this.#port = undefined;
    this.#down = { sinceMs: Date.now(), code: (error as NodeJS.ErrnoException).code ?? error.message };
    this.#handlers.onError(error);
    this.#reopenLater();
  }

  get status(): LineStatus {
    const { device, baud } = this.#config;
    const problem = this.#port?.problem;
    return {
      device,
      baud,
      reopened: this.#reopened,
      ...(problem && { problem }),
      ...(this.#down && { down: this.#down }),
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#opening;
    await this.#port?.release();
    this.#port = undefined;
  }

  /** Where the adapter is gone again already, nothing has changed, and the lock on the port is not ours any more. */
  async #handleOpen(port: SerialPort, reopened: number): Promise<void> {
    const before = { reopened: this.#reopened, down: this.#down, pauseMs: this.#pauseMs };
    this.#port = port;
    this.#reopened = reopened;
    this.#down = undefined;
    this.#pauseMs = SERIAL_LIMITS.firstReopenMs;
    try {
      this.#handlers.onOpen(port);
    } catch (error) {
      this.#port = undefined;
      this.#reopened = before.reopened;
      this.#down = before.down;
      this.#pauseMs = before.pauseMs;
      await port.release();
      throw error;
    }
  }

  #reopenLater(): void {
    this.#timer = setTimeout(() => {
      this.#opening = this.#reopen();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, SERIAL_LIMITS.maxReopenMs);
  }

  /** What it says meanwhile was said when it was lost; the code may change, from EIO to ENOENT and EACCES. */
  async #reopen(): Promise<void> {
    try {
      const port = await openSerialPort(this.#config, this.#direction);
      if (this.#isClosed) {
        closeSync(port.fd);
        this.#port = port;
        return;
      }
      await this.#handleOpen(port, this.#reopened + 1);
    } catch (error) {
      const code = error instanceof DiodeError ? error.seen : String(error);
      if (this.#down !== undefined) this.#down = { ...this.#down, code };
      if (!this.#isClosed) this.#reopenLater();
    }
  }
}
