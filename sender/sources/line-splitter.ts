/**
 * Line splitter: bytes as they come ─► complete lines. Pure. Lines end with LF or CR LF; a byte order mark at the very
 * beginning is skipped. A line beyond the bound is skipped in bounded memory and reported by its place alone.
 */
import { isUtf8 } from 'node:buffer';

export interface SplitLine {
  readonly lineNumber: number;
  /** Where the next line begins, counted as `startOffset` was. */
  readonly endOffset: number;
  readonly content: LineContent;
}

export type LineContent =
  | { readonly kind: 'text'; readonly text: string }
  /** Nothing but white space: neither an item nor a mistake. */
  | { readonly kind: 'blank' }
  | { readonly kind: 'unreadable'; readonly code: 'line-too-long' | 'utf8' };

export interface SplitterStart {
  readonly offset: number;
  /** Lines before the offset. */
  readonly lineNumber: number;
  readonly maxLineBytes: number;
}

const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** Of an unfinished line, what does not count: a byte order mark before it, and CR LF. */
const GRACE_BYTES = 5;

export class LineSplitter {
  readonly #maxLineBytes: number;
  #offset: number;
  #lineNumber: number;
  /** Of the unfinished line: copies, since the caller's buffer is used again. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #isTooLong = false;

  constructor(start: SplitterStart) {
    this.#offset = start.offset;
    this.#lineNumber = start.lineNumber;
    this.#maxLineBytes = start.maxLineBytes;
  }

  /** The lines that `chunk` completes. The chunk stays the caller's. */
  push(chunk: Buffer): readonly SplitLine[] {
    const lines: SplitLine[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      lines.push(this.#complete(chunk.subarray(from, end), 1));
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  /** The line that no LF ends, where nothing more will come; undefined without one. */
  flush(): SplitLine | undefined {
    return this.#pendingBytes === 0 ? undefined : this.#complete(Buffer.alloc(0), 0);
  }

  #keep(bytes: Buffer): void {
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > this.#maxLineBytes + GRACE_BYTES) {
      this.#isTooLong = true;
      this.#pending = [];
    } else if (bytes.length > 0) {
      this.#pending.push(Buffer.from(bytes));
    }
  }

  #complete(bytes: Buffer, endBytes: number): SplitLine {
    const isFirst = this.#offset === 0;
    this.#offset += this.#pendingBytes + bytes.length + endBytes;
    this.#lineNumber++;
    const content: LineContent = this.#isTooLong
      ? { kind: 'unreadable', code: 'line-too-long' }
      : this.#read(this.#pending.length === 0 ? bytes : Buffer.concat([...this.#pending, bytes]), isFirst);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#isTooLong = false;
    return { lineNumber: this.#lineNumber, endOffset: this.#offset, content };
  }

  #read(line: Buffer, isFirst: boolean): LineContent {
    const from = isFirst && line.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
    const to = line[line.length - 1] === CR ? line.length - 1 : line.length;
    if (to - from > this.#maxLineBytes) return { kind: 'unreadable', code: 'line-too-long' };
    if (!isUtf8(line)) return { kind: 'unreadable', code: 'utf8' };
    const text = line.toString('utf8', from, to);
    return text.trim() === '' ? { kind: 'blank' } : { kind: 'text', text };
  }
}
