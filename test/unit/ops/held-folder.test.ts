/** Whoever owns a folder can put links into it, at any moment: what root's commands make there must not follow them. */
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ImportFileWriter } from '../../../receiver/media/import-file.ts';
import { LogFiles } from '../../../src/audit/log-files.ts';
import { TailFile } from '../../../src/audit/tail-file.ts';
import { createFile, makeFolder, replaceFile } from '../../../src/config/durable-file.ts';
import { createKeyFile } from '../../../src/config/key-files.ts';
import { takeLock } from '../../../src/ops/run-lock.ts';

/** What the owner of the folder does behind the next call of this name. */
const behind = vi.hoisted(() => ({ call: '', act: () => {} }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const watched = (name: 'openSync' | 'mkdirSync') => ({
    [name]: (...args: never[]) => {
      const result = (real[name] as (...given: never[]) => unknown)(...args);
      if (behind.call === name) {
        behind.call = '';
        behind.act();
      }
      return result;
    },
  });
  return { ...real, ...watched('openSync'), ...watched('mkdirSync') };
});

const SERVICE = 65_534;
const isRoot = process.getuid?.() === 0;
const DIGEST = 'ab'.repeat(32);
const SECRET = 'what root alone may change';

let site: string;
let folder: string;
let elsewhere: string;
let victim: string;

beforeEach(() => {
  site = mkdtempSync(join(tmpdir(), 'held-'));
  folder = join(site, 'data');
  elsewhere = join(site, 'etc');
  victim = join(elsewhere, 'shadow');
  for (const each of [folder, elsewhere]) mkdirSync(each, { mode: 0o700 });
  writeFileSync(victim, SECRET, { mode: 0o600 });
  if (isRoot) chownSync(folder, SERVICE, SERVICE);
});
afterEach(() => {
  behind.call = '';
  rmSync(site, { recursive: true });
});

function expectUntouched(): void {
  expect(readFileSync(victim, 'utf8')).toBe(SECRET);
  expect(readdirSync(elsewhere)).toEqual(['shadow']);
  expect([statSync(victim).uid, statSync(elsewhere).uid]).toEqual([process.getuid?.(), process.getuid?.()]);
}

function ownerOf(path: string): number {
  return statSync(path).uid;
}

const owner = isRoot ? SERVICE : process.getuid?.();

describe('a link under the temporary name', () => {
  it.each([
    [
      'replaceFile',
      `state.json.${process.pid}.new`,
      'state.json',
      () => replaceFile(join(folder, 'state.json'), 'new', 0o640),
    ],
    [
      'the audit log',
      'checkpoint.new',
      'checkpoint',
      () => new LogFiles(folder).replace(join(folder, 'checkpoint'), Buffer.from('new')),
    ],
  ])('of %s is replaced, not followed, and the folder’s owner has the file', (_, temporary, name, write) => {
    symlinkSync(victim, join(folder, temporary));
    write();
    expectUntouched();
    expect(readFileSync(join(folder, name), 'utf8')).toBe('new');
    expect(ownerOf(join(folder, name))).toBe(owner);
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('of a bundle for the receiver is replaced, not followed', () => {
    symlinkSync(victim, join(folder, `${DIGEST}.new`));
    new ImportFileWriter(folder, DIGEST, Buffer.from('manifest')).publish();
    expectUntouched();
    expect(ownerOf(join(folder, `${DIGEST}.bundle`))).toBe(owner);
  });
});

describe('a link', () => {
  it('in place of a file that is written on is refused', () => {
    const files = new LogFiles(folder);
    for (const path of [files.paths.torn, files.paths.head, files.paths.tail]) symlinkSync(victim, path);
    expect(() => files.appendTorn(Buffer.from('torn'))).toThrow(expect.objectContaining({ code: 'ELOOP' }));
    expect(() => files.openHead()).toThrow(expect.objectContaining({ code: 'ELOOP' }));
    expect(() => new TailFile(files.paths.tail)).toThrow(expect.objectContaining({ code: 'ELOOP' }));
    expectUntouched();
  });

  it('in place of a lock is refused in a sentence, and nothing is made where it leads', () => {
    symlinkSync(join(elsewhere, 'nologin'), join(folder, 'trust.lock'));
    expect(() => takeLock(join(folder, 'trust.lock'), { waitMs: 0, seen: '', cure: '' })).toThrow(
      expect.objectContaining({ code: 'path-link' }),
    );
    expectUntouched();
  });

  it('in place of a new file is refused', () => {
    symlinkSync(join(elsewhere, 'card.json'), join(folder, 'card.json'));
    expect(() => createFile(join(folder, 'card.json'), '{}', 0o644)).toThrow(/exists already/);
    expectUntouched();
  });
});

describe('what is made', () => {
  it('belongs to whoever owns the folder: files, keys, locks, folders and those in them', () => {
    createFile(join(folder, 'card.json'), '{}', 0o644);
    createKeyFile(join(folder, 'keys', 'signing.key'), 'ed25519', Buffer.alloc(32, 1));
    takeLock(join(folder, 'trust.lock'), { waitMs: 0, seen: '', cure: '' }).release();
    makeFolder(join(folder, 'a', 'b'), 0o750);
    new LogFiles(join(folder, 'audit', 'program')).appendTorn(Buffer.from('torn'));
    const made = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(made).toEqual(expect.arrayContaining(['keys/signing.key', 'trust.lock', 'a/b', 'audit/program/torn']));
    expect(made.map((name) => ownerOf(join(folder, name)))).toEqual(made.map(() => owner));
  });

  it('stays in the folder that was opened, though its path leads elsewhere by now', () => {
    behind.act = () => {
      renameSync(folder, join(site, 'moved'));
      symlinkSync(elsewhere, folder);
    };
    behind.call = 'openSync';
    replaceFile(join(folder, 'state.json'), 'new', 0o640);
    expectUntouched();
    expect(readFileSync(join(site, 'moved', 'state.json'), 'utf8')).toBe('new');
  });

  it('is not handed over where a new folder was exchanged for a link', () => {
    behind.act = () => {
      rmSync(join(folder, 'requests'), { recursive: true });
      symlinkSync(elsewhere, join(folder, 'requests'));
    };
    behind.call = 'mkdirSync';
    expect(() => makeFolder(join(folder, 'requests'), 0o700)).toThrow();
    expectUntouched();
  });
});
