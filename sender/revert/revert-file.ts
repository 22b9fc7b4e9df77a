/**
 * DIR/data/reverts/ID.jsonl: the lines of one revert (revert-lines.ts), written whole and durable by the command before its
 * request, read by the sender from where the journal says, deleted once all are journaled. They hold attributes: 0600.
 */
import { closeSync, fsyncSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileError, makeFolder, syncDirectory } from '../../src/config/durable-file.ts';
import { SENDER_LIMITS } from '../../src/limits.ts';
import { makeFile } from '../../src/ops/held-folder.ts';
import { writeAll } from '../../src/ops/write-all.ts';
import { LineSplitter } from '../sources/line-splitter.ts';
import type { RevertEntry } from './revert-lines.ts';

const ID = /^\d{13}-[0-9a-f]{8}$/;
const FILE_NAME = /^\d{13}-[0-9a-f]{8}\.jsonl$/;
/** A revision and a space stand before the source line. */
const MAX_LINE_BYTES = SENDER_LIMITS.maxLineBytes + 64;
const WRITE_BYTES = SENDER_LIMITS.sourceReadBytes;

export interface WrittenRevert {
  readonly id: string;
  readonly lines: number;
  readonly bytes: number;
}

export function isRevertId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

/**
 * Durable when it returns; an id that sorts by time. `randomHex`: 8 characters. Throws DiodeError `disk-full` or what the
 * file system refused, and leaves nothing then.
 */
export function writeRevertFile(
  folder: string,
  lines: Iterable<string>,
  stamp: { readonly wallMs: number; readonly randomHex: string },
): WrittenRevert {
  const id = `${String(stamp.wallMs).padStart(13, '0')}-${stamp.randomHex}`;
  const path = pathOf(folder, id);
  try {
    makeFolder(folder, 0o700);
    const written = writeLines(path, lines);
    syncDirectory(folder);
    return { id, ...written };
  } catch (error) {
    removeRevertFile(folder, id);
    throw fileError(error, path);
  }
}

export function removeRevertFile(folder: string, id: string): void {
  rmSync(pathOf(folder, id), { force: true });
}

/** Files that a command wrote and no request names, since it was ended in between: those older than a day. */
export function removeAbandonedFiles(folder: string, wallMs: number): void {
  const names = readNames(folder).filter((name) => FILE_NAME.test(name));
  for (const name of names) {
    const { mtimeMs } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? { mtimeMs: wallMs };
    if (wallMs - mtimeMs > SENDER_LIMITS.abandonedRevertMs) rmSync(join(folder, name), { force: true });
  }
}

/** Bytes of the file; undefined where it is not there. */
export function revertFileBytes(folder: string, id: string): number | undefined {
  return statSync(pathOf(folder, id), { throwIfNoEntry: false })?.size;
}

export class RevertFile {
  readonly id: string;
  readonly #file: number;
  readonly #path: string;
  readonly #splitter: LineSplitter;
  readonly #chunk = Buffer.allocUnsafe(SENDER_LIMITS.sourceReadBytes);
  #offset: number;
  #handedOver: number;

  /** Begins behind `offset`, where `lineNumber` lines end. Throws what the file system refused. */
  constructor(folder: string, { id, offset, lineNumber }: { id: string; offset: number; lineNumber: number }) {
    this.id = id;
    this.#path = pathOf(folder, id);
    this.#offset = offset;
    this.#handedOver = offset;
    this.#splitter = new LineSplitter({ offset, lineNumber, maxLineBytes: MAX_LINE_BYTES });
    try {
      this.#file = openSync(this.#path, 'r');
    } catch (error) {
      throw fileError(error, this.#path);
    }
  }

  /** Behind the last line that was read. */
  get handedOver(): number {
    return this.#handedOver;
  }

  /** The lines that the next read completes; undefined at the end. Throws what the file system refused. */
  read(): readonly RevertEntry[] | undefined {
    try {
      const bytes = readSync(this.#file, this.#chunk, 0, this.#chunk.length, this.#offset);
      if (bytes === 0) return undefined;
      this.#offset += bytes;
      const lines = this.#splitter.push(this.#chunk.subarray(0, bytes));
      this.#handedOver = lines.at(-1)?.endOffset ?? this.#handedOver;
      return lines.map(({ lineNumber, endOffset, content }) => ({
        kind: 'revert',
        revertId: this.id,
        lineNumber,
        text: content.kind === 'text' ? content.text : '',
        offsetAfter: endOffset,
      }));
    } catch (error) {
      throw fileError(error, this.#path);
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

function writeLines(path: string, lines: Iterable<string>): { readonly lines: number; readonly bytes: number } {
  const file = makeFile(path, 0o600);
  try {
    let count = 0;
    let bytes = 0;
    let text = '';
    for (const line of lines) {
      count++;
      text += line;
      if (text.length < WRITE_BYTES) continue;
      bytes += writeText(file, text);
      text = '';
    }
    bytes += writeText(file, text);
    fsyncSync(file);
    return { lines: count, bytes };
  } finally {
    closeSync(file);
  }
}

function writeText(file: number, text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  writeAll(file, bytes);
  return bytes.length;
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function pathOf(folder: string, id: string): string {
  return join(folder, `${id}.jsonl`);
}
