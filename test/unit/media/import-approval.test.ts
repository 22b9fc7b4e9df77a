/** Bundles beyond the blast-radius limits: refused without approvals, and taken in with them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditText } from '../../../bench/support/audit-text.ts';
import { sha256Hex } from '../../../src/crypto/digest.ts';
import { editConfig } from '../../support/command-line.ts';
import { MediaSite, member, user, userDelete } from '../../support/media-site.ts';

let site: MediaSite;
let medium: string;

beforeEach(async () => {
  site = new MediaSite();
  await site.setUp();
  medium = site.medium('a');
});
afterEach(() => site.remove());

const own = (name: string) => join(site.root, 'own', name);
const importIt = (...args: readonly string[]) => site.typeReceiver('import', site.receiver, medium, ...args);

async function approver(name: string): Promise<void> {
  mkdirSync(join(site.root, 'own'), { recursive: true });
  const { key } = JSON.parse((await site.typeReceiver('approver-key', own(`${name}.key`), '--json')).stdout);
  const none = readFileSync(join(site.receiver, 'config.yaml'), 'utf8').includes('approvers: []');
  const line = `  - name: ${name}\n    key: ${key}`;
  editConfig(
    site.receiver,
    none ? { 'approvers: []': `approvers:\n${line}` } : { 'approvers:\n': `approvers:\n${line}\n` },
  );
}

async function exported(...records: Parameters<MediaSite['journal']>[0][number][]): Promise<string> {
  site.journal(records);
  return JSON.parse((await site.typeSender('export', site.sender, medium, '--json')).stdout).manifestDigest;
}

let signed = 0;

async function approve(what: readonly string[], name: string): Promise<string> {
  const out = own(`${name}-${++signed}.approval`);
  const args = ['approve', ...what, '--key', own(`${name}.key`), '--out', out, '--yes'];
  const answer = await site.typeReceiver(...args);
  expect([answer.code, answer.stderr.includes('diode-receiver:')]).toEqual([0, false]);
  return out;
}

describe('an import beyond the limits', () => {
  it('is refused without a signature under what it changes, and recorded with one', async () => {
    editConfig(site.receiver, { 'adminRoles: []': 'adminRoles: [admin]', 'adminGroups: []': 'adminGroups: [ops]' });
    await approver('alice');
    await exported([user('a', { roles: [{ value: 'admin' }] }), user('b'), member('ops', 'b')]);
    const looked = await importIt('--dry-run', '--request', own('request.txt'));
    expect([looked.code, looked.stdout]).toEqual([
      0,
      expect.stringMatching(
        /admin roles {5}2 granted, 0 withdrawn\n(.*\n)* {2}over the limit {2}2 admin.*\nApprovers must sign it/,
      ),
    ]);
    const refused = await importIt();
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('approve FILE --key KEY')]);
    expect(readdirSync(join(site.receiver, 'data/imports'))).toEqual([]);
    const fewer = readFileSync(own('request.txt'), 'utf8').replace('1: User|a', '1: User|z');
    writeFileSync(own('fewer.txt'), fewer);
    const other = await approve([own('fewer.txt')], 'alice');
    expect(await importIt('--approve', other)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('approves something else'),
    });
    const file = await approve([own('request.txt')], 'alice');
    expect(await importIt('--approve', file)).toMatchObject({ code: 0 });
    const log = auditText('receiver', site.receiver, 'commandAudit');
    expect(log).toMatch(/"event":"command-import".*"approvers":\["alice"\]/);
  });

  it('is signed by nobody unseen: a digest says nothing of what it stands for', async () => {
    editConfig(site.receiver, { 'adminRoles: []': 'adminRoles: [admin]' });
    await approver('alice');
    const digest = await exported([user('a', { roles: [{ value: 'admin' }] })]);
    const sign = (...args: readonly string[]) =>
      site.typeReceiver('approve', ...args, '--key', own('alice.key'), '--yes', '--out', own('unseen.approval'));
    const cure = expect.stringContaining('import DIR MEDIUM --dry-run --request FILE');
    expect(await sign(site.receiver, digest, '--action', 'import')).toMatchObject({ code: 2, stderr: cure });
    expect(await sign(site.receiver, digest)).toMatchObject({ code: 2, stderr: cure });
    expect(await sign(site.receiver, digest, '--action', 'release')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/nothing is signed unseen.*--request FILE/s),
    });
    await importIt('--dry-run', '--request', own('request.txt'));
    // Nor beside a request that says something else.
    expect(await sign(own('request.txt'), digest)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('A request says itself what is to be signed'),
    });
    expect(existsSync(own('unseen.approval'))).toBe(false);
  });

  it('needs two persons where the config says so; they may sign what was shown to them elsewhere', async () => {
    editConfig(site.receiver, { 'adminRoles: []': 'adminRoles: [admin]' });
    for (const name of ['alice', 'bob']) await approver(name);
    editConfig(site.receiver, { 'approvals: 1': 'approvals: 2' });
    await exported([user('a', { roles: [{ value: 'admin' }] })]);
    const shown = ['--dry-run', '--request', own('request.txt'), '--changes', own('changes.txt')];
    expect(await importIt(...shown)).toMatchObject({ code: 0 });
    const request = readFileSync(own('request.txt'), 'utf8');
    expect(request).toMatch(/action: import\n\nbundle: 1\nmanifest: [0-9a-f]{64}\n/);
    expect(request).toContain('\nroles: 1 granted, 0 withdrawn\n  granted admin (admin role), 1: User|a\n');
    expect(request).toMatch(/\nlimits: within an hour 5% of the subjects \(10 always\).*; admin roles .*\n$/);
    // What the approver signs names all of it: the file that may be asked for has that digest.
    const changes = readFileSync(own('changes.txt'));
    expect(changes.toString()).toBe('added User|a +role:admin\n');
    expect(request).toContain(`in full: 1 key, sha256 ${sha256Hex(changes)}\n`);
    const alice = await approve([own('request.txt')], 'alice');
    expect(await importIt('--approve', alice)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('more are needed'),
    });
    const bob = await approve([own('request.txt')], 'bob');
    expect(await importIt('--approve', alice, '--approve', bob)).toMatchObject({ code: 0 });
  });

  it('needs nobody where it stays within them', async () => {
    editConfig(site.receiver, { 'adminRoles: []': 'adminRoles: [admin]' });
    await exported([user('a', { roles: [{ value: 'reader' }], active: false }), userDelete('b')]);
    expect(await importIt()).toMatchObject({ code: 0 });
    expect(existsSync(own('request.txt'))).toBe(false);
  });
});
