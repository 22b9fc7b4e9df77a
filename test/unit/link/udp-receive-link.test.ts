import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { UDP_LIMITS } from '../../../src/limits.ts';
import { socketDrops } from '../../../src/link/kernel-drops.ts';
import { openUdpReceiveLink, type UdpReceiveLink } from '../../../src/link/udp-receive-link.ts';
import { availableBatchings } from '../../support/available-batchings.ts';
import { until } from '../../support/until.ts';

type Options = Partial<Parameters<typeof openUdpReceiveLink>[0]>;

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe.each(availableBatchings.flatMap((batching) => ['127.0.0.1', '::1'].map((address) => ({ batching, address }))))(
  'UDP receive link on $address, batching $batching',
  ({ address, batching }) => {
    it('hands over each datagram whole, and answers none', async () => {
      const link = await open({ address, batching });
      const { send, heard } = peer(address, link.port);
      const received = new Promise<Buffer>((resolve) => link.onDatagram((datagram) => resolve(Buffer.from(datagram))));
      await send(Buffer.from([1, 2, 3]));
      expect(await received).toEqual(Buffer.from([1, 2, 3]));
      // One more that is received proves that an answer to the first would have come.
      const second = new Promise<Buffer>((resolve) => link.onDatagram(resolve));
      await send(Buffer.from([4]));
      await second;
      expect(heard()).toBe(0);
    });

    it('says which port is in use, and what to do', async () => {
      const link = await open({ address, batching });
      const again = open({ address, batching, port: link.port });
      await expect(again).rejects.toMatchObject({
        code: 'link-port-in-use',
        message: expect.stringContaining(`UDP port ${link.port} on ${address} is taken`),
      });
    });

    it('tells what the kernel dropped at its socket', async () => {
      const link = await open({ address, batching });
      expect(link.drops().socket).toBe(0);
      expect(typeof link.drops().interface).toBe('number');
    });
  },
);

describe.each(availableBatchings)('UDP receive link, batching %s', (batching) => {
  it('counts datagrams that the socket had no room for', async () => {
    const link = await open({ batching, receiveBufferBytes: 4_096 });
    const { send } = peer('127.0.0.1', link.port);
    let received = 0;
    link.onDatagram(() => received++);
    const sent = 400;
    const datagram = Buffer.alloc(1_400);
    // All at once, before this thread reads any of them.
    await Promise.all(Array.from({ length: sent }, () => send(datagram)));
    const dropped = link.drops().socket as number;
    expect(dropped).toBeGreaterThan(0);
    while (received + dropped < sent) await new Promise((resolve) => setImmediate(resolve));
    expect(received + (link.drops().socket as number)).toBe(sent);
  });

  it('tells once it is closed what was lost until then, since a receiver that stops still answers for its status', async () => {
    const link = await open({ batching });
    const { socket } = link.drops();
    closing.splice(0, 1);
    await link.close();
    expect(link.drops()).toEqual({ socket, interface: expect.any(Number) });
  });

  it('takes many in one turn of the event loop, where they came one by one too', async () => {
    const link = await open({ batching, receiveBufferBytes: 1 << 20 });
    const { send } = peer('127.0.0.1', link.port);
    let received = 0;
    const turn = new Promise<number>((resolve) =>
      link.onDatagram(() => {
        if (++received === 1) setImmediate(() => resolve(received));
      }),
    );
    // All at once, before this thread reads any of them.
    await Promise.all(Array.from({ length: 64 }, () => send(Buffer.alloc(1_000))));
    // What a turn costs beside its datagrams, two syncs to disk among it, is shared by so many. node:dgram takes 32.
    expect(await turn).toBeGreaterThanOrEqual(32);
  });

  it('takes datagrams of every size, empty and largest, in order', async () => {
    const link = await open({ batching, receiveBufferBytes: 1 << 20 });
    const { send } = peer('127.0.0.1', link.port);
    const sizes = [0, 1, 65_507, 1_400, 1_400, 0, 9_000, 65_507, 64, 3];
    const received: Buffer[] = [];
    const all = new Promise<void>((resolve) =>
      link.onDatagram((datagram) => {
        if (received.push(Buffer.from(datagram)) === sizes.length) resolve();
      }),
    );
    for (const [at, size] of sizes.entries()) await send(Buffer.alloc(size, at + 1));
    await all;
    expect(received.map(({ length }) => length)).toEqual(sizes);
    expect(received.every((datagram, at) => datagram.equals(Buffer.alloc(datagram.length, at + 1)))).toBe(true);
  });

  it('hands over nothing more once it is closed by its handler', async () => {
    const link = await open({ batching });
    const { send } = peer('127.0.0.1', link.port);
    let received = 0;
    const closed = new Promise<void>((resolve) =>
      link.onDatagram(() => {
        received++;
        resolve(link.close());
      }),
    );
    closing.splice(0, 1);
    await Promise.all([1, 2, 3, 4].map((byte) => send(Buffer.of(byte))));
    await closed;
    expect(received).toBe(1);
  });

  it('leaves all to the kernel while it is paused, where it can be, and loses none of it', async () => {
    const link = await open({ batching, receiveBufferBytes: 1 << 20 });
    const { send } = peer('127.0.0.1', link.port);
    expect([link.pause, link.resume].map((each) => each !== undefined)).toEqual(
      batching === 'none' ? [false, false] : [true, true],
    );
    if (link.pause === undefined) return;
    let received = 0;
    link.onDatagram(() => received++);
    await send(Buffer.of(1));
    await until(() => received === 1);
    link.pause();
    for (let at = 0; at < 100; at++) await send(Buffer.of(at));
    await delay(50);
    expect(received).toBe(1);
    link.resume?.();
    await until(() => received === 101);
    expect(link.drops().socket).toBe(0);
    link.pause();
    await link.close();
    closing.splice(0, 1);
    link.resume?.();
  });

  // A read of single datagrams takes a whole turn's.
  if (batching === 'segments') {
    it('reads no further in a turn once it is paused', async () => {
      const link = await open({ batching, receiveBufferBytes: 1 << 20 });
      const { send } = peer('127.0.0.1', link.port);
      await Promise.all(Array.from({ length: 200 }, () => send(Buffer.alloc(1_000))));
      let received = 0;
      link.onDatagram(() => {
        received++;
        link.pause?.();
      });
      await until(() => received > 0);
      await delay(50);
      // What was read together is handed over; the rest waits. Loopback joins none of these, so a message is a datagram.
      expect(received).toBeLessThanOrEqual(UDP_LIMITS.joinedMessages);
    });
  }

  it('tells how it passes the kernel', async () => {
    expect((await open({ batching })).batching?.()).toEqual({ kind: batching });
  });

  it('does not listen to IPv4 where it is bound to an IPv6 address', async () => {
    const link = await open({ batching, address: '::' });
    const other = await open({ batching, address: '0.0.0.0', port: link.port });
    expect(other.port).toBe(link.port);
  });

  it('says that an address is not of this machine', async () => {
    await expect(open({ batching, address: '203.0.113.9' })).rejects.toMatchObject({ code: 'link-address' });
  });

  it('tells the buffer that the kernel granted, and where it capped it', async () => {
    expect(await open({ batching })).toMatchObject({ receiveBufferBytes: 65_536, isBufferCapped: false });
    expect((await open({ batching, receiveBufferBytes: 2 ** 30 })).isBufferCapped).toBe(true);
  });
});

describe('a UDP receive link of the addon', () => {
  it.each(availableBatchings.filter((batching) => batching !== 'none'))(
    '%s: leaves to the kernel what comes before somebody takes it',
    async (batching) => {
      const link = await open({ batching });
      const { send } = peer('127.0.0.1', link.port);
      await send(Buffer.of(1));
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      const received = new Promise<Buffer>((resolve) => link.onDatagram((datagram) => resolve(Buffer.from(datagram))));
      await send(Buffer.of(2));
      expect(await received).toEqual(Buffer.of(1));
    },
  );
});

describe('socket drops', () => {
  const v4 = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 1234: 0100007F:1F90 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4242 2 0000000000000000 17
 1235: 00000000:1F90 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4243 2 0000000000000000 3
`;
  const v6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  77: B80D0120000000000000000001000000:1F90 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4242 2 0000000000000000 5
`;

  it('are those of the line with the address and port', () => {
    expect(socketDrops(v4, { address: '127.0.0.1', port: 8_080 })).toBe(17);
    expect(socketDrops(v4, { address: '0.0.0.0', port: 8_080 })).toBe(3);
    expect(socketDrops(v6, { address: '2001:db8::1', port: 8_080 })).toBe(5);
  });

  it('are not known where there is no such line', () => {
    expect(socketDrops(v4, { address: '127.0.0.1', port: 8_081 })).toBeUndefined();
    expect(socketDrops('', { address: '::', port: 1 })).toBeUndefined();
  });
});

async function open(options: Options): Promise<UdpReceiveLink> {
  const defaults = { kind: 'udp', address: '127.0.0.1', port: 0, receiveBufferBytes: 65_536 } as const;
  const link = await openUdpReceiveLink({ ...defaults, ...options });
  closing.push(() => link.close());
  return link;
}

function peer(address: string, port: number) {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  let heard = 0;
  socket.on('message', () => heard++);
  closing.push(() => {
    socket.close();
    return once(socket, 'close');
  });
  const send = (datagram: Buffer) =>
    new Promise<void>((resolve, reject) =>
      socket.send(datagram, port, address, (error) => (error ? reject(error) : resolve())),
    );
  return { send, heard: () => heard };
}
