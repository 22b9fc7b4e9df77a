import { describe, expect, it } from 'vitest';
import { seededFractions } from '../../../bench/workload/seeded-fractions.ts';
import { DATAGRAM_KIND, datagramKind, writeDatagramHeader } from '../../../src/wire/datagram.ts';
import { capturedDatagrams } from '../../flood/captured-datagrams.ts';
import { hostileDatagrams, isEnoughSeen } from '../../flood/hostile-datagrams.ts';

const symbol = Buffer.alloc(28 + 64 + 16, 7);
const place = { suite: 1, session: 9, lane: 0, counter: 5, sequence: 3, blockIndex: 0, blockCount: 1 };
writeDatagramHeader(symbol, 0, {
  ...place,
  kind: 1,
  symbolIndex: 0,
  frameBytes: 64,
  sourceCount: 1,
  repairCapacity: 2,
});
const hello = Buffer.alloc(200, 3);
hello.set([0x1d, 1, 1, 0x20]);
const seen = [symbol, hello];

describe('hostile datagrams', () => {
  it('are the same for the same seed, and none is one that was seen but the replayed', () => {
    const made = hostileDatagrams(seen, 1_000, seededFractions(1));
    expect(made).toEqual(hostileDatagrams(seen, 1_000, seededFractions(1)));
    const replayed = made.filter((datagram) => seen.some((original) => original.equals(datagram)));
    expect(replayed).toHaveLength(300);
    const kinds = made.map((datagram) => datagramKind(datagram));
    expect(kinds.filter((kind) => kind === DATAGRAM_KIND.symbol).length).toBeGreaterThan(300);
    expect(kinds.filter((kind) => kind === DATAGRAM_KIND.hello).length).toBeGreaterThan(200);
    expect(kinds.filter((kind) => kind === 'magic' || kind === 'too-short').length).toBeGreaterThan(90);
  });

  it('need hellos and symbols to be made from', () => {
    expect(isEnoughSeen(seen)).toBe(true);
    expect(isEnoughSeen([symbol])).toBe(false);
  });
});

describe('a capture', () => {
  const fileHeader = Buffer.alloc(24);
  fileHeader.writeUInt32LE(0xa1b2c3d4, 0);
  fileHeader.writeUInt32LE(1, 20);

  function packet(payload: Buffer, fill = 0): Buffer {
    const head = Buffer.alloc(16 + 14 + 20 + 8);
    head.writeUInt32LE(14 + 20 + 8 + payload.length + fill, 8);
    head[16 + 14] = 0x45;
    head.writeUInt16BE(8 + payload.length, 16 + 14 + 20 + 4);
    return Buffer.concat([head, payload, Buffer.alloc(fill)]);
  }

  it('gives the payloads, without what Ethernet filled up', () => {
    const file = Buffer.concat([fileHeader, packet(symbol), packet(Buffer.from('short'), 13), packet(hello)]);
    expect(capturedDatagrams(file)).toEqual([symbol, Buffer.from('short'), hello]);
    expect(capturedDatagrams(file.subarray(0, file.length - 1))).toHaveLength(2);
  });

  it('of another kind is refused', () => {
    expect(() => capturedDatagrams(Buffer.alloc(100))).toThrow('no capture');
  });
});
