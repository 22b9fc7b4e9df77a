import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeFolder } from '../../../src/config/durable-file.ts';

/** What was synced, by path; the real fsync goes on. */
const synced = vi.hoisted((): string[] => []);
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const fsyncSync = (descriptor: number) => {
    synced.push(fs.readlinkSync(`/proc/self/fd/${descriptor}`));
    fs.fsyncSync(descriptor);
  };
  return { ...fs, fsyncSync };
});

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'durable-'));
  synced.length = 0;
});
afterEach(() => rmSync(root, { recursive: true }));

describe('a folder', () => {
  it('is made with those above it, and left where it is there', () => {
    const path = join(root, 'a', 'b');
    makeFolder(path, 0o750);
    makeFolder(path, 0o700);
    expect(statSync(path).mode & 0o777).toBe(0o750);
  });

  it('is durable: each folder that got a new name in it is synced', () => {
    makeFolder(join(root, 'a', 'b', 'c'), 0o750);
    expect(synced.toSorted()).toEqual([root, join(root, 'a'), join(root, 'a', 'b')]);
    makeFolder(join(root, 'a', 'b', 'c'), 0o750);
    expect(synced).toHaveLength(3);
  });

  it('is refused in a sentence where a file stands in its place or above it', () => {
    writeFileSync(join(root, 'file'), '');
    for (const path of [join(root, 'file'), join(root, 'file', 'below')]) {
      expect(() => makeFolder(path, 0o755)).toThrow(expect.objectContaining({ code: 'directory-missing' }));
    }
  });
});
