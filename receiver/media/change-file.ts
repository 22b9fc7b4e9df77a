/**
 * All that a bundle changes, or that a hold has, a line each, as a file that is whole or absent: `sha256sum` of it is what the
 * request names.
 */
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { fileError, fileExists } from '../../src/config/durable-file.ts';
import { writeAll } from '../../src/ops/write-all.ts';

const WRITE_CHARACTERS = 64 * 1024;

export class ChangeFile {
  readonly #path: string;
  readonly #file: number;
  #text = '';
  #isOpen = true;

  /** Throws DiodeError `file-exists` rather than overwrite. */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = openSync(path, 'wx', 0o600);
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? fileExists(path) : fileError(error, path);
    }
  }

  add(line: string): void {
    this.#text += line;
    if (this.#text.length >= WRITE_CHARACTERS) this.#flush();
  }

  publish(): void {
    this.#flush();
    fsyncSync(this.#file);
    this.#close();
  }

  /** Nothing, where it was published. */
  abandon(): void {
    if (!this.#isOpen) return;
    this.#close();
    rmSync(this.#path, { force: true });
  }

  #flush(): void {
    const bytes = Buffer.from(this.#text, 'latin1');
    this.#text = '';
    try {
      writeAll(this.#file, bytes);
    } catch (error) {
      throw fileError(error, this.#path);
    }
  }

  #close(): void {
    closeSync(this.#file);
    this.#isOpen = false;
  }
}
