import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { OPS_LIMITS } from '../../../src/limits.ts';
import { RequestInbox, writeRequest } from '../../../src/ops/request-inbox.ts';

const folder = () => join(mkdtempSync(join(tmpdir(), 'requests-')), 'requests');
const stamp = (wallMs: number, ordinal = 0) => ({ wallMs, randomHex: ordinal.toString(16).padStart(8, '0') });

it('gives requests in the order in which they were typed, until they are done', () => {
  const at = folder();
  const inbox = new RequestInbox(at);
  expect(inbox.waiting()).toEqual([]);
  const second = writeRequest(at, { kind: 'resend', body: { frames: [[3, 4]] } }, stamp(1_700_000_000_002));
  const first = writeRequest(at, { kind: 'pause', body: null }, stamp(1_700_000_000_001));
  expect(inbox.waiting()).toEqual([
    { id: first, kind: 'pause', body: null },
    { id: second, kind: 'resend', body: { frames: [[3, 4]] } },
  ]);
  inbox.done(first);
  inbox.done(first);
  expect(new RequestInbox(at).waiting().map(({ id }) => id)).toEqual([second]);
});

it('tells of files that are no requests, and passes over names that are none', () => {
  const at = folder();
  mkdirSync(at);
  writeFileSync(join(at, '1700000000000-00000000.json'), '{"kind":');
  writeFileSync(join(at, '1700000000000-00000001.json'), '[]');
  writeFileSync(join(at, '1700000000000-00000002.json'), 'x'.repeat(OPS_LIMITS.maxRequestBytes + 1));
  writeFileSync(join(at, 'notes.txt'), 'not ours');
  const inbox = new RequestInbox(at);
  expect(inbox.waiting().map(({ kind }) => kind)).toEqual(['unreadable', 'unreadable', 'unreadable']);
  for (const { id } of inbox.waiting()) inbox.done(id);
  expect(readdirSync(at)).toEqual(['notes.txt']);
});

it('refuses more than it bounds, with the cure', () => {
  const at = folder();
  for (let ordinal = 0; ordinal < OPS_LIMITS.maxRequests; ordinal++) {
    writeRequest(at, { kind: 'pause', body: null }, stamp(1_700_000_000_000, ordinal));
  }
  expect(() => writeRequest(at, { kind: 'pause', body: null }, stamp(1_700_000_000_000, 999_999))).toThrow(
    /256 requests wait .* Start the program/,
  );
  expect(existsSync(join(at, '1700000000000-000f423f.json'))).toBe(false);
});

it.runIf(process.getuid?.() === 0)('written by root, it belongs to whoever owns the data', () => {
  const at = folder();
  chownSync(join(at, '..'), 65_534, 65_534);
  const id = writeRequest(at, { kind: 'pause', body: null }, stamp(1_700_000_000_000));
  for (const path of [at, join(at, `${id}.json`)]) {
    const { uid, gid, mode } = statSync(path);
    expect({ uid, gid, others: mode & 0o077 }).toEqual({ uid: 65_534, gid: 65_534, others: 0 });
  }
  expect(readdirSync(at), 'nothing half written stays').toEqual([`${id}.json`]);
});
