import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../../../src/config/durable-file.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'durable-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('a folder', () => {
  it('is made with those above it, and left where it is there', () => {
    const path = join(root, 'a', 'b');
    makeFolder(path, 0o750, undefined);
    makeFolder(path, 0o700, undefined);
    expect(statSync(path).mode & 0o777).toBe(0o750);
  });

  it('is refused in a sentence where a file stands in its place or above it', () => {
    writeFileSync(join(root, 'file'), '');
    for (const path of [join(root, 'file'), join(root, 'file', 'below')]) {
      expect(() => makeFolder(path, 0o755, undefined)).toThrow(expect.objectContaining({ code: 'directory-missing' }));
    }
  });
});
