/**
 * Framing of a serial line, which carries bytes and no datagrams: docs/wire-format.md, "Serial line". Consistent Overhead
 * Byte Stuffing (Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2), 1999) takes every zero out of a datagram, so
 * that a zero on the line is a delimiter and nothing else.
 *
 *   datagram        11 22 00 33
 *   on the line     00 │ 03 11 22 │ 02 33 │ 00         code c: c − 1 bytes follow, then a zero, but for
 *                   │    └ code     └ code   │         c = 255 (254 bytes, no zero behind them)
 *                   └────── delimiters ──────┘         and the last group (no zero behind it)
 *
 * A delimiter stands at both ends: what noise left on an idle line ends at the first and spoils nothing, and where noise
 * turned one of two datagrams' delimiters into something else, the other still parts them.
 */

import { WIRE_LIMITS } from '../limits.ts';
import { HEADER_BYTES, TAG_BYTES } from './datagram.ts';

const DELIMITER = 0x00;
/** A group of 254 bytes without a zero. */
const LONGEST_CODE = 0xff;
const LONGEST_GROUP_BYTES = 254;
const MAX_DATAGRAM_BYTES = HEADER_BYTES + WIRE_LIMITS.maxSymbolBytes + TAG_BYTES;

/**
 * Why what stood between two delimiters is no datagram. `overlong`: it would be longer than the longest; `cut-short`: its
 * last code promises bytes that did not come; `empty`: codes, and no bytes.
 */
export const RUN_REASONS = ['overlong', 'cut-short', 'empty'] as const;
export type RunReason = (typeof RUN_REASONS)[number];

/** What a datagram of `datagramBytes` costs on the line beside its own bytes, at most: codes and two delimiters. */
export function framingBytes(datagramBytes: number): number {
  return Math.ceil(datagramBytes / LONGEST_GROUP_BYTES) + 2;
}

/** The bytes for the line. `datagram` is not empty. */
export function encodeRun(datagram: Uint8Array): Buffer {
  const line = Buffer.allocUnsafe(datagram.length + framingBytes(datagram.length));
  line[0] = DELIMITER;
  let codeAt = 1;
  let at = 2;
  for (const [index, byte] of datagram.entries()) {
    if (byte !== 0) line[at++] = byte;
    const isFull = at - codeAt === LONGEST_CODE;
    if (byte !== 0 && !isFull) continue;
    line[codeAt] = at - codeAt;
    // Behind a full group no zero is meant, so where it ends the datagram nothing follows.
    if (byte !== 0 && index === datagram.length - 1) codeAt = -1;
    else codeAt = at++;
  }
  if (codeAt >= 0) line[codeAt] = at - codeAt;
  line[at++] = DELIMITER;
  return line.subarray(0, at);
}

export interface RunHandlers {
  /** The handler owns the buffer. */
  readonly onDatagram: (datagram: Buffer) => void;
  readonly onDiscarded: (reason: RunReason) => void;
}

/**
 * Takes bytes in pieces of any size, from any point of the line on, and never throws. It keeps one datagram of the longest
 * kind and nothing else: a run that grows beyond is given up, and the next delimiter begins anew.
 */
export class RunDecoder {
  readonly #handlers: RunHandlers;
  readonly #buffer: Buffer;
  #length = 0;
  /** The code of the group under way, 1 to 255; 0 before the first of a run. */
  #code = 0;
  /** Bytes that the group still wants. */
  #wanted = 0;
  #isGivenUp = false;

  constructor(handlers: RunHandlers, maxDatagramBytes: number = MAX_DATAGRAM_BYTES) {
    this.#handlers = handlers;
    this.#buffer = Buffer.alloc(maxDatagramBytes);
  }

  handleBytes(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === DELIMITER) this.#endRun();
      else if (!this.#isGivenUp) this.#handleByte(byte);
    }
  }

  #handleByte(byte: number): void {
    if (this.#wanted > 0) {
      this.#wanted--;
      this.#append(byte);
      return;
    }
    if (this.#code !== 0 && this.#code !== LONGEST_CODE) this.#append(0);
    this.#code = byte;
    this.#wanted = byte - 1;
  }

  #append(byte: number): void {
    if (this.#isGivenUp) return;
    if (this.#length === this.#buffer.length) {
      this.#isGivenUp = true;
      this.#handlers.onDiscarded('overlong');
      return;
    }
    this.#buffer[this.#length++] = byte;
  }

  #endRun(): void {
    const isRun = this.#code !== 0 && !this.#isGivenUp;
    const [length, wanted] = [this.#length, this.#wanted];
    this.#length = 0;
    this.#code = 0;
    this.#wanted = 0;
    this.#isGivenUp = false;
    if (!isRun) return;
    if (wanted > 0) this.#handlers.onDiscarded('cut-short');
    else if (length === 0) this.#handlers.onDiscarded('empty');
    else this.#handlers.onDatagram(Buffer.from(this.#buffer.subarray(0, length)));
  }
}
