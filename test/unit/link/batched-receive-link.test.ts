import { constants } from 'node:os';
import { expect, it } from 'vitest';
import { openBatchedReceiveLink } from '../../../src/link/batched-receive-link.ts';
import type { BatchSocket, UdpAddon } from '../../../src/link/udp-addon.ts';

const { EAGAIN, ENOMEM } = constants.errno;

/** A link on a kernel whose socket holds `waiting`, or answers a negative errno once. */
function scripted() {
  const waiting: number[] = [];
  const got: number[] = [];
  const errors: (string | undefined)[] = [];
  const kernel = { failure: 0, watches: 0, tell: (_error: number) => {} };
  const addon: Partial<UdpAddon> = {
    bind: () => ({}) as BatchSocket,
    port: () => 9,
    receiveBufferBytes: () => 131_072,
    drops: () => 0,
    watch: (_socket, _events, callback) => {
      kernel.watches++;
      kernel.tell = callback;
    },
    read: (_socket, into) => {
      const { failure } = kernel;
      kernel.failure = 0;
      into.set(waiting);
      return failure < 0 ? failure : waiting.length || -EAGAIN;
    },
    places: (_socket, starts, lengths) => {
      starts.set(waiting.map((_, at) => at));
      lengths.fill(1, 0, waiting.length);
      return waiting.splice(0).length;
    },
    close: () => {},
  };
  const config = { kind: 'udp', address: '127.0.0.1', port: 9, receiveBufferBytes: 65_536 } as const;
  const link = openBatchedReceiveLink(addon as UdpAddon, config, { kind: 'segments' });
  link.onError((error) => errors.push((error as NodeJS.ErrnoException).code));
  link.onDatagram((datagram) => got.push(datagram[0] as number));
  return { link, kernel, waiting, got, errors };
}

it('a batched receive link goes on reading behind an error of its socket, with which the loop stopped watching', async () => {
  const { link, kernel, waiting, got, errors } = scripted();
  expect(kernel.watches).toBe(1);
  waiting.push(1);
  kernel.tell(-ENOMEM);
  expect([kernel.watches, got]).toEqual([2, [1]]);
  waiting.push(2);
  kernel.tell(0);
  expect([kernel.watches, got]).toEqual([2, [1, 2]]);
  expect(errors).toEqual([]);
  await link.close();
  kernel.tell(-ENOMEM);
  expect(kernel.watches).toBe(2);
});

it('a batched receive link says why a read failed, and nothing where there was nothing to read', () => {
  const { kernel, errors } = scripted();
  kernel.tell(0);
  expect(errors).toEqual([]);
  kernel.failure = -ENOMEM;
  kernel.tell(0);
  expect(errors).toEqual(['ENOMEM']);
});
