/**
 * The audit log as an append-only file of JSON lines. Each line carries its number and the SHA-256 of the line before
 * it, so an edit or a removed line shows; a small head file beside it shows lines cut from the end:
 *
 *   {"seq":7,"at":"2026-11-22T10:00:00.000Z","previous":"<64 hex digits>","event":"frame-accepted",…}
 *
 * This finds accidents and careless hands. Who can write both files can rewrite both; the Merkle log with signed
 * checkpoints comes behind the same interface.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { OPS_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import type { AuditEvent, AuditLog } from './audit-log.ts';
import { auditDigest, readAuditTail } from './audit-tail.ts';

export class FileAuditLog implements AuditLog {
  readonly #path: string;
  readonly #file: number;
  readonly #headFile: number;
  #queue: string[] = [];
  #sequence: number;
  #previous: string;
  #failure: DiodeError | undefined;

  /**
   * Opens or makes the file, verifies its tail and goes on behind it. A last line without its end (a power cut) is set
   * aside in `path`.torn and recorded. Throws DiodeError `audit-failed` where lines were edited or cut, or on any I/O
   * error. One writer at a time: the caller holds the lock.
   */
  constructor(path: string, nowMs: number) {
    this.#path = path;
    try {
      this.#file = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o640);
      this.#headFile = openSync(`${path}.head`, constants.O_RDWR | constants.O_CREAT, 0o640);
      syncDirectory(dirname(path));
    } catch (error) {
      throw this.#failed(error);
    }
    const tail = readAuditTail(path, this.#file, this.#headFile);
    this.#sequence = tail.sequence;
    this.#previous = tail.digest;
    if (tail.tornBytes !== undefined) this.#setAside(tail.wholeBytes, tail.tornBytes, nowMs);
  }

  append(nowMs: number, entry: AuditEvent): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#sequence += 1;
    const at = new Date(nowMs).toISOString();
    const { event, ...details } = entry;
    const line = JSON.stringify({ seq: this.#sequence, at, previous: this.#previous, event, ...details });
    if (Buffer.byteLength(line) > OPS_LIMITS.maxAuditLineBytes) {
      throw new RangeError(`audit entry ${event} of ${line.length} characters`);
    }
    this.#previous = auditDigest(line);
    this.#queue.push(line);
    if (this.#queue.length >= OPS_LIMITS.maxQueuedAuditEntries) this.sync();
  }

  sync(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#queue.length === 0) return;
    try {
      writeAll(this.#file, Buffer.from(`${this.#queue.join('\n')}\n`));
      fdatasyncSync(this.#file);
      // Behind the log, never ahead of it, and so not synced: after a power cut it may be old, which is no harm.
      writeSync(this.#headFile, `${String(this.#sequence).padStart(16, '0')} ${this.#previous}\n`, 0);
    } catch (error) {
      throw this.#failed(error);
    }
    this.#queue = [];
  }

  /** Syncs what is queued, where that is still possible. */
  close(): void {
    try {
      if (this.#failure === undefined) this.sync();
    } finally {
      closeSync(this.#file);
      closeSync(this.#headFile);
    }
  }

  #setAside(wholeBytes: number, torn: Buffer, nowMs: number): void {
    try {
      const aside = openSync(`${this.#path}.torn`, 'a', 0o640);
      writeAll(aside, Buffer.concat([torn, Buffer.from('\n')]));
      fsyncSync(aside);
      closeSync(aside);
      ftruncateSync(this.#file, wholeBytes);
      fsyncSync(this.#file);
    } catch (error) {
      throw this.#failed(error);
    }
    const sha256 = createHash('sha256').update(torn).digest('hex');
    this.append(nowMs, { event: 'audit-torn-line', bytes: torn.length, sha256 });
    this.sync();
  }

  /** After a failed write or sync nothing is known of the file's end, so nothing is tried again (design.md, "Durable first"). */
  #failed(cause: unknown): DiodeError {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    const seen = `The audit log ${this.#path} cannot be written (${code}), so nothing more is accepted.`;
    const cure = 'Free or mend its disk, correct its permissions, then start again.';
    this.#failure = new DiodeError('audit-failed', seen, cure, { cause });
    return this.#failure;
  }
}

/** A write may take less than all, as on a disk that is nearly full. */
function writeAll(file: number, bytes: Buffer): void {
  const before = fstatSync(file).size;
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  if (fstatSync(file).size !== before + bytes.length) throw new Error('another writer appended');
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  fsyncSync(directory);
  closeSync(directory);
}
