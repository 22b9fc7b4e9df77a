/**
 * Where reading of a file goes on, in a form that outlives renames, copies and restarts: the file's identity (device and
 * inode), which a rename keeps, and a fingerprint of its content (its first bytes and those just before the offset),
 * which a copy keeps and which tells a new file in a reused inode.
 */
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { sha256Hex } from '../../src/crypto/digest.ts';
import { SENDER_LIMITS } from '../../src/limits.ts';
import type { SourcePosition } from './source.ts';

/** A type and not an interface, so that it is a SourcePosition too. */
export type FilePosition = {
  readonly device: string;
  readonly inode: string;
  /** Behind a complete line. */
  readonly offset: number;
  /** Lines before the offset. */
  readonly lineNumber: number;
  /** First bytes of the file as known then, and their SHA-256's first 16 hex digits. */
  readonly headBytes: number;
  readonly head: string;
  /** Last bytes before the offset, and their CRC-32. */
  readonly tailBytes: number;
  readonly tail: number;
  /** Inode of the file that came before this one when reading began; empty without one. What follows it is unread. */
  readonly after: string;
};

/** What a rename keeps. */
export interface FileIdentity {
  readonly device: string;
  /** Number and time of birth, since numbers are used again; the time is 0 where the file system keeps none. */
  readonly inode: string;
}

export function toIdentity({ dev, ino, birthtimeNs }: BigIntStats): FileIdentity {
  return { device: String(dev), inode: `${ino}.${birthtimeNs}` };
}

/** A saved position as this source wrote it; undefined for any other shape. */
export function readFilePosition(position: SourcePosition): FilePosition | undefined {
  const { device, inode, offset, lineNumber, headBytes, head, tailBytes, tail, after } = position;
  const numbers = [offset, lineNumber, headBytes, tailBytes, tail].every((value) => Number.isSafeInteger(value));
  const texts = [device, inode, head, after].every((value) => typeof value === 'string');
  return numbers && texts ? (position as FilePosition) : undefined;
}

/** The digest form of a file's first bytes. */
export function headDigest(bytes: Buffer): string {
  return sha256Hex(bytes).slice(0, 16);
}

export function tailChecksum(bytes: Buffer): number {
  return crc32(bytes);
}

/** Whether the file has, up to the position, what was read then. A position at which nothing was read matches any. */
export async function holdsPosition(file: FileHandle, position: FilePosition): Promise<boolean> {
  const { offset, headBytes, tailBytes } = position;
  if (Number((await file.stat()).size) < Math.max(offset, headBytes)) return false;
  const head = await readAt(file, 0, headBytes);
  if (head.length !== headBytes || headDigest(head) !== position.head) return false;
  const tail = await readAt(file, offset - tailBytes, tailBytes);
  return tail.length === tailBytes && tailChecksum(tail) === position.tail;
}

/** Up to `length` bytes from `offset`, fewer at the end of the file. */
export async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, length));
  const bytesRead = await readInto(file, buffer, offset);
  return buffer.subarray(0, bytesRead);
}

/** Fills the buffer as far as the file goes; how many bytes it has then. */
export async function readInto(file: FileHandle, buffer: Buffer, offset: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** What a file's first bytes and last ones are remembered by. */
export const HEAD_BYTES = SENDER_LIMITS.fingerprintHeadBytes;
export const TAIL_BYTES = SENDER_LIMITS.fingerprintTailBytes;
