import { describe, expect, it } from 'vitest';
import type { JournaledFrame } from '../../../sender/journal/journal.ts';
import { symbolsOfPass } from '../../../sender/transmit/frame-pass.ts';
import { type SealedSymbol, Transmitter } from '../../../sender/transmit/transmitter.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';
import { assemble, encoder, link, openDatagram, session } from '../../support/sender-rig.ts';

function frame(sequence: number, bytes = 1_000): JournaledFrame {
  return {
    sequence,
    bytes: Uint8Array.from({ length: bytes }, (_, at) => (at * 31 + sequence * 7) & 0xff),
    recordCount: 1,
    createdAtMs: 1_800_000_000_000,
  };
}

async function transmitter(changes: Partial<typeof link & { readonly isVeiled: boolean }> = {}): Promise<Transmitter> {
  const resends = { hasNext: false, take: () => undefined };
  return new Transmitter({ ...link, resends, ...changes, session: await session(), encoder });
}

/** As the outlet does where the pacer never says wait. */
function pollOne(source: Transmitter, nowMs: number): SealedSymbol | undefined {
  const sealed = source.poll(nowMs);
  if (sealed !== undefined) source.handleLeft(nowMs);
  return sealed;
}

function pollAll(source: Transmitter, nowMs: number, frames: ReadonlyMap<number, JournaledFrame>): SealedSymbol[] {
  const sent: SealedSymbol[] = [];
  for (;;) {
    const next = pollOne(source, nowMs);
    if (next !== undefined) {
      sent.push(next);
      continue;
    }
    const wanted = source.wantedRepeat(nowMs);
    if (wanted === undefined) return sent;
    source.handleRepeatFrame(frames.get(wanted));
  }
}

const sequences = (sent: readonly SealedSymbol[]) => sent.map(({ datagram }) => openDatagram(datagram).header.sequence);
const counters = (sent: readonly SealedSymbol[]) => sent.map(({ datagram }) => openDatagram(datagram).header.counter);
const indexes = (sent: readonly SealedSymbol[]) =>
  sent.map(({ datagram }) => openDatagram(datagram).header.symbolIndex);

describe('transmitter', () => {
  it('sends a small frame as one source symbol and two repair symbols of its own length', async () => {
    const source = await transmitter();
    source.handleFrame(frame(1));
    const sent = pollAll(source, 0, new Map());
    expect(sent.map(({ kind }) => kind)).toEqual(['source', 'repair', 'repair']);
    expect(sent.map(({ datagram }) => datagram.length)).toEqual([28 + 1024 + 16, 28 + 1024 + 16, 28 + 1024 + 16]);
    for (const { datagram } of sent) {
      expect(assemble([datagram]).get(1)).toEqual(Buffer.from(frame(1).bytes));
    }
  });

  it('seals nothing over a symbol that has not left', async () => {
    const source = await transmitter({ isVeiled: true });
    source.handleFrame(frame(1));
    const waiting = source.poll(0)?.datagram as Buffer;
    const sealed = Buffer.from(waiting);
    for (let turn = 0; turn < 3; turn++) {
      for (let padding = 0; padding < 100; padding++) source.padding();
      source.handleCopied();
    }
    expect(waiting.equals(sealed)).toBe(true);
  });

  it('sends fresh frames in sequence, and says when a pass is done', async () => {
    const source = await transmitter();
    for (const sequence of [1, 2, 3]) source.handleFrame(frame(sequence));
    const first = [pollOne(source, 0), pollOne(source, 0)];
    expect(first).not.toContain(undefined);
    expect(source.takePassed()).toEqual([]);
    const rest = pollAll(source, 0, new Map());
    expect(sequences(rest)).toEqual([1, 2, 2, 2, 3, 3, 3]);
    expect(source.takePassed().map(({ sequence, pass }) => [sequence, pass])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    expect(source.takePassed()).toEqual([]);
    expect(source.hasFresh).toBe(false);
  });

  it('never uses a counter twice, over frames and repeats', async () => {
    const source = await transmitter();
    const frames = new Map([1, 2].map((sequence) => [sequence, frame(sequence, 50_000)]));
    for (const each of frames.values()) source.handleFrame(each);
    const sent = [...pollAll(source, 0, frames), ...pollAll(source, 100_000, frames)];
    expect(counters(sent)).toEqual(sent.map((_, index) => index + 1));
    expect(source.counter).toBe(sent.length);
  });

  it('repeats on schedule: what the receiver cannot have yet first', async () => {
    const source = await transmitter();
    const frames = new Map([[1, frame(1)]]);
    source.handleFrame(frame(1));
    expect(indexes(pollAll(source, 500, frames))).toEqual([0, 1, 2]);
    expect(source.nextDeadlineMs(500)).toBe(1_500);
    expect(pollAll(source, 1_499, frames)).toEqual([]);
    const repeat = pollAll(source, 1_500, frames);
    expect(repeat.map(({ kind }) => kind)).toEqual(['repeat']);
    expect(indexes(repeat)).toEqual([3]);
    expect(source.nextDeadlineMs(1_500)).toBe(10_500);
    expect(indexes(pollAll(source, 10_500, frames))).toEqual([4]);
    expect(indexes(pollAll(source, 60_500, frames))).toEqual([0]);
    expect(source.nextDeadlineMs(60_500)).toBeUndefined();
    expect(source.takePassed().map(({ pass }) => pass)).toEqual([1, 2, 3, 4]);
  });

  it('recovers a frame from a repeat alone, and from halves of two passes', async () => {
    const source = await transmitter();
    const large = frame(1, 300_000);
    const frames = new Map([[1, large]]);
    source.handleFrame(large);
    const first = pollAll(source, 0, frames).map(({ datagram }) => datagram);
    const repeat = pollAll(source, 1_000, frames).map(({ datagram }) => datagram);
    expect(assemble(repeat).get(1)?.equals(large.bytes)).toBe(true);
    const halves = [...first.slice(first.length / 2), ...repeat.slice(0, repeat.length / 2)];
    expect(assemble(halves).get(1)?.equals(large.bytes)).toBe(true);
  });

  it('lets fresh frames pass a repeat that is under way', async () => {
    const source = await transmitter();
    const large = frame(1, 20_000);
    source.handleFrame(large);
    pollAll(source, 0, new Map());
    source.handleRepeatFrame(source.wantedRepeat(1_000) === 1 ? large : undefined);
    expect(pollOne(source, 1_000)?.kind).toBe('repeat');
    source.handleFrame(frame(2));
    const next = pollAll(source, 1_000, new Map());
    expect(next.slice(0, 3).map(({ kind }) => kind)).toEqual(['source', 'repair', 'repair']);
    expect(new Set(next.slice(3).map(({ kind }) => kind))).toEqual(new Set(['repeat']));
  });

  it('sends an overdue repeat later, and skips and counts it when it is too late', async () => {
    const source = await transmitter({ repeatAfterMs: [1_000] });
    const frames = new Map([1, 2].map((sequence) => [sequence, frame(sequence)]));
    source.handleFrame(frame(1));
    pollAll(source, 0, frames);
    expect(pollAll(source, 1_000 + SENDER_LIMITS.maxRepeatLatenessMs, frames)).toHaveLength(1);
    source.handleFrame(frame(2));
    pollAll(source, 100_000, frames);
    source.takePassed();
    expect(pollAll(source, 101_001 + SENDER_LIMITS.maxRepeatLatenessMs, frames)).toEqual([]);
    expect(source.skippedRepeatCount).toBe(1);
    expect(source.takePassed()).toEqual([{ sequence: 2, pass: 2, recordCount: 0, frameBytes: 0, createdAtMs: 0 }]);
    expect(source.waitingRepeatCount).toBe(0);
  });

  it('bounds how many repeats wait, and skips the oldest', async () => {
    const source = await transmitter({ repeatAfterMs: [1_000] });
    for (let sequence = 1; sequence <= SENDER_LIMITS.maxWaitingRepeats + 5; sequence++) {
      source.handleWaitingRepeat({ sequence, pass: 2, firstPassMs: 0 });
    }
    source.poll(0);
    expect(source.waitingRepeatCount).toBe(SENDER_LIMITS.maxWaitingRepeats);
    expect(source.skippedRepeatCount).toBe(5);
    expect(source.wantedRepeat(1_000)).toBe(6);
  });

  it('goes on where the journal no longer has a frame', async () => {
    const source = await transmitter({ repeatAfterMs: [1_000, 2_000] });
    source.handleWaitingRepeat({ sequence: 1, pass: 2, firstPassMs: 0 });
    source.handleWaitingRepeat({ sequence: 2, pass: 2, firstPassMs: 0 });
    const sent = pollAll(source, 1_000, new Map([[2, frame(2)]]));
    expect(sequences(sent)).toEqual([2]);
    expect(source.takePassed().map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('takes frames ahead of the link within its bounds, once half of them is free', async () => {
    const { maxInFlightFrames, maxInFlightBytes } = SENDER_LIMITS;
    const source = await transmitter();
    const room = () => source.room?.frames;
    expect(source.room).toEqual({ frames: maxInFlightFrames, bytes: maxInFlightBytes });
    for (let sequence = 1; sequence <= maxInFlightFrames / 2; sequence++) source.handleFrame(frame(sequence));
    expect(room()).toBe(maxInFlightFrames / 2);
    source.handleFrame(frame(maxInFlightFrames / 2 + 1));
    expect(room()).toBeUndefined();
    const bytes = await transmitter();
    bytes.handleFrame(frame(1, SENDER_LIMITS.maxInFlightBytes));
    expect(bytes.room).toBeUndefined();
  });

  it('interleaves the blocks of a large frame, so that a burst of losses is shared', async () => {
    const source = await transmitter();
    const large = frame(1, 1_000_000);
    source.handleFrame(large);
    const sent = pollAll(source, 0, new Map()).map(({ datagram }) => datagram);
    const blocks = sent.map((datagram) => openDatagram(datagram).header.blockIndex);
    const blockCount = new Set(blocks).size;
    expect(blockCount).toBe(4);
    expect(blocks.slice(0, 8)).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    // 5% repair of 178 source symbols is 9 a block: a burst of 36 is within it, wherever it hits.
    for (const from of [0, 100, 500, sent.length - 36]) {
      const kept = [...sent.slice(0, from), ...sent.slice(from + 36)];
      expect(assemble(kept).get(1)?.equals(large.bytes)).toBe(true);
    }
  });
});

describe('symbols of a pass', () => {
  const block = { sourceCount: 100, firstRepair: 5, capacity: 16, repairPercent: 5 };

  it('send each symbol that was not sent before any again', () => {
    const passes = [1, 2, 3, 4].map((pass) => symbolsOfPass({ ...block, pass }));
    expect(passes[0]).toEqual(Array.from({ length: 105 }, (_, index) => index));
    expect(passes[1]?.slice(0, 12)).toEqual([105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 0]);
    for (const indexes of passes) {
      expect(new Set(indexes).size).toBe(indexes.length);
      expect(indexes.length).toBe(105);
    }
  });

  it('repeat at least k symbols, and k alone for a small block', () => {
    for (const pass of [2, 3, 4, 5]) {
      expect(symbolsOfPass({ pass, sourceCount: 1, firstRepair: 2, capacity: 4, repairPercent: 5 })).toHaveLength(1);
      expect(symbolsOfPass({ pass, sourceCount: 19, firstRepair: 2, capacity: 4, repairPercent: 5 })).toHaveLength(19);
    }
  });
});
