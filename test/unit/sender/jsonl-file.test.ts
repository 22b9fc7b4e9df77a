import { appendFileSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JsonlFileSource } from '../../../sender/sources/jsonl-file.ts';
import type { SourceEntry, SourcePosition } from '../../../sender/sources/source.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';
import { FollowedFile } from '../../support/followed-file.ts';

let file: FollowedFile;

beforeEach(() => {
  file = new FollowedFile();
});

afterEach(() => file.remove());

async function read(): Promise<readonly string[]> {
  await file.poll();
  file.commit();
  return file.committed.splice(0);
}

function eventKinds(): readonly string[] {
  return file.events.splice(0).map(({ kind }) => kind);
}

describe('a followed file', () => {
  it('is waited for, which is said once, and read when it comes', async () => {
    expect(await read()).toEqual([]);
    expect(await read()).toEqual([]);
    expect(eventKinds()).toEqual(['waiting']);
    file.append('a\n');
    expect(await read()).toEqual(['a']);
    expect(eventKinds()).toEqual(['opened', 'caught-up']);
  });

  it('says that it has read to the end, behind what it handed over, and again after more', async () => {
    file.append('a\n');
    expect(await read()).toEqual(['a']);
    expect(await read()).toEqual([]);
    expect(eventKinds()).toEqual(['opened', 'caught-up']);
    file.append('b\n');
    expect(await read()).toEqual(['b']);
    expect(eventKinds()).toEqual(['caught-up']);
  });

  it('is read as it grows, and an unfinished last line waits for its end', async () => {
    file.append('a\nb');
    expect(await read()).toEqual(['a']);
    file.append('c\r\n\n \nd\n');
    expect(await read()).toEqual(['bc', 'd']);
    expect(file.position).toMatchObject({ lineNumber: 5, offset: 11 });
  });

  it('numbers lines within the file, blank ones included', async () => {
    file.append('\ufeffa\n\nb\n');
    await file.poll();
    expect(file.pending.map((entry) => (entry.kind === 'moved' ? 'moved' : entry.lineNumber))).toEqual(['moved', 1, 3]);
  });

  it('goes on behind a line that is too long or no UTF-8', async () => {
    file.append(`${'x'.repeat(SENDER_LIMITS.maxLineBytes + 1)}\n`);
    appendFileSync(file.path, Buffer.from([0xff, 0x0a]));
    file.append('a\n');
    expect(await read()).toEqual(['refused line-too-long', 'refused utf8', 'a']);
  });

  it('gives what was not committed again after a crash, and nothing else', async () => {
    file.append('a\nb\nc\n');
    await file.poll();
    // That the file began, and "a".
    file.commit(2);
    await file.crash();
    file.append('d\n');
    file.restart();
    expect(await read()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is read to its end after it was renamed, before the new one', async () => {
    file.append('a\n');
    expect(await read()).toEqual(['a']);
    file.rotate();
    // The writer has not reopened yet.
    appendFileSync(`${file.path}.1`, 'b\n');
    expect(await read()).toEqual(['b']);
    appendFileSync(`${file.path}.1`, 'c\nd');
    file.append('e\n');
    expect(await read()).toEqual(['c', 'd', 'e']);
  });

  it('is found after several rotations while no one read, and each file between is read', async () => {
    file.append('a\nb\n');
    await file.poll();
    file.commit(2);
    await file.crash();
    for (const text of ['c\n', 'd\n', 'e\n']) {
      file.rotate();
      file.append(text);
    }
    file.restart();
    expect(await read()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('is found under a dated name, and under one of other customs', async () => {
    for (const suffix of ['-20261122', '.old']) {
      const path = `${file.path}${suffix}`;
      writeFileSync(file.path, 'a\nb\n');
      await file.poll();
      file.commit(file.pending.length - 1);
      await file.crash();
      renameSync(file.path, path);
      writeFileSync(file.path, 'c\n');
      file.restart();
      expect((await read()).slice(-2)).toEqual(['b', 'c']);
      rmSync(path);
      rmSync(file.path);
    }
  });

  it('is waited for after it was renamed and nothing created', async () => {
    file.append('a\n');
    await read();
    file.rotate({ isCreated: false });
    expect(await read()).toEqual([]);
    file.append('b\n');
    expect(await read()).toEqual(['b']);
  });

  it('is read from its start after it was cut, also where it has grown beyond the place since', async () => {
    file.append('a\nb\n');
    await read();
    file.truncate();
    file.append('c\n');
    expect(await read()).toEqual(['c']);
    file.truncate();
    file.append('dddd\neeee\n');
    expect(await read()).toEqual(['dddd', 'eeee']);
    expect(eventKinds().filter((kind) => kind === 'truncated')).toHaveLength(2);
  });

  it('loses nothing to copytruncate: what was not read of it is read from the copy', async () => {
    file.append('a\n');
    await read();
    file.append('b\n');
    file.copyTruncate();
    file.append('c\n');
    expect(await read()).toEqual(['b', 'c']);
    expect(eventKinds()).not.toContain('truncated');
  });

  it('says so where the file of its position is gone, and goes on with what there is', async () => {
    file.append('a\n');
    await read();
    await file.crash();
    rmSync(file.path);
    file.append('b\n');
    file.restart();
    expect(await read()).toEqual(['b']);
    expect(eventKinds()).toContain('file-gone');
  });

  it('knows a file on another device by its content', async () => {
    file.append('a\n');
    await read();
    await file.crash();
    file.position = { ...file.position, device: '0', inode: '0' };
    file.append('b\n');
    file.restart();
    expect(await read()).toEqual(['b']);
  });

  it('is not read from files that rotation did not make', async () => {
    for (const suffix of ['.gz', '.1.gz', '.bak', '~']) writeFileSync(`${file.path}${suffix}`, 'x\n');
    file.append('a\n');
    expect(await read()).toEqual(['a']);
  });

  it('takes a position that it did not write for none', async () => {
    await file.crash();
    file.position = { offset: 'far', inode: 1 };
    file.append('a\n');
    file.restart();
    expect(await read()).toEqual(['a']);
  });

  it('tells an error of the file system once, and goes on when it is over', async () => {
    await file.crash();
    // A loop of links: ELOOP, which root meets too.
    symlinkSync(file.path, file.path);
    file.restart();
    await read();
    await read();
    expect(eventKinds()).toEqual(['error']);
    rmSync(file.path);
    file.append('a\n');
    expect(await read()).toEqual(['a']);
  });

  it('says again that it has read to the end when an error is over, though nothing is new', async () => {
    file.append('a\n');
    expect(await read()).toEqual(['a']);
    expect(eventKinds()).toEqual(['opened', 'caught-up']);
    renameSync(file.path, `${file.path}.away`);
    symlinkSync(file.path, file.path);
    expect(await read()).toEqual([]);
    expect(eventKinds()).toEqual(['error']);
    rmSync(file.path);
    renameSync(`${file.path}.away`, file.path);
    expect(await read()).toEqual([]);
    expect(eventKinds()).toEqual(['caught-up']);
  });
});

describe('back-pressure', () => {
  it('hands nothing over while paused, and everything after', async () => {
    file.append('a\n');
    await read();
    file.source.pause();
    file.append('b\n');
    const polled = file.poll();
    await new Promise((resolve) => setImmediate(resolve));
    expect(file.pending).toEqual([]);
    file.source.resume();
    await polled;
    file.commit();
    expect(file.committed).toEqual(['b']);
  });

  it('hands over at most one read at once', async () => {
    const line = `${'x'.repeat(999)}\n`;
    const batches: number[] = [];
    await file.crash();
    file.append(line.repeat(2_000));
    const source = new JsonlFileSource({ name: 'feed', path: file.path, isWatching: false });
    source.start(undefined, { onEntries: (entries) => void batches.push(entries.length), onEvent: () => {} });
    await source.poll();
    await source.close();
    expect(batches.reduce((sum, count) => sum + count)).toBe(2_001);
    expect(Math.max(...batches)).toBeLessThanOrEqual(SENDER_LIMITS.sourceReadBytes / 1_000 + 1);
  });

  it('closes while paused', async () => {
    file.append('a\n');
    file.source.pause();
    const polled = file.poll();
    await file.source.close();
    await polled;
    expect(file.pending).toEqual([]);
  });
});

describe('watching', () => {
  it('reads what is appended without being asked', async () => {
    const source = new JsonlFileSource({ name: 'feed', path: file.path });
    const seen: SourceEntry[] = [];
    let position: SourcePosition | undefined;
    const lines = new Promise<void>((resolve) => {
      source.start(undefined, {
        onEntries: (entries) => {
          seen.push(...entries);
          position = entries.at(-1)?.positionAfter;
          const last = seen.at(-1);
          if (last?.kind === 'line' && last.text === 'b') resolve();
        },
        onEvent: (event) => {
          if (event.kind === 'waiting') file.append('a\n');
          if (event.kind === 'opened') file.append('b\n');
        },
      });
    });
    await lines;
    await source.close();
    expect(seen.map((entry) => (entry.kind === 'line' ? entry.text : entry.kind))).toEqual(['moved', 'a', 'b']);
    expect(position).toMatchObject({ offset: readFileSync(file.path).length });
  });
});
