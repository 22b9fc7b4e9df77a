import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileScratch } from '../../../../receiver/intake/file-scratch.ts';
import { sha256Hex } from '../../../../src/crypto/digest.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import { FrontHalf } from '../../../support/front-half.ts';
import { ModelJournal, ModelSession } from '../../../support/model-sender.ts';

let root: string;
let directory: string;
const failures: string[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'file-scratch-'));
  directory = join(root, 'blocks');
  failures.length = 0;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function open(freeBytes = Number.MAX_SAFE_INTEGER): FileScratch {
  return new FileScratch({
    directory,
    onFailure: ({ message }) => failures.push(message),
    freeDiskBytes: () => freeBytes,
  });
}

describe('file scratch', () => {
  it('keeps images until they are removed, for the owner alone', () => {
    const scratch = open();
    expect(scratch.write('1.2.3', Buffer.from('image'))).toBe(true);
    expect(statSync(join(directory, '1.2.3')).mode & 0o777).toBe(0o600);
    expect(scratch.read('1.2.3')).toEqual(Buffer.from('image'));
    scratch.remove('1.2.3');
    expect(readdirSync(directory)).toEqual([]);
    expect(failures).toEqual([]);
  });

  it('empties its directory at the start', () => {
    mkdirSync(directory);
    writeFileSync(join(directory, 'left-by-a-crash'), 'x');
    open();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('leaves the last of the disk to the spool and the audit log', () => {
    const scratch = open(RECEIVER_LIMITS.minScratchDiskBytes - 1);
    expect(scratch.write('1.1.1', Buffer.from('image'))).toBe(false);
    expect(readdirSync(directory)).toEqual([]);
    expect(failures).toEqual(['the disk is nearly full']);
  });

  it('says so, and throws nothing, where it cannot read or write', () => {
    const scratch = open();
    rmSync(directory, { recursive: true });
    writeFileSync(directory, 'a file in its place');
    expect(scratch.write('1.1.1', Buffer.from('image'))).toBe(false);
    expect(scratch.read('1.1.1')).toBeUndefined();
    scratch.remove('1.1.1');
    expect(failures.length).toBeGreaterThan(0);
  });
});

describe('receiver with a file scratch', () => {
  it('goes on when the directory is removed while it runs: blocks are evicted, repeats bring the frames', () => {
    const scratch = open();
    const front = new FrontHalf({ changes: { scratch } });
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    front.meet(session);
    // 17 frames of 4 MB of which one symbol came: memory is reserved for each, so it holds 16 of them.
    const frames = Array.from({ length: 17 }, () => journal.append(4_000_000));
    for (const frame of frames) front.receive(session.datagrams(frame)[0] as Buffer);
    expect([readdirSync(directory).length, front.status.spills.written]).toEqual([1, 1]);
    rmSync(directory, { recursive: true });
    const repeat = session.datagrams(frames[0] as never);
    front.receive(repeat[0] as Buffer);
    expect(front.status.spills.failed).toBe(1);
    expect(front.status.blocks.evicted).toBeGreaterThan(0);
    // For the next frame that had to make room, it was made again.
    expect(existsSync(directory)).toBe(true);
    front.receive(...repeat.slice(1));
    expect(front.spooled).toEqual(['1']);
    const [spooled] = front.spool.next(0, { maxFrames: 1, maxBytes: 1e9, maxRecords: 1 });
    expect(sha256Hex(spooled?.bytes ?? '')).toBe(sha256Hex(frames[0]?.bytes ?? ''));
  });
});
