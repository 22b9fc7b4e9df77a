import { createSocket } from 'node:dgram';
import { describe, expect, it, vi } from 'vitest';
import { countFrames, openDatagramCounter } from '../../../bench/benchmarks/wire/datagram-counter.ts';
import { DATAGRAM_KIND, HEADER_BYTES, TAG_BYTES, writeDatagramHeader } from '../../../src/wire/datagram.ts';

function datagram(kind: number, sequence: number, symbolBytes: number): Buffer {
  const made = Buffer.alloc(HEADER_BYTES + symbolBytes + TAG_BYTES);
  writeDatagramHeader(made, 0, {
    suite: 1,
    kind,
    session: 7,
    lane: 0,
    counter: 1,
    sequence,
    blockIndex: 0,
    blockCount: 1,
    symbolIndex: 0,
    frameBytes: 100,
    sourceCount: 1,
    repairCapacity: 4,
  });
  return made;
}

describe('datagram counter', () => {
  it('tells symbols of each frame from other datagrams, by the header as it stands on the wire', async () => {
    const counter = await openDatagramCounter();
    const socket = createSocket('udp4');
    const sent = [
      datagram(DATAGRAM_KIND.symbol, 2 ** 40 + 5, 64),
      datagram(DATAGRAM_KIND.hello, 0, 128),
      datagram(DATAGRAM_KIND.symbol, 3, 192),
    ];
    try {
      for (const each of sent) socket.send(each, counter.port, '127.0.0.1');
      await vi.waitFor(() => expect(counter.counted).toHaveLength(3));
    } finally {
      socket.close();
      counter.close();
    }
    expect(counter.counted.map(({ sequence, bytes }) => [sequence, bytes])).toEqual([
      [2 ** 40 + 5, 108],
      [undefined, 172],
      [3, 236],
    ]);
  });

  it('takes what comes long after the first symbol of a frame for its repeat', () => {
    const symbol = (atMs: number, sequence: number, bytes: number) => ({ atMs, sequence, bytes });
    const frames = countFrames(
      [
        symbol(0, 1, 100),
        symbol(1, 1, 100),
        symbol(499, 1, 10),
        symbol(500, 1, 1_000),
        { atMs: 501, sequence: undefined, bytes: 300 },
        symbol(600, 2, 50),
      ],
      500,
    );
    expect([...frames].map(([sequence, { firstPass, repeats }]) => [sequence, firstPass, repeats])).toEqual([
      [1, { datagrams: 3, bytes: 210 }, { datagrams: 1, bytes: 1_000 }],
      [2, { datagrams: 1, bytes: 50 }, { datagrams: 0, bytes: 0 }],
    ]);
  });
});
