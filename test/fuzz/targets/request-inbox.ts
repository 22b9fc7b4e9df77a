import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { senderRequests } from '../../../sender/ops/sender-requests.ts';
import { RevertDesk } from '../../../sender/revert/revert-desk.ts';
import { AUDIT_LIMITS } from '../../../src/limits.ts';
import { RequestDesk } from '../../../src/ops/request-desk.ts';
import { RequestInbox } from '../../../src/ops/request-inbox.ts';
import { type CoreRig, coreRig, session } from '../../support/sender-rig.ts';

const ID = '1795341600000-00000001';
const WALL_MS = 1_795_341_600_000;
const folder = mkdtempSync(join(tmpdir(), 'identity-diode-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const revertFolder = join(folder, 'reverts');
const requestFolder = join(folder, 'requests');
mkdirSync(revertFolder);
mkdirSync(requestFolder);
// The file that a revert may name; its ten bytes are no lines of one.
writeFileSync(join(revertFolder, `${ID}.jsonl`), 'ten bytes\n');
const firstSession = await session();

/** A file in the folder of requests, met twice by a running sender: carried out or refused, audited, and gone. */
export async function fuzz(input: Buffer): Promise<void> {
  const rig = await coreRig({ wallMs: WALL_MS, session: firstSession });
  try {
    meetTwice(input, rig);
  } finally {
    rig.store.close();
  }
}

function meetTwice(input: Buffer, { core, audit }: CoreRig): void {
  const reverts = new RevertDesk({ core, revertFolder, audit, events: { handleRevertEnded: () => {} } });
  const inbox = new RequestInbox(requestFolder);
  const clock = { nowMs: () => 0, wallMs: () => WALL_MS };
  for (let time = 0; time < 2; time++) {
    writeFileSync(join(requestFolder, `${ID}.json`), input);
    const desk = new RequestDesk({
      inbox,
      handlers: senderRequests({ core, reverts, clock, wake: () => {} }),
      audit,
      log: { info: () => {}, warn: () => {} },
      hasRoom: () => true,
    });
    desk.poll(WALL_MS);
    assert.equal(inbox.waiting().length, 0, 'a request does not come again and again');
  }
  const [first, second] = audit.entries.filter(({ event }) => event.startsWith('request-'));
  assert.ok(first !== undefined && second !== undefined && first.event === second.event);
  for (const entry of audit.entries) assert.ok(JSON.stringify(entry).length < AUDIT_LIMITS.maxEntryBytes);
}
