import assert from 'node:assert/strict';
import { ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUDIT_START, type AuditTail, auditDigest, readAuditTail } from '../../../src/audit/audit-tail.ts';
import { DiodeError } from '../../../src/ops/diode-error.ts';
import { InputReader } from '../input-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'identity-diode-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const log = openSync(join(folder, 'audit.log'), 'w+');
const head = openSync(join(folder, 'audit.log.head'), 'w+');

/** The head file in 16 bytes, then the log as it comes; or lines chained anew, and what stands torn behind them. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  if (reader.boolean()) {
    write(head, reader.bytes(16));
    write(log, reader.rest());
    readTail();
    return;
  }
  const { lines, digest } = chainedLines(reader);
  const edited = reader.integer(1);
  const torn = reader.rest();
  write(head, Buffer.alloc(0));
  write(log, Buffer.concat([Buffer.from(lines.map((line) => `${line}\n`).join('')), torn]));
  const tail = readTail();
  if (torn.includes('\n')) return;
  assert.ok(tail !== undefined, 'a chain that holds opens');
  assert.deepEqual([tail.sequence, tail.digest], [lines.length, digest]);
  assert.equal(tail.tornBytes?.length ?? 0, torn.length);
  // Whichever line but the last is changed, the one behind it tells.
  if (lines.length < 2) return;
  const at = edited % (lines.length - 1);
  const changed = lines.map((line, index) => (index === at ? line.replace('"event":"', '"event":"!') : line));
  write(log, Buffer.from(changed.map((line) => `${line}\n`).join('')));
  assert.equal(readTail(), undefined, 'an edited line is found');
}

function readTail(): AuditTail | undefined {
  try {
    return readAuditTail('audit.log', log, head);
  } catch (error) {
    if (error instanceof DiodeError && error.code === 'audit-failed') return undefined;
    throw error;
  }
}

function chainedLines(reader: InputReader): { readonly lines: readonly string[]; readonly digest: string } {
  const lines: string[] = [];
  let digest = AUDIT_START;
  for (let count = reader.integer(1) % 8; count > 0; count--) {
    const line = JSON.stringify({ seq: lines.length + 1, previous: digest, event: reader.text() });
    lines.push(line);
    digest = auditDigest(line);
  }
  return { lines, digest };
}

function write(file: number, bytes: Buffer): void {
  ftruncateSync(file, 0);
  if (bytes.length > 0) writeSync(file, bytes, 0, bytes.length, 0);
}
