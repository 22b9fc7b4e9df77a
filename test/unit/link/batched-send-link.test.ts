import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { SENDER_LIMITS } from '../../../src/limits.ts';
import { openBatchedSendLink } from '../../../src/link/batched-send-link.ts';
import type { BatchSocket, UdpAddon } from '../../../src/link/udp-addon.ts';
import { addon, hasAddon } from '../../support/udp-addon.ts';

const COUNT = 500;
const AT_ONCE = 50;

describe.skipIf(!hasAddon)('a batched send link of the addon', () => {
  it.each(['segments', 'datagrams'] as const)(
    'in batches of %s: memory may be filled again once flush answers true, and not while any waits for room',
    async (kind) => {
      const socket = createSocket('udp4');
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      socket.setRecvBufferSize(1 << 22);
      const received: Buffer[] = [];
      const all = new Promise<void>((resolve) =>
        socket.on('message', (datagram) => {
          if (received.push(datagram) === COUNT) resolve();
        }),
      );
      const link = openBatchedSendLink(crowded(addon), {
        family: 4,
        address: '127.0.0.1',
        port: socket.address().port,
        sendBufferBytes: 262_144,
        maxDatagramBytes: 1_472,
        overheadBytes: 66,
        status: { kind },
      });
      const answers: unknown[] = [];
      const lent: Buffer[] = [];
      for (let sent = 0; sent < COUNT; ) {
        const datagram = Buffer.alloc(1_000, sent % 200);
        if (!link.send(datagram)) {
          await new Promise<void>((resolve) => link.onRoom(resolve));
          continue;
        }
        lent.push(datagram);
        if (++sent % AT_ONCE !== 0) continue;
        const isCopied = link.flush?.();
        answers.push(isCopied);
        if (isCopied) for (const copied of lent.splice(0)) copied.fill(0xee);
      }
      await all;
      expect(received.every((datagram, at) => datagram.equals(Buffer.alloc(1_000, at % 200)))).toBe(true);
      expect(new Set(answers)).toEqual(new Set([true, false]));
      await link.close();
      socket.close();
    },
  );
});

describe('a batched send link', () => {
  const { EAGAIN, EIO, EINVAL, EMSGSIZE, ENOBUFS, EOPNOTSUPP } = constants.errno;
  const { EACCES, EADDRNOTAVAIL, EHOSTUNREACH, ENETDOWN, ENETUNREACH, ENODEV, EPERM } = constants.errno;

  it('waits where the socket has no room for a datagram, and loses none', () => {
    const { link, sent, errors, tellRoom } = scripted((calls) => (calls === 1 ? -EAGAIN : 0));
    for (const byte of [1, 2, 3]) link.send(Buffer.of(byte));
    expect(link.flush?.()).toBe(false);
    expect(link.send(Buffer.of(4))).toBe(false);
    tellRoom();
    expect(link.flush?.()).toBe(true);
    expect(sent).toEqual([1, 2, 3]);
    expect(errors).toEqual([]);
  });

  it('gives up at its close what the kernel has no room for within a second', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const { link, sent, closes } = scripted(() => -ENOBUFS);
      for (const byte of [1, 2, 3]) link.send(Buffer.of(byte));
      let isClosed = false;
      const closed = link.close().then(() => {
        isClosed = true;
      });
      await vi.advanceTimersByTimeAsync(SENDER_LIMITS.closeMs - 1);
      expect(isClosed).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      await closed;
      const calls = closes();
      expect(calls).toMatchObject({ closes: 1 });
      await vi.advanceTimersByTimeAsync(10);
      // Nothing more is asked of a socket that is closed.
      expect(closes()).toEqual(calls);
      expect(sent).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('asks once a millisecond where the kernel has no memory, since the socket is writable meanwhile, and loses none', () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      let calls = 0;
      const { link, sent, errors, tellRoom } = scripted((count) => {
        calls = count;
        return count <= 50 ? -ENOBUFS : 0;
      });
      const rooms: number[] = [];
      link.onRoom(() => rooms.push(calls));
      for (const byte of [1, 2, 3]) link.send(Buffer.of(byte));
      expect(link.flush?.()).toBe(false);
      for (let wakes = 0; wakes < 1_000; wakes++) tellRoom();
      expect(calls).toBe(1);
      expect(link.send(Buffer.of(4))).toBe(false);
      vi.advanceTimersByTime(49);
      expect(calls).toBe(50);
      expect(sent).toEqual([]);
      vi.advanceTimersByTime(1);
      expect(sent).toEqual([1, 2, 3]);
      expect(rooms).toEqual([51]);
      expect(errors).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each(
    [EACCES, EADDRNOTAVAIL, EHOSTUNREACH, ENETDOWN, ENETUNREACH, ENODEV, EPERM].map(
      (errno) => [getSystemErrorName(-errno), errno] as const,
    ),
  )('keeps what the kernel has no way for (%s), says each try, and loses none', (code, errno) => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const { link, sent, errors } = scripted((calls) => (calls <= 3 ? -errno : 0));
      let rooms = 0;
      link.onRoom(() => rooms++);
      for (const byte of [1, 2, 3]) link.send(Buffer.of(byte));
      expect(link.flush?.()).toBe(false);
      expect(link.send(Buffer.of(4))).toBe(false);
      expect([link.queuedDatagrams, link.isAway]).toEqual([3, true]);
      vi.advanceTimersByTime(2 * SENDER_LIMITS.awayRetryMs - 1);
      expect([sent, rooms]).toEqual([[], 0]);
      vi.advanceTimersByTime(1);
      expect([sent, rooms]).toEqual([[1, 2, 3], 1]);
      expect(link.flush?.()).toBe(true);
      expect(link.isAway).toBe(false);
      expect(errors.map((error) => (error as NodeJS.ErrnoException).code)).toEqual([code, code, code]);
      expect(link.batching?.().kind).toBe('segments');
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    ['of segments', (calls: number) => (calls === 1 ? -EHOSTUNREACH : 0)],
    [
      'of single datagrams',
      (calls: number, isSegmented: boolean) => (isSegmented ? -EIO : calls === 2 ? -EHOSTUNREACH : 0),
    ],
  ])('waits for no ICMP error of an earlier datagram, which the kernel says once, and loses none: %s', (_, answer) => {
    const { link, sent, errors } = scripted(answer);
    for (const byte of [1, 2, 3]) link.send(Buffer.of(byte));
    expect(link.flush?.()).toBe(true);
    expect([sent, link.isAway]).toEqual([[1, 2, 3], false]);
    expect(errors.map((error) => (error as NodeJS.ErrnoException).code)).toEqual(['EHOSTUNREACH']);
  });

  it.each([EIO, EINVAL, EMSGSIZE, EOPNOTSUPP].map((errno) => [getSystemErrorName(-errno), errno] as const))(
    'sends singly from then on where the kernel refuses segments with %s, and loses none',
    (code, errno) => {
      const { link, sent, errors } = scripted((_calls, isSegmented) => (isSegmented ? -errno : 0));
      const told: unknown[] = [];
      link.onBatching?.((status) => told.push(status));
      for (const byte of [1, 2, 3]) link.send(Buffer.of(byte));
      expect(link.flush?.()).toBe(true);
      link.send(Buffer.of(4));
      expect(link.flush?.()).toBe(true);
      expect(sent).toEqual([1, 2, 3, 4]);
      expect(errors).toEqual([]);
      expect(told).toEqual([{ kind: 'datagrams', problem: `the kernel refused UDP_SEGMENT (${code})` }]);
    },
  );

  it.each([
    ['EAGAIN', EAGAIN],
    ['ENOBUFS', ENOBUFS],
  ])('waits where the kernel refuses segments and is full besides (%s), and loses none', (_, errno) => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const { link, sent, errors, tellRoom } = scripted((calls, isSegmented) => {
        if (isSegmented) return -EIO;
        return calls === 2 ? -errno : 0;
      });
      for (const byte of [1, 2, 3]) link.send(Buffer.of(byte));
      expect(link.flush?.()).toBe(false);
      expect(link.send(Buffer.of(4))).toBe(false);
      tellRoom();
      vi.advanceTimersByTime(1);
      expect(link.flush?.()).toBe(true);
      expect(sent).toEqual([1, 2, 3]);
      expect(errors).toEqual([]);
      expect(link.batching?.().kind).toBe('datagrams');
    } finally {
      vi.useRealTimers();
    }
  });
});

/** A link on a kernel that takes all, or answers the negative errno that `answer` gives. */
function scripted(answer: (calls: number, isSegmented: boolean) => number) {
  const sent: number[] = [];
  const errors: Error[] = [];
  let calls = 0;
  let closes = 0;
  let onRoom = () => {};
  const kernel: Partial<UdpAddon> = {
    connect: () => ({}) as BatchSocket,
    close: () => void closes++,
    sendBufferBytes: () => 262_144,
    send: (_socket, datagrams, isSegmented) => {
      const refused = answer(++calls, isSegmented);
      if (refused === 0) sent.push(...datagrams.map((datagram) => datagram[0] as number));
      return refused === 0 ? datagrams.length : refused;
    },
    watch: (_socket, events, callback) => {
      onRoom = events === 0 ? () => {} : () => callback(0);
    },
  };
  const link = openBatchedSendLink(kernel as UdpAddon, {
    family: 4,
    address: '127.0.0.1',
    port: 9,
    sendBufferBytes: 262_144,
    maxDatagramBytes: 1_472,
    overheadBytes: 66,
    status: { kind: 'segments' },
  });
  link.onError((error) => errors.push(error));
  return { link, sent, errors, tellRoom: () => onRoom(), closes: () => ({ calls, closes }) };
}

/** As a kernel that takes half of what is there, and has no room at each fourth call: over loopback it always has. */
function crowded(real: UdpAddon): UdpAddon {
  let calls = 0;
  return {
    ...real,
    send: (socket, datagrams, segmented) =>
      ++calls % 4 === 0 ? -constants.errno.EAGAIN : real.send(socket, datagrams.slice(0, AT_ONCE / 2), segmented),
  };
}
