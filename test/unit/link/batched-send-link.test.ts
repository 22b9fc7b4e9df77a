import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { openBatchedSendLink } from '../../../src/link/batched-send-link.ts';
import type { UdpAddon } from '../../../src/link/udp-addon.ts';
import { addon, hasAddon } from '../../support/udp-addon.ts';

const COUNT = 500;
const AT_ONCE = 50;

describe.skipIf(!hasAddon)('batched send link', () => {
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

/** As a kernel that takes half of what is there, and has no room at each fourth call: over loopback it always has. */
function crowded(real: UdpAddon): UdpAddon {
  let calls = 0;
  return {
    ...real,
    send: (socket, datagrams, segmented) =>
      ++calls % 4 === 0 ? -constants.errno.EAGAIN : real.send(socket, datagrams.slice(0, AT_ONCE / 2), segmented),
  };
}
