/** One file that is being read: it yields entries with their positions, and notices when it was cut or replaced in place. */
import { readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { SENDER_LIMITS } from '../../src/limits.ts';
import {
  type FileIdentity,
  type FilePosition,
  HEAD_BYTES,
  headDigest,
  holdsPosition,
  readAt,
  TAIL_BYTES,
  tailChecksum,
  toIdentity,
} from './file-position.ts';
import { LineSplitter, type SplitLine } from './line-splitter.ts';
import { isAbsence } from './rotated-files.ts';
import type { SourceEntry } from './source.ts';

/** `end`: nothing new. `changed`: what was read last is not there any more. */
export type FileRead = readonly SourceEntry[] | 'end' | 'changed';

interface Beginning extends FileIdentity {
  readonly path: string;
  readonly offset: number;
  readonly lineNumber: number;
  readonly head: Buffer;
  readonly tail: Buffer;
  readonly after: string;
}

export class OpenFile {
  readonly path: string;
  readonly identity: FileIdentity;
  readonly #handle: FileHandle;
  readonly #splitter: LineSplitter;
  readonly #buffer = Buffer.allocUnsafe(TAIL_BYTES + SENDER_LIMITS.sourceReadBytes);
  /** First bytes as far as read, at most HEAD_BYTES, and their digest. */
  #head: Buffer;
  #headDigest: string;
  /** Last bytes read, at most TAIL_BYTES. */
  #tail: Buffer;
  #readOffset: number;
  #position: FilePosition;
  readonly #after: string;

  private constructor(handle: FileHandle, beginning: Beginning) {
    const { path, device, inode, offset, lineNumber, head, tail, after } = beginning;
    this.path = path;
    this.identity = { device, inode };
    this.#handle = handle;
    this.#splitter = new LineSplitter({ offset, lineNumber, maxLineBytes: SENDER_LIMITS.maxLineBytes });
    this.#head = head;
    this.#headDigest = headDigest(head);
    this.#tail = tail;
    this.#readOffset = offset;
    this.#after = after;
    this.#position = this.#positionAt(offset, lineNumber, tail);
  }

  /** At the beginning of the file; undefined where it is not there. `after`: see FilePosition. */
  static async begin(path: string, after: string): Promise<OpenFile | undefined> {
    const empty = Buffer.alloc(0);
    return openChecked(path, async (handle) => {
      const identity = toIdentity(await handle.stat({ bigint: true }));
      return new OpenFile(handle, { path, ...identity, offset: 0, lineNumber: 0, head: empty, tail: empty, after });
    });
  }

  /** Behind `position`; undefined where the file is not there or does not hold what was read up to the position. */
  static async resume(path: string, position: FilePosition): Promise<OpenFile | undefined> {
    return openChecked(path, async (handle) => {
      if (!(await holdsPosition(handle, position))) return undefined;
      const { offset, lineNumber, after } = position;
      const head = await readAt(handle, 0, Math.min(HEAD_BYTES, offset));
      const tailBytes = Math.min(TAIL_BYTES, offset);
      const tail = await readAt(handle, offset - tailBytes, tailBytes);
      const identity = toIdentity(await handle.stat({ bigint: true }));
      return new OpenFile(handle, { path, ...identity, offset, lineNumber, head, tail, after });
    });
  }

  /** Behind the last complete line. */
  get position(): FilePosition {
    return { ...this.#position, headBytes: this.#head.length, head: this.#headDigest };
  }

  /** False while not a byte was read, so that only its identity tells this file from others. */
  get isKnown(): boolean {
    return this.#head.length > 0;
  }

  /** What was appended since, at most `sourceReadBytes` of it. */
  async read(): Promise<FileRead> {
    const known = this.#tail.length;
    const buffer = this.#buffer;
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#readOffset - known);
    // The bytes before the place and the first ones are read again each time: once the file was cut or replaced, they are
    // gone or others. Size and times tell less: a file may have grown beyond the place again.
    if (bytesRead < known || !buffer.subarray(0, known).equals(this.#tail)) return 'changed';
    if (!this.#isHeadSame()) return 'changed';
    if (bytesRead === known) return 'end';
    const fresh = buffer.subarray(known, bytesRead);
    const firstOffset = this.#readOffset - known;
    this.#remember(fresh, buffer.subarray(0, bytesRead));
    return this.#toEntries(this.#splitter.push(fresh), (endOffset) =>
      buffer.subarray(Math.max(0, endOffset - firstOffset - TAIL_BYTES), endOffset - firstOffset),
    );
  }

  /** The last line, though no LF ends it: for a file to which nothing will be appended any more. */
  finish(): readonly SourceEntry[] {
    const line = this.#splitter.flush();
    return line === undefined ? [] : this.#toEntries([line], () => this.#tail);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** In one go: the file has just answered from further on, and the thread pool takes longer than so few bytes. */
  #isHeadSame(): boolean {
    const seen = Buffer.alloc(this.#head.length);
    return readSync(this.#handle.fd, seen, 0, seen.length, 0) === seen.length && seen.equals(this.#head);
  }

  #remember(fresh: Buffer, all: Buffer): void {
    if (this.#head.length < HEAD_BYTES) {
      this.#head = Buffer.concat([this.#head, fresh.subarray(0, HEAD_BYTES - this.#head.length)]);
      this.#headDigest = headDigest(this.#head);
    }
    this.#tail = Buffer.from(all.subarray(-TAIL_BYTES));
    this.#readOffset += fresh.length;
  }

  #toEntries(lines: readonly SplitLine[], tailBefore: (endOffset: number) => Buffer): readonly SourceEntry[] {
    const entries: SourceEntry[] = [];
    for (const { lineNumber, endOffset, content } of lines) {
      this.#position = this.#positionAt(endOffset, lineNumber, tailBefore(endOffset));
      if (content.kind === 'blank') continue;
      const place = { lineNumber, positionAfter: this.#position };
      entries.push(
        content.kind === 'text'
          ? { kind: 'line', text: content.text, ...place }
          : { kind: 'refused', code: content.code, ...place },
      );
    }
    return entries;
  }

  #positionAt(offset: number, lineNumber: number, tail: Buffer): FilePosition {
    const { device, inode } = this.identity;
    // One for each line, so no object is spread into it: that takes 2 KB.
    return {
      device,
      inode,
      offset,
      lineNumber,
      headBytes: this.#head.length,
      head: this.#headDigest,
      tailBytes: tail.length,
      tail: tailChecksum(tail),
      after: this.#after,
    };
  }
}

/** Opens for `make`, and closes again where that finds nothing to go on with. */
async function openChecked(
  path: string,
  make: (handle: FileHandle) => Promise<OpenFile | undefined>,
): Promise<OpenFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
  let file: OpenFile | undefined;
  try {
    file = await make(handle);
  } finally {
    if (file === undefined) await handle.close();
  }
  return file;
}
