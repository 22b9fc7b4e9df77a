/**
 * Incomplete frames as plain files, one each, in a directory that is emptied at the start: what is in it serves the running
 * program alone. Nothing is synced. A disk that is full, or a directory that somebody removed, costs what was in it.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { freeDiskBytes } from '../../src/store/free-disk.ts';
import type { FrameScratch } from './spilled-frames.ts';

export class FileScratch implements FrameScratch {
  readonly #directory: string;
  readonly #freeDiskBytes: () => number;
  readonly #onFailure: (error: Error) => void;

  /** `onFailure`: for the log. */
  constructor(options: {
    readonly directory: string;
    readonly onFailure: (error: Error) => void;
    readonly freeDiskBytes?: () => number;
  }) {
    this.#directory = options.directory;
    this.#onFailure = options.onFailure;
    this.#freeDiskBytes = options.freeDiskBytes ?? (() => freeDiskBytes(options.directory));
    this.#attempt(() => {
      rmSync(this.#directory, { recursive: true, force: true });
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    });
  }

  write(name: string, image: Buffer): boolean {
    const isWritten = this.#attempt(() => {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      // The spool and the audit log come first.
      if (this.#freeDiskBytes() < RECEIVER_LIMITS.minScratchDiskBytes) throw new Error('the disk is nearly full');
      writeFileSync(this.#path(name), image, { mode: 0o600 });
      return true;
    });
    if (isWritten === undefined) this.remove(name);
    return isWritten ?? false;
  }

  read(name: string): Buffer | undefined {
    return this.#attempt(() => readFileSync(this.#path(name)));
  }

  remove(name: string): void {
    this.#attempt(() => rmSync(this.#path(name), { force: true }));
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  #attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#onFailure(error as Error);
      return undefined;
    }
  }
}
