/**
 * How far the receiving process is, for the sending one: a number in a file, beside the one-way link. So no more is sent than
 * buffers hold, nothing may be lost, and each datagram is counted.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

export class ProgressFile {
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(8);

  constructor(path: string, flags: 'r' | 'w+') {
    this.#fd = openSync(path, flags);
    if (flags === 'w+') this.write(0);
  }

  write(count: number): void {
    this.#bytes.writeDoubleLE(count);
    writeSync(this.#fd, this.#bytes, 0, this.#bytes.length, 0);
  }

  read(): number {
    readSync(this.#fd, this.#bytes, 0, this.#bytes.length, 0);
    return this.#bytes.readDoubleLE();
  }

  close(): void {
    closeSync(this.#fd);
  }
}
