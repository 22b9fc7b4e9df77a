import { describe, expect, it } from 'vitest';
import { LineQueue } from '../../../sender/journal/line-queue.ts';
import { Packer } from '../../../sender/journal/packer.ts';
import { SENDER_LIMITS, WIRE_LIMITS } from '../../../src/limits.ts';
import { encodePayload } from '../../../src/wire/record.ts';
import { entriesOf } from '../../support/sender-rig.ts';

const bounds = { batchBodyBytes: 1_000, batchRecords: 5 };
const record = (bytes: number): Uint8Array => new Uint8Array(bytes);

describe('packer', () => {
  it('numbers frames from the journal’s head and records from 0', () => {
    const packer = new Packer({ epoch: 3, sequence: 42 }, { ...bounds, batchRecords: 2 });
    const revisions = Array.from({ length: 5 }, () => packer.handleRecord(record(10)));
    expect(revisions).toEqual([
      { epoch: 3, sequence: 42, index: 0 },
      { epoch: 3, sequence: 42, index: 1 },
      { epoch: 3, sequence: 43, index: 0 },
      { epoch: 3, sequence: 43, index: 1 },
      { epoch: 3, sequence: 44, index: 0 },
    ]);
    expect(packer.finish().map((frame) => [frame.sequence, frame.records.length])).toEqual([
      [42, 2],
      [43, 2],
      [44, 1],
    ]);
  });

  it('closes a frame before the record that would make its payload too large', () => {
    const packer = new Packer({ epoch: 1, sequence: 1 }, bounds);
    for (const bytes of [400, 400, 400]) packer.handleRecord(record(bytes));
    const frames = packer.finish();
    expect(frames.map((frame) => frame.records.length)).toEqual([2, 1]);
    for (const frame of frames) expect(encodePayload(frame.records).length).toBeLessThanOrEqual(bounds.batchBodyBytes);
  });

  it('gives a record larger than a batch a frame of its own', () => {
    const packer = new Packer({ epoch: 1, sequence: 1 }, bounds);
    for (const bytes of [10, 5_000, 10]) packer.handleRecord(record(bytes));
    expect(packer.finish().map((frame) => frame.records.map(({ length }) => length))).toEqual([[10], [5_000], [10]]);
  });

  it('makes no frame of nothing', () => {
    expect(new Packer({ epoch: 1, sequence: 1 }, bounds).finish()).toEqual([]);
  });

  it('keeps a frame below the wire’s bound whatever the config asks for', () => {
    const packer = new Packer({ epoch: 1, sequence: 1 }, { batchBodyBytes: 64 * 1024 * 1024, batchRecords: 1e9 });
    for (let count = 0; count < 10; count++) packer.handleRecord(record(WIRE_LIMITS.maxRecordBytes));
    for (const frame of packer.finish()) {
      expect(encodePayload(frame.records).length).toBeLessThan(WIRE_LIMITS.maxFrameBytes);
    }
  });
});

describe('line queue', () => {
  const queueBounds = { batchBodyBytes: 1_000, batchRecords: 3, lingerMs: 50 };

  it('is due when its oldest line lingered', () => {
    const queue = new LineQueue(queueBounds);
    expect(queue.nextDeadlineMs(true)).toBeUndefined();
    queue.handleEntries(100, entriesOf([{}]));
    queue.handleEntries(140, entriesOf([{}]));
    expect(queue.nextDeadlineMs(true)).toBe(150);
  });

  describe('where a frame of its own costs the link little', () => {
    const prompt = () => new LineQueue({ ...queueBounds, isPrompt: true });

    it('is due at once with what comes after a rest, and gathers what follows', () => {
      const queue = prompt();
      queue.handleEntries(100, entriesOf([{}]));
      expect(queue.nextDeadlineMs(true)).toBe(100);
      queue.drop(101, 1);
      queue.handleEntries(110, entriesOf([{}]));
      queue.handleEntries(140, entriesOf([{}]));
      expect(queue.nextDeadlineMs(true)).toBe(151);
      queue.drop(151, 2);
      queue.handleEntries(201, entriesOf([{}]));
      expect(queue.nextDeadlineMs(true)).toBe(201);
    });

    it('lingers while something waits for the link, and never longer than without', () => {
      const queue = prompt();
      queue.handleEntries(100, entriesOf([{}, {}]));
      expect(queue.nextDeadlineMs(false)).toBe(150);
      // A flush that took one of the two: the other has waited since it came.
      queue.drop(120, 1);
      expect(queue.nextDeadlineMs(true)).toBe(150);
    });
  });

  it('is due at once with a batch of lines or of bytes', () => {
    const byCount = new LineQueue(queueBounds);
    byCount.handleEntries(100, entriesOf([{}, {}, {}]));
    expect(byCount.nextDeadlineMs(true)).toBe(100);
    const byBytes = new LineQueue(queueBounds);
    byBytes.handleEntries(100, entriesOf([{ text: 'x'.repeat(1_000) }]));
    expect(byBytes.nextDeadlineMs(true)).toBe(100);
  });

  it('hands out at most a commit’s worth, at least one line, and forgets only what is dropped', () => {
    const queue = new LineQueue(queueBounds);
    const lines = Array.from({ length: 100 }, (_, index) => ({ index }));
    queue.handleEntries(0, entriesOf(lines));
    expect(queue.peek()).toHaveLength(SENDER_LIMITS.maxCommitFrames * queueBounds.batchRecords);
    queue.drop(0, 99);
    expect(queue.peek()).toEqual(entriesOf(lines).slice(99));
    queue.drop(0, 1);
    expect(queue.byteCount).toBe(0);
    queue.handleEntries(0, entriesOf([{ text: 'x'.repeat(1_000_000) }, {}]));
    expect(queue.peek()).toHaveLength(1);
  });

  it('is full beyond its bound of bytes', () => {
    const queue = new LineQueue(queueBounds);
    queue.handleEntries(0, entriesOf([{ text: 'x'.repeat(SENDER_LIMITS.maxQueuedLineBytes) }]));
    expect(queue.isFull).toBe(true);
    queue.drop(0, 1);
    expect(queue.isFull).toBe(false);
  });
});
