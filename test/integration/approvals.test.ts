/** Approvers' keys and signatures, as approvers type them: on a machine of their own, and beside a receiver. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditText } from '../../bench/support/audit-text.ts';
import { judgeApprovals } from '../../receiver/guard/approval.ts';
import { approvalRequestText, requestScope } from '../../receiver/guard/approval-request.ts';
import { HeldTable } from '../../receiver/guard/held-table.ts';
import { RECEIVER_MIGRATIONS } from '../../receiver/receiver-store.ts';
import { openStore } from '../../src/store/database.ts';
import { editConfig, type } from '../support/command-line.ts';

const REQUEST = { boundary: 'site-a', stream: 'hr', action: 'release', thing: 'deletes-1.7: 950 records\n' } as const;

let root: string;
const inRoot = (name: string) => join(root, name);

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'diode-'));
  mkdirSync(inRoot('own'), { mode: 0o700 });
});
afterAll(() => rmSync(root, { recursive: true }));

/** As a receiver of that file would hold it. */
function holdDelete(path: string, key: string): void {
  const store = openStore(path, RECEIVER_MIGRATIONS);
  const held = new HeldTable(store);
  const revision = { epoch: 1, sequence: 7, index: 0 };
  const about = { cause: 'deletes', hold: 'deletes-1.7', kind: 'delta', isCounted: true, heldAtMs: 0 } as const;
  held.put(key, { key, revision, ...about, value: null, headers: [] });
  held.nameHold('deletes-1.7');
  store.close();
}

describe('an approver', () => {
  let key: string;

  it('makes a key that its owner alone can read, once', async () => {
    const made = await type('diode-receiver', ['approver-key', inRoot('own/alice.key'), '--json']);
    expect([made.code, made.stderr]).toEqual([0, '']);
    ({ key } = JSON.parse(made.stdout) as { key: string });
    expect(key).toHaveLength(43);
    expect(statSync(inRoot('own/alice.key')).mode & 0o777).toBe(0o600);
    const again = await type('diode-receiver', ['approver-key', inRoot('own/alice.key')]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('exists already')]);
  });

  it('reads the request and signs it with nothing else at hand', async () => {
    writeFileSync(inRoot('own/request.txt'), approvalRequestText(REQUEST));
    const args = ['approve', inRoot('own/request.txt'), '--key', inRoot('own/alice.key')];
    const refused = await type('diode-receiver', args, 'no\n');
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    const signed = await type('diode-receiver', [...args, '--out', inRoot('own/alice.approval')], 'yes\n');
    expect(signed.code).toBe(0);
    expect(signed.stderr).toContain(
      'asked to release, for stream hr of boundary site-a:\n\ndeletes-1.7: 950 records\n',
    );
    const text = readFileSync(inRoot('own/alice.approval'), 'utf8');
    const policy = { approvers: [{ name: 'alice', key }], approvals: 1, maxSkewMs: 0 };
    const judged = judgeApprovals([text], requestScope(REQUEST), { policy, nowMs: Date.now() });
    expect(judged).toEqual({ outcome: 'approved', persons: ['alice'] });
  });

  it('signs holds beside a receiver that knows the key, and nothing that is not shown there', async () => {
    const [rx, tx] = [inRoot('rx'), inRoot('tx')];
    expect((await type('diode-receiver', ['init', rx, '--boundary', 'site-a'])).code).toBe(0);
    await type('diode-sender', ['init', tx, '--stream', 'hr', '--receiver-card', join(rx, 'receiver-card.json')]);
    expect((await type('diode-receiver', ['trust', rx, join(tx, 'sender-card.json')], 'yes\n')).code).toBe(0);
    const sign = (...what: readonly string[]) =>
      type('diode-receiver', ['approve', rx, ...what, '--key', inRoot('own/alice.key')], 'yes\n');
    const unknown = await sign('deletes-1.7', '--action', 'release');
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("The key is no approver's")]);
    editConfig(rx, { 'approvers: []': `approvers:\n  - name: alice\n    key: ${key}` });
    holdDelete(join(rx, 'data/receiver.db'), 'User|a');
    const signed = await sign('deletes-1.7', '--action', 'release');
    expect(signed.code).toBe(0);
    const [, thing = ''] = /^You are asked to release:\n\n((?:.+\n)+)/.exec(signed.stderr) ?? [];
    expect(thing).toMatch(/^hold deletes-1\.7: 1 record, .*\n {2}User\|a\n$/);
    const { digest } = requestScope({ ...REQUEST, thing });
    expect(signed.stdout).toContain(`action: release\ndigest: ${digest}\n`);
    const log = auditText('receiver', rx, 'commandAudit');
    expect(log).toContain(`"event":"command-approve","action":"release","digest":"${digest}","approver":"alice"`);
    const unseen = await sign(digest, '--action', 'release');
    expect([unseen.code, unseen.stdout]).toEqual([2, '']);
    expect((await sign('abc')).code).toBe(2);
  });
});
