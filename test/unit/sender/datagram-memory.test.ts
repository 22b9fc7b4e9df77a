import { describe, expect, it } from 'vitest';
import { DatagramMemory } from '../../../sender/transmit/datagram-memory.ts';
import { SENDER_LIMITS, UDP_LIMITS } from '../../../src/limits.ts';

const BYTES = 1_452;
const OF_ONE_SLAB = Math.floor(UDP_LIMITS.slabBytes / BYTES);

describe('datagram memory', () => {
  it('gives nothing twice until it was copied', () => {
    const memory = new DatagramMemory();
    const taken = take(memory, 5 * OF_ONE_SLAB);
    expect(
      taken.every((datagram, at) => datagram.length === BYTES && datagram.every((byte) => byte === at % 251)),
    ).toBe(true);
  });

  it('gives again what was copied, and never what was taken last', () => {
    const memory = new DatagramMemory();
    const before = take(memory, 3 * OF_ONE_SLAB + 1);
    const last = before.at(-1) as Buffer;
    const lastBytes = Buffer.from(last);
    memory.handleCopied();
    const after = take(memory, 3 * OF_ONE_SLAB - 1);
    expect(last.equals(lastBytes)).toBe(true);
    expect(slabsOf([...before, ...after]).size).toBe(slabsOf(before).size);
  });

  it('fits datagrams of another length into what was copied', () => {
    const memory = new DatagramMemory();
    take(memory, OF_ONE_SLAB + 1);
    memory.handleCopied();
    const others = Array.from({ length: 300 }, (_, at) => memory.take(100 + at).fill(at % 251));
    expect(others.map(({ length }) => length)).toEqual(others.map((_, at) => 100 + at));
    expect(others.every((datagram, at) => datagram.every((byte) => byte === at % 251))).toBe(true);
  });

  it('keeps no more than its bound for a link that never says what it copied', () => {
    const memory = new DatagramMemory();
    const before = slabsOf(take(memory, 4 * SENDER_LIMITS.maxKeptSlabs * OF_ONE_SLAB));
    memory.handleCopied();
    const after = slabsOf(take(memory, 4 * SENDER_LIMITS.maxKeptSlabs * OF_ONE_SLAB));
    expect([...after].filter((slab) => before.has(slab))).toHaveLength(SENDER_LIMITS.maxKeptSlabs);
  });
});

function take(memory: DatagramMemory, count: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, at) => memory.take(BYTES).fill(at % 251));
}

function slabsOf(datagrams: readonly Buffer[]): ReadonlySet<ArrayBufferLike> {
  return new Set(datagrams.map(({ buffer }) => buffer));
}
