/**
 * A file of lines, followed as it grows: growth, rotation by rename or by copy, truncation, a file that is not there yet.
 * Across any restart each complete line is handed over once: the journal keeps the position with the records, and
 * file-locator.ts finds it again. Assumes one writer, which finishes a file before it begins the next.
 */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SENDER_LIMITS } from '../../src/limits.ts';
import { beginFile, findNextFile, isPreceded, locateFile } from './file-locator.ts';
import { type FilePosition, readFilePosition } from './file-position.ts';
import type { OpenFile } from './open-file.ts';
import type { Source, SourceEntry, SourceEvent, SourceHandlers, SourcePosition } from './source.ts';

export interface JsonlFileOptions {
  readonly name: string;
  readonly path: string;
  /** False: read only when `poll` is called. Default true: on each change, and every `sourcePollMs`. */
  readonly isWatching?: boolean;
}

export class JsonlFileSource implements Source {
  readonly name: string;
  readonly isResumable = true;
  readonly #path: string;
  readonly #isWatching: boolean;
  #handlers: SourceHandlers | undefined;
  #file: OpenFile | undefined;
  /** Where to go on while no file is open. */
  #position: FilePosition | undefined;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #run: Promise<void> | undefined;
  #isAskedAgain = false;
  #isPaused = false;
  #isClosed = false;
  #releasePause: (() => void) | undefined;
  /** The last event of kind waiting or error, so that each is told once. */
  #trouble = '';
  /** Told, and nothing was handed over since. */
  #isCaughtUp = false;

  constructor(options: JsonlFileOptions) {
    this.name = options.name;
    this.#path = options.path;
    this.#isWatching = options.isWatching ?? true;
  }

  start(position: SourcePosition | undefined, handlers: SourceHandlers): void {
    this.#handlers = handlers;
    this.#position = position === undefined ? undefined : readFilePosition(position);
    if (!this.#isWatching) return;
    this.#timer = setInterval(() => this.#handleTick(), SENDER_LIMITS.sourcePollMs);
    this.#handleTick();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#releasePause?.();
  }

  /** Reads up to the end of what is there; resolves then. */
  async poll(): Promise<void> {
    this.#wake();
    await this.#run;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#watcher?.close();
    this.#releasePause?.();
    await this.#run;
    await this.#file?.close();
  }

  #handleTick(): void {
    this.#watcher ??= this.#watchDirectory();
    this.#wake();
  }

  /** Undefined where the directory is not there or cannot be watched: the timer goes on looking. */
  #watchDirectory(): FSWatcher | undefined {
    const stem = basename(this.#path, extname(this.#path));
    try {
      const watcher = watch(dirname(this.#path), (_event, name) => {
        if (name?.startsWith(stem)) this.#wake();
      });
      watcher.on('error', () => {
        watcher.close();
        this.#watcher = undefined;
      });
      return watcher;
    } catch {
      return undefined;
    }
  }

  #wake(): void {
    if (this.#isClosed) return;
    this.#isAskedAgain = true;
    this.#run ??= this.#readAll().finally(() => {
      this.#run = undefined;
    });
  }

  async #readAll(): Promise<void> {
    while (this.#isAskedAgain && !this.#isClosed) {
      this.#isAskedAgain = false;
      try {
        while (!this.#isClosed && (await this.#step())) this.#trouble = '';
      } catch (error) {
        // Whatever is not the file system's, such as a handler that throws, must not pass for a read that failed.
        if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
        this.#tellOnce({ kind: 'error', error: error as Error }, (error as Error).message);
        return;
      }
      // A writer of single lines wakes us for each: wait a moment, and read many at once.
      if (this.#isAskedAgain) await delay(SENDER_LIMITS.sourceSettleMs);
    }
  }

  /** One read, or one change of file; false where there is nothing to do until something changes. */
  async #step(): Promise<boolean> {
    const file = this.#file;
    if (file === undefined) return this.#open();
    const { isKnown, position } = file;
    const read = await file.read();
    if (read === 'end') return this.#handleEnd(file);
    // The first bytes of a file may follow others that were copied away and cut before any was read.
    if (read === 'changed' || (!isKnown && (await isPreceded(this.#path, file)))) {
      return this.#handleChange(file, position);
    }
    await this.#emit(read);
    return true;
  }

  async #open(): Promise<boolean> {
    const located = await locateFile(this.#path, this.#position);
    if (located === undefined) {
      this.#tellOnce({ kind: 'waiting', path: this.#path }, 'waiting');
      return false;
    }
    if (located.loss !== undefined) this.#tell(located.loss);
    await this.#begin(located.file, []);
    return true;
  }

  /** The current file as far as it goes is read. Is there a next one? */
  async #handleEnd(file: OpenFile): Promise<boolean> {
    const next = await findNextFile(this.#path, file);
    if (next === undefined) {
      this.#tellCaughtUp();
      return false;
    }
    // The writer has gone on to the next: what it left here since the last read is all that will ever come.
    const rest = await file.read();
    if (rest === 'changed') return this.#handleChange(file, file.position);
    if (rest !== 'end') {
      await this.#emit(rest);
      return true;
    }
    const opened = await beginFile(this.#path, next.path);
    if (opened === undefined) return false;
    await file.close();
    await this.#begin(opened, file.finish());
    return true;
  }

  /** Cut, replaced or not the first: the same search as after a restart, which also finds the copy that copytruncate made. */
  async #handleChange(file: OpenFile, position: FilePosition): Promise<boolean> {
    this.#position = position;
    this.#file = undefined;
    await file.close();
    return true;
  }

  async #begin(file: OpenFile, lastEntries: readonly SourceEntry[]): Promise<void> {
    this.#file = file;
    this.#tell({ kind: 'opened', path: file.path, offset: file.position.offset });
    const moved: readonly SourceEntry[] =
      file.position.offset === 0 ? [{ kind: 'moved', positionAfter: file.position }] : [];
    await this.#emit([...lastEntries, ...moved]);
  }

  async #emit(entries: readonly SourceEntry[]): Promise<void> {
    while (this.#isPaused && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#releasePause = resolve;
      });
    }
    if (entries.length === 0 || this.#isClosed) return;
    this.#isCaughtUp = false;
    this.#handlers?.onEntries(entries);
  }

  #tellCaughtUp(): void {
    if (!this.#isCaughtUp) this.#tell({ kind: 'caught-up' });
    this.#isCaughtUp = true;
  }

  #tellOnce(event: SourceEvent, trouble: string): void {
    if (this.#trouble !== trouble) this.#tell(event);
    this.#trouble = trouble;
    // When it is over, it is said again that all is read.
    this.#isCaughtUp = false;
  }

  #tell(event: SourceEvent): void {
    if (!this.#isClosed) this.#handlers?.onEvent(event);
  }
}
