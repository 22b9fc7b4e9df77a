import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLocked, takeLock } from '../../../src/ops/run-lock.ts';

const WAIT = { waitMs: 0, seen: 'It runs.', cure: 'Stop it.' };
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(directory, 'run.lock');
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('the lock on a directory', () => {
  it('is held by one, refused to the next, and free again after its release', () => {
    const first = takeLock(path, WAIT);
    expect(isLocked(path)).toBe(true);
    expect(() => takeLock(path, WAIT)).toThrow(expect.objectContaining({ code: 'directory-locked', seen: 'It runs.' }));
    first.release();
    expect(isLocked(path)).toBe(false);
    takeLock(path, WAIT).release();
  });

  it('is not taken by asking, and may be released twice', () => {
    expect(isLocked(path)).toBe(false);
    const lock = takeLock(path, WAIT);
    lock.release();
    expect(() => lock.release()).not.toThrow();
  });
});
