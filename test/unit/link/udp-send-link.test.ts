import { createSocket, Socket } from 'node:dgram';
import { once } from 'node:events';
import { constants } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Batching } from '../../../src/config/sender-config.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';
import { openUdpSendLink, translateConnectError, type UdpSendLink } from '../../../src/link/udp-send-link.ts';
import { availableBatchings } from '../../support/available-batchings.ts';

const sendBufferBytes = 262_144;
const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const closable of open.splice(0)) await closable.close();
});

async function listen(type: 'udp4' | 'udp6', address: string): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket(type);
  socket.bind(0, address);
  await once(socket, 'listening');
  open.push(socket);
  return { socket, port: socket.address().port };
}

async function link(address: string, port: number, batching: Batching): Promise<UdpSendLink> {
  const opened = await openUdpSendLink({ address, port, sendBufferBytes, batching });
  open.push(opened);
  return opened;
}

it('gives up at the close of a node:dgram link what the kernel has no room for within a second', async () => {
  const sending = vi.spyOn(Socket.prototype, 'send').mockImplementation(() => {});
  const { port } = await listen('udp4', '127.0.0.1');
  const sender = await openUdpSendLink({ address: '127.0.0.1', port, sendBufferBytes, batching: 'none' });
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  try {
    sender.send(Buffer.of(1));
    const closed = sender.close();
    vi.advanceTimersByTime(SENDER_LIMITS.closeMs);
    await closed;
    expect(sender.queuedDatagrams).toBe(1);
  } finally {
    vi.useRealTimers();
    sending.mockRestore();
  }
});

it('keeps in a node:dgram link what the kernel has no way for, takes no more meanwhile, and gives it up at the close', async () => {
  const sent: number[] = [];
  let refusals = 0;
  const refusal = Object.assign(new Error('send'), { code: 'ENETUNREACH', errno: -constants.errno.ENETUNREACH });
  const sending = vi.spyOn(Socket.prototype, 'send').mockImplementation(((
    datagram: Buffer,
    done: (error: Error | null) => void,
  ) => {
    const isRefused = refusals > 0;
    if (isRefused) refusals--;
    else sent.push(datagram[0] as number);
    queueMicrotask(() => done(isRefused ? refusal : null));
  }) as never);
  const { port } = await listen('udp4', '127.0.0.1');
  const sender = await openUdpSendLink({ address: '127.0.0.1', port, sendBufferBytes, batching: 'none' });
  let errors = 0;
  let rooms = 0;
  sender.onError(() => errors++);
  sender.onRoom(() => rooms++);
  const { awayRetryMs, closeMs } = SENDER_LIMITS;
  const offer = async (...bytes: number[]) => {
    const taken = bytes.filter((byte) => sender.send(Buffer.of(byte)));
    await vi.advanceTimersByTimeAsync(0);
    return taken;
  };
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  try {
    // One error of an earlier datagram is no wait.
    refusals = 1;
    expect(await offer(1, 2)).toEqual([1, 2]);
    expect([[...sent].sort(), errors, sender.isAway]).toEqual([[1, 2], 1, false]);
    sent.length = 0;
    refusals = 6;
    expect(await offer(3, 4)).toEqual([3, 4]);
    expect([sender.isAway, sender.queuedDatagrams, await offer(5)]).toEqual([true, 2, []]);
    await vi.advanceTimersByTimeAsync(awayRetryMs);
    expect([sent, errors, rooms, sender.isAway]).toEqual([[], 7, 0, true]);
    await vi.advanceTimersByTimeAsync(awayRetryMs);
    expect([sent, rooms, sender.queuedDatagrams, sender.isAway]).toEqual([[3, 4], 1, 0, false]);
    refusals = 1_000;
    await offer(6);
    const closed = sender.close();
    await vi.advanceTimersByTimeAsync(closeMs);
    await closed;
    expect(sender.queuedDatagrams).toBe(0);
  } finally {
    vi.useRealTimers();
    sending.mockRestore();
  }
});

describe.each(availableBatchings)('udp send link, batching %s', (batching) => {
  it.each([
    ['udp4', '127.0.0.1', 66],
    ['udp6', '::1', 86],
  ] as const)('sends over %s, and tells what a datagram costs on the cable', async (type, address, overheadBytes) => {
    const { socket, port } = await listen(type, address);
    const sender = await link(address, port, batching);
    const arrived = once(socket, 'message');
    expect(sender.send(Buffer.from('datagram'))).toBe(true);
    const [datagram] = (await arrived) as [Buffer];
    expect(datagram.toString()).toBe('datagram');
    expect(sender.overheadBytes).toBe(overheadBytes);
  });

  it('sends datagrams of every size, empty and largest, in order', async () => {
    const { socket, port } = await listen('udp4', '127.0.0.1');
    socket.setRecvBufferSize(1 << 20);
    const sender = await link('127.0.0.1', port, batching);
    // Sizes that rise, fall and stay, so that runs of segments end in each way there is.
    const sizes = [0, 1_400, 1_400, 1_400, 9, 9, 10, 0, 0, 65_507, 30_000, 30_000, 30_000, 1, ...Array(70).fill(100)];
    const received: Buffer[] = [];
    const all = new Promise<void>((resolve) =>
      socket.on('message', (datagram) => {
        if (received.push(datagram) === sizes.length) resolve();
      }),
    );
    for (const [at, size] of sizes.entries()) sender.send(Buffer.alloc(size, at));
    await all;
    expect(received.map(({ length }) => length)).toEqual(sizes);
    expect(received.every((datagram, at) => datagram.equals(Buffer.alloc(datagram.length, at)))).toBe(true);
    expect(sender.batching?.()).toEqual({ kind: batching });
  });

  it('says which datagram is too large, and sends those around it', async () => {
    const { socket, port } = await listen('udp4', '127.0.0.1');
    const sender = await link('127.0.0.1', port, batching);
    const codes: unknown[] = [];
    sender.onError((error) => codes.push((error as NodeJS.ErrnoException).code));
    const received: number[] = [];
    const both = new Promise<void>((resolve) =>
      socket.on('message', (datagram) => {
        if (received.push(datagram.length) === 2) resolve();
      }),
    );
    for (const size of [10, 65_508, 11]) sender.send(Buffer.alloc(size));
    await both;
    expect({ received, codes }).toEqual({ received: [10, 11], codes: ['EMSGSIZE'] });
  });

  it('waits while the kernel has no room, and loses none', async () => {
    const { socket, port } = await listen('udp4', '127.0.0.1');
    socket.setRecvBufferSize(1 << 22);
    const sender = await openUdpSendLink({ address: '127.0.0.1', port, sendBufferBytes: 4_096, batching });
    open.push(sender);
    let received = 0;
    socket.on('message', () => received++);
    const wanted = 1_000;
    for (let sent = 0; sent < wanted; ) {
      if (sender.send(Buffer.alloc(1_000))) sent++;
      else await new Promise<void>((resolve) => sender.onRoom(resolve));
      // Nothing more waits than one turn brought: behind the wait all of it leaves at once.
      if (sender.flush?.() === false) expect(sender.send(Buffer.alloc(1_000))).toBe(false);
    }
    while (received < wanted) await once(socket, 'message');
    expect(received).toBe(wanted);
  });

  it('takes no more than its queue holds, and says when there is room again', async () => {
    const { port } = await listen('udp4', '127.0.0.1');
    const sender = await link('127.0.0.1', port, batching);
    let taken = 0;
    while (sender.send(Buffer.alloc(100))) taken++;
    expect(taken).toBe(SENDER_LIMITS.maxQueuedDatagrams);
    await new Promise<void>((resolve) => sender.onRoom(resolve));
    expect(sender.queuedDatagrams).toBeLessThan(SENDER_LIMITS.maxQueuedDatagrams);
    expect(sender.send(Buffer.alloc(100))).toBe(true);
  });

  it('counts a closed port as an error and goes on; once it is open, datagrams arrive', async () => {
    const { socket, port } = await listen('udp4', '127.0.0.1');
    open.splice(open.indexOf(socket), 1);
    socket.close();
    await once(socket, 'close');
    const sender = await link('127.0.0.1', port, batching);
    const codes: unknown[] = [];
    const refused = new Promise<void>((resolve) =>
      sender.onError((error) => {
        codes.push((error as NodeJS.ErrnoException).code);
        if (codes.length === 3) resolve();
      }),
    );
    const again = setInterval(() => sender.send(Buffer.from('into the dark')), 1);
    await refused;
    clearInterval(again);
    expect(new Set(codes)).toEqual(new Set(['ECONNREFUSED']));

    const reopened = createSocket('udp4');
    reopened.bind(port, '127.0.0.1');
    await once(reopened, 'listening');
    open.push(reopened);
    const arrived = once(reopened, 'message');
    sender.send(Buffer.from('light'));
    expect(String((await arrived)[0])).toContain('light');
  });

  it('ignores whatever is sent to it', async () => {
    const { socket, port } = await listen('udp4', '127.0.0.1');
    const sender = await link('127.0.0.1', port, batching);
    const errors: Error[] = [];
    sender.onError((error) => errors.push(error));
    sender.send(Buffer.from('one'));
    const [, remote] = (await once(socket, 'message')) as [Buffer, { port: number; address: string }];
    for (let count = 0; count < 100; count++) socket.send(Buffer.alloc(1000, count), remote.port, remote.address);
    sender.send(Buffer.from('two'));
    expect(String((await once(socket, 'message'))[0])).toBe('two');
    expect(errors).toEqual([]);
  });

  it('hands what is queued to the kernel before it closes, and takes nothing afterwards', async () => {
    const { socket, port } = await listen('udp4', '127.0.0.1');
    const sender = await openUdpSendLink({ address: '127.0.0.1', port, sendBufferBytes, batching });
    let count = 0;
    const all = new Promise<void>((resolve) =>
      socket.on('message', () => {
        if (++count === 50) resolve();
      }),
    );
    for (let index = 0; index < 50; index++) sender.send(Buffer.of(index));
    await sender.close();
    await sender.close();
    await all;
    expect(sender.send(Buffer.of(1))).toBe(false);
  });

  it.each(['receiver.example', '10.0.0', '', '10.0.0.1:4000'])('refuses "%s", which is no address', async (address) => {
    await expect(openUdpSendLink({ address, port: 4000, sendBufferBytes, batching })).rejects.toMatchObject({
      code: 'link-address',
    });
  });

  it('refuses a broadcast address, and leaves nothing open', async () => {
    const opening = openUdpSendLink({ address: '255.255.255.255', port: 4000, sendBufferBytes, batching });
    await expect(opening).rejects.toMatchObject({ code: 'link-address', seen: expect.stringContaining('EACCES') });
  });

  it.each([
    ['ENETUNREACH', 'link-interface', /cable.*route.*static neighbour/],
    ['EHOSTUNREACH', 'link-interface', /static neighbour/],
    ['EACCES', 'link-address', /broadcast address, or a firewall/],
    ['EPERM', 'link-address', /broadcast address, or a firewall/],
    ['EINVAL', 'link-address', /address, port and zone/],
  ])('says of %s what to do', (errno, code, cure) => {
    const cause = Object.assign(new Error(`connect ${errno}`), { code: errno });
    const error = translateConnectError(cause, { address: '192.0.2.7', port: 4000 });
    expect(error).toMatchObject({ code, cure: expect.stringMatching(cure), cause });
    expect(error.seen).toContain('192.0.2.7');
    expect(error.seen).toContain(errno);
  });
});
