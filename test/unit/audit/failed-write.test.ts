import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MerkleAuditLog } from '../../../src/audit/merkle-audit-log.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';

/** The device takes opens and refuses writes, as a full disk does. A link to it is followed by nobody. */
const full = vi.hoisted(() => ({ path: '' }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const openSync: typeof real.openSync = (path, ...rest) =>
    real.openSync(path === full.path ? '/dev/full' : path, ...rest);
  return { ...real, openSync };
});

const NOW_MS = Date.UTC(2026, 10, 22, 10);
const signer = { name: 'identity-diode/site-a/hr/sender', ...signingKeyPair(Buffer.alloc(32, 7)) };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'failed-write-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function refusal(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was refused');
}

it('a log accepts nothing any more after a write failed', () => {
  new MerkleAuditLog({ directory, signer, nowMs: NOW_MS }).close();
  full.path = join(directory, 'tail.jsonl');
  const failing = new MerkleAuditLog({ directory, signer, nowMs: NOW_MS });
  failing.append(NOW_MS, { event: 'a' });
  const first = refusal(() => failing.sync());
  expect(first).toMatchObject({ code: 'audit-failed', seen: expect.stringContaining('ENOSPC') });
  expect(refusal(() => failing.append(NOW_MS, { event: 'b' }))).toBe(first);
  expect(refusal(() => failing.sync())).toBe(first);
});
