/** The line that `backup` prints, typed into a shell; the command behind it tells which files it would find. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { restoreLine } from '../../../src/cli/backup-command.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'restore-line-'));
  mkdirSync(join(root, 'backup'));
  writeFileSync(join(root, 'backup', 'config.yaml'), 'of the backup');
});
afterEach(() => rmSync(root, { recursive: true }));

const restore = () =>
  execFileSync('sh', ['-c', restoreLine(join(root, 'backup'), join(root, 'dir'), 'ls')], {
    encoding: 'utf8',
    stdio: 'pipe',
  });

describe('the line that restores a backup', () => {
  it('puts it where DIR was, and what DIR was out of the way', () => {
    mkdirSync(join(root, 'dir'));
    writeFileSync(join(root, 'dir', 'config.yaml'), 'old');
    writeFileSync(join(root, 'dir', 'sender.db-wal'), 'old');
    expect(restore()).toBe('config.yaml\n');
    expect(readFileSync(join(root, 'dir', 'config.yaml'), 'utf8')).toBe('of the backup');
    expect(readdirSync(join(root, 'dir.old'))).toEqual(['config.yaml', 'sender.db-wal']);
  });

  it('puts it where nothing is any more', () => {
    expect(restore()).toBe('config.yaml\n');
  });

  it('stops where something of an earlier restore would be lost', () => {
    for (const name of ['dir', 'dir.old']) {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, 'config.yaml'), name);
    }
    expect(restore).toThrow();
    expect(readFileSync(join(root, 'dir.old', 'config.yaml'), 'utf8')).toBe('dir.old');
    expect(readFileSync(join(root, 'dir', 'config.yaml'), 'utf8')).toBe('dir');
  });
});
