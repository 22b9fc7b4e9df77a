/**
 * The newest entries of a log, in an append-only file of JSON lines: one write and one fdatasync make a group durable.
 * Tiles are made from it at each checkpoint, and then it begins anew with the last bundle, so it is never empty once there
 * was an entry. Its first line says by its index where it begins.
 */
import { closeSync, constants, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, openSync } from 'node:fs';
import { DiodeError } from '../ops/diode-error.ts';
import { writeAll } from '../ops/write-all.ts';
import { readAll } from './log-files.ts';

export interface TailLines {
  /** Index of the first entry; a multiple of 256. 0 for none. */
  readonly first: number;
  /** Without their line breaks. */
  readonly entries: readonly Buffer[];
  /** The file up to and with the last of them. */
  readonly wholeBytes: number;
  /** What stands behind it and is no entry; empty where nothing does. */
  readonly rest: Buffer;
}

const LINE_BREAK = 0x0a;

/** The entries from the first line on, as far as each names the index after the one before. */
export function readTail(bytes: Buffer): TailLines {
  const entries: Buffer[] = [];
  let first = 0;
  let at = 0;
  for (;;) {
    const end = bytes.indexOf(LINE_BREAK, at);
    const line = bytes.subarray(at, end);
    const index = end < 0 ? undefined : entryIndex(line);
    if (index === undefined || (entries.length > 0 && index !== first + entries.length)) break;
    if (entries.length === 0) first = index;
    entries.push(line);
    at = end + 1;
  }
  return { first, entries, wholeBytes: at, rest: bytes.subarray(at) };
}

export function tailBytes(entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat(entries.flatMap((entry) => [entry, Uint8Array.of(LINE_BREAK)]));
}

/** The number that an entry begins with; undefined for what is no entry. */
function entryIndex(line: Buffer): number | undefined {
  const digits = /^\{"index":(\d{1,16}),/.exec(line.subarray(0, 32).toString('latin1'))?.[1];
  const index = Number(digits);
  if (digits === undefined || !Number.isSafeInteger(index)) return undefined;
  try {
    JSON.parse(line.toString('utf8'));
    return index;
  } catch {
    return undefined;
  }
}

/** The file as its one writer has it open. All methods throw what the file system refuses. */
export class TailFile {
  readonly #path: string;
  readonly #file: number;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW);
  }

  read(): TailLines {
    return readTail(readAll(this.#file));
  }

  /** Durable when it returns. */
  append(lines: readonly Uint8Array[]): void {
    const bytes = tailBytes(lines);
    const before = fstatSync(this.#file).size;
    writeAll(this.#file, bytes);
    if (fstatSync(this.#file).size !== before + bytes.length) {
      throw new DiodeError(
        'audit-failed',
        `Somebody else writes to ${this.#path}.`,
        'Stop that; a log has one writer.',
      );
    }
    fdatasyncSync(this.#file);
  }

  cut(wholeBytes: number): void {
    ftruncateSync(this.#file, wholeBytes);
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}
