import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { type BatchSocket, READABLE, WRITABLE } from '../../../src/link/udp-addon.ts';
import { ADDON_FILE, addon, codeOf, hasAddon } from '../../support/udp-addon.ts';

const { EAGAIN, EBADF, EINVAL } = constants.errno;
const BUFFER_BYTES = 1 << 20;
const open: BatchSocket[] = [];

afterEach(() => {
  for (const socket of open.splice(0)) addon.close(socket);
});

function bind(coalesced = true): BatchSocket {
  const socket = addon.bind('127.0.0.1', 0, BUFFER_BYTES, coalesced);
  open.push(socket);
  return socket;
}

function connect(port: number): BatchSocket {
  const socket = addon.connect('127.0.0.1', port, BUFFER_BYTES);
  open.push(socket);
  return socket;
}

/** Everything that waits in the kernel, and in the socket of what was read into `slab`. */
function drain(socket: BatchSocket, slab = newSlab()): Buffer[] {
  const starts = new Uint32Array(16);
  const lengths = new Uint32Array(16);
  const drained: Buffer[] = [];
  while (addon.read(socket, slab) > 0) {
    for (let count = addon.places(socket, starts, lengths); count > 0; count = addon.places(socket, starts, lengths)) {
      starts.subarray(0, count).forEach((start, at) => {
        drained.push(Buffer.from(slab.subarray(start, start + (lengths[at] as number))));
      });
    }
  }
  return drained;
}

/** Room for so many messages. */
function newSlab(messages = 64): Buffer {
  return Buffer.alloc(messages * 65_536);
}

const numbered = (count: number, bytes: number) => Array.from({ length: count }, (_, at) => Buffer.alloc(bytes, at));

describe.skipIf(!hasAddon)('UDP addon', () => {
  it.each([
    { segmented: true, coalesced: true },
    { segmented: true, coalesced: false },
    { segmented: false, coalesced: true },
    { segmented: false, coalesced: false },
  ])('carries datagrams whole and in order: %o', ({ segmented, coalesced }) => {
    const receiver = bind(coalesced);
    const sender = connect(addon.port(receiver));
    const sent = [...numbered(100, 1_400), ...numbered(30, 9), Buffer.alloc(0), Buffer.alloc(65_507, 7)];
    expect(addon.send(sender, sent, segmented)).toBe(sent.length);
    const received = drain(receiver);
    expect(received.map(({ length }) => length)).toEqual(sent.map(({ length }) => length));
    expect(Buffer.concat(received).equals(Buffer.concat(sent))).toBe(true);
    expect(addon.read(receiver, newSlab())).toBe(-EAGAIN);
  });

  it.each([
    // 100 datagrams are three messages, of 46 and less; of 64 that come singly one batch is read, and of 8 that might be joined.
    { segmented: true, coalesced: true, read: 100 },
    { segmented: true, coalesced: false, read: 64 },
    { segmented: false, coalesced: true, read: 8 },
    { segmented: false, coalesced: false, read: 64 },
  ])('reads a batch in one call: %o', ({ segmented, coalesced, read }) => {
    const receiver = bind(coalesced);
    addon.send(connect(addon.port(receiver)), numbered(100, 1_400), segmented);
    expect(addon.read(receiver, newSlab())).toBe(read);
  });

  it('looks at 256 datagrams at most', () => {
    const receiver = bind();
    expect(addon.send(connect(addon.port(receiver)), numbered(300, 10), true)).toBe(256);
    expect(drain(receiver)).toHaveLength(256);
  });

  it('reads one message into each 64 KiB, and nothing behind them', () => {
    const receiver = bind(false);
    addon.send(connect(addon.port(receiver)), numbered(5, 100), false);
    const slab = newSlab(3).fill(0xff);
    expect(addon.read(receiver, slab.subarray(0, -1))).toBe(2);
    const starts = new Uint32Array(9);
    const lengths = new Uint32Array(9);
    expect(addon.places(receiver, starts, lengths)).toBe(2);
    expect([...starts.subarray(0, 3), ...lengths.subarray(0, 3)]).toEqual([0, 65_536, 0, 100, 100, 0]);
    expect(slab.subarray(0, 101)).toEqual(Buffer.concat([Buffer.alloc(100, 0), Buffer.of(0xff)]));
    expect(slab.subarray(65_536, 65_637)).toEqual(Buffer.concat([Buffer.alloc(100, 1), Buffer.of(0xff)]));
    expect(slab.subarray(131_072).every((byte) => byte === 0xff)).toBe(true);
    expect(drain(receiver).map(([first]) => first)).toEqual([2, 3, 4]);
  });

  it('says where as many lie as both lists hold, and of the rest when asked again, before it reads more', () => {
    const receiver = bind();
    const sender = connect(addon.port(receiver));
    addon.send(sender, numbered(10, 100), true);
    const slab = newSlab();
    expect(addon.read(receiver, slab)).toBe(10);
    addon.send(sender, [Buffer.of(10)], true);
    const starts = new Uint32Array(4);
    const lengths = new Uint32Array(4);
    expect(addon.places(receiver, starts, lengths.subarray(0, 2))).toBe(2);
    expect(addon.places(receiver, starts.subarray(0, 1), lengths)).toBe(1);
    const untouched = newSlab(1);
    expect(addon.read(receiver, untouched)).toBe(7);
    expect(untouched.every((byte) => byte === 0)).toBe(true);
    expect(addon.places(receiver, starts.subarray(0, 0), lengths)).toBe(0);
    expect(addon.places(receiver, starts, lengths)).toBe(4);
    expect(drain(receiver, slab).map(([first]) => first)).toEqual([7, 8, 9, 10]);
  });

  it('tells what its socket dropped, without a datagram that follows', () => {
    const receiver = addon.bind('127.0.0.1', 0, 4_096, false);
    open.push(receiver);
    const sender = connect(addon.port(receiver));
    expect(addon.drops(receiver)).toBe(0);
    expect(addon.send(sender, numbered(100, 1_400), false)).toBe(100);
    const dropped = addon.drops(receiver) as number;
    expect(dropped).toBeGreaterThan(0);
    expect(drain(receiver)).toHaveLength(100 - dropped);
    expect(addon.drops(receiver)).toBe(dropped);
  });

  it('grants buffers as the kernel counts them, twice what was asked for', () => {
    const receiver = bind();
    expect(addon.receiveBufferBytes(receiver)).toBe(2 * BUFFER_BYTES);
    expect(addon.sendBufferBytes(connect(addon.port(receiver)))).toBe(2 * BUFFER_BYTES);
  });

  it.each([
    ['a port that is taken', 'EADDRINUSE', () => addon.bind('127.0.0.1', addon.port(bind()), 4_096, true)],
    ['an address of another machine', 'EADDRNOTAVAIL', () => addon.bind('203.0.113.9', 0, 4_096, true)],
    ['a broadcast address', 'EACCES', () => addon.connect('255.255.255.255', 9, 4_096)],
    ['a name', 'ERR_OUT_OF_RANGE', () => addon.connect('localhost', 9, 4_096)],
    ['a NUL behind an address', 'ERR_OUT_OF_RANGE', () => addon.connect('127.0.0.1\0.example', 9, 4_096)],
    ['a port beyond 65535', 'ERR_OUT_OF_RANGE', () => addon.connect('127.0.0.1', 65_536, 4_096)],
    ['a buffer of less than nothing', 'ERR_OUT_OF_RANGE', () => addon.bind('127.0.0.1', 0, -1, true)],
    ['a datagram beyond what IP holds', 'ERR_OUT_OF_RANGE', () => addon.send(connect(9), [Buffer.alloc(65_536)], true)],
    [
      'bytes that are no Uint8Array',
      'ERR_INVALID_ARG_TYPE',
      () => addon.send(connect(9), [new Uint16Array(4) as never], true),
    ],
    ['memory that holds no message', 'ERR_OUT_OF_RANGE', () => addon.read(bind(), Buffer.alloc(65_535))],
    [
      'places that are no Uint32Array',
      'ERR_INVALID_ARG_TYPE',
      () => addon.places(bind(), new Uint32Array(1), new Int32Array(1) as never),
    ],
    [
      'a time of more than an hour',
      'ERR_OUT_OF_RANGE',
      () =>
        addon.setTimer(
          addon.timer(() => {}),
          3_600_001,
        ),
    ],
    [
      'a time before now',
      'ERR_OUT_OF_RANGE',
      () =>
        addon.setTimer(
          addon.timer(() => {}),
          -1,
        ),
    ],
    ['a socket for a timer', 'ERR_INVALID_ARG_TYPE', () => addon.setTimer(bind() as never, 1)],
    ['what is no socket', 'ERR_INVALID_ARG_TYPE', () => addon.port({} as never)],
    ['a stand-in for a socket', 'ERR_INVALID_ARG_TYPE', () => addon.port(new Proxy(bind(), {}))],
  ])('refuses %s', (_name, code, call) => {
    expect(codeOf(call)).toBe(code);
  });

  it('answers errors on a closed socket, and closes it again', () => {
    const [receiver, sender] = [bind(), connect(9)];
    addon.close(receiver);
    addon.close(sender);
    expect(addon.read(receiver, newSlab())).toBe(-EBADF);
    expect(addon.send(sender, [Buffer.of(1)], true)).toBe(-EBADF);
    expect(addon.places(receiver, new Uint32Array(1), new Uint32Array(1))).toBe(0);
    expect(codeOf(() => addon.watch(receiver, READABLE, () => {}))).toBe('EBADF');
    expect(codeOf(() => addon.drops(receiver))).toBe('EBADF');
    expect(codeOf(() => addon.port(receiver))).toBe('EBADF');
    addon.close(receiver);
  });

  it('asks for the drops of a queue: of an interface that there is, and only of a number', () => {
    const loopback = Number(readFileSync('/sys/class/net/lo/ifindex', 'utf8'));
    expect(addon.queueDrops?.(loopback)).toBe(0);
    expect(addon.queueDrops?.(0)).toBeUndefined();
    for (const [wrong, code] of [
      ['1', 'ERR_INVALID_ARG_TYPE'],
      [-1, 'ERR_OUT_OF_RANGE'],
      [2 ** 31, 'ERR_OUT_OF_RANGE'],
    ] as const) {
      expect(codeOf(() => addon.queueDrops?.(wrong as number))).toBe(code);
    }
  });

  it('reads nothing from a connected socket', () => {
    expect(addon.read(connect(9), newSlab())).toBe(-EINVAL);
  });

  it('reads all elements before it looks at memory: one that takes away the memory of another changes nothing', () => {
    const receiver = bind();
    const sender = connect(addon.port(receiver));
    const victim = Buffer.from(new ArrayBuffer(1_000)).fill(1);
    const datagrams = [victim, Buffer.alloc(1_000, 2)];
    Object.defineProperty(datagrams, 1, {
      get: () => {
        structuredClone(victim.buffer, { transfer: [victim.buffer] });
        return Buffer.alloc(1_000, 2);
      },
    });
    expect(addon.send(sender, datagrams, false)).toBe(2);
    expect(drain(receiver).map(({ length }) => length)).toEqual([0, 1_000]);
  });

  it('survives an element that closes the socket', () => {
    const sender = connect(9);
    const datagrams = [Buffer.of(1)];
    Object.defineProperty(datagrams, 0, {
      get: () => {
        addon.close(sender);
        return Buffer.of(1);
      },
    });
    expect(addon.send(sender, datagrams, true)).toBe(-EBADF);
  });

  it('calls back while there is something to read, and no more once it is told so or closed', async () => {
    const receiver = bind();
    const sender = connect(addon.port(receiver));
    let calls = 0;
    const called = new Promise<void>((resolve) =>
      addon.watch(receiver, READABLE, (error) => {
        expect(error).toBe(0);
        // Nothing is read: it is called again.
        if (++calls === 3) resolve();
      }),
    );
    addon.send(sender, [Buffer.of(1)], true);
    await called;
    addon.watch(receiver, 0, () => {});
    const seen = calls;
    addon.watch(sender, WRITABLE, () => addon.close(sender));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(calls).toBe(seen);
    expect(addon.send(sender, [], true)).toBe(-EBADF);
  });

  it('calls back once, after a fraction of a millisecond, and not where it was set anew or ended', async () => {
    const calledMs: number[] = [];
    let onCall = () => {};
    const timer = addon.timer(() => {
      calledMs.push(performance.now());
      onCall();
    });
    const called = () =>
      new Promise<void>((resolve) => {
        onCall = resolve;
      });
    const waits: number[] = [];
    for (let round = 0; round < 50; round++) {
      const startMs = performance.now();
      addon.setTimer(timer, 0.2);
      await called();
      waits.push(performance.now() - startMs);
    }
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0.2);
    // Node's own fire after a whole millisecond at the earliest.
    expect(Math.min(...waits)).toBeLessThan(1);
    addon.setTimer(timer, 0);
    addon.setTimer(timer, 3_600_000);
    const other = addon.timer(() => onCall());
    addon.setTimer(other, 2);
    await called();
    expect(calledMs).toHaveLength(50);
    addon.setTimer(timer, 0);
    addon.endTimer(timer);
    addon.endTimer(timer);
    addon.setTimer(other, 2);
    await called();
    expect(calledMs).toHaveLength(50);
    addon.endTimer(other);
    expect(codeOf(() => addon.setTimer(timer, 1))).toBe('EBADF');
  });

  it('lets go of the loop where a thread ends with its sockets open and watched', async () => {
    const script = `
      const addon = require(${JSON.stringify(ADDON_FILE)});
      const sockets = [1, 2, 3].map(() => addon.bind('127.0.0.1', 0, 4096, true));
      for (const socket of sockets) addon.watch(socket, 1, () => {});
      addon.setTimer(addon.timer(() => {}), 60_000);
      addon.close(sockets[0]);
      require('node:worker_threads').parentPort.postMessage(addon.port(sockets[1]));`;
    const worker = new Worker(script, { eval: true });
    const [port] = (await once(worker, 'message')) as [number];
    await worker.terminate();
    const socket = createSocket('udp4');
    // The port is free again.
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
    socket.close();
  });
});
