/**
 * docs/audit.md, "The receiver is a witness", on running programs over the loopback: a sender's log is witnessed and cosigned,
 * what was lost shows, verifiers in Go agree, and a log that was written anew is an alarm with its evidence.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diode } from '../../bench/support/diode-pair.ts';
import type { RunningPair } from '../../bench/support/running-pair.ts';
import { openSenderStore } from '../../sender/sender-store.ts';
import { LogReader } from '../../src/audit/log-reader.ts';
import { auditVerifier, openAuditLog } from '../../src/cli/audit-logs.ts';
import { directoryLayout } from '../../src/config/directory-layout.ts';
import { type } from '../support/command-line.ts';
import { type EmbeddedSite, openEmbeddedSite } from '../support/embedded-site.ts';
import { buildGo, hasGo } from '../support/go-program.ts';
import { requirement } from '../support/requirement.ts';

const TIMEOUT_MS = 60_000;
const sources = join(import.meta.dirname, '../interop/audit');
const goCure = 'install Go 1.26 or newer, with a module proxy or cache for test/interop/audit/go.mod';

describe.skipIf(!requirement('go', hasGo(sources), goCure))("a sender's audit log", () => {
  const root = mkdtempSync(join(tmpdir(), 'witnessed-'));
  let program = '';
  let site: EmbeddedSite;
  let running: RunningPair;
  const layout = () => directoryLayout('diode-sender', running.pair.senderDirectory);
  const receiver = (...args: readonly string[]) => diode('receiver', args);
  const rx = () => running.pair.receiverDirectory;
  const tx = () => running.pair.senderDirectory;

  /** One more person, and a checkpoint at once: as if the minute since the last were over. */
  async function startSender(id: string): Promise<void> {
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
    running.append([JSON.stringify({ type: 'User', op: 'put', resource: { schemas, id, userName: id } })]);
    const store = openSenderStore(layout().store);
    const none = Buffer.alloc(32);
    store.prepare('INSERT OR IGNORE INTO announced_checkpoint VALUES (1, 1, ?, 0, 0, 1)').run(none);
    store.prepare('UPDATE announced_checkpoint SET at_ms = 1').run();
    store.close();
    await running.start('sender');
  }

  const announced = () => running.until('sender', ({ records }) => records.checkpoint === 1, TIMEOUT_MS);
  const witnessed = (count: number) =>
    running.until('receiver', ({ totals }) => totals.witnessed === count, TIMEOUT_MS);
  const alarmed = (text: string) =>
    running.until('receiver', ({ alarms }) => alarms.some((alarm) => alarm.includes(text)), TIMEOUT_MS);
  const go = (command: string, path: string, key: string, input = '') => {
    const { status, stdout, stderr } = spawnSync(program, [command, path, key], { input, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const file = (name: string, text: string) => {
    writeFileSync(join(root, name), text);
    return join(root, name);
  };
  const logKey = async () => JSON.parse(await diode('sender', ['audit', 'key', tx(), '--json'])).program as string;

  beforeAll(async () => {
    program = buildGo(sources);
    const noRepeats = [['link', 'repeatAfterMs'], []] as const;
    site = await openEmbeddedSite({ directory: root, boundary: 'site-a', senderSettings: [noRepeats] });
    running = site.running;
    await running.start('receiver');
  });
  afterAll(async () => {
    await site?.close();
    rmSync(dirname(program), { recursive: true, force: true });
    rmSync(root, { recursive: true, force: true });
  });

  it('is witnessed; what was lost on the way shows as unwitnessed, until its frames are sent again', async () => {
    await startSender('a');
    const first = await witnessed(1);
    expect(first.senderLog).toMatchObject({ unwitnessed: [], restarts: 0 });
    await running.stop('sender');
    await running.stop('receiver');
    await startSender('b');
    await announced();
    await running.stop('sender');
    await running.start('receiver');
    await startSender('c');
    const { senderLog } = await witnessed(2);
    expect(senderLog?.unwitnessed).toEqual([[first.senderLog?.entries, expect.any(Number)]]);
    expect(await receiver('status', rx())).toMatch(/sender's log .*unwitnessed/);
    const { tickets } = JSON.parse(await receiver('gaps', rx(), '--json'));
    await diode('sender', ['resend', tx(), tickets[0].code]);
    const healed = await witnessed(3);
    expect(healed.senderLog).toMatchObject({ unwitnessed: [], entries: senderLog?.entries });
  });

  it('holds for verifiers in Go: what the receiver cosigned, the log itself, and that it only grew since', async () => {
    await running.stop('sender');
    const { note, witness, unwitnessed } = JSON.parse(await receiver('audit', 'cosign', rx(), '--json'));
    expect(unwitnessed).toEqual([]);
    const key = await logKey();
    const cosigned = file('cosigned', note);
    expect(go('cosigned', cosigned, `${key} ${witness}`)).toMatchObject({ status: 0, stderr: '' });
    expect(go('log', layout().audit, key)).toMatchObject({ status: 0, stderr: '' });
    const { tree, head } = new LogReader(layout().audit, auditVerifier(layout(), 'program'));
    const [, size = '', treeHash = ''] = note.split('\n');
    expect(head.size).toBeGreaterThan(Number(size));
    const proof = tree.consistencyProof(Number(size)).map((hash) => Buffer.from(hash).toString('base64'));
    const earlier = JSON.stringify({ before: Number(size), root: treeHash, proof });
    expect(go('consistency', layout().audit, key, earlier)).toMatchObject({ status: 0, stderr: '' });
    expect((await type('diode-sender', ['audit', 'verify', tx(), '--checkpoint', cosigned])).code).toBe(0);
  });

  it('that was written anew, with its own key, is an alarm; both heads are evidence, and nothing is cosigned', async () => {
    renameSync(layout().audit, join(root, 'true-log'));
    const forged = openAuditLog(layout(), 'program', Date.now());
    for (let at = 0; at < 200; at++) forged.append(Date.now(), { event: 'nothing-happened' });
    forged.close();
    await startSender('d');
    const { senderLog, totals } = await alarmed("The sender's audit log was written anew in epoch 1");
    expect(senderLog?.rewritten).toMatchObject({ epoch: 1, known: { entries: senderLog?.entries } });
    expect(totals).toMatchObject({ published: 4, witnessed: 3 });
    const cosigned = await type('diode-receiver', ['audit', 'cosign', rx()]);
    expect([cosigned.code, cosigned.stderr]).toEqual([1, expect.stringContaining('Nothing is cosigned until then')]);
    // As docs/operations.md has it: whose log is it that lies there?
    const found = await receiver('audit', 'search', rx(), '--event', 'sender-log-rewritten', '--json');
    const heads = JSON.parse(found) as { readonly known: string; readonly found: string };
    const compared = async (head: 'known' | 'found') =>
      (await type('diode-sender', ['audit', 'verify', tx(), '--checkpoint', file(head, heads[head])])).code;
    expect([await compared('known'), await compared('found')]).toEqual([1, 0]);
  });

  it('begins a new history with a new epoch, which ends the alarm', async () => {
    await running.stop('sender');
    await diode('sender', ['new-epoch', tx(), '--yes']);
    await startSender('e');
    const { senderLog } = await running.until('receiver', ({ alarms }) => alarms.length === 0, TIMEOUT_MS);
    expect(senderLog).toMatchObject({ restarts: 1, unwitnessed: [] });
    expect(senderLog).not.toHaveProperty('rewritten');
  });
});
