import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileAuditLog } from '../../../src/audit/file-audit-log.ts';
import { OPS_LIMITS } from '../../../src/limits.ts';
import { DiodeError } from '../../../src/ops/diode-error.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 10);
let directory: string;
let path: string;
const open = () => new FileAuditLog(path, NOW_MS);
const lines = () => readFileSync(path, 'utf8').split('\n').slice(0, -1);
const entries = () => lines().map((line) => JSON.parse(line) as Record<string, unknown>);

function write(count: number, from = 1): void {
  const log = open();
  for (let at = 0; at < count; at++) log.append(NOW_MS, { event: 'frame-accepted', sequence: from + at });
  log.sync();
  log.close();
}

function refusal(act: () => unknown): DiodeError {
  try {
    act();
  } catch (error) {
    if (error instanceof DiodeError) return error;
    throw error;
  }
  throw new Error('it went through');
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'audit-'));
  path = join(directory, 'audit.log');
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('the audit file', () => {
  it('numbers its lines and names in each the SHA-256 of the line before', () => {
    write(3);
    let previous = '0'.repeat(64);
    for (const [at, line] of lines().entries()) {
      expect(JSON.parse(line)).toEqual({
        seq: at + 1,
        at: '2026-11-22T10:00:00.000Z',
        previous,
        event: 'frame-accepted',
        sequence: at + 1,
      });
      previous = createHash('sha256').update(line).digest('hex');
    }
  });

  it('writes nothing before sync and everything at it', () => {
    const log = open();
    log.append(NOW_MS, { event: 'a' });
    expect(statSync(path).size).toBe(0);
    log.sync();
    expect(entries()).toHaveLength(1);
    log.append(NOW_MS, { event: 'b' });
    log.close();
    expect(entries()).toHaveLength(2);
  });

  it('bounds its queue: what nobody synced is written when it is full', () => {
    const log = open();
    for (let at = 0; at < OPS_LIMITS.maxQueuedAuditEntries; at++) log.append(NOW_MS, { event: 'a' });
    expect(entries()).toHaveLength(OPS_LIMITS.maxQueuedAuditEntries);
    log.close();
  });

  it('goes on with the chain after a restart, also when it is longer than the tail that is verified', () => {
    write(1_000);
    expect(statSync(path).size).toBeGreaterThan(2 * OPS_LIMITS.auditTailBytes);
    write(2, 1_001);
    const all = lines();
    expect(entries().at(-1)).toMatchObject({ seq: 1_002, sequence: 1_002 });
    const before = createHash('sha256')
      .update(all.at(-2) as string)
      .digest('hex');
    expect(entries().at(-1)).toMatchObject({ previous: before });
  });

  it('sets a last line without its end aside, and says so in the log', () => {
    write(2);
    const torn = '{"seq":3,"at":"2026-11-22T10:0';
    appendFileSync(path, torn);
    write(1, 3);
    expect(readFileSync(`${path}.torn`, 'utf8')).toBe(`${torn}\n`);
    expect(entries().slice(2)).toMatchObject([
      { seq: 3, event: 'audit-torn-line', bytes: torn.length, sha256: createHash('sha256').update(torn).digest('hex') },
      { seq: 4, event: 'frame-accepted', sequence: 3 },
    ]);
  });

  it('does the same for the zeros that a power cut may leave, however many', () => {
    write(2);
    appendFileSync(path, Buffer.alloc(3 * OPS_LIMITS.auditTailBytes));
    write(1, 3);
    expect(entries().map(({ event }) => event)).toEqual([
      'frame-accepted',
      'frame-accepted',
      'audit-torn-line',
      'frame-accepted',
    ]);
  });

  it('refuses to go on where a line was edited', () => {
    write(5);
    const text = readFileSync(path, 'utf8').replace('"sequence":3', '"sequence":9');
    writeFileSync(path, text);
    expect(refusal(open)).toMatchObject({
      code: 'audit-failed',
      seen: `The audit log ${path} was changed: line 3 is not as it was written.`,
    });
  });

  it('refuses to go on where a line was taken out', () => {
    write(5);
    writeFileSync(
      path,
      `${lines()
        .filter((_, at) => at !== 2)
        .join('\n')}\n`,
    );
    expect(refusal(open).seen).toContain('line 4 follows line 2');
  });

  it('refuses to go on where whole lines were cut from its end, or it was emptied', () => {
    write(5);
    const kept = `${lines().slice(0, 3).join('\n')}\n`;
    truncateSync(path, Buffer.byteLength(kept));
    expect(refusal(open).seen).toContain('it ends with line 3, although line 5 was written');
    truncateSync(path, 0);
    expect(refusal(open).seen).toContain('it ends with line 0, although line 5 was written');
  });

  it('accepts nothing any more after a write failed', () => {
    // The device takes opens and refuses writes, as a full disk does.
    symlinkSync('/dev/full', path);
    const failing = open();
    failing.append(NOW_MS, { event: 'a' });
    const first = refusal(() => failing.sync());
    expect(first.code).toBe('audit-failed');
    expect(first.seen).toContain('ENOSPC');
    expect(refusal(() => failing.append(NOW_MS, { event: 'b' }))).toBe(first);
    expect(refusal(() => failing.sync())).toBe(first);
  });

  it('names the file and the errno where it cannot be opened', () => {
    path = join(directory, 'absent', 'audit.log');
    expect(refusal(open)).toMatchObject({ code: 'audit-failed', seen: expect.stringContaining('(ENOENT)') });
  });
});
