import { createSocket } from 'node:dgram';
import { once } from 'node:events';
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

/** Everything that waits in the kernel and in the socket. */
function drain(socket: BatchSocket, slabBytes = 65_536): Buffer[] {
  const lengths = new Uint32Array(16);
  const slab = Buffer.alloc(slabBytes);
  const drained: Buffer[] = [];
  while (addon.fill(socket) > 0) {
    for (let count = addon.take(socket, slab, 0, lengths); count > 0; count = addon.take(socket, slab, 0, lengths)) {
      let offset = 0;
      for (const length of lengths.subarray(0, count)) {
        drained.push(Buffer.from(slab.subarray(offset, offset + length)));
        offset += length;
      }
    }
  }
  return drained;
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
    expect(addon.fill(receiver)).toBe(-EAGAIN);
  });

  it.each([
    // 100 datagrams are three messages, of 46 and less; of 64 that come singly one batch is read, and of 8 that might be joined.
    { segmented: true, coalesced: true, filled: 100 },
    { segmented: true, coalesced: false, filled: 64 },
    { segmented: false, coalesced: true, filled: 8 },
    { segmented: false, coalesced: false, filled: 64 },
  ])('reads a batch in one call: %o', ({ segmented, coalesced, filled }) => {
    const receiver = bind(coalesced);
    addon.send(connect(addon.port(receiver)), numbered(100, 1_400), segmented);
    expect(addon.fill(receiver)).toBe(filled);
  });

  it('looks at 256 datagrams at most', () => {
    const receiver = bind();
    expect(addon.send(connect(addon.port(receiver)), numbered(300, 10), true)).toBe(256);
    expect(drain(receiver)).toHaveLength(256);
  });

  it('hands out as many as there is room for, and the rest when asked again', () => {
    const receiver = bind();
    addon.send(connect(addon.port(receiver)), numbered(10, 100), true);
    expect(addon.fill(receiver)).toBe(10);
    const slab = Buffer.alloc(1_000, 0xff);
    const lengths = new Uint32Array(4);
    expect(addon.take(receiver, slab, 750, lengths)).toBe(2);
    expect(slab.subarray(0, 750).every((byte) => byte === 0xff)).toBe(true);
    expect(slab.subarray(750)).toEqual(
      Buffer.concat([Buffer.alloc(100, 0), Buffer.alloc(100, 1), Buffer.alloc(50, 0xff)]),
    );
    expect(addon.fill(receiver)).toBe(8);
    expect(addon.take(receiver, slab.subarray(0, 99), 0, lengths)).toBe(0);
    expect(addon.take(receiver, slab, 0, lengths)).toBe(4);
    expect(drain(receiver).map(([first]) => first)).toEqual([6, 7, 8, 9]);
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
    [
      'an offset behind the buffer',
      'ERR_OUT_OF_RANGE',
      () => addon.take(bind(), Buffer.alloc(4), 5, new Uint32Array(1)),
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
    expect(addon.fill(receiver)).toBe(-EBADF);
    expect(addon.send(sender, [Buffer.of(1)], true)).toBe(-EBADF);
    expect(addon.take(receiver, Buffer.alloc(9), 0, new Uint32Array(1))).toBe(0);
    expect(codeOf(() => addon.watch(receiver, READABLE, () => {}))).toBe('EBADF');
    expect(codeOf(() => addon.drops(receiver))).toBe('EBADF');
    expect(codeOf(() => addon.port(receiver))).toBe('EBADF');
    addon.close(receiver);
  });

  it('reads nothing from a connected socket', () => {
    expect(addon.fill(connect(9))).toBe(-EINVAL);
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
