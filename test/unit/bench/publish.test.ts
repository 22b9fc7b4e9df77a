import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDatagramFile, readDatagramFile } from '../../../bench/benchmarks/publish/datagram-file.ts';
import { socketQueue } from '../../../bench/benchmarks/publish/socket-queue.ts';
import { deltaLine, deltaText, expectedDeltas } from '../../../bench/workload/sized-deltas.ts';

const folder = mkdtempSync(join(tmpdir(), 'publish-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a file of datagrams', () => {
  it('gives back what was written, in order', () => {
    const path = join(folder, 'datagrams');
    const datagrams = [Buffer.from('one'), Buffer.alloc(0), Buffer.alloc(65_535, 7)];
    const file = openDatagramFile(path);
    for (const datagram of datagrams) file.append(datagram);
    file.close();
    expect(readDatagramFile(path)).toEqual(datagrams);
  });

  it.each([['00'], ['0003aabb'], ['0001aa00']])('throws where it ends within one: %s', (hex) => {
    const path = join(folder, 'cut');
    writeFileSync(path, Buffer.from(hex, 'hex'));
    expect(() => readDatagramFile(path)).toThrow('ends within a datagram');
  });
});

describe('the queue of a socket', () => {
  // proc_net_udp(5), of Linux 6.18; a socket on port 0x1F40 = 8000.
  const table = [
    '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops',
    '  101: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 11 2 0000000000000000 0',
    '  902: 0100007F:1F40 00000000:0000 07 00000100:00010400 00:00000000 00000000     0        0 12 2 0000000000000000 3',
  ].join('\n');

  it('is what waits to be read, and what was dropped', () => {
    expect(socketQueue(table, 8_000)).toEqual({ queuedBytes: 0x10400, drops: 3 });
    expect(socketQueue(table, 53)).toEqual({ queuedBytes: 0, drops: 0 });
  });

  it('is nothing where nobody listens', () => {
    expect(socketQueue(table, 8_001)).toBeUndefined();
  });
});

describe('sized deltas', () => {
  const series = { seed: 1, resourceBytes: 500, subjects: 3, firstSubject: 0 };

  it('have their size, and change their subjects in turns', () => {
    expect(deltaText(series, 4)).toHaveLength(500);
    const expected = expectedDeltas(series, 7);
    expect([...expected.values()].map((values) => values.length)).toEqual([3, 2, 2]);
    expect(new Set([...expected.values()].flat().map((value) => JSON.stringify(value))).size).toBe(7);
    const resource = (JSON.parse(deltaLine(series, 3)) as { resource: { id: string } }).resource;
    expect(expected.get(`User|${resource.id}`)?.[1]).toEqual(resource);
  });

  it('have no subject in common with those of another range', () => {
    const other = expectedDeltas({ ...series, firstSubject: 3 }, 3);
    expect([...expectedDeltas(series, 3).keys()].filter((key) => other.has(key))).toEqual([]);
  });
});
