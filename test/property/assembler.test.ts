import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Assembler } from '../../receiver/intake/assembler.ts';
import { SessionTable } from '../../receiver/intake/session-table.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import { readDatagramHeader } from '../../src/wire/datagram.ts';
import { repairCount } from '../../src/wire/geometry.ts';
import { FrontHalf, HOLD_MS } from '../support/front-half.ts';
import { codec, ModelJournal, ModelSession, REPAIR_PERCENT } from '../support/model-sender.ts';

const RUNS = { numRuns: 60 };
const payloads = fc.array(fc.integer({ min: 1, max: 8_000 }), { minLength: 1, maxLength: 8 });
/** Of several blocks, beside small ones. */
const largePayloads = fc.array(fc.oneof(fc.integer({ min: 1, max: 40_000 }), fc.integer({ min: 1, max: 500 })), {
  minLength: 1,
  maxLength: 6,
});

describe('front half, any loss within the budget', () => {
  it('releases each frame once and in sequence, whatever is lost, doubled and reordered', () => {
    fc.assert(
      fc.property(largePayloads, fc.infiniteStream(fc.nat()), (sizes, numbers) => {
        const { front, journal, session } = started();
        const passes = sizes.map((size) => session.datagrams(journal.append(size), { maxSymbolBytes: 64 }));
        const kept = passes.flatMap((datagrams) => loseBudget(datagrams, numbers));
        const doubled = kept.flatMap((datagram) =>
          (numbers.next().value as number) % 5 === 0 ? [datagram, datagram] : [datagram],
        );
        front.receive(...shuffled(doubled, numbers));
        front.pass(HOLD_MS);
        expect(front.spooled).toEqual(sizes.map((_, index) => `${index + 1}`));
        const spooled = front.spool.next(0, { maxFrames: 99, maxBytes: 1e9, maxRecords: 99 });
        expect(spooled.map(({ bytes }) => sha256Hex(bytes))).toEqual(
          journal.frames.map(({ bytes }) => sha256Hex(bytes)),
        );
        expect(front.status.gate.gaps).toEqual([]);
        expect([front.status.openBlocks, front.status.openBlockBytes]).toEqual([0, 0]);
      }),
      RUNS,
    );
  });

  it('records exactly one gap where one symbol more is lost, and closes it with one symbol of a repeat', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), fc.infiniteStream(fc.nat()), (sizes, pick, numbers) => {
        const { front, journal, session } = started();
        const frames = [...sizes, 9].map((size) => journal.append(size));
        const lost = pick % sizes.length;
        const passes = frames.map((frame, index) => {
          const kept = loseBudget(session.datagrams(frame, { maxSymbolBytes: 512 }), numbers);
          return index === lost ? kept.slice(1) : kept;
        });
        front.receive(...shuffled(passes.flat(), numbers));
        front.pass(HOLD_MS);
        expect(front.status.gate.gaps).toMatchObject([{ from: lost + 1, to: lost + 1 }]);
        const repeat = session.datagrams(frames[lost] as never, { maxSymbolBytes: 512, allRepair: true });
        front.receive(repeat.at(-1) as Buffer);
        expect(front.status.gate.gaps).toEqual([]);
        expect(front.spooled.at(-1)).toBe(`${lost + 1} healed`);
        expect(new Set(front.spooled).size).toBe(frames.length);
      }),
      RUNS,
    );
  });
});

describe('assembler, arbitrary bytes', () => {
  it('never throws, and keeps nothing but its ring', () => {
    const { assembler, session } = bareAssembler();
    const good = session.datagrams(new ModelJournal().append(200))[0] as Buffer;
    const mutated = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
      const copy = Buffer.from(good);
      copy[at] = mask ^ (copy[at] as number);
      return copy;
    });
    const anything = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(mutated, anything), (bytes) => {
        expect(assembler.handleDatagram(0, bytes)).not.toBe('accepted');
        expect([assembler.heldBytes, assembler.openBlocks]).toEqual([0, 0]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('stays within its bounds whatever an authentic sender claims', () => {
    const limits = { maxBlockBytes: 200_000, maxBlocks: 64, maxFrameAgeMs: 1_000 };
    const { assembler, session } = bareAssembler(limits);
    const field = (max: number) => fc.nat(max);
    const fields = fc.record({
      sequence: field(20),
      blockIndex: field(3),
      blockCount: field(3),
      symbolIndex: field(12),
      frameBytes: field(2_000),
      sourceCount: field(8),
      repairCapacity: fc.constantFrom(1, 2, 4, 128),
    });
    fc.assert(
      fc.property(fields, fc.constantFrom(64, 128, 100), fc.nat(3_000), (claimed, symbolBytes, nowMs) => {
        assembler.handleDatagram(nowMs, session.seal(claimed, Buffer.alloc(symbolBytes, nowMs)));
        assembler.poll(nowMs);
        expect(assembler.heldBytes).toBeLessThanOrEqual(limits.maxBlockBytes);
        expect(assembler.openBlocks).toBeLessThanOrEqual(limits.maxBlocks);
      }),
      { numRuns: 3_000 },
    );
  });
});

function started() {
  const front = new FrontHalf();
  const journal = new ModelJournal();
  const session = new ModelSession(journal);
  front.meet(session);
  return { front, journal, session };
}

function bareAssembler(limits?: ConstructorParameters<typeof Assembler>[0]['limits']) {
  const sessions = new SessionTable();
  const session = new ModelSession(new ModelJournal());
  sessions.open({ number: 1, id: session.id, secret: session.secret, epoch: 1 });
  const options = { sessions, filter: { wanted: () => true }, decoder: codec, onBlock: () => {} };
  return { assembler: new Assembler(limits ? { ...options, limits } : options), session };
}

/** Without as many datagrams of each block as it has repair symbols: exactly k are left. */
function loseBudget(datagrams: readonly Buffer[], numbers: fc.Stream<number>): Buffer[] {
  const blocks = new Map<number, Buffer[]>();
  for (const datagram of datagrams) {
    const { blockIndex } = readDatagramHeader(datagram);
    blocks.set(blockIndex, [...(blocks.get(blockIndex) ?? []), datagram]);
  }
  return [...blocks.values()].flatMap((block) => {
    const { sourceCount } = readDatagramHeader(block[0] as Buffer);
    return shuffled(block, numbers).slice(repairCount(sourceCount, REPAIR_PERCENT));
  });
}

/** Fisher–Yates with the generator's own numbers, so that a failing run is found again by its seed. */
function shuffled<T>(items: readonly T[], numbers: fc.Stream<number>): T[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at--) {
    const other = (numbers.next().value as number) % (at + 1);
    [order[at], order[other]] = [order[other] as T, order[at] as T];
  }
  return order;
}
