/** The running receiver's inbox of bundles: real files and timers, the intake over SQLite, a spool that may be full. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { signApproval } from '../../../receiver/guard/approval.ts';
import { requestScope } from '../../../receiver/guard/approval-request.ts';
import { ImportDesk } from '../../../receiver/media/import-desk.ts';
import { ImportFileWriter, importPath, writeApproval } from '../../../receiver/media/import-file.ts';
import { ImportTable } from '../../../receiver/media/import-table.ts';
import { pinnedKeys } from '../../../receiver/trust/own-card.ts';
import type { AuditEvent } from '../../../src/audit/audit-log.ts';
import { receiverId, sha256, signingKeyId } from '../../../src/crypto/digest.ts';
import { sign, signingKeyPair } from '../../../src/crypto/sodium.ts';
import { encodeManifest, encodeManifestBody, type Manifest, manifestSignatureInput } from '../../../src/wire/bundle.ts';
import { FrontHalf } from '../../support/front-half.ts';
import {
  BOUNDARY,
  ModelJournal,
  ModelSession,
  receiverKeys,
  STREAM,
  signingKeys,
  WALL_MS,
} from '../../support/model-sender.ts';
import { until } from '../../support/until.ts';

const fault = vi.hoisted(() => ({ open: '', read: '', approved: '' }));
vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  const failing = (code: string) => Object.assign(new Error(code), { code });
  return {
    ...fs,
    openSync: (...args: Parameters<typeof fs.openSync>) => {
      if (fault.open !== '' && String(args[0]).endsWith('.bundle')) throw failing(fault.open);
      return fs.openSync(...args);
    },
    readSync: (...args: Parameters<typeof fs.readSync>) => {
      if (fault.read !== '') throw failing(fault.read);
      return fs.readSync(...args);
    },
  };
});

let folder: string;
let front: FrontHalf;
let desks: ImportDesk[];
let audited: AuditEvent[];
let warned: string[];
let approvedFrames: object[];
/** When they were approved. */
let spooledBefore: number[];

const approver = signingKeyPair(Buffer.alloc(32, 21));
const approverKey = Buffer.from(approver.publicKey).toString('base64url');

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'imports-')), 'imports');
  desks = [];
  audited = [];
  warned = [];
  Object.assign(fault, { open: '', read: '', approved: '' });
  approvedFrames = [];
  spooledBefore = [];
});
afterEach(() => {
  for (const desk of desks) desk.stop();
  front.store.close();
  rmSync(join(folder, '..'), { recursive: true });
});

function journalOf(frames: number, payloadBytes = 100): ModelJournal {
  const journal = new ModelJournal();
  for (let at = 0; at < frames; at++) journal.append(payloadBytes);
  return journal;
}

/** As `import` hands over what it verified. */
function handOver(journal: ModelJournal, { number = 1, from = 1, to = journal.frames.length } = {}): string {
  const frames = journal.frames.slice(from - 1, to);
  const manifest: Manifest = {
    boundary: BOUNDARY,
    stream: STREAM,
    number,
    previousDigest: new Uint8Array(),
    createdAtMs: WALL_MS,
    keyId: signingKeyId(signingKeys.publicKey),
    head: journal.head,
    runs: [{ from, to }],
    recordCount: frames.length,
    contentBytes: frames.length,
    contentDigest: Buffer.alloc(32),
    receiverIds: [receiverId(receiverKeys.publicKey)],
    dataVolumes: 1,
    spareVolumes: 0,
    segmentBytes: 64,
    cipherBytes: 64,
    segmentsPerFile: 1,
    segmentDigests: [Buffer.alloc(32)],
  };
  const body = encodeManifestBody(manifest);
  const digest = sha256(body).toString('hex');
  const signature = sign(manifestSignatureInput(body), signingKeys.secretKey);
  const writer = new ImportFileWriter(folder, digest, encodeManifest({ body, signature }));
  for (const { bytes } of frames) writer.addFrame(bytes);
  writer.publish();
  return digest;
}

function start(onFatal: (error: unknown) => void = (error) => expect.fail(String(error))): ImportDesk {
  const desk = new ImportDesk({
    folder,
    trust: {
      sender: { boundary: BOUNDARY, stream: STREAM },
      senderKeys: pinnedKeys({ signingKey: signingKeys.publicKey }),
      agreementKey: receiverKeys.publicKey,
    },
    intake: front.intake,
    table: new ImportTable(front.store),
    approved: {
      add: (frames) => {
        if (fault.approved !== '') throw Object.assign(new Error('full'), { code: fault.approved });
        approvedFrames.push(...frames);
        spooledBefore.push(front.spooled.length);
      },
    },
    policy: { approvers: [{ name: 'alice', key: approverKey }], approvals: 1, maxSkewMs: 0 },
    audit: { append: (_, entry) => audited.push(entry), sync: () => {}, close: () => {} },
    log: { debug: () => {}, info: () => {}, warn: (_, text) => warned.push(text), error: () => {} },
    clock: { monotonicMs: () => performance.now(), wallMs: () => WALL_MS },
    onFatal,
  });
  desks.push(desk);
  return desk;
}

function approve(digest: string, of: string, number: number): void {
  const thing = `bundle: ${number}\nmanifest: ${of}\nsubjects: 4 deleted\n`;
  const scope = requestScope({ boundary: BOUNDARY, stream: STREAM, action: 'import', thing });
  const texts = [signApproval({ ...scope, signedAtMs: WALL_MS, expiresAtMs: WALL_MS + 1_000 }, approver)];
  writeApproval(folder, digest, { atMs: WALL_MS, thing, texts });
}

const digestOf = ({ digest }: { readonly digest: Uint8Array }) => Buffer.from(digest).toString('hex');
const sequences = (to: number) => Array.from({ length: to }, (_, at) => `${at + 1}`);

describe('the import desk', () => {
  it('takes in what waits at its start, and what comes, in the order of their numbers', async () => {
    front = new FrontHalf();
    const journal = journalOf(100);
    handOver(journal, { number: 2, from: 61 });
    handOver(journal, { number: 1, to: 60 });
    const desk = start();
    await until(() => desk.status.imported === 2);
    expect(front.spooled).toEqual(sequences(100));
    expect(readdirSync(folder)).toEqual([]);
    expect(audited).toMatchObject([
      { event: 'bundle-imported', bundle: 1, frames: 60, newFrames: 60 },
      { event: 'bundle-imported', bundle: 2, frames: 40, newFrames: 40 },
    ]);
    expect(desk.status).toMatchObject({ waiting: 0, last: { number: 2, madeAtMs: WALL_MS } });
    handOver(journal, { number: 3, from: 50 });
    desk.wake();
    await until(() => desk.status.imported === 3);
    expect(audited.at(-1)).toMatchObject({ bundle: 3, newFrames: 0 });
    expect(front.spooled).toHaveLength(100);
  });

  it('goes on after a crash at any point without a frame twice', async () => {
    front = new FrontHalf();
    const journal = journalOf(120);
    handOver(journal);
    let spooled = -1;
    for (let feeds = 0; spooled < 120; feeds++) {
      const desk = start();
      const fed = vi.spyOn(front.intake, 'handleBundleActivity');
      await until(() => fed.mock.calls.length >= feeds, Boolean, { everyMs: 1 });
      desk.stop();
      // What memory held is gone with the process; what is on disk is where the next one begins.
      front = new FrontHalf({ store: front.store });
      expect(front.spooled.length).toBeGreaterThanOrEqual(spooled);
      spooled = front.spooled.length;
    }
    const last = start();
    await until(() => last.status.imported === 1);
    expect(front.spooled).toEqual(sequences(120));
  });

  it('waits for room in the spool, and loses nothing', async () => {
    const journal = journalOf(200, 10_000);
    const frameBytes = journal.frames[0]?.bytes.length as number;
    front = new FrontHalf({ maxBytes: 64 * frameBytes });
    handOver(journal);
    const desk = start();
    await until(() => front.spool.frameCount >= 48);
    const fed = vi.spyOn(front.intake, 'handleBundleActivity');
    await until(() => fed.mock.calls.length >= 3);
    // What was accepted and not committed counts as well.
    expect(front.spool.frameCount).toBeLessThanOrEqual(64);
    expect(desk.status.current).toMatchObject({ number: 1 });
    const seen = [...front.spooled];
    while (desk.status.imported === 0) {
      front.spool.prune(front.spool.lastPosition, []);
      // A spool that was full is looked at again after a while of the intake's own clock.
      await delay(50);
      front.intake.handleBundleActivity(performance.now() + 10_000);
      front.intake.poll(performance.now() + 10_000, WALL_MS);
      for (const name of front.spooled) if (!seen.includes(name)) seen.push(name);
    }
    expect(seen).toEqual(sequences(200));
  }, 120_000);

  it('lets the guard know of a bundle that was approved, and of no other', async () => {
    front = new FrontHalf();
    const journal = journalOf(6);
    const first = handOver(journal, { number: 1, to: 4 });
    approve(first, first, 1);
    const second = handOver(journal, { number: 2, from: 5 });
    approve(second, first, 2);
    const desk = start();
    await until(() => desk.status.imported === 2);
    expect(approvedFrames).toEqual(
      journal.frames.slice(0, 4).map((frame, at) => ({ epoch: 1, sequence: at + 1, digest: digestOf(frame) })),
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has approvals on disk before the gate has a frame, some at a time, and begins anew where the disk is full', async () => {
    front = new FrontHalf();
    const journal = journalOf(40);
    const digest = handOver(journal);
    approve(digest, digest, 1);
    fault.approved = 'SQLITE_FULL';
    const desk = start();
    await delay(50);
    expect([front.spooled, approvedFrames]).toEqual([[], []]);
    fault.approved = '';
    await until(() => desk.status.imported === 1);
    expect(front.spooled).toEqual(sequences(40));
    expect(approvedFrames).toHaveLength(40);
    expect(spooledBefore).toEqual([0, 16, 32]);
  });

  it('keeps a bundle that may not be opened, says so once, and takes it in when it may', async () => {
    front = new FrontHalf();
    const journal = journalOf(3);
    handOver(journal);
    fault.open = 'EACCES';
    const desk = start();
    // Looked at again and again.
    for (let looks = 0; looks < 3; looks++) {
      desk.wake();
      await delay(1);
    }
    expect(audited).toEqual([]);
    expect(warned).toEqual(['a bundle waits: it cannot be read']);
    expect(desk.status).toMatchObject({ waiting: 1, imported: 0 });
    fault.open = '';
    await until(() => desk.status.imported === 1);
    expect(front.spooled).toEqual(sequences(3));
  });

  it.each(['open', 'read'] as const)(
    'ends the program where the disk fails at %s, and keeps the bundle',
    async (step) => {
      front = new FrontHalf();
      const journal = journalOf(3);
      handOver(journal);
      fault[step] = 'EIO';
      const fatal: unknown[] = [];
      start((error) => fatal.push(error));
      await until(() => fatal.length > 0);
      expect(fatal).toMatchObject([{ code: 'disk-failed' }]);
      expect(audited).toEqual([]);
      fault[step] = '';
      const desk = start();
      await until(() => desk.status.imported === 1);
      expect(front.spooled).toEqual(sequences(3));
    },
  );

  it('drops what is no bundle of ours, and an ended epoch, says so, and takes the rest in', async () => {
    front = new FrontHalf();
    const [old, current] = [new ModelJournal({ epoch: 2 }), new ModelJournal({ epoch: 3 })];
    front.meet(new ModelSession(current));
    for (const journal of [old, current]) journal.append();
    const ended = handOver(old, { number: 1 });
    handOver(current, { number: 2 });
    const digest = 'ab'.repeat(32);
    writeFileSync(importPath(folder, digest), Buffer.from('00000004aabbccdd', 'hex'));
    writeFileSync(join(folder, 'left-by-somebody.txt'), 'x');
    const desk = start();
    await until(() => desk.status.imported === 1 && desk.status.waiting === 0);
    expect(audited).toMatchObject([
      { event: 'bundle-refused', digest, reason: 'bundle-invalid' },
      { event: 'bundle-refused', digest: ended, bundle: 1, reason: 'bundle-old' },
      { event: 'bundle-imported', bundle: 2, epoch: 3 },
    ]);
    expect(readdirSync(folder)).toEqual(['left-by-somebody.txt']);
  });
});
