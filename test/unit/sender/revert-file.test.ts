import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRevertId, RevertFile, removeAbandonedFiles, writeRevertFile } from '../../../sender/revert/revert-file.ts';
import type { RevertEntry } from '../../../sender/revert/revert-lines.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'revert-file-'));
  folder = join(root, 'reverts');
});
afterEach(() => rmSync(root, { recursive: true }));

const stamp = { wallMs: 1_800_000_000_000, randomHex: '0000000a' };

function readAll(id: string, offset = 0, lineNumber = 0): readonly RevertEntry[] {
  const file = new RevertFile(folder, { id, offset, lineNumber });
  const entries: RevertEntry[] = [];
  for (let read = file.read(); read !== undefined; read = file.read()) entries.push(...read);
  file.close();
  return entries;
}

describe('the file of a revert', () => {
  it('gives back every line, from any line on, however they lie to its reads', () => {
    const texts = Array.from({ length: 3_000 }, (_, n) => `line ${n} ${'ü'.repeat((n * 7) % 400)}`);
    texts[1_000] = `long ${'x'.repeat(1_000_000)}`;
    const { id, lines, bytes } = writeRevertFile(
      folder,
      texts.map((text) => `${text}\n`),
      stamp,
    );
    expect([lines, bytes]).toEqual([3_000, statSync(join(folder, `${id}.jsonl`)).size]);
    const entries = readAll(id);
    expect(entries.map(({ text }) => text)).toEqual(texts);
    expect(entries.at(-1)).toMatchObject({ kind: 'revert', revertId: id, lineNumber: 3_000, offsetAfter: bytes });
    for (const from of [1, 999, 1_000, 1_001, 2_999]) {
      expect(readAll(id, entries[from - 1]?.offsetAfter, from)).toEqual(entries.slice(from));
    }
  });

  it('is its owner’s alone, since it holds attributes', () => {
    const { id } = writeRevertFile(folder, ['a\n'], stamp);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, `${id}.jsonl`)).mode & 0o777).toBe(0o600);
  });

  it('is not left behind half where its lines cannot be made', () => {
    function* broken(): Generator<string> {
      yield 'a\n';
      throw new Error('the journal is damaged');
    }
    expect(() => writeRevertFile(folder, broken(), stamp)).toThrow('the journal is damaged');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is deleted where no request came to name it for a day, and nothing else is', () => {
    removeAbandonedFiles(folder, stamp.wallMs);
    const { id } = writeRevertFile(folder, ['a\n'], stamp);
    const path = join(folder, `${id}.jsonl`);
    writeFileSync(join(folder, 'note.txt'), '');
    for (const name of [path, join(folder, 'note.txt')]) utimesSync(name, 1_000, 1_000);
    removeAbandonedFiles(folder, 1_000_000 + SENDER_LIMITS.abandonedRevertMs);
    expect(existsSync(path)).toBe(true);
    removeAbandonedFiles(folder, 1_000_001 + SENDER_LIMITS.abandonedRevertMs);
    expect(readdirSync(folder)).toEqual(['note.txt']);
  });

  it.each(['../1800000000000-0000000a', '1800000000000-0000000A', '1800000000000-0000000a.x', '', 7, undefined])(
    'has no name like %j',
    (value) => expect(isRevertId(value)).toBe(false),
  );
});
