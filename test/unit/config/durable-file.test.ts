import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeFolder, readTextFile } from '../../../src/config/durable-file.ts';

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

describe('a text', () => {
  const TOO_LONG = expect.objectContaining({ message: expect.stringContaining('has more than 8 bytes') });

  it('is read up to its bound, in whatever pieces', () => {
    const path = join(root, 'text');
    for (const text of ['', '12345678', 'Zoë']) {
      writeFileSync(path, text);
      expect(readTextFile(path, 8)).toBe(text);
    }
    const long = 'é'.repeat(100_000);
    writeFileSync(path, long);
    expect(readTextFile(path, 200_000)).toBe(long);
    expect(readTextFile(join(root, 'absent'), 8)).toBeUndefined();
  });

  it('beyond its bound is refused, and not read first: one byte more, 20 GB, or a device without an end', () => {
    const path = join(root, 'text');
    writeFileSync(path, '123456789');
    expect(() => readTextFile(path, 8)).toThrow(TOO_LONG);
    truncateSync(path, 20e9);
    expect(() => readTextFile(path, 8)).toThrow(TOO_LONG);
    expect(() => readTextFile('/dev/zero', 8)).toThrow(TOO_LONG);
  });
});
