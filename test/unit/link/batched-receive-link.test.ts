import { constants } from 'node:os';
import { expect, it } from 'vitest';
import { UDP_LIMITS } from '../../../src/limits.ts';
import { openBatchedReceiveLink } from '../../../src/link/batched-receive-link.ts';
import type { BatchSocket, UdpAddon } from '../../../src/link/udp-addon.ts';

const { EAGAIN, ENOMEM } = constants.errno;

interface Waiting {
  readonly byte: number;
  /** In the slab. */
  readonly start: number;
  readonly length: number;
}

/** A link on a kernel whose socket holds `waiting`, or answers a negative errno once. */
function scripted({ isRead = true } = {}) {
  const waiting: Waiting[] = [];
  const got: string[] = [];
  const errors: (string | undefined)[] = [];
  const kernel = { failure: 0, watches: 0, isWatched: false, tell: (_error: number) => {} };
  const addon: Partial<UdpAddon> = {
    bind: () => ({}) as BatchSocket,
    port: () => 9,
    receiveBufferBytes: () => 131_072,
    drops: () => 0,
    watch: (_socket, events, callback) => {
      kernel.isWatched = events !== 0;
      if (kernel.isWatched) kernel.watches++;
      kernel.tell = callback;
    },
    read: (_socket, into) => {
      const { failure } = kernel;
      kernel.failure = 0;
      for (const { byte, start, length } of waiting) into.fill(byte, start, start + length);
      return failure < 0 ? failure : waiting.length || -EAGAIN;
    },
    places: (_socket, starts, lengths) => {
      starts.set(waiting.map(({ start }) => start));
      lengths.set(waiting.map(({ length }) => length));
      return waiting.splice(0).length;
    },
    close: () => {},
  };
  const config = { kind: 'udp', address: '127.0.0.1', port: 9, receiveBufferBytes: 65_536 } as const;
  const link = openBatchedReceiveLink(addon as UdpAddon, config, { kind: 'segments' });
  link.onError((error) => errors.push((error as NodeJS.ErrnoException).code));
  const read = () => link.onDatagram((datagram) => got.push(datagram.toString('latin1')));
  if (isRead) read();
  const wait = (text: string, start = 0) => waiting.push({ byte: text.charCodeAt(0), start, length: text.length });
  return { link, kernel, wait, read, got, errors };
}

it('a batched receive link goes on reading behind an error of its socket, with which the loop stopped watching', async () => {
  const { link, kernel, wait, got, errors } = scripted();
  expect(kernel.watches).toBe(1);
  wait('a');
  kernel.tell(-ENOMEM);
  expect([kernel.watches, got]).toEqual([2, ['a']]);
  wait('b');
  kernel.tell(0);
  expect([kernel.watches, got]).toEqual([2, ['a', 'b']]);
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

it('a batched receive link hands out each datagram of each message, whatever lay in its place before', () => {
  const { kernel, wait, got } = scripted();
  const second = UDP_LIMITS.slabBytes;
  wait('aaa');
  wait('bbb', 3);
  wait('c', 6);
  wait('dd', second);
  wait('ee', second + 2);
  kernel.tell(0);
  wait('ff');
  wait('ggg', 2);
  wait('hh', second);
  wait('i', second + 2);
  wait('jj', 2 * second);
  kernel.tell(0);
  expect(got).toEqual(['aaa', 'bbb', 'c', 'dd', 'ee', 'ff', 'ggg', 'hh', 'i', 'jj']);
});

it('a batched receive link is watched only while it has a reader and is not paused: what waits would wake the loop for nothing', async () => {
  const { link, kernel, wait, read, got } = scripted({ isRead: false });
  wait('a');
  link.resume?.();
  expect(kernel.isWatched).toBe(false);
  link.pause?.();
  read();
  expect(kernel.isWatched).toBe(false);
  link.resume?.();
  expect(kernel.isWatched).toBe(true);
  kernel.tell(0);
  expect(got).toEqual(['a']);
  link.pause?.();
  expect(kernel.isWatched).toBe(false);
  await link.close();
  link.resume?.();
  expect(kernel.isWatched).toBe(false);
});
