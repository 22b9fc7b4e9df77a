import { describe, expect, it } from 'vitest';
import {
  backupTakenAtMs,
  beginEpoch,
  lastEpoch,
  markBackup,
  prunedFrames,
} from '../../../sender/journal/epoch-start.ts';
import { openSenderStore } from '../../../sender/sender-store.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';
import { DiodeError } from '../../../src/ops/diode-error.ts';
import type { Store } from '../../../src/store/database.ts';
import { decompress } from '../../../src/wire/compression.ts';
import { DATAGRAM_KIND, datagramKind } from '../../../src/wire/datagram.ts';
import { decodeFrame, decodeFrameHeader } from '../../../src/wire/frame.ts';
import { decodeHello, decodeHelloBody, decodeHelloDatagram, type HelloBody } from '../../../src/wire/hello.ts';
import { decodePayload, type WireRecord } from '../../../src/wire/record.ts';
import { type CoreRig, coreRig, drive, entriesOf, type RigOptions, userLine } from '../../support/sender-rig.ts';

const WALL_MS = 1_800_000_000_000;
/** All passes are over by then: the last repeat is due after 60 s. */
const ALL_PASSES_MS = 70_000;
const NEXT_ID = Buffer.alloc(16, 9);

describe('a new epoch of the sender', () => {
  it('goes on from the last frame, which each hello names, with the state and the place in the source', async () => {
    const { store, head } = await ran([userLine('a')], ALL_PASSES_MS);
    expect(lastEpoch(store)).toEqual({ ...head, oldestSequence: 0 });
    expect(beginEpoch(store, WALL_MS, { number: 2, id: NEXT_ID })).toBe(0);
    const next = await coreRig({ store });
    expect(next.journal.epoch).toEqual({ number: 2, id: NEXT_ID });
    expect(next.journal.previousEpoch).toEqual({ ...head, oldestSequence: 0 });
    expect(next.core.sourcePosition).toEqual({ offset: 1 });
    expect(hellosOf(drive(next.core, 0, 10))[0]).toMatchObject({
      head: { epoch: 2, sequence: 0 },
      previousEpoch: { epoch: 1, sequence: 1, digest: head.digest },
    });
    // A put of what is known is no create.
    expect(recordsIn(send(next, [userLine('a')], 2))).toMatchObject([{ operation: 'put', id: 'a' }]);
  });

  it('sends a whole snapshot once the source was read to its end, and no part before, over restarts', async () => {
    const { store } = await ran([userLine('a')], ALL_PASSES_MS);
    beginEpoch(store, WALL_MS, { number: 2, id: NEXT_ID });
    for (let run = 0; run < 2; run++) {
      const waiting = await coreRig({ store });
      expect(waiting.core.snapshots.waitsForSource).toBe(true);
      drive(waiting.core, 0, 60_000);
      waiting.core.close(WALL_MS);
    }
    expect(journaled(store, 2)).toEqual([]);
    const next = await coreRig({ store });
    next.core.handleSourceEnd(0);
    drive(next.core, 0, 10_000);
    expect(journaled(store, 2)).toMatchObject([{ kind: 'snapshot-part', part: 0, last: true }]);
  });

  it('frames again what was not sent in all its passes, under the revisions of its first frames', async () => {
    const { store } = await ran([userLine('a'), userLine('b')], 5);
    expect(beginEpoch(store, WALL_MS, { number: 2, id: NEXT_ID })).toBe(1);
    const next = await coreRig({ store });
    // A line of now waits until it is done.
    next.core.handleEntries(0, entriesOf([userLine('a', 'later@example.org')], 3));
    drive(next.core, 0, 2_000);
    expect(journaled(store, 2).map(({ id, revision }) => [id, revision])).toEqual([
      ['a', { epoch: 1, sequence: 1, index: 0 }],
      ['b', { epoch: 1, sequence: 1, index: 1 }],
      ['a', undefined],
    ]);
    expect(stateOf(store)).toEqual(['User|a 2.2.0', 'User|b 1.1.1']);
    expect(frameCount(store, 1)).toBe(0);
  });

  it('says again as new, in order and with the state, what the receiver has another history of', async () => {
    const { store } = await ran([userLine('a'), userLine('b')], ALL_PASSES_MS);
    const more = await coreRig({ store, nowMs: 0 });
    send(more, [userLine('c'), { type: 'User', op: 'delete', id: 'b' }], 3);
    drive(more.core, 1_000, ALL_PASSES_MS + 1_000);
    more.core.close(WALL_MS);
    expect(beginEpoch(store, WALL_MS, { number: 7, id: NEXT_ID, againFrom: 2 })).toBe(1);
    const next = await coreRig({ store });
    drive(next.core, 0, 2_000);
    expect(journaled(store, 7).map((record) => [record.operation, record.id, record.revision])).toEqual([
      ['create', 'c', undefined],
      ['delete', 'b', undefined],
    ]);
    expect(stateOf(store)).toEqual(['User|a 1.1.0', 'User|b 7.1.1', 'User|c 7.1.0']);
  });

  it('says tokens again as new too: snapshots then carry them under their new revision', async () => {
    const { store } = await ran([{ token: tokenText(WALL_MS / 1_000 + 600) }], ALL_PASSES_MS);
    beginEpoch(store, WALL_MS, { number: 2, id: NEXT_ID, againFrom: 1 });
    drive((await coreRig({ store })).core, 0, 2_000);
    const places = store
      .prepare("SELECT epoch || '.' || sequence || '.' || record_index FROM live_token")
      .pluck()
      .all();
    expect(places).toEqual(['2.1.0']);
  });

  it('goes on with the rest where it was killed in between, and where another epoch begins', async () => {
    const lines = Array.from({ length: 60 }, (_, index) => userLine(`u${index}`));
    const packer = { batchRecords: 1 };
    const { store } = await ran(lines, 5, packer);
    expect(frameCount(store, 1)).toBe(60);
    beginEpoch(store, WALL_MS, { number: 2, id: NEXT_ID });
    const killed = await coreRig({ store, packer });
    killed.core.poll(0, WALL_MS);
    killed.core.poll(0, WALL_MS);
    const carried = journaled(store, 2).length;
    expect(carried).toBeGreaterThan(SENDER_LIMITS.maxCommitFrames);
    expect(carried).toBeLessThan(60);
    expect(frameCount(store, 1) + carried).toBe(60);
    // Nothing of either was sent through all its passes.
    expect(beginEpoch(store, WALL_MS, { number: 3, id: Buffer.alloc(16, 10) })).toBe(60);
    const next = await coreRig({ store, packer });
    drive(next.core, 0, 5_000);
    expect(
      journaled(store, 3)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(lines.map((_, index) => `u${index}`).sort());
    expect(journaled(store, 3).every(({ revision }) => revision?.epoch === 1)).toBe(true);
  });

  it('carries over what was carried over first, where another epoch begins in between: the newest value stays', async () => {
    const lines = Array.from({ length: 60 }, (_, index) =>
      index === 59 ? userLine('u0', 'newest@example.org') : userLine(`u${index}`),
    );
    const packer = { batchRecords: 1 };
    const { store } = await ran(lines, 5, packer);
    beginEpoch(store, WALL_MS, { number: 2, id: NEXT_ID, againFrom: 1 });
    const killed = await coreRig({ store, packer });
    killed.core.poll(0, WALL_MS);
    killed.core.poll(0, WALL_MS);
    const carried = journaled(store, 2).map(({ id }) => id);
    expect(carried).toContain('u0');
    expect(carried.length).toBeLessThan(60);
    beginEpoch(store, WALL_MS, { number: 3, id: Buffer.alloc(16, 10), againFrom: 1 });
    const next = await coreRig({ store, packer });
    drive(next.core, 0, 5_000);
    expect(journaled(store, 3).map(({ id }) => id)).toEqual(
      [...Array(59).keys()].map((index) => `u${index}`).concat('u0'),
    );
    expect(store.prepare("SELECT resource FROM subject WHERE key = 'User|u0'").pluck().get()).toContain('newest@');
    expect(stateOf(store)).toContain('User|u0 3.60.0');
  });

  it('carries over what is on no medium, where there is no live link', async () => {
    const { core, store } = await coreRig({ isMediaOnly: true, packer: { batchRecords: 1 } });
    core.handleEntries(0, entriesOf([userLine('a'), userLine('b'), userLine('c')]));
    drive(core, 0, 5_000);
    core.close(WALL_MS);
    // The first is on a stick.
    expect(beginEpoch(store, WALL_MS, { number: 2, id: NEXT_ID, unexportedFrom: 2 })).toBe(2);
    const next = await coreRig({ store, isMediaOnly: true });
    drive(next.core, 0, 2_000);
    expect(journaled(store, 2).map(({ id, revision }) => [id, revision?.sequence])).toEqual([
      ['b', 2],
      ['c', 3],
    ]);
  });

  it('waits for room where the disk is full when the source is read to its end', async () => {
    const { store } = await ran([userLine('a')], ALL_PASSES_MS);
    beginEpoch(store, WALL_MS, { number: 2, id: NEXT_ID });
    const next = await coreRig({ store });
    drive(next.core, 0, 2_000);
    const { journal } = next;
    const { transaction } = journal;
    journal.transaction = () => {
      throw new DiodeError('disk-full', 'no room', 'free some');
    };
    next.core.handleSourceEnd(2_000);
    expect(next.core.pauseReason).toBe('disk-full');
    drive(next.core, 2_000, 10_000);
    expect(next.core.snapshots.waitsForSource).toBe(true);
    journal.transaction = transaction;
    drive(next.core, 10_000, 30_000);
    expect(next.core.pauseReason).toBeUndefined();
    expect(journaled(store, 2)).toMatchObject([{ kind: 'snapshot-part', part: 0, last: true }]);
  });

  it('begins twice without losing anything of the first', async () => {
    const { store } = await ran([userLine('a')], 5);
    beginEpoch(store, WALL_MS, { number: 2, id: NEXT_ID });
    expect(beginEpoch(store, WALL_MS, { number: 3, id: Buffer.alloc(16, 10) })).toBe(1);
    const next = await coreRig({ store });
    drive(next.core, 0, 2_000);
    expect(journaled(store, 3)).toMatchObject([{ id: 'a', revision: { epoch: 1, sequence: 1, index: 0 } }]);
    // It knows no frame of epoch 2, and says just that.
    expect(next.journal.previousEpoch).toMatchObject({ epoch: 2, sequence: 0 });
  });

  it('carries over more than the journal may hold: what goes leaves its place', async () => {
    const lines = Array.from({ length: 200 }, (_, index) => userLine(`u${index}`));
    const packer = { batchRecords: 1 };
    const { store, journalBytes } = await ran(lines, 5, packer);
    beginEpoch(store, WALL_MS, { number: 2, id: NEXT_ID });
    const next = await coreRig({ store, packer, journalBytes });
    // Long before the passes of what is framed anew are over, which would make room too.
    drive(next.core, 0, 10_000);
    expect(frameCount(store, 1)).toBe(0);
    expect(next.core.isDrained).toBe(true);
  });

  it('goes on with it after a full disk, although the journal is full of what is to be carried over', async () => {
    const lines = Array.from({ length: 200 }, (_, index) => userLine(`u${index}`));
    const packer = { batchRecords: 1 };
    const { store, journalBytes } = await ran(lines, 5, packer);
    beginEpoch(store, WALL_MS, { number: 2, id: NEXT_ID });
    let freeBytes = 0;
    const next = await coreRig({ store, packer, journalBytes, freeDiskBytes: () => freeBytes });
    drive(next.core, 0, 1_000);
    expect(next.core.pauseReason).toBe('disk-full');
    freeBytes = 1e12;
    drive(next.core, 1_000, 20_000);
    expect(frameCount(store, 1)).toBe(0);
    expect(next.core.isDrained).toBe(true);
  });

  it('keeps frames that are over as history, and prunes them before any that can still be sent', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => userLine(`u${index}`));
    const packer = { batchRecords: 1 };
    const { store, head, journalBytes } = await ran(lines, ALL_PASSES_MS, packer);
    beginEpoch(store, WALL_MS, { number: 2, id: NEXT_ID });
    expect(frameCount(store, 1)).toBe(40);
    expect(prunedFrames(store, head, 1)).toBe(0);
    const next = await coreRig({ store, packer, journalBytes: journalBytes + 4_000 });
    send(next, lines, 41);
    drive(next.core, 1_000, 20_000);
    expect(frameCount(store, 1)).toBeLessThan(40);
    // Those cannot be said again.
    expect(prunedFrames(store, head, 11)).toBe(30 - frameCount(store, 1));
    expect(prunedFrames(store, head, 41)).toBe(0);
    expect(frameCount(store, 2)).toBe(40);
    expect(next.journal.head.oldestSequence).toBe(1);
  });

  it('takes the mark of a backup away, which forbids to run', () => {
    const store = openSenderStore(':memory:');
    expect(backupTakenAtMs(store)).toBeUndefined();
    markBackup(store, WALL_MS);
    expect(backupTakenAtMs(store)).toBe(WALL_MS);
    beginEpoch(store, WALL_MS, { number: 4, id: NEXT_ID });
    expect(backupTakenAtMs(store)).toBeUndefined();
    expect(lastEpoch(store)).toMatchObject({ epoch: 4, sequence: 0 });
  });
});

/** A sender that journaled these lines at once, ran for so long and stopped. */
async function ran(lines: readonly object[], forMs: number, packer: NonNullable<RigOptions['packer']> = {}) {
  const rig = await coreRig({ packer });
  rig.core.handleEntries(0, entriesOf(lines));
  while (rig.core.flush(0, WALL_MS)) {
    // Until the queue is empty.
  }
  if (forMs > 5) drive(rig.core, 0, forMs);
  rig.core.close(WALL_MS);
  const { head, depth } = rig.journal;
  return { store: rig.store, head, journalBytes: depth.bytes };
}

function send(rig: CoreRig, lines: readonly object[], firstLine: number): Store {
  rig.core.handleEntries(0, entriesOf(lines, firstLine));
  drive(rig.core, 0, 1_000);
  return rig.store;
}

function tokenText(exp: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'EdDSA' })}.${part({ iss: 'https://idp.example', jti: 'a', sub: 'u1', iat: exp - 900, exp })}.c2ln`;
}

type Subject = { readonly id: string; readonly operation: string } & Pick<WireRecord, 'revision'>;

function journaled(store: Store, epoch: number): readonly Subject[] {
  const frames = store.prepare('SELECT frame FROM frame WHERE epoch = ? ORDER BY sequence').pluck().all(epoch);
  return (frames as Uint8Array[]).flatMap(recordsOf) as readonly Subject[];
}

function recordsIn(store: Store): readonly Subject[] {
  const epoch = store.prepare('SELECT max(epoch) FROM frame').pluck().get() as number;
  return journaled(store, epoch);
}

function recordsOf(bytes: Uint8Array): readonly WireRecord[] {
  const frame = decodeFrame(bytes);
  const header = typeof frame === 'string' ? frame : decodeFrameHeader(frame.header);
  if (typeof frame === 'string' || typeof header === 'string') throw new Error('no frame');
  const body = header.compression === 'zstd' ? decompress(frame.payload, header.bodyBytes) : frame.payload;
  const records = typeof body === 'string' ? body : decodePayload(body, header.recordCount);
  if (typeof records === 'string') throw new Error(records);
  return records;
}

function frameCount(store: Store, epoch: number): number {
  return store.prepare('SELECT count(*) FROM frame WHERE epoch = ?').pluck().get(epoch) as number;
}

function stateOf(store: Store): readonly string[] {
  return store
    .prepare("SELECT key || ' ' || epoch || '.' || sequence || '.' || record_index FROM subject ORDER BY key")
    .pluck()
    .all() as string[];
}

function hellosOf(sent: readonly { readonly datagram: Buffer }[]): readonly HelloBody[] {
  return sent
    .filter(({ datagram }) => datagramKind(datagram) === DATAGRAM_KIND.hello)
    .map(({ datagram }) => {
      const parts = decodeHelloDatagram(datagram);
      const hello = typeof parts === 'string' ? parts : decodeHello(parts.hello);
      const body = typeof hello === 'string' ? hello : decodeHelloBody(hello.body);
      if (typeof body === 'string') throw new Error(body);
      return body;
    });
}
