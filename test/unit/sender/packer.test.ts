import { describe, expect, it } from 'vitest';
import { LineQueue } from '../../../sender/line-queue.ts';
import { Packer } from '../../../sender/packer.ts';
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
    expect(queue.nextDeadlineMs()).toBeUndefined();
    queue.handleEntries(100, entriesOf([{}]));
    queue.handleEntries(140, entriesOf([{}]));
    expect(queue.nextDeadlineMs()).toBe(150);
    expect(queue.isDue(149)).toBe(false);
    expect(queue.isDue(150)).toBe(true);
  });

  it('is due at once with a batch of lines or of bytes', () => {
    const byCount = new LineQueue(queueBounds);
    byCount.handleEntries(100, entriesOf([{}, {}, {}]));
    expect(byCount.isDue(100)).toBe(true);
    const byBytes = new LineQueue(queueBounds);
    byBytes.handleEntries(100, entriesOf([{ text: 'x'.repeat(1_000) }]));
    expect(byBytes.isDue(100)).toBe(true);
  });

  it('hands out at most a commit’s worth, at least one line, and forgets only what is dropped', () => {
    const queue = new LineQueue(queueBounds);
    const lines = Array.from({ length: 100 }, (_, index) => ({ index }));
    queue.handleEntries(0, entriesOf(lines));
    expect(queue.peek()).toHaveLength(SENDER_LIMITS.maxCommitFrames * queueBounds.batchRecords);
    queue.drop(99);
    expect(queue.peek()).toEqual(entriesOf(lines).slice(99));
    queue.drop(1);
    expect(queue.byteCount).toBe(0);
    queue.handleEntries(0, entriesOf([{ text: 'x'.repeat(1_000_000) }, {}]));
    expect(queue.peek()).toHaveLength(1);
  });

  it('is full beyond its bound of bytes', () => {
    const queue = new LineQueue(queueBounds);
    queue.handleEntries(0, entriesOf([{ text: 'x'.repeat(SENDER_LIMITS.maxQueuedLineBytes) }]));
    expect(queue.isFull).toBe(true);
    queue.drop(1);
    expect(queue.isFull).toBe(false);
  });
});
