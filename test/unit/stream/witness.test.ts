// A sender's audit log, from its disk to what its receiver witnesses: over losses, restarts, restores and a rewrite.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newestHead, unwitnessedRanges } from '../../../receiver/witness/log-witness.ts';
import { senderLogOrigin } from '../../../src/audit/log-origin.ts';
import { verifyLog } from '../../../src/audit/log-verifier.ts';
import { MerkleAuditLog } from '../../../src/audit/merkle-audit-log.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';
import { BOUNDARY, STREAM } from '../../support/signed-stream.ts';
import { StreamPair } from '../../support/stream-pair.ts';

const MINUTE_MS = SENDER_LIMITS.checkpointIntervalMs;
const signer = {
  name: senderLogOrigin({ boundary: BOUNDARY, stream: STREAM }),
  ...signingKeyPair(Buffer.alloc(32, 7)),
};
let pair: StreamPair;
let log: MerkleAuditLog;
const directory = (name: string) => join(pair.folder, `log-${name}`);
const open = (name: string) => new MerkleAuditLog({ directory: directory(name), signer, nowMs: 0 });

beforeEach(() => {
  pair = new StreamPair();
  log = open('a');
});
afterEach(() => {
  log.close();
  rmSync(pair.folder, { recursive: true });
});

type Sender = Awaited<ReturnType<StreamPair['startSender']>>;

/** A minute with something to say, and its checkpoint. */
async function minute(sender: Sender, value: string): Promise<void> {
  pair.say(sender, ['bjensen', value]);
  await pair.run(MINUTE_MS + 1_000);
}

function witnessed() {
  const state = pair.back.store.witness.current;
  if (state === undefined) throw new Error('nothing was witnessed');
  const { size, note } = newestHead(state);
  return { ...state, size, note, unwitnessed: unwitnessedRanges(state) };
}

/** Whether the log on disk is still the one that crossed. */
function findings(name: string, note: string): readonly string[] {
  return verifyLog(directory(name), signer, [{ name: 'crossed', note }]).findings;
}

it('is witnessed while it grows, over a restart of either side', async () => {
  let sender = await pair.startSender('a', 0, log);
  for (const value of ['v1', 'v2']) await minute(sender, value);
  pair.stopSender(sender);
  pair.restartReceiver();
  sender = await pair.startSender('a', 0, log);
  await minute(sender, 'v3');
  const { size, runs, unwitnessed, note, rewrite } = witnessed();
  expect([runs.length, unwitnessed, rewrite]).toEqual([1, [], undefined]);
  expect(log.size - size).toBeLessThan(10);
  expect(findings('a', note)).toEqual([]);
  expect(pair.back.store.progress?.totals).toMatchObject({ published: 3, witnessed: 3, quarantined: 0 });
});

it('shows as unwitnessed what was lost, heals with the frames, and goes on over a new epoch', async () => {
  let sender = await pair.startSender('a', 0, log);
  await minute(sender, 'v1');
  pair.isLinkUp = false;
  await minute(sender, 'v2');
  // Beyond the last repeat.
  await pair.run(2 * MINUTE_MS);
  pair.isLinkUp = true;
  await minute(sender, 'v3');
  expect(witnessed().unwitnessed).toHaveLength(1);
  // As a gap ticket asks for them.
  sender.core.resend('ticket', pair.gate.gaps);
  await minute(sender, 'v4');
  expect(witnessed().unwitnessed).toEqual([]);
  pair.stopSender(sender);
  const { head } = sender.core.journal;
  pair.newEpoch('a', { number: head.epoch + 1 });
  sender = await pair.startSender('a', 0, log);
  await minute(sender, 'v5');
  const { unwitnessed, restarts, size } = witnessed();
  expect([unwitnessed, restarts]).toEqual([[], 0]);
  expect(log.size - size).toBeLessThan(20);
});

it('of a restored sender begins anew with its epoch, and that is no alarm', async () => {
  let sender = await pair.startSender('a', 0, log);
  await minute(sender, 'v1');
  pair.copySender('a', 'b');
  cpSync(directory('a'), directory('b'), { recursive: true });
  await minute(sender, 'v2');
  await minute(sender, 'v3');
  const before = witnessed();
  pair.stopSender(sender);
  log.close();
  log = open('b');
  pair.newEpoch('b', { number: 2 });
  sender = await pair.startSender('b', 0, log);
  await pair.run(12_000);
  pair.acceptEpoch();
  await minute(sender, 'v4');
  const { restarts, rewrite, sinceEpoch, note } = witnessed();
  expect([restarts, rewrite, sinceEpoch]).toEqual([1, undefined, 2]);
  // What crossed before the restore is not what this disk has.
  expect(findings('b', note)).toEqual([]);
  expect(findings('b', before.note)).not.toEqual([]);
});

it('that was written anew with its own key is an alarm', async () => {
  let sender = await pair.startSender('a', 0, log);
  await minute(sender, 'v1');
  pair.stopSender(sender);
  log.close();
  log = open('forged');
  for (let at = 0; at < 100; at++) log.append(0, { event: 'nothing-happened' });
  log.sync();
  sender = await pair.startSender('a', 0, log);
  await minute(sender, 'v2');
  const { rewrite, size } = witnessed();
  expect(rewrite).toMatchObject({ epoch: 1, known: { size } });
  expect(rewrite?.found.size).toBeGreaterThan(100);
  expect(pair.published).toEqual({ bjensen: 'v2' });
  expect(findings('forged', rewrite?.known.note ?? '')).not.toEqual([]);
});
