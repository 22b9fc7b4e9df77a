/** `audit cosign` as it is typed, and what the sender's side does with what it prints. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../../receiver/command-line.ts';
import { ReceiverStore } from '../../../../receiver/receiver-store.ts';
import { judgeCheckpoint, type WitnessState } from '../../../../receiver/witness/log-witness.ts';
import { senderCommandLine } from '../../../../sender/command-line.ts';
import type { MerkleAuditLog } from '../../../../src/audit/merkle-audit-log.ts';
import type { TreeHead } from '../../../../src/audit/merkle-proof.ts';
import { openAuditLog } from '../../../../src/cli/audit-logs.ts';
import { directoryLayout } from '../../../../src/config/directory-layout.ts';
import { typeHere } from '../../../support/typed-command.ts';

const root = mkdtempSync(join(tmpdir(), 'cosign-'));
const [tx, rx] = [join(root, 'tx'), join(root, 'rx')];
const receiver = (...args: readonly string[]) => typeHere(receiverCommandLine(), ...args);
const sender = (...args: readonly string[]) => typeHere(senderCommandLine(), ...args);
const NOW_MS = Date.UTC(2026, 10, 25, 10);
let log: MerkleAuditLog;
let state: WitnessState | undefined;
let announced: TreeHead = { size: 0, root: Buffer.alloc(0) };

/** The sender's newest head, taken in as the receiver takes it in. */
function witness(sequence: number, previousSize = announced.size): string {
  const { note, ...head } = log.signedHead;
  const proof = log.proofSince(announced) ?? [];
  const { name, publicKey: logKey } = log.verifier;
  const revision = { epoch: 1, sequence, index: 0 };
  const judged = judgeCheckpoint(state, { revision, note, previousSize, proof, logKey }, name);
  if ('state' in judged) state = judged.state;
  announced = head;
  const store = ReceiverStore.open(directoryLayout('diode-receiver', rx).store, { maxSpoolBytes: 1 << 20 });
  store.store.transaction(() => store.witness.put(state as WitnessState))();
  store.close();
  return judged.verdict;
}

function note(event: string): void {
  log.append(NOW_MS, { event });
  log.sync();
}

beforeAll(async () => {
  await receiver('init', rx, '--boundary', 'site-a');
  const card = join(rx, 'receiver-card.json');
  const made = await sender('init', tx, '--stream', 'hr', '--receiver-card', card, '--source', join(root, 'hr.jsonl'));
  expect(made.code, made.error).toBe(0);
  log = openAuditLog(directoryLayout('diode-sender', tx), 'program', NOW_MS);
  note('session-started');
});
afterAll(() => {
  log.close();
  rmSync(root, { recursive: true });
});

describe('audit cosign', () => {
  it('says where nothing was witnessed yet', async () => {
    const { code, out, error } = await receiver('audit', 'cosign', rx);
    expect([code, out, error]).toEqual([1, '', expect.stringContaining('has come yet')]);
  });

  it('prints what the sender verifies its log with, says what is unwitnessed, and is audited', async () => {
    expect(witness(1)).toBe('witnessed');
    note('frame-signed');
    announced = log.signedHead;
    note('frame-signed');
    expect(witness(3)).toBe('witnessed');
    const { code, out, error } = await receiver('audit', 'cosign', rx);
    expect([code, error]).toEqual([0, expect.stringContaining('Entries 1 to 2 are unwitnessed')]);
    expect(out.split('\n').slice(0, 2)).toEqual(['identity-diode/site-a/hr/sender', '3']);
    expect(out.match(/^— /gm)).toHaveLength(2);
    const [file, edited] = [join(root, 'paper'), join(root, 'edited')];
    writeFileSync(file, out);
    writeFileSync(edited, out.replace('\n3\n', '\n2\n'));
    expect(await sender('audit', 'verify', tx, '--checkpoint', file)).toMatchObject({ code: 0 });
    expect(await sender('audit', 'verify', tx, '--checkpoint', edited)).toMatchObject({ code: 1 });
    const json = JSON.parse((await receiver('audit', 'cosign', rx, '--json')).out);
    expect(json).toMatchObject({
      unwitnessed: [[1, 2]],
      note: expect.stringContaining('\n— identity-diode/site-a/receiver/'),
    });
    expect(json.witness).toMatch(/^identity-diode\/site-a\/receiver\/[0-9a-f]{16}\+[0-9a-f]{8}\+B/);
    expect((await receiver('audit', 'cosign', rx, '--qr')).out).toMatch(/█/);
    const found = await receiver('audit', 'search', rx, '--event', 'command-audit-cosign', '--json');
    expect(found.out.trim().split('\n')).toHaveLength(3);
  });

  it('signs nothing of a log that was written anew', async () => {
    note('frame-signed');
    expect(witness(4, 1)).toBe('rewritten');
    const { code, out, error } = await receiver('audit', 'cosign', rx);
    expect([code, out, error]).toEqual([1, '', expect.stringContaining('was written anew in epoch 1')]);
    const status = JSON.parse((await receiver('status', rx, '--json')).out);
    expect(status.senderLog.rewritten).toMatchObject({ epoch: 1, known: { entries: 3 }, found: { entries: 4 } });
    expect(status.alarms).toContainEqual(expect.stringContaining('was written anew'));
  });
});
