import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Assembler, type BlockSample } from '../../receiver/intake/assembler.ts';
import type { BlockTableLimits } from '../../receiver/intake/block-table.ts';
import { SessionTable } from '../../receiver/intake/session-table.ts';
import type { FrameScratch } from '../../receiver/intake/spilled-frames.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import { MemoryScratch } from '../support/memory-scratch.ts';
import { codec, ModelJournal, ModelSession, REPAIR_PERCENT } from '../support/model-sender.ts';

const NOW_MS = 1_000;
const EVERYTHING: BlockTableLimits = {
  maxBlockBytes: 1e9,
  maxBlocks: 1e6,
  maxFrameAgeMs: 1e9,
  maxDiskBlockBytes: 1e9,
  maxDiskBlocks: 1e6,
  maxSpillBytesPerSecond: 1e9,
};
/** Of one block, and of several. */
const payloads = fc.array(fc.oneof(fc.integer({ min: 1, max: 40_000 }), fc.integer({ min: 1, max: 500 })), {
  minLength: 2,
  maxLength: 6,
});

describe('block table with a disk', () => {
  it('gives what a memory without bounds gives, symbol by symbol, whatever is lost and in whatever order', () => {
    let returned = 0;
    fc.assert(
      fc.property(payloads, fc.double({ min: 0, max: 0.4, noNaN: true }), fc.nat(), (sizes, loss, seed) => {
        const { datagrams, session } = sent(sizes, loss, seed);
        const scratch = new MemoryScratch();
        // Room for the largest frame and its repair: nearly each symbol of another frame moves one out and one in.
        const bounded = assemblerOf(session, { ...EVERYTHING, maxBlockBytes: 72_000, maxBlocks: 16 }, scratch);
        const unbounded = assemblerOf(session, EVERYTHING);
        for (const datagram of datagrams) {
          expect(bounded.handle(datagram)).toBe(unbounded.handle(datagram));
          expect(bounded.assembler.heldBytes).toBeLessThanOrEqual(72_000);
          expect(bounded.assembler.openBlocks).toBeLessThanOrEqual(16);
          expect(bounded.assembler.spilled?.bytes).toBe(scratch.bytes);
        }
        expect(bounded.frames).toEqual(unbounded.frames);
        expect(bounded.samples).toEqual(unbounded.samples);
        returned += bounded.assembler.spilled?.counts.returned ?? 0;
      }),
      { numRuns: 60 },
    );
    expect(returned).toBeGreaterThan(100);
  });

  it('stays within every bound, and loses nothing uncounted, over a disk that fails and forgets', () => {
    const limits = { ...EVERYTHING, maxBlockBytes: 72_000, maxBlocks: 16, maxDiskBlockBytes: 30_000, maxDiskBlocks: 8 };
    fc.assert(
      fc.property(payloads, fc.nat(), fc.nat(), (sizes, seed, faults) => {
        const { datagrams, session, digests } = sent(sizes, 0.1, seed);
        const scratch = new MemoryScratch();
        const { assembler, handle, frames, samples } = assemblerOf(session, limits, scratch);
        for (const [index, datagram] of datagrams.entries()) {
          const fault = (faults >> (index % 24)) & 7;
          scratch.isFull = fault === 1;
          if (fault === 2) scratch.images.clear();
          for (const image of fault === 3 ? scratch.images.values() : []) image.fill(0xff);
          handle(datagram, index * 100);
          expect(assembler.heldBytes).toBeLessThanOrEqual(limits.maxBlockBytes);
          expect(assembler.openBlocks).toBeLessThanOrEqual(limits.maxBlocks);
          expect(assembler.spilled?.bytes).toBeLessThanOrEqual(limits.maxDiskBlockBytes);
          expect(assembler.spilled?.blocks).toBeLessThanOrEqual(limits.maxDiskBlocks);
        }
        for (const [sequence, digest] of frames) expect(digest).toBe(digests.get(sequence));
        assembler.poll(1e10);
        const { written = 0, returned = 0 } = assembler.spilled?.counts ?? {};
        const lost = samples.filter(({ outcome }) => outcome === 'evicted').length;
        if (frames.length < sizes.length || written > returned) expect(lost).toBeGreaterThan(0);
        expect([assembler.openBlocks, assembler.heldBytes, assembler.spilled?.blocks]).toEqual([0, 0, 0]);
        expect(scratch.images.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

/** Each frame's symbols and all its repair, some lost, in any order. */
function sent(sizes: readonly number[], loss: number, seed: number) {
  const journal = new ModelJournal();
  const session = new ModelSession(journal);
  const next = numbers(seed);
  const digests = new Map<number, string>();
  const datagrams = sizes.flatMap((size) => {
    const frame = journal.append(size);
    digests.set(frame.sequence, sha256Hex(frame.bytes));
    return session.datagrams(frame, { maxSymbolBytes: 256, allRepair: true });
  });
  const kept = datagrams.filter(() => next() >= loss);
  for (let at = kept.length - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1));
    [kept[at], kept[other]] = [kept[other] as Buffer, kept[at] as Buffer];
  }
  return { datagrams: kept, session, digests };
}

/** mulberry32: fractions from a seed that fast-check chose and shrinks. */
function numbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function assemblerOf(session: ModelSession, limits: BlockTableLimits, scratch?: FrameScratch) {
  const sessions = new SessionTable();
  const frames: [sequence: number, digest: string][] = [];
  const samples: BlockSample[] = [];
  const done = new Set<number>();
  const assembler = new Assembler({
    sessions,
    filter: { wanted: ({ sequence }) => !done.has(sequence) },
    decoder: codec,
    onBlock: (sample) => samples.push(sample),
    limits,
    scratch,
  });
  const opened = sessions.open({ number: 1, id: session.id, secret: session.secret, epoch: 1 });
  assembler.handleSession(opened, { repairPercent: REPAIR_PERCENT, repeatAfterMs: [] });
  const handle = (datagram: Buffer, afterMs = 0) => {
    const outcome = assembler.handleDatagram(NOW_MS + afterMs, Buffer.from(datagram));
    for (let next = assembler.poll(NOW_MS + afterMs); next; next = assembler.poll(NOW_MS + afterMs)) {
      done.add(next.sequence);
      frames.push([next.sequence, sha256Hex(next.bytes)]);
    }
    return outcome;
  };
  return { assembler, handle, frames, samples };
}
