/** Where an audit file ends, after its last lines were verified: what a restart goes on from. */
import { createHash } from 'node:crypto';
import { fstatSync, readSync } from 'node:fs';
import { OPS_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';

/** What the first line names as the line before it. */
export const AUDIT_START = '0'.repeat(64);

export interface AuditTail {
  /** Number and digest of the last whole line; 0 and AUDIT_START for none. */
  readonly sequence: number;
  readonly digest: string;
  /** The file up to and with its last line break. */
  readonly wholeBytes: number;
  /** What stands behind it; undefined where nothing does. */
  readonly tornBytes: Buffer | undefined;
}

/** Verifies the chain over the last `auditTailBytes` and the head file. Throws DiodeError `audit-failed`. */
export function readAuditTail(path: string, file: number, headFile: number): AuditTail {
  const { size } = fstatSync(file);
  const wholeBytes = endOfLastLine(file, size);
  const from = Math.max(0, wholeBytes - OPS_LIMITS.auditTailBytes);
  const lines = read(file, from, wholeBytes).toString('utf8').split('\n').slice(0, -1);
  // The first line of a window into a longer file is probably cut.
  if (from > 0) lines.shift();
  const last = verifyLines(path, lines, from === 0);
  const head = readHead(headFile);
  if (head !== undefined && head > last.sequence) {
    throw damaged(path, `it ends with line ${last.sequence}, although line ${head} was written`);
  }
  return { ...last, wholeBytes, tornBytes: wholeBytes < size ? read(file, wholeBytes, size) : undefined };
}

/** SHA-256 of a line without its line break, in hex: what the next line names. */
export function auditDigest(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}

/** Behind the last line break; a torn group may leave much behind it, zeros included. */
function endOfLastLine(file: number, size: number): number {
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - OPS_LIMITS.auditTailBytes);
    const at = read(file, from, end).lastIndexOf(0x0a);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}

function read(file: number, from: number, end: number): Buffer {
  const bytes = Buffer.alloc(end - from);
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from));
}

function verifyLines(path: string, lines: readonly string[], startsWhole: boolean) {
  let sequence = 0;
  let digest = AUDIT_START;
  for (const [at, line] of lines.entries()) {
    const entry = parseLine(line);
    if (entry === undefined) throw damaged(path, `the line behind ${sequence} is no entry`);
    const isFirst = at === 0 && !startsWhole;
    if (!isFirst && entry.seq !== sequence + 1) throw damaged(path, `line ${entry.seq} follows line ${sequence}`);
    if (!isFirst && entry.previous !== digest) throw damaged(path, `line ${sequence} is not as it was written`);
    sequence = entry.seq;
    digest = auditDigest(line);
  }
  return { sequence, digest };
}

function parseLine(line: string): { readonly seq: number; readonly previous: string } | undefined {
  try {
    const { seq, previous } = JSON.parse(line) as { seq?: unknown; previous?: unknown };
    return typeof previous === 'string' && Number.isSafeInteger(seq) ? { seq: seq as number, previous } : undefined;
  } catch {
    return undefined;
  }
}

function readHead(headFile: number): number | undefined {
  const text = read(headFile, 0, 16).toString('latin1');
  return /^\d{16}$/.test(text) ? Number(text) : undefined;
}

function damaged(path: string, what: string): DiodeError {
  const cure = `Find out who changed it; then restore it, or move ${path} and ${path}.head aside to begin a new log.`;
  return new DiodeError('audit-failed', `The audit log ${path} was changed: ${what}.`, cure);
}
