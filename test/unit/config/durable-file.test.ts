import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFile, fileError, makeFolder, readTextFile, replaceFile } from '../../../src/config/durable-file.ts';

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
      expect(() => makeFolder(path, 0o755)).toThrow(expect.objectContaining({ code: 'path-kind' }));
    }
  });
});

describe('a text', () => {
  const TOO_LONG = expect.objectContaining({
    code: 'file-too-large',
    message: expect.stringContaining('has more than 8 bytes'),
  });

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

describe('what the file system refuses', () => {
  it('has the code of what is there: a file, a folder in its place, no folder above it', () => {
    createFile(join(root, 'file'), '', 0o600);
    makeFolder(join(root, 'folder'), 0o700);
    const code = (name: string) => expect.objectContaining({ code: name });
    expect(() => createFile(join(root, 'file'), '', 0o600)).toThrow(code('file-exists'));
    expect(() => readTextFile(join(root, 'folder'), 8)).toThrow(code('path-kind'));
    expect(() => replaceFile(join(root, 'folder'), '', 0o600)).toThrow(code('path-kind'));
    expect(() => createFile(join(root, 'absent', 'file'), '', 0o600)).toThrow(code('path-missing'));
    for (const denied of ['EACCES', 'EPERM', 'EROFS']) {
      expect(fileError(Object.assign(new Error(), { code: denied }), 'f')).toEqual(code('path-denied'));
    }
  });
});
