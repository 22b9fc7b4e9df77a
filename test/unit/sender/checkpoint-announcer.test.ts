import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  judgeCheckpoint,
  newestHead,
  unwitnessedRanges,
  type WitnessState,
} from '../../../receiver/witness/log-witness.ts';
import { senderLogOrigin } from '../../../src/audit/log-origin.ts';
import { MerkleAuditLog } from '../../../src/audit/merkle-audit-log.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';
import type { CheckpointRecord } from '../../../src/wire/record.ts';
import { framesOf } from '../../support/journal-frames.ts';
import { boundary, type CoreRig, coreRig, drive, entriesOf, stream, userLine } from '../../support/sender-rig.ts';

const WALL_MS = 1_800_000_000_000;
const { checkpointIntervalMs: INTERVAL_MS } = SENDER_LIMITS;
const origin = senderLogOrigin({ boundary, stream });
const signer = { name: origin, ...signingKeyPair(Buffer.alloc(32, 7)) };
let folder: string;
let audit: MerkleAuditLog;
const openAudit = (name = 'program') => new MerkleAuditLog({ directory: join(folder, name), signer, nowMs: WALL_MS });

function note(event: string): void {
  audit.append(WALL_MS, { event });
  audit.sync();
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'announced-'));
  audit = openAudit();
  note('session-started');
});
afterEach(() => {
  audit.close();
  rmSync(folder, { recursive: true });
});

async function rig(options: Parameters<typeof coreRig>[0] = {}): Promise<CoreRig> {
  return coreRig({ announcedLog: audit, ...options });
}

/** Every checkpoint in the journal, as the receiver takes it. */
function announcedBy(rig: CoreRig) {
  return framesOf(rig.journal).flatMap(({ header: { epoch, sequence }, records }) =>
    records.flatMap((record, index) => {
      if (record.kind !== 'checkpoint') return [];
      const { note, previousSize, consistencyProof: proof, logKey } = record as CheckpointRecord;
      return [
        { revision: { epoch, sequence, index }, note: Buffer.from(note).toString(), previousSize, proof, logKey },
      ];
    }),
  );
}

function witnessed(rig: CoreRig): WitnessState {
  let state: WitnessState | undefined;
  for (const each of announcedBy(rig)) {
    const judged = judgeCheckpoint(state, each, origin);
    expect(judged.verdict).toBe('witnessed');
    if (judged.verdict === 'witnessed') state = judged.state;
  }
  if (state === undefined) throw new Error('nothing was announced');
  return state;
}

let lines = 0;
function feed(rig: CoreRig, fromMs: number, untilMs: number): void {
  lines += 1;
  rig.core.handleEntries(fromMs, entriesOf([userLine(`u${lines}`)], lines));
  drive(rig.core, fromMs, untilMs);
}

describe('the checkpoint announcer', () => {
  it('frames one a minute while something is journaled, which a receiver finds to be one history', async () => {
    const sender = await rig();
    for (let minute = 0; minute < 6; minute++) {
      feed(sender, minute * INTERVAL_MS, (minute + 1) * INTERVAL_MS - 1);
      note('something');
    }
    const announced = announcedBy(sender);
    expect(announced.length).toBe(5);
    const state = witnessed(sender);
    expect([state.runs.length, unwitnessedRanges(state)]).toEqual([1, []]);
    expect(sender.core.totals.records.checkpoint).toBe(5);
    expect(sender.audit.of('records-signed').flatMap(({ records }) => records)).toContain(
      `1.${announced[0]?.revision.sequence}.0 checkpoint`,
    );
  });

  it('is quiet on a stream that is quiet, and does not keep itself going', async () => {
    const sender = await rig();
    feed(sender, 0, INTERVAL_MS * 10);
    expect(announcedBy(sender)).toHaveLength(1);
    expect(sender.core.nextDeadlineMs(INTERVAL_MS * 10)).toBeGreaterThan(INTERVAL_MS * 10);
    const silent = await rig();
    drive(silent.core, 0, INTERVAL_MS * 10);
    expect(announcedBy(silent)).toEqual([]);
  });

  it('vouches for what is on disk only', async () => {
    const sender = await rig();
    note('synced');
    audit.append(WALL_MS, { event: 'queued' });
    feed(sender, 0, INTERVAL_MS * 2);
    expect(newestHead(witnessed(sender)).size).toBe(audit.size - 1);
  });

  it('goes on from what it announced before a restart, and begins anew over a log that is another', async () => {
    const first = await rig();
    note('one');
    feed(first, 0, INTERVAL_MS * 2);
    note('two');
    // At once, since its minute is over.
    const second = await rig({ store: first.store, wallMs: WALL_MS + INTERVAL_MS * 3 });
    feed(second, 0, 1_000);
    expect(announcedBy(second).map(({ previousSize }) => previousSize)).toEqual([0, 2]);
    expect(unwitnessedRanges(witnessed(second))).toEqual([]);
    audit.close();
    audit = openAudit('begun-anew');
    note('three');
    const third = await rig({ store: first.store, wallMs: WALL_MS + INTERVAL_MS * 6 });
    feed(third, 0, 1_000);
    expect(announcedBy(third).map(({ previousSize }) => previousSize)).toEqual([0, 2, 0]);
  });

  it('takes one percent of a slow link at most', async () => {
    const slow = await rig({ link: { rateBitsPerSecond: 9_600 } });
    const hour = 60;
    for (let minute = 0; minute < hour; minute++) feed(slow, minute * INTERVAL_MS, (minute + 1) * INTERVAL_MS - 1);
    const { length } = announcedBy(slow);
    expect(length).toBeGreaterThanOrEqual(2);
    expect(length).toBeLessThanOrEqual(6);
  });

  it('waits while an operator has the sender paused, without a busy loop', async () => {
    const sender = await rig();
    feed(sender, 0, 1_000);
    sender.core.pause.pause(WALL_MS, 'works on the link');
    drive(sender.core, 1_000, INTERVAL_MS * 2);
    expect(announcedBy(sender)).toEqual([]);
    expect(sender.core.nextJournalMs(INTERVAL_MS * 2)).toBeGreaterThan(INTERVAL_MS * 2);
  });
});
