/**
 * The power goes before each single step of a log's life, and comes back over every kind of remains: the log opens, has
 * every entry whose sync had returned, and is what was signed.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { LogReader } from '../../src/audit/log-reader.ts';
import { verifyLog } from '../../src/audit/log-verifier.ts';
import { MerkleAuditLog } from '../../src/audit/merkle-audit-log.ts';
import { signingKeyPair } from '../../src/crypto/sodium.ts';
import { AUDIT_LIMITS } from '../../src/limits.ts';
import { Random } from '../simulation/random.ts';
import { CrashingDisk } from '../support/crashing-disk.ts';

const mocked = vi.hoisted(() => ({ disk: undefined as CrashingDisk | undefined }));
// Beside the model nobody cuts the power, and syncs would take most of the time.
const SYNCS = ['fsyncSync', 'fdatasyncSync'];

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>();
  const through =
    (name: keyof typeof real) =>
    (...args: never[]) => {
      if (mocked.disk === undefined && SYNCS.includes(name)) return undefined;
      const own = mocked.disk?.fs[name] ?? real[name];
      return (own as (...given: never[]) => unknown)(...args);
    };
  const names = [
    'openSync',
    'closeSync',
    'writeSync',
    'ftruncateSync',
    'fsyncSync',
    'fdatasyncSync',
    'renameSync',
    'mkdirSync',
    'rmSync',
  ] as const;
  return { ...real, ...Object.fromEntries(names.map((name) => [name, through(name)])) };
});

const NOW_MS = Date.UTC(2026, 10, 25, 10);
const signer = { name: 'identity-diode/site-a/hr/sender', ...signingKeyPair(Buffer.alloc(32, 7)) };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-crash-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Two lives, around the ends of bundles, with a checkpoint by time; returns how many entries were certainly synced. */
function live(directory: string): number {
  let certain = 0;
  try {
    let nowMs = NOW_MS;
    for (const groups of [[3, 250], [2, 2, 300], [1]]) {
      const log = new MerkleAuditLog({ directory, signer, nowMs });
      for (const count of groups) {
        for (let at = 0; at < count; at++) log.append(nowMs, { event: 'frame-signed', sequence: log.size });
        log.sync();
        certain = log.size;
        nowMs += AUDIT_LIMITS.checkpointMs / 2;
      }
      log.close();
    }
  } catch {
    // The power went: as the log saw it, a write or a sync failed.
  }
  return certain;
}

function stepsOfALife(): number {
  const root = mkdtempSync(join(folder, 'whole-'));
  mocked.disk = new CrashingDisk(root);
  const certain = live(join(root, 'log'));
  const { steps } = mocked.disk;
  mocked.disk = undefined;
  expect(certain).toBe(558);
  return steps;
}

it('opens after a power cut before any of its steps, with all that was synced', () => {
  const steps = stepsOfALife();
  expect(steps).toBeGreaterThan(60);
  const random = new Random(1);
  for (let cutAt = 0; cutAt <= steps; cutAt++) {
    const root = mkdtempSync(join(folder, 'run-'));
    const disk = new CrashingDisk(root);
    disk.cutAt = cutAt;
    mocked.disk = disk;
    const certain = live(join(root, 'log'));
    mocked.disk = undefined;
    for (const kind of ['least', 'most', 'drawn'] as const) {
      const remains = mkdtempSync(join(folder, 'remains-'));
      disk.restore(remains, (most) => (kind === 'least' ? 0 : kind === 'most' ? most : random.integer(0, most)));
      const directory = join(remains, 'log');
      const text = `cut before step ${cutAt}, ${kind}`;
      const log = new MerkleAuditLog({ directory, signer, nowMs: NOW_MS });
      log.append(NOW_MS, { event: 'goes-on' });
      log.sync();
      const found = [...new LogReader(directory, signer).entries()].map(
        ({ entry }) => (JSON.parse(entry.toString()) as { readonly sequence?: number }).sequence,
      );
      expect(found.slice(0, certain), text).toEqual(Array.from({ length: certain }, (_, at) => at));
      expect(verifyLog(directory, signer).findings, text).toEqual([]);
      log.close();
      expect(verifyLog(directory, signer).findings, text).toEqual([]);
      rmSync(remains, { recursive: true });
    }
    rmSync(root, { recursive: true });
  }
});

it('the model loses what was not synced', () => {
  const root = mkdtempSync(join(folder, 'model-'));
  mkdirSync(join(root, 'old'));
  mocked.disk = new CrashingDisk(root);
  const log = new MerkleAuditLog({ directory: join(root, 'log'), signer, nowMs: NOW_MS });
  log.append(NOW_MS, { event: 'a' });
  const { disk } = mocked;
  mocked.disk = undefined;
  const remains = mkdtempSync(join(folder, 'remains-'));
  disk?.restore(remains, () => 0);
  expect([...new LogReader(join(remains, 'log'), signer).entries()]).toEqual([]);
});
