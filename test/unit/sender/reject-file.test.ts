import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RejectedLine, RejectFile } from '../../../sender/journal/reject-file.ts';
import { DiodeError } from '../../../src/ops/diode-error.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reject-file-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

function rejected(lineNumber: number, code: RejectedLine['code'] = 'json-syntax'): RejectedLine {
  return { source: 'hr', lineNumber, code, path: 'resource.id', detail: 'This is no JSON.', atMs: 0 };
}

describe('reject file', () => {
  it('tells where and why as one JSON object a line', () => {
    const path = join(directory, 'rejected.jsonl');
    new RejectFile(path).append([rejected(3), { ...rejected(4), path: '' }]);
    expect(readFileSync(path, 'utf8')).toBe(
      '{"source":"hr","line":3,"code":"json-syntax","path":"resource.id","detail":"This is no JSON.","at":"1970-01-01T00:00:00.000Z"}\n' +
        '{"source":"hr","line":4,"code":"json-syntax","detail":"This is no JSON.","at":"1970-01-01T00:00:00.000Z"}\n',
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('goes on in the file of an earlier run', () => {
    const path = join(directory, 'rejected.jsonl');
    new RejectFile(path).append([rejected(1)]);
    new RejectFile(path).append([rejected(2)]);
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('counts by code', () => {
    const file = new RejectFile(join(directory, 'rejected.jsonl'));
    file.append([rejected(1), rejected(2, 'utf8'), rejected(3)]);
    file.append([]);
    expect(Object.fromEntries(file.counts())).toEqual({ 'json-syntax': 2, utf8: 1 });
  });

  it('keeps two generations within the bound', () => {
    const path = join(directory, 'rejected.jsonl');
    const maxBytes = 1_000;
    for (let line = 1; line <= 100; line++) new RejectFile(path, maxBytes).append([rejected(line)]);
    expect(statSync(path).size).toBeLessThanOrEqual(maxBytes);
    expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(maxBytes);
    expect(readFileSync(path, 'utf8')).toContain('"line":100,');
    expect(existsSync(`${path}.2`)).toBe(false);
  });

  it('says so where it cannot write', () => {
    const file = new RejectFile(join(directory, 'missing', 'rejected.jsonl'));
    expect(() => file.append([rejected(1)])).toThrow(DiodeError);
  });
});
