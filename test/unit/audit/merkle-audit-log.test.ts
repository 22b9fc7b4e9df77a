import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/audit/checkpoint.ts';
import { copyLog } from '../../../src/audit/log-copy.ts';
import { LogReader } from '../../../src/audit/log-reader.ts';
import { verifyLog } from '../../../src/audit/log-verifier.ts';
import { MerkleAuditLog } from '../../../src/audit/merkle-audit-log.ts';
import { leafHash } from '../../../src/audit/merkle-hash.ts';
import { tilePath } from '../../../src/audit/tile-path.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { AUDIT_LIMITS } from '../../../src/limits.ts';
import { DiodeError } from '../../../src/ops/diode-error.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 10);
const signer = { name: 'identity-diode/site-a/hr/sender', ...signingKeyPair(Buffer.alloc(32, 7)) };
let root: string;
let directory: string;
const file = (name: string) => join(directory, name);
const open = (nowMs = NOW_MS) => new MerkleAuditLog({ directory, signer, nowMs });
const reader = () => new LogReader(directory, signer);
const entries = () =>
  [...reader().entries()].map(({ entry }) => JSON.parse(entry.toString()) as Record<string, unknown>);
const verify = () => verifyLog(directory, signer);

/** Synced and killed: nothing is closed. Returns the log, to go on. */
function write(count: number, log = open()): MerkleAuditLog {
  for (let at = 0; at < count; at++) log.append(NOW_MS, { event: 'frame-accepted', sequence: log.size });
  log.sync();
  return log;
}

function refusal(act: () => unknown): DiodeError {
  try {
    act();
  } catch (error) {
    if (error instanceof DiodeError) return error;
    throw error;
  }
  throw new Error('it went through');
}

function edit(name: string, from: string, to: string): void {
  const text = readFileSync(file(name), 'latin1');
  expect(text).toContain(from);
  writeFileSync(file(name), text.replace(from, to), 'latin1');
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'audit-'));
  directory = join(root, 'program');
});
afterEach(() => rmSync(root, { recursive: true }));

describe('the audit log', () => {
  it('numbers its entries from 0 and hashes each as it stands', () => {
    write(3);
    expect(entries()).toEqual(
      [0, 1, 2].map((index) => ({ index, at: '2026-11-22T10:00:00.000Z', event: 'frame-accepted', sequence: index })),
    );
    const lines = readFileSync(file('tail.jsonl'), 'utf8').split('\n');
    expect(Buffer.from(reader().tree.subtree(0, 1))).toEqual(leafHash(Buffer.from(lines[1] as string)));
  });

  it('writes nothing before sync and everything at it, with a head that is signed', () => {
    const log = open();
    log.append(NOW_MS, { event: 'a' });
    expect(statSync(file('tail.jsonl')).size).toBe(0);
    log.sync();
    expect(entries()).toHaveLength(1);
    expect(openCheckpoint(readFileSync(file('head'), 'utf8'), signer)).toMatchObject({ size: 1 });
    log.append(NOW_MS, { event: 'b' });
    log.close();
    expect(entries()).toHaveLength(2);
  });

  it('bounds its queue: what nobody synced is written when it is full', () => {
    const log = open();
    for (let at = 0; at < AUDIT_LIMITS.maxQueuedEntries; at++) log.append(NOW_MS, { event: 'a' });
    expect(entries()).toHaveLength(AUDIT_LIMITS.maxQueuedEntries);
  });

  it('refuses an entry that no bundle can hold', () => {
    const log = open();
    expect(() => log.append(NOW_MS, { event: 'a', text: 'x'.repeat(AUDIT_LIMITS.maxEntryBytes) })).toThrow(RangeError);
  });

  it('stores what a checkpoint covers as tlog-tiles, and keeps the last bundle in its tail', () => {
    const log = write(600);
    log.close();
    expect(openCheckpoint(readFileSync(file('checkpoint'), 'utf8'), signer)).toMatchObject({ size: 600 });
    for (const path of [
      '0/000',
      '0/001',
      '0/002.p/88',
      '1/000.p/2',
      'entries/000',
      'entries/001',
      'entries/002.p/88',
    ]) {
      expect(existsSync(file(`tile/${path}`)), path).toBe(true);
    }
    expect(readFileSync(file('tile/0/000')).length).toBe(8_192);
    expect(readFileSync(file('tail.jsonl'), 'utf8')).toMatch(/^\{"index":512,/);
    expect(verify()).toMatchObject({ entries: 600, signed: 600, findings: [] });
  });

  it('leaves the partial tiles of its newest checkpoint alone', () => {
    write(10).close();
    write(10).close();
    expect(readdirSync(file('tile/0/000.p'))).toEqual(['20']);
    write(236).close();
    expect(readdirSync(file('tile/0')).sort()).toEqual(['000']);
    expect(readdirSync(file('tile/entries')).sort()).toEqual(['000']);
    expect(verify()).toMatchObject({ entries: 256, findings: [] });
    write(1).close();
    expect(readFileSync(file('tail.jsonl'), 'utf8')).toMatch(/^\{"index":256,/);
    expect(verify()).toMatchObject({ entries: 257, findings: [] });
  });

  it('makes a checkpoint by count and by time, not at each sync', () => {
    const log = write(1);
    expect(log.checkpoint.size).toBe(0);
    log.append(NOW_MS + AUDIT_LIMITS.checkpointMs, { event: 'a' });
    log.sync();
    expect(log.checkpoint).toEqual({ size: 2, atMs: NOW_MS + AUDIT_LIMITS.checkpointMs });
    for (let at = 0; at < AUDIT_LIMITS.checkpointEntries; at++)
      log.append(NOW_MS + AUDIT_LIMITS.checkpointMs, { event: 'a' });
    log.sync();
    expect(log.checkpoint.size).toBeGreaterThan(2);
  });

  it('goes on after a restart as one tree, closed or killed, at every size around a bundle', () => {
    const naive: Buffer[] = [];
    for (const count of [1, 254, 1, 1, 255, 1, 300, 212, 512]) {
      const log = write(count);
      if (count % 2 === 0) log.close();
      naive.length = 0;
      for (const { entry } of reader().entries()) naive.push(leafHash(entry));
      expect(Buffer.from(reader().tree.root())).toEqual(naiveRoot(naive));
      expect(verify().findings).toEqual([]);
    }
    expect(naive).toHaveLength(1_537);
  });

  it('opens where a kill between two steps of a checkpoint left it', () => {
    write(300);
    // As of before: tail and checkpoint are old; what stands in tiles already is written again.
    cpSync(directory, join(root, 'before'), { recursive: true });
    open().close();
    for (const name of ['checkpoint', 'tail.jsonl']) cpSync(join(root, 'before', name), file(name));
    write(1);
    expect(verify()).toMatchObject({ entries: 301, findings: [] });
    // The checkpoint is new, and the tail has not begun anew.
    write(300).close();
    const tail = readFileSync(file('tail.jsonl'));
    const before = readFileSync(file('tile/entries/001'));
    const older = Buffer.concat([...bundleLines(before), tail]);
    writeFileSync(file('tail.jsonl'), older);
    write(1);
    expect(verify()).toMatchObject({ entries: 602, findings: [] });
  });

  it.each([
    ['an entry without its end', Buffer.from('{"index":2,"at":"2026-11-22T10:0')],
    ['the zeros that a power cut may leave', Buffer.alloc(200_000)],
    ['zeros, and whole lines behind them', Buffer.from(`\0\0\0\n{"index":3,"at":"x","event":"a"}\n`)],
  ])('sets %s aside, and says so in the log', (_, torn) => {
    write(2);
    appendFileSync(file('tail.jsonl'), torn);
    write(1);
    expect(readFileSync(file('torn'))).toEqual(Buffer.concat([torn, Buffer.from('\n')]));
    const sha256 = createHash('sha256')
      .update(Buffer.from([0]))
      .update(torn)
      .digest('hex');
    expect(entries().slice(2)).toMatchObject([
      { index: 2, event: 'audit-torn', bytes: torn.length, sha256 },
      { index: 3, event: 'frame-accepted', sequence: 3 },
    ]);
    expect(verify().findings).toEqual([]);
  });

  it('says so in the log where the head is gone or cannot be read', () => {
    write(2);
    writeFileSync(file('head'), '');
    write(1);
    expect(entries().map(({ event }) => event)).toEqual([
      'frame-accepted',
      'frame-accepted',
      'audit-head-lost',
      'frame-accepted',
    ]);
  });

  it('refuses to go on where an entry was edited that was signed', () => {
    write(5);
    edit('tail.jsonl', '"sequence":3', '"sequence":9');
    expect(refusal(open)).toMatchObject({
      code: 'audit-failed',
      seen: `The audit log ${directory} was changed: its first 5 entries are not those that were signed.`,
    });
  });

  it('refuses to go on where an entry was taken out, or entries were cut from its end', () => {
    write(5);
    const before = readFileSync(file('tail.jsonl'), 'utf8');
    const lines = before.split('\n');
    writeFileSync(file('tail.jsonl'), lines.filter((_, at) => at !== 2).join('\n'));
    expect(refusal(open).seen).toContain('entry 2 cannot be read, although 5 were signed');
    writeFileSync(file('tail.jsonl'), `${lines.slice(0, 3).join('\n')}\n`);
    expect(refusal(open).seen).toContain('entry 3 cannot be read, although 5 were signed');
    truncateSync(file('tail.jsonl'), 0);
    expect(refusal(open).seen).toContain('entry 0 cannot be read, although 5 were signed');
  });

  it.each([
    ['checkpoint', 'its checkpoint is missing'],
    ['tail.jsonl', 'tail.jsonl is missing'],
    ['tile/0/001', 'the tile of level 0, number 1, is missing'],
  ])('refuses to go on without its %s', (name, seen) => {
    write(600).close();
    rmSync(file(name));
    expect(refusal(open).seen).toContain(seen);
  });

  it('refuses to go on with a tail of another place, or a checkpoint of another key', () => {
    write(600).close();
    const tail = readFileSync(file('tail.jsonl'));
    truncateSync(file('tail.jsonl'), 0);
    expect(refusal(open).seen).toContain('tail.jsonl has no entry');
    writeFileSync(file('tail.jsonl'), tail.subarray(tail.indexOf('\n') + 1));
    expect(refusal(open).seen).toContain('tail.jsonl begins with entry 513');
    writeFileSync(file('tail.jsonl'), tail);
    const other = { ...signer, ...signingKeyPair(Buffer.alloc(32, 8)) };
    expect(refusal(() => new MerkleAuditLog({ directory, signer: other, nowMs: NOW_MS })).seen).toContain(
      '(note-unsigned)',
    );
  });

  it('notices another writer', () => {
    const [one, other] = [write(1), open()];
    write(1, other);
    one.append(NOW_MS, { event: 'a' });
    one.sync();
    // Which of two wrote what is nobody's to say: the next start tells.
    expect(refusal(open).code).toBe('audit-failed');
  });

  it('names the place and the errno where it cannot be opened', () => {
    writeFileSync(directory, '');
    expect(refusal(open)).toMatchObject({ code: 'audit-failed', seen: expect.stringContaining('(EEXIST)') });
  });
});

describe('verifyLog', () => {
  beforeEach(() => write(600).close());

  it('finds an edited entry by its number, in a bundle as in the tail', () => {
    edit('tile/entries/000', '"sequence":77}', '"sequence":78}');
    edit('tail.jsonl', '"sequence":599', '"sequence":590');
    expect(verify().findings).toEqual([
      'entry 77 and the hash that its tile has of it differ.',
      'entry 599 and the hash that its tile has of it differ.',
      expect.stringContaining('the bundle 2 (its first 88) of entries is not what the entries make it'),
    ]);
  });

  it('finds an entry that was changed together with its tile by the signed root', () => {
    edit('tile/entries/000', '"sequence":77}', '"sequence":78}');
    const bundle = readFileSync(file('tile/entries/000'));
    const tile = readFileSync(file('tile/0/000'));
    leafHash(bundleEntries(bundle)[77] as Buffer).copy(tile, 77 * 32);
    writeFileSync(file('tile/0/000'), tile);
    expect(verify().findings).toEqual([
      'the first 600 entries are not those that its checkpoint was signed over.',
      'the first 600 entries are not those that the head was signed over.',
      'the tile 0 (its first 2) of level 1 is not what the entries make it.',
    ]);
  });

  it('finds a changed tile where the entries are as they were', () => {
    const tile = readFileSync(file('tile/0/001'));
    tile[40] = (tile[40] as number) ^ 1;
    writeFileSync(file('tile/0/001'), tile);
    const { findings } = verify();
    expect(findings).toContain('entry 257 and the hash that its tile has of it differ.');
    expect(findings.join()).not.toContain('are not those');
  });

  it('finds what is missing, and what was cut off', () => {
    rmSync(file('tile/entries/001'));
    rmSync(file('tile/1/000.p'), { recursive: true });
    const lines = readFileSync(file('tail.jsonl'), 'utf8').split('\n');
    writeFileSync(file('tail.jsonl'), `${lines.slice(0, 80).join('\n')}\n`);
    expect(verify().findings).toEqual([
      'the bundle of entries 256 to 511 is missing.',
      'entries 592 to 599 are missing: its checkpoint was signed over 600 entries.',
      'entries 592 to 599 are missing: the head was signed over 600 entries.',
    ]);
  });

  it('shows with a kept checkpoint that a log was rewritten by whoever has its key', () => {
    const kept = { name: 'kept', note: readFileSync(file('checkpoint'), 'utf8') };
    write(10).close();
    expect(verifyLog(directory, signer, [kept]).findings).toEqual([]);
    rmSync(directory, { recursive: true });
    const forged = open();
    forged.append(NOW_MS, { event: 'nothing-happened' });
    write(610, forged).close();
    expect(verify().findings).toEqual([]);
    expect(verifyLog(directory, signer, [kept]).findings).toEqual([
      'the first 600 entries are not those that kept was signed over.',
    ]);
    rmSync(directory, { recursive: true });
    write(20).close();
    expect(verifyLog(directory, signer, [kept]).findings).toEqual([
      'entries 20 to 599 are missing: kept was signed over 600 entries.',
    ]);
  });

  it('counts sentences beyond its bound', () => {
    const other = Buffer.alloc(8_192);
    writeFileSync(file('tile/0/000'), other);
    const { findings, moreFindings } = verify();
    expect(findings).toHaveLength(AUDIT_LIMITS.maxFindings);
    expect(moreFindings).toBeGreaterThan(256 - AUDIT_LIMITS.maxFindings);
  });
});

it('a copy is a log of its own, whole and as of one moment', () => {
  const log = write(700);
  copyLog(directory, join(root, 'copy'));
  write(500, log).close();
  copyLog(directory, join(root, 'later'));
  directory = join(root, 'copy');
  expect(verify()).toMatchObject({ entries: 700, findings: [] });
  write(1).close();
  expect(verify()).toMatchObject({ entries: 701, findings: [] });
  directory = join(root, 'later');
  expect(verify()).toMatchObject({ entries: 1_200, findings: [] });
});

it('tile paths are those of tlog-tiles', () => {
  expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
  expect(tilePath({ level: 'entries', index: 273, width: 112 })).toBe('tile/entries/273.p/112');
});

function bundleEntries(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 2 + bytes.readUInt16BE(at)) {
    found.push(bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at)));
  }
  return found;
}

function bundleLines(bytes: Buffer): Buffer[] {
  return bundleEntries(bytes).flatMap((entry) => [entry, Buffer.from('\n')]);
}

/** As RFC 6962 §2.1 writes it. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return createHash('sha256').digest();
  if (leaves.length === 1) return leaves[0] as Buffer;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  const [left, right] = [naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k))];
  return createHash('sha256')
    .update(Buffer.from([1]))
    .update(left)
    .update(right)
    .digest();
}
