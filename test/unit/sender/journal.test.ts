import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SignedFrame } from '../../../sender/journal/frame-signer.ts';
import { Journal } from '../../../sender/journal/journal.ts';
import { openSenderStore } from '../../../sender/sender-store.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';
import { DiodeError } from '../../../src/ops/diode-error.ts';
import type { Store } from '../../../src/store/database.ts';
import { epochId } from '../../support/sender-rig.ts';

const wallMs = 1_800_000_000_000;
const options = { path: ':memory:', maxBytes: 1_000_000, repeatCount: 3 };

function frame(sequence: number, bytes = 100, createdAtMs = wallMs): SignedFrame {
  return {
    sequence,
    bytes: new Uint8Array(bytes).fill(sequence),
    digest: new Uint8Array(32).fill(sequence),
    recordCount: 2,
    createdAtMs,
  };
}

function open(store: Store = openSenderStore(':memory:'), changes: Partial<typeof options> = {}): Journal {
  return new Journal(store, wallMs, epochId, { ...options, ...changes });
}

function append(journal: Journal, from: number, to: number, bytes?: number): void {
  journal.transaction(() => {
    for (let sequence = from; sequence <= to; sequence++) journal.append(frame(sequence, bytes));
  });
}

function pass(journal: Journal, number: number, through: number): void {
  for (let sequence = 1; sequence <= through; sequence++) {
    journal.handlePass({ sequence, pass: number, recordCount: 2, frameBytes: 100, createdAtMs: wallMs });
  }
}

describe('journal', () => {
  it('begins with epoch 1, which later runs keep', () => {
    const store = openSenderStore(':memory:');
    const first = open(store);
    expect(first.isNewEpoch).toBe(true);
    const second = new Journal(store, wallMs, Buffer.alloc(16, 99), options);
    expect(second.isNewEpoch).toBe(false);
    expect(second.epoch).toEqual({ number: 1, id: epochId });
    expect(second.head).toEqual({ epoch: 1, epochId, sequence: 0, digest: Buffer.alloc(0), oldestSequence: 0 });
  });

  it('numbers sessions upward, run after run', () => {
    const store = openSenderStore(':memory:');
    expect(open(store).nextSessionNumber()).toBe(1);
    expect(open(store).nextSessionNumber()).toBe(2);
  });

  it('gives frames back in order, in bounds, and at least one', () => {
    const journal = open();
    append(journal, 1, 9);
    const read = (after: number, frames: number, bytes: number) =>
      journal.framesAfter(after, { frames, bytes }).map(({ sequence }) => sequence);
    expect(read(0, 3, 1e6)).toEqual([1, 2, 3]);
    expect(read(3, 100, 250)).toEqual([4, 5, 6]);
    expect(read(8, 100, 1)).toEqual([9]);
    expect(read(9, 100, 1e6)).toEqual([]);
    expect(journal.frame(4)).toMatchObject({ sequence: 4, recordCount: 2, bytes: Buffer.alloc(100, 4) });
  });

  it('takes frames, source position and head in one transaction, or none of them', () => {
    const store = openSenderStore(':memory:');
    const journal = open(store);
    append(journal, 1, 1);
    const before = { head: journal.head, depth: journal.depth, unsent: journal.unsent };
    expect(() =>
      journal.transaction(() => {
        journal.append(frame(2));
        journal.savePosition('file', { offset: 10 });
        journal.handleAudited(2);
        throw new Error('crash');
      }),
    ).toThrow('crash');
    expect({ head: journal.head, depth: journal.depth, unsent: journal.unsent }).toEqual(before);
    expect(journal.position('file')).toBeUndefined();
    expect(open(store).head.sequence).toBe(1);
    journal.transaction(() => {
      journal.append(frame(2));
      journal.savePosition('file', { offset: 10 });
    });
    expect(open(store).head.sequence).toBe(2);
    expect(open(store).position('file')).toEqual({ offset: 10 });
  });

  it('counts what it holds and what no pass has sent, across a restart', () => {
    const store = openSenderStore(':memory:');
    const journal = open(store);
    append(journal, 1, 4);
    pass(journal, 1, 3);
    expect(journal.depth).toEqual({ frames: 4, records: 8, bytes: 400 });
    expect(journal.unsent).toEqual({ frames: 1, records: 2, bytes: 100 });
    expect(journal.oldestUnsentAtMs()).toBe(wallMs);
    expect(open(store).unsent.frames).toBe(4);
    journal.recordPasses();
    const restarted = open(store);
    expect(restarted.unsent).toEqual({ frames: 1, records: 2, bytes: 100 });
    expect(restarted.sentSequence).toBe(3);
    pass(restarted, 1, 4);
    expect(restarted.oldestUnsentAtMs()).toBeUndefined();
  });

  it('remembers which frames wait for which repeat', () => {
    const store = openSenderStore(':memory:');
    const journal = open(store);
    append(journal, 1, 6);
    pass(journal, 1, 5);
    pass(journal, 2, 3);
    pass(journal, 3, 1);
    expect(journal.hasUnrecordedPasses).toBe(true);
    journal.recordPasses();
    expect(journal.hasUnrecordedPasses).toBe(false);
    const restarted = open(store);
    const waiting = (number: number) => restarted.waitingForPass(number).map(({ sequence }) => sequence);
    expect([waiting(2), waiting(3), waiting(4)]).toEqual([[4, 5], [2, 3], [1]]);
  });

  it('keeps passes unrecorded where the transaction around them fails', () => {
    const journal = open();
    append(journal, 1, 1);
    pass(journal, 1, 1);
    expect(() =>
      journal.transaction(() => {
        journal.recordPasses();
        throw new Error('crash');
      }),
    ).toThrow('crash');
    expect(journal.hasUnrecordedPasses).toBe(true);
  });

  it('owes old frames no repeat that the config asks for only now', () => {
    const store = openSenderStore(':memory:');
    const once = open(store, { repeatCount: 0 });
    append(once, 1, 5);
    pass(once, 1, 5);
    once.recordPasses();
    expect(open(store, { repeatCount: 2 }).waitingForPass(2)).toEqual([]);
  });

  it('prunes the oldest beyond its bytes, but nothing that waits for a repeat', () => {
    const journal = open(undefined, { maxBytes: 1_000 });
    append(journal, 1, 10);
    expect([journal.isCrowded, journal.isFull]).toEqual([true, true]);
    expect(journal.prune(wallMs)).toBe(0);
    for (const number of [1, 2, 3]) pass(journal, number, 10);
    pass(journal, 4, 1);
    journal.recordPasses();
    expect(journal.prune(wallMs)).toBe(1);
    expect(journal.depth.frames).toBe(9);
    expect(journal.head.oldestSequence).toBe(2);
    expect(journal.frame(1)).toBeUndefined();
    expect(journal.isFull).toBe(false);
  });

  it('does not prune on the word of a pass that is not on disk', () => {
    const journal = open(undefined, { maxBytes: 100 });
    append(journal, 1, 5);
    for (const number of [1, 2, 3, 4]) pass(journal, number, 5);
    expect(journal.prune(wallMs)).toBe(0);
    journal.recordPasses();
    expect(journal.prune(wallMs)).toBe(5);
    expect(journal.head).toMatchObject({ sequence: 5, oldestSequence: 0 });
  });

  it('prunes what is older than a gap ticket', () => {
    const journal = open(undefined, { repeatCount: 0 });
    append(journal, 1, 2);
    pass(journal, 1, 2);
    journal.recordPasses();
    expect(journal.prune(wallMs + SENDER_LIMITS.maxJournalAgeMs)).toBe(0);
    expect(journal.prune(wallMs + SENDER_LIMITS.maxJournalAgeMs + 1)).toBe(2);
  });

  it('goes on in sequence and chain after everything was pruned', () => {
    const store = openSenderStore(':memory:');
    const journal = open(store, { repeatCount: 0, maxBytes: 0 });
    append(journal, 1, 2);
    pass(journal, 1, 2);
    journal.recordPasses();
    journal.prune(wallMs);
    const restarted = open(store, { repeatCount: 0 });
    expect(restarted.head).toMatchObject({ sequence: 2, digest: Buffer.alloc(32, 2), oldestSequence: 0 });
    append(restarted, 3, 3);
    expect(restarted.head).toMatchObject({ sequence: 3, oldestSequence: 3 });
  });

  it('knows which frames the audit log may lack after a crash', () => {
    const store = openSenderStore(':memory:');
    const journal = open(store);
    append(journal, 1, 2);
    journal.handleAudited(2);
    append(journal, 3, 4);
    expect(
      open(store)
        .unaudited()
        .map(({ sequence }) => sequence),
    ).toEqual([3, 4]);
  });

  it('calls a full disk a full disk, and goes on when there is room', () => {
    const directory = mkdtempSync(join(tmpdir(), 'journal-'));
    try {
      const store = openSenderStore(join(directory, 'sender.db'));
      const journal = new Journal(store, wallMs, epochId, { ...options, path: 'sender.db' });
      const pages = store.pragma('page_count', { simple: true }) as number;
      store.pragma(`max_page_count = ${pages + 2}`);
      const overfill = () => append(journal, 1, 1, 100_000);
      expect(overfill).toThrow(DiodeError);
      expect(overfill).toThrow(expect.objectContaining({ code: 'disk-full' }));
      expect(journal.head.sequence).toBe(0);
      store.pragma('max_page_count = 1000000');
      overfill();
      expect(journal.head.sequence).toBe(1);
      store.close();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
