/**
 * DIR/data/rejected.jsonl: which lines were refused and why, for whoever repairs the source. Never the line itself, which
 * may hold secrets: file and line number find it. Two generations within `maxRejectFileBytes` each bound the disk.
 */
import { appendFileSync, renameSync, statSync } from 'node:fs';
import type { IdentityCode } from '../../src/identity/refusal.ts';
import { SENDER_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';

export interface RejectedLine {
  readonly source: string;
  readonly lineNumber: number;
  readonly code: IdentityCode;
  readonly path: string;
  readonly detail: string;
  readonly atMs: number;
}

export class RejectFile {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #counts = new Map<IdentityCode, number>();
  #bytes: number;

  /** Appends to the file at `path`; beyond `maxBytes` it becomes `<path>.1`, whose predecessor goes. */
  constructor(path: string, maxBytes: number = SENDER_LIMITS.maxRejectFileBytes) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Writes and counts the lines of one batch. Throws DiodeError `disk-full` or `disk-failed`; they are counted then. */
  append(lines: readonly RejectedLine[]): void {
    if (lines.length === 0) return;
    for (const { code } of lines) this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    const text = lines.map(toText).join('');
    const bytes = Buffer.byteLength(text, 'utf8');
    try {
      if (this.#bytes > 0 && this.#bytes + bytes > this.#maxBytes) {
        renameSync(this.#path, `${this.#path}.1`);
        this.#bytes = 0;
      }
      appendFileSync(this.#path, text, { mode: 0o600 });
    } catch (error) {
      throw translateWriteError(error, this.#path);
    }
    this.#bytes += bytes;
  }

  /** Lines refused since the start, by code. */
  counts(): ReadonlyMap<IdentityCode, number> {
    return this.#counts;
  }
}

function toText({ source, lineNumber, code, path, detail, atMs }: RejectedLine): string {
  const at = new Date(atMs).toISOString();
  return `${JSON.stringify({ source, line: lineNumber, code, ...(path !== '' && { path }), detail, at })}\n`;
}

function translateWriteError(error: unknown, path: string): DiodeError {
  const { code } = error as NodeJS.ErrnoException;
  const options = { cause: error };
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new DiodeError('disk-full', `The disk that holds ${path} is full.`, 'Free space on it.', options)
    : new DiodeError(
        'disk-failed',
        `${path} cannot be written (${code}).`,
        'Check the disk and its permissions.',
        options,
      );
}
