/** The checklist of docs/operations.md, "Removable media", with the real programs and commands, without Kafka. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { auditText } from '../../bench/support/audit-text.ts';
import { freePort } from '../../bench/support/free-port.ts';
import { editConfig, type RunningProgram, startRun, type } from '../support/command-line.ts';
import { until } from '../support/until.ts';

let root: string;
let rx: string;
let tx: string;
const running: RunningProgram[] = [];

type Program = 'diode-sender' | 'diode-receiver';

async function run(program: Program, directory: string): Promise<RunningProgram> {
  const started = await startRun(program, directory);
  running.push(started);
  return started;
}

async function stop(program: RunningProgram): Promise<void> {
  running.splice(running.indexOf(program), 1);
  await program.stop();
}

const ask = async (program: Program, args: readonly string[]) => {
  const { code, stdout, stderr } = await type(program, [...args, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
};

function write(ids: readonly string[], more: Readonly<Record<string, unknown>> = {}): void {
  const lines = ids.map((id) => {
    const resource = { ...more, schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id, userName: `user-${id}` };
    return `${JSON.stringify({ type: 'User', op: 'put', resource })}\n`;
  });
  appendFileSync(join(tx, 'records.jsonl'), lines.join(''));
}

/** Newly mounted sticks. */
function media(...names: readonly string[]): string[] {
  return names.map((name) => {
    const path = join(root, name);
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
    return path;
  });
}

const journaled = (sequence: number) =>
  until(
    () => ask('diode-sender', ['status', tx]),
    (status) => status.head.sequence >= sequence,
  );

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'diode-media-'));
  rx = join(root, 'rx');
  tx = join(root, 'tx');
  await type('diode-receiver', ['init', rx, '--boundary', 'site-a', '--listen', `127.0.0.1:${await freePort()}`]);
  const card = join(rx, 'receiver-card.json');
  // Nobody listens there: whatever arrives came on a stick.
  const nowhere = `127.0.0.1:${await freePort()}`;
  await type('diode-sender', ['init', tx, '--stream', 'hr', '--receiver-card', card, '--to', nowhere]);
  await type('diode-receiver', ['trust', rx, join(tx, 'sender-card.json'), '--yes']);
  editConfig(rx, { '"127.0.0.1:9092"': `"127.0.0.1:${await freePort()}"`, 'port: 9465': `port: ${await freePort()}` });
  editConfig(tx, { 'port: 9464': `port: ${await freePort()}` });
});
afterEach(async () => {
  for (const program of running.splice(0)) await program.stop();
});
afterAll(() => rmSync(root, { recursive: true }));

describe('removable media', () => {
  it('provision a receiver that never heard its sender, as the checklist says, with one stick of three lost', async () => {
    await run('diode-receiver', rx);
    await run('diode-sender', tx);
    write(['a', 'b', 'c']);
    await journaled(1);
    const [a, b, c] = media('a', 'b', 'c') as [string, string, string];
    const sent = await ask('diode-sender', ['export', tx, a, b, c]);
    expect(sent).toMatchObject({ bundle: 1, records: 3, volumes: 3, needed: 2 });
    rmSync(b, { recursive: true });
    const looked = await ask('diode-receiver', ['import', rx, a, c, '--dry-run']);
    expect(looked).toMatchObject({ result: 'dry-run', code: sent.code, changes: { subjects: { added: 3 } } });
    expect(await ask('diode-receiver', ['import', rx, a, c])).toMatchObject({ result: 'imported', newFrames: 1 });
    const status = await ask('diode-receiver', ['status', rx]);
    expect(status).toMatchObject({ spool: { records: 3 }, imports: { imported: 1, waiting: 0, last: { number: 1 } } });
    expect((await type('diode-receiver', ['status', rx])).stdout).toContain('bundle 1, made');
    expect(await ask('diode-receiver', ['import', rx, a, c])).toMatchObject({ result: 'known' });
    const [page] = readdirSync(join(rx, 'data/bundles'));
    expect(await type('diode-sender', ['evidence', tx, join(rx, 'data/bundles', page as string)])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('its signature is that of the receiver'),
    });
    expect(auditText('receiver', rx)).toMatch(/"event":"bundle-imported","bundle":1/);
  });

  it('bring a snapshot that the running sender frames, which heals what no bundle brought', async () => {
    await run('diode-receiver', rx);
    await run('diode-sender', tx);
    write(['d']);
    const { head } = await journaled(2);
    const [stick] = media('snapshot') as [string];
    const sent = await ask('diode-sender', ['export', tx, stick, '--snapshot']);
    expect(sent.runs[0].from).toBe(head.sequence + 1);
    expect(await ask('diode-receiver', ['import', rx, stick])).toMatchObject({
      result: 'imported',
      changes: { snapshotParts: 1 },
      missing: [{ from: head.sequence, to: head.sequence }],
    });
    const [rest] = media('rest') as [string];
    expect(await ask('diode-sender', ['export', tx, rest])).toMatchObject({
      runs: [{ from: head.sequence, to: head.sequence }],
    });
    expect(await ask('diode-receiver', ['import', rx, rest])).toMatchObject({ healedFrames: 1, result: 'imported' });
    expect((await ask('diode-receiver', ['gaps', rx])).gaps).toEqual([]);
  });

  it('are finished by a receiver that is killed again and again', async () => {
    const sender = await run('diode-sender', tx);
    const before = (await ask('diode-sender', ['status', tx])).head.sequence;
    write(Array.from({ length: 3_000 }, (_, at) => `bulk-${at}`));
    const { head } = await journaled(before + 3);
    await stop(sender);
    const [stick] = media('bulk') as [string];
    await ask('diode-sender', ['export', tx, stick]);
    const handed = await ask('diode-receiver', ['import', rx, stick]);
    expect(handed.result).toBe('handed-over');
    // Of an import that was killed: what it verified lies there in the clear.
    writeFileSync(join(rx, 'data/imports', `${'ab'.repeat(32)}.new`), 'in the clear');
    for (let kills = 0; kills < 3; kills++) {
      const receiver = await run('diode-receiver', rx);
      receiver.signal('SIGKILL');
      await stop(receiver);
    }
    await run('diode-receiver', rx);
    const status = await until(
      () => ask('diode-receiver', ['status', rx]),
      ({ imports }) => imports?.waiting === 0 && imports.last?.number === handed.bundle,
    );
    expect(status.intake.gate).toMatchObject({ sequence: expect.any(Number), gaps: [] });
    expect(status.intake.gate.sequence).toBeGreaterThanOrEqual(head.sequence);
    expect(status.spool.records).toBeGreaterThanOrEqual(3_004);
    expect(readdirSync(join(rx, 'data/imports'))).toEqual([]);
  });

  it('are signed by an approver where they are beyond the limits, as the checklist says', async () => {
    const own = (name: string) => join(root, name);
    const { key } = await ask('diode-receiver', ['approver-key', own('own/alice.key')]);
    editConfig(rx, {
      'approvers: []': `approvers:\n  - name: alice\n    key: ${key}`,
      'adminRoles: []': 'adminRoles: [admin]',
    });
    await run('diode-sender', tx);
    await run('diode-receiver', rx);
    const { head } = await ask('diode-sender', ['status', tx]);
    write(['boss'], { roles: [{ value: 'admin' }] });
    await journaled(head.sequence + 1);
    const sticks = media('x', 'y', 'z');
    await ask('diode-sender', ['export', tx, ...sticks]);
    const importIt = ['import', rx, ...sticks];
    const refused = await type('diode-receiver', importIt);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('an approver must sign it')]);

    const [request, changes, approval] = [own('request.txt'), own('changes.txt'), own('alice.approval')];
    const looked = await type('diode-receiver', [...importIt, '--dry-run', '--request', request, '--changes', changes]);
    expect([looked.code, looked.stdout]).toEqual([0, expect.stringContaining('over the limit')]);
    const [sum] = execFileSync('sha256sum', [changes], { encoding: 'utf8' }).split(' ');
    const args = ['approve', request, '--key', own('own/alice.key'), '--out', approval];
    const signed = await type('diode-receiver', args, 'yes\n');
    expect([signed.code, signed.stderr]).toEqual([0, expect.stringContaining(`in full: 1 key, sha256 ${sum}\n`)]);
    expect(await ask('diode-receiver', [...importIt, '--approve', approval])).toMatchObject({ result: 'imported' });
    expect(auditText('receiver', rx, 'commandAudit')).toMatch(/"event":"command-import".*"approvers":\["alice"\]/);
  });
});
