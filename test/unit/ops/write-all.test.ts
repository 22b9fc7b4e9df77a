/** A disk that takes one byte at a time, as one that is nearly full may: nothing that was written is shorter for it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ChangeFile } from '../../../receiver/media/change-file.ts';
import { writeRevertFile } from '../../../sender/revert/revert-file.ts';
import { verifyLog } from '../../../src/audit/log-verifier.ts';
import { MerkleAuditLog } from '../../../src/audit/merkle-audit-log.ts';
import { createFile, replaceFile } from '../../../src/config/durable-file.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';

const disk = vi.hoisted(() => ({ failsAfter: Number.POSITIVE_INFINITY }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const writeSync = (file: number, bytes: Uint8Array, at: number, length: number, position: number | null) => {
    if (disk.failsAfter-- <= 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    return real.writeSync(file, bytes, at, Math.min(length, 1), position);
  };
  return { ...real, writeSync, fsyncSync: () => {}, fdatasyncSync: () => {} };
});

const NOW_MS = Date.UTC(2026, 10, 26);
const TEXT = '{"name":"Zoë, of more than one byte"}\n';
let folder: string;

beforeEach(() => {
  disk.failsAfter = Number.POSITIVE_INFINITY;
  folder = mkdtempSync(join(tmpdir(), 'write-all-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('has all of each file', () => {
  createFile(join(folder, 'created'), TEXT, 0o600);
  replaceFile(join(folder, 'replaced'), TEXT, 0o600);
  const changes = new ChangeFile(join(folder, 'changes'));
  changes.add(TEXT);
  changes.publish();
  const { id } = writeRevertFile(folder, [TEXT], { wallMs: NOW_MS, randomHex: '00000000' });
  const read = (name: string, encoding: BufferEncoding) => readFileSync(join(folder, name), encoding);
  for (const name of ['created', 'replaced', `${id}.jsonl`]) expect(read(name, 'utf8')).toBe(TEXT);
  expect(read('changes', 'latin1')).toBe(TEXT);
});

it('has all of an audit log: entries, head, tiles and checkpoint', () => {
  const signer = { name: 'identity-diode/site-a/hr/sender', ...signingKeyPair(Buffer.alloc(32, 7)) };
  const log = new MerkleAuditLog({ directory: folder, signer, nowMs: NOW_MS });
  log.append(NOW_MS, { event: 'frame-signed', sequence: 1 });
  log.sync();
  const head = readFileSync(join(folder, 'head'), 'utf8');
  expect(head).toBe(log.signedHead.note);
  log.close();
  expect(verifyLog(folder, signer)).toMatchObject({ findings: [] });
});

it('keeps what a file held where the disk is full, and leaves nothing beside it', () => {
  replaceFile(join(folder, 'state'), TEXT, 0o600);
  disk.failsAfter = 3;
  expect(() => replaceFile(join(folder, 'state'), 'other', 0o600)).toThrow(
    expect.objectContaining({ code: 'disk-full' }),
  );
  disk.failsAfter = 3;
  expect(() => createFile(join(folder, 'new'), 'other', 0o600)).toThrow(expect.objectContaining({ code: 'disk-full' }));
  expect(readFileSync(join(folder, 'state'), 'utf8')).toBe(TEXT);
  expect(readdirSync(folder)).toEqual(['state']);
});

it('is written by one function: whoever calls writeSync counts what it took', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const callers = ['src', 'sender', 'receiver'].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(top, name))
      .filter((name) => readFileSync(join(root, name), 'utf8').includes('writeSync(')),
  );
  // A port that takes what it has room for, and a file that measures the disk and goes.
  expect(callers.toSorted()).toEqual(['src/cli/machine.ts', 'src/link/serial-send-link.ts', 'src/ops/write-all.ts']);
});
