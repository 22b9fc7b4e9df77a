import { describe, expect, it } from 'vitest';
import { Assembler, type BlockSample } from '../../../../receiver/intake/assembler.ts';
import type { BlockTableLimits } from '../../../../receiver/intake/block-table.ts';
import { SessionTable } from '../../../../receiver/intake/session-table.ts';
import type { FrameScratch } from '../../../../receiver/intake/spilled-frames.ts';
import { sha256Hex } from '../../../../src/crypto/digest.ts';
import { RECEIVER_LIMITS, WIRE_LIMITS } from '../../../../src/limits.ts';
import { DATAGRAM_KIND, type DatagramHeader, HEADER_BYTES } from '../../../../src/wire/datagram.ts';
import { MemoryScratch } from '../../../support/memory-scratch.ts';
import { codec, ModelJournal, ModelSession, REPAIR_PERCENT } from '../../../support/model-sender.ts';
import { PADDING } from '../../../support/sealed-datagram.ts';

const NOW_MS = 1_000;

describe('assembler', () => {
  it('puts a frame together from its source symbols without decoding', () => {
    const { assembler, journal, session, samples } = started();
    const frame = journal.append(5_000);
    handleAll(assembler, session.datagrams(frame).slice(0, 4));
    expect(assembled(assembler)).toBe(sha256Hex(frame.bytes));
    expect(samples).toEqual([{ missingSymbols: 0, repairBudgetSymbols: 2, outcome: 'source-complete' }]);
  });

  it('rebuilds lost source symbols, and tells how many against the repair budget', () => {
    const { assembler, journal, session, samples } = started();
    const frame = journal.append(5_000);
    handleAll(assembler, session.datagrams(frame).slice(2));
    expect(assembled(assembler)).toBe(sha256Hex(frame.bytes));
    expect(samples).toEqual([{ missingSymbols: 2, repairBudgetSymbols: 2, outcome: 'recovered' }]);
  });

  it('keeps a block with one symbol too few open, and completes it from a repeat', () => {
    const { assembler, journal, session } = started();
    const frame = journal.append(5_000);
    handleAll(assembler, session.datagrams(frame).slice(3));
    expect(assembler.poll(NOW_MS)).toBeUndefined();
    handleAll(assembler, session.datagrams(frame, { allRepair: true }).slice(-1));
    expect(assembled(assembler)).toBe(sha256Hex(frame.bytes));
  });

  it('puts frames of several blocks together', () => {
    const { assembler, journal, session } = started();
    const frame = journal.append(600_000);
    handleAll(assembler, session.datagrams(frame).reverse());
    expect(assembled(assembler)).toBe(sha256Hex(frame.bytes));
    expect(assembler.heldBytes).toBe(0);
  });

  it('follows a restarted sender to another repair ratio', () => {
    const { assembler, journal, session } = started();
    const frame = journal.append(100);
    const symbolBytes = 64 * Math.ceil(frame.bytes.length / 64 / 2);
    const padded = Buffer.alloc(2 * symbolBytes);
    padded.set(frame.bytes);
    const source = [padded.subarray(0, symbolBytes), padded.subarray(symbolBytes)];
    const place = { frameBytes: frame.bytes.length, sourceCount: 2, sequence: frame.sequence };
    for (const repairCapacity of [2, 4]) {
      const [repair] = codec.encode({ sourceCount: 2, repairCapacity }, source, 1) as [Uint8Array];
      handleAll(assembler, [session.seal({ ...place, repairCapacity, symbolIndex: 2 }, repair)]);
    }
    expect(assembler.poll(NOW_MS)).toBeUndefined();
    handleAll(assembler, [session.seal({ ...place, repairCapacity: 4, symbolIndex: 1 }, source[1] as Buffer)]);
    expect(assembled(assembler)).toBe(sha256Hex(frame.bytes));
  });

  it('does not spoil a block with a symbol whose tag does not hold', () => {
    const { assembler, journal, session } = started();
    const frame = journal.append(5_000);
    const datagrams = session.datagrams(frame);
    const forged = datagrams.map((datagram) => {
      const copy = Buffer.from(datagram);
      copy[HEADER_BYTES + 3] = 0xff ^ (copy[HEADER_BYTES + 3] as number);
      return copy;
    });
    expect(forged.map((datagram) => assembler.handleDatagram(NOW_MS, datagram))).toEqual(forged.map(() => 'forged'));
    handleAll(assembler, datagrams);
    expect(assembled(assembler)).toBe(sha256Hex(frame.bytes));
  });

  it('keeps nothing of a forged flood: of a known session, and of unknown ones within the ring', () => {
    const { assembler, session } = started();
    const symbol = Buffer.alloc(64);
    for (let count = 1; count <= 5_000; count++) {
      const known = session.seal({ sequence: count, lane: count % RECEIVER_LIMITS.maxLanes, frameBytes: 64 }, symbol);
      known[known.length - 1] = 1 ^ (known[known.length - 1] as number);
      expect(assembler.handleDatagram(NOW_MS, known)).toBe('forged');
      const unknown = session.seal({ session: count }, symbol);
      expect(assembler.handleDatagram(NOW_MS, unknown)).toBe('session');
    }
    expect([assembler.heldBytes, assembler.openBlocks]).toEqual([0, 0]);
    expect(assembler.waitingDatagrams).toBe(RECEIVER_LIMITS.maxDatagramsBeforeHello);
  });

  it('moves the replay window only once the tag holds', () => {
    const { assembler, journal, session } = started();
    const [good] = session.datagrams(journal.append(20)) as [Buffer];
    const ahead = Buffer.from(good);
    ahead.writeUIntBE(2 ** 47, 9, 6);
    expect(assembler.handleDatagram(NOW_MS, ahead)).toBe('forged');
    expect(assembler.handleDatagram(NOW_MS, Buffer.from(good))).toBe('accepted');
    expect(assembler.handleDatagram(NOW_MS, good)).toBe('replayed');
  });

  it.each([
    ['too-short', (bytes: Buffer) => bytes.subarray(0, 43)],
    ['too-long', () => Buffer.alloc(HEADER_BYTES + WIRE_LIMITS.maxSymbolBytes + 17)],
    ['magic', (bytes: Buffer) => withByte(bytes, 0, 0x55)],
    ['format', (bytes: Buffer) => withByte(bytes, 1, 2)],
    ['suite', (bytes: Buffer) => withByte(bytes, 2, 9)],
    ['kind', (bytes: Buffer) => withByte(bytes, 3, 0xf1)],
    ['session', (bytes: Buffer) => withByte(bytes, 4, 0x99)],
    ['lane', (bytes: Buffer) => withByte(bytes, 8, RECEIVER_LIMITS.maxLanes)],
  ])('drops a datagram with the reason %s', (reason, change) => {
    const { assembler, journal, session } = started();
    const [good] = session.datagrams(journal.append(20)) as [Buffer];
    expect(assembler.handleDatagram(NOW_MS, change(good))).toBe(reason);
    expect(assembler.openBlocks).toBe(0);
  });

  it('drops authentic datagrams whose fields contradict each other', () => {
    const { assembler, session } = started();
    const symbol = Buffer.alloc(64);
    for (const fields of [
      { frameBytes: 65 },
      { frameBytes: 0 },
      { symbolIndex: 3 },
      { sourceCount: 2 },
      { blockIndex: 1 },
      { repairCapacity: 256 },
      { sequence: 0 },
    ]) {
      expect(assembler.handleDatagram(NOW_MS, session.seal(fields, symbol))).toBe('geometry');
    }
  });

  it('authenticates and drops padding and control objects', () => {
    const { assembler, session } = started();
    const outcomeOf = (fields: Partial<DatagramHeader>) =>
      assembler.handleDatagram(NOW_MS, session.seal(fields, Buffer.alloc(64)));
    expect([outcomeOf(PADDING), outcomeOf({ kind: DATAGRAM_KIND.control })]).toEqual(['padding', 'control']);
    expect(outcomeOf({ ...PADDING, sourceCount: 1 })).toBe('geometry');
    expect(assembler.openBlocks).toBe(0);
  });

  it('gives up the oldest frame where blocks, bytes or age go beyond the bounds, and counts it', () => {
    const limits = { maxBlockBytes: 10_000, maxBlocks: 4, maxFrameAgeMs: 1_000 };
    const { assembler, journal, session, samples } = started(limits);
    const firstSymbols = Array.from({ length: 6 }, () => session.datagrams(journal.append(3_000))[0] as Buffer);
    handleAll(assembler, firstSymbols);
    expect(assembler.heldBytes).toBeLessThanOrEqual(limits.maxBlockBytes);
    expect(assembler.openBlocks).toBe(3);
    expect(samples).toHaveLength(3);
    expect(samples[0]).toMatchObject({ outcome: 'evicted', missingSymbols: 2 + 2 });
    const many = Array.from(
      { length: 6 },
      () => session.datagrams(journal.append(100), { maxSymbolBytes: 64 })[0] as Buffer,
    );
    handleAll(assembler, many);
    expect(assembler.openBlocks).toBe(limits.maxBlocks);
    assembler.poll(NOW_MS + limits.maxFrameAgeMs);
    expect([assembler.openBlocks, assembler.heldBytes]).toEqual([0, 0]);
    expect(samples).toHaveLength(12);
  });

  it('moves the oldest frame to disk where memory has no room, and takes it back with its next symbol', () => {
    const scratch = new MemoryScratch();
    const { assembler, journal, session, samples } = started({ maxBlockBytes: 10_000 }, scratch);
    const frames = Array.from({ length: 6 }, () => journal.append(3_000));
    const passes = frames.map((frame) => session.datagrams(frame));
    handleAll(
      assembler,
      passes.map(([first]) => first as Buffer),
    );
    expect([assembler.openBlocks, assembler.spilled?.blocks, scratch.images.size]).toEqual([3, 3, 3]);
    // Only what came is written: one symbol of each, and which.
    expect(scratch.bytes).toBeLessThan(3 * (1_088 + 8));
    handleAll(assembler, (passes[0] as Buffer[]).slice(1, 3));
    expect(assembled(assembler)).toBe(sha256Hex(frames[0]?.bytes ?? ''));
    expect(samples).toMatchObject([{ outcome: 'source-complete' }]);
    expect(assembler.spilled?.counts).toEqual({ written: 4, returned: 1, refused: 0, failed: 0 });
  });

  it('gives up the oldest frame on disk where its bytes, blocks or age go beyond the bounds, and counts it', () => {
    const scratch = new MemoryScratch();
    const limits = { maxBlockBytes: 4_000, maxDiskBlocks: 3, maxDiskBlockBytes: 2_500, maxFrameAgeMs: 1_000 };
    const { assembler, journal, session, samples } = started(limits, scratch);
    const first = () => session.datagrams(journal.append(3_000))[0] as Buffer;
    handleAll(assembler, [first(), first(), first()]);
    expect([assembler.spilled?.blocks, samples.length]).toEqual([2, 0]);
    handleAll(assembler, [first()]);
    expect([assembler.spilled?.blocks, samples.length]).toEqual([2, 1]);
    const small = () => session.datagrams(journal.append(100), { maxSymbolBytes: 64 })[0] as Buffer;
    handleAll(assembler, Array.from({ length: 20 }, small));
    assembler.poll(NOW_MS + limits.maxFrameAgeMs - 1);
    expect(assembler.spilled?.blocks).toBeGreaterThan(0);
    expect(assembler.nextDeadlineMs()).toBe(NOW_MS + limits.maxFrameAgeMs);
    assembler.poll(NOW_MS + limits.maxFrameAgeMs);
    expect([assembler.openBlocks, assembler.spilled?.blocks, scratch.images.size]).toEqual([0, 0, 0]);
    expect(samples.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 24 }, () => 'evicted'));
  });

  it('writes only so many bytes a second to disk, however many frames an authentic sender begins', () => {
    const scratch = new MemoryScratch();
    const { assembler, session, samples } = started({ maxBlockBytes: 10_000, maxSpillBytesPerSecond: 5_000 }, scratch);
    const flood = (fromMs: number, from: number) => {
      for (let count = 0; count < 500; count++) {
        const place = { sequence: from + count, frameBytes: 3 * 1_024, sourceCount: 3, repairCapacity: 4 };
        assembler.handleDatagram(fromMs, session.seal(place, Buffer.alloc(1_024)));
      }
    };
    flood(NOW_MS, 1);
    expect([assembler.spilled?.counts.written, assembler.spilled?.counts.refused]).toEqual([4, 493]);
    expect(samples).toHaveLength(493);
    flood(NOW_MS + 500, 501);
    expect(assembler.spilled?.counts.written).toBe(7);
    expect(assembler.heldBytes).toBeLessThanOrEqual(10_000);
  });

  it('leaves a disk that failed alone for a while, and gives up what it cannot keep', () => {
    const scratch = new MemoryScratch();
    const { assembler, journal, session, samples } = started({ maxBlockBytes: 4_000 }, scratch);
    const first = () => session.datagrams(journal.append(3_000))[0] as Buffer;
    scratch.isFull = true;
    handleAll(assembler, [first(), first(), first()]);
    scratch.isFull = false;
    handleAll(assembler, [first()]);
    expect(samples).toHaveLength(3);
    expect(assembler.spilled?.counts).toEqual({ written: 0, returned: 0, refused: 0, failed: 1 });
    assembler.handleDatagram(NOW_MS + RECEIVER_LIMITS.storeRetryMs, first());
    expect(assembler.spilled?.counts.written).toBe(1);
  });

  it('never writes to disk for datagrams that are forged or replayed', () => {
    const scratch = new MemoryScratch();
    const { assembler, journal, session } = started({ maxBlockBytes: 2_000 }, scratch);
    const frames = Array.from({ length: 3 }, () => journal.append(3_000));
    const genuine = frames.map((frame) => session.datagrams(frame)[0] as Buffer);
    handleAll(assembler, genuine);
    expect(scratch.written).toBe(2);
    for (let count = 1; count <= 2_000; count++) {
      const forged = session.seal({ sequence: count % 50, frameBytes: 64 }, Buffer.alloc(64));
      forged[forged.length - 1] = 1 ^ (forged[forged.length - 1] as number);
      assembler.handleDatagram(NOW_MS, forged);
    }
    handleAll(assembler, genuine);
    expect([scratch.written, scratch.images.size]).toEqual([2, 2]);
  });

  it('does not put a frame together twice from one pass, but does from a repeat', () => {
    const { assembler, journal, session } = started();
    const frame = journal.append(20);
    const outcomes = session.datagrams(frame).map((datagram) => assembler.handleDatagram(NOW_MS, datagram));
    expect(outcomes).toEqual(['accepted', 'unneeded', 'unneeded']);
    const repeat = session.datagrams(frame)[1] as Buffer;
    expect(assembler.handleDatagram(NOW_MS + RECEIVER_LIMITS.completedQuietMs, repeat)).toBe('accepted');
  });

  it('keeps the last two sessions', () => {
    const { assembler, journal, sessions, session } = started();
    const frame = journal.append(20);
    for (const number of [2, 3]) open(sessions, new ModelSession(journal, { number }));
    expect(assembler.handleDatagram(NOW_MS, session.datagrams(frame)[0] as Buffer)).toBe('session');
    const before = new ModelSession(journal, { number: 2 });
    expect(assembler.handleDatagram(NOW_MS, before.datagrams(frame)[0] as Buffer)).toBe('accepted');
  });
});

function started(limits?: Partial<BlockTableLimits>, scratch?: FrameScratch) {
  const sessions = new SessionTable();
  const journal = new ModelJournal();
  const session = new ModelSession(journal);
  const samples: BlockSample[] = [];
  const assembler = new Assembler({
    sessions,
    filter: { wanted: () => true },
    decoder: codec,
    onBlock: (sample) => samples.push(sample),
    ...(limits && { limits }),
    scratch,
  });
  assembler.handleSession(open(sessions, session), { repairPercent: REPAIR_PERCENT, repeatAfterMs: [] });
  return { assembler, journal, session, sessions, samples };
}

function open(sessions: SessionTable, { number, id, secret }: ModelSession) {
  return sessions.open({ number, id, secret, epoch: 1 });
}

function handleAll(assembler: Assembler, datagrams: readonly Buffer[]): void {
  for (const datagram of datagrams) assembler.handleDatagram(NOW_MS, datagram);
}

/** By digest: comparing large buffers element by element takes seconds. */
function assembled(assembler: Assembler): string {
  return sha256Hex(assembler.poll(NOW_MS)?.bytes ?? '');
}

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
}
