import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RequestInbox } from '../../../src/ops/request-inbox.ts';

const ID = '1795341600000-00000001';
const folder = mkdtempSync(join(tmpdir(), 'identity-diode-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

export function fuzz(input: Buffer): void {
  writeFileSync(join(folder, `${ID}.json`), input);
  const inbox = new RequestInbox(folder);
  const [request, other] = inbox.waiting();
  assert.ok(request !== undefined && other === undefined && request.id === ID);
  assert.equal(typeof request.kind, 'string');
  inbox.done(ID);
  assert.equal(inbox.waiting().length, 0);
}
