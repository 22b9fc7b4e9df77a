/** The addon at its edge: whatever it is called with, it answers or throws as it says, and goes on working. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { BatchSocket, FineTimer } from '../../src/link/udp-addon.ts';
import { addon, hasAddon } from '../support/udp-addon.ts';

const BUFFER_BYTES = 1 << 22;
const opened: BatchSocket[] = [];

afterAll(() => {
  for (const socket of opened) addon.close(socket);
});

/** Sockets of each kind and state, made anew for each run. */
function sockets() {
  const receiver = addon.bind('127.0.0.1', 0, BUFFER_BYTES, true);
  const sender = addon.connect('127.0.0.1', addon.port(receiver), BUFFER_BYTES);
  const closed = addon.bind('::1', 0, 4_096, false);
  addon.close(closed);
  opened.push(receiver, sender);
  const timer = addon.timer(() => {});
  return { receiver, sender, closed, timer };
}

function detached(): Buffer {
  const buffer = Buffer.from(new ArrayBuffer(64));
  structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
  return buffer;
}

/** An array one of whose elements runs `trick` when it is read. */
function trapped(trick: () => void): Buffer[] {
  const array = [Buffer.alloc(100, 1), Buffer.alloc(100, 2), Buffer.alloc(100, 3)];
  Object.defineProperty(array, 1, {
    get: () => {
      trick();
      return Buffer.alloc(100, 2);
    },
  });
  return array;
}

type Sockets = ReturnType<typeof sockets>;
/** Made where the sockets are known. */
type Hostile = (at: Sockets) => unknown;

const hostile: fc.Arbitrary<Hostile> = fc.oneof(
  fc
    .anything({ withTypedArray: true, withSparseArray: true, withBigInt: true, withNullPrototype: true })
    .map((value) => () => value),
  fc
    .oneof(
      fc.constantFrom(
        0,
        1,
        2,
        3,
        4,
        -0,
        -1,
        0.5,
        Number.NaN,
        Infinity,
        -Infinity,
        255,
        256,
        65_535,
        65_536,
        2 ** 31,
        2 ** 32,
      ),
      fc.double(),
      fc.boolean(),
      fc.constantFrom('127.0.0.1', '::1', '::', '::1%lo', '::1%99999999999', '127.0.0.1\0', '', 'x'.repeat(70_000)),
    )
    .map((value) => () => value),
  fc.constantFrom<Hostile>(
    ({ receiver }) => receiver,
    ({ sender }) => sender,
    ({ closed }) => closed,
    ({ timer }) => timer,
    ({ receiver }) => new Proxy(receiver, {}),
    ({ sender }) => Object.create(sender as object),
    () => detached(),
    () => Buffer.alloc(0),
    () => Buffer.alloc(65_535, 1),
    () => Buffer.alloc(65_536),
    () => Buffer.alloc(1 << 20),
    () => new Uint8Array(new SharedArrayBuffer(3_000)),
    () => new DataView(new ArrayBuffer(8)),
    () => new Uint32Array(0),
    () => new Uint32Array(1_000),
    () => new Uint32Array(new SharedArrayBuffer(64)),
    () => new Float64Array(9),
    () => () => {},
    () => () => {
      throw new Error('a callback that fails');
    },
    () => [detached(), Buffer.alloc(10), detached()],
    () => Array.from({ length: 300 }, (_, at) => Buffer.alloc(at % 7)),
    () => Array.from({ length: 300 }, () => Buffer.alloc(1_400)),
    () => [Buffer.alloc(65_507), Buffer.alloc(65_508), Buffer.alloc(65_536)],
    () => [Buffer.alloc(1), 'no buffer', Buffer.alloc(1)],
    () => new Array(70_000),
    () => new Proxy([Buffer.alloc(1)], {}),
    ({ sender }) => trapped(() => addon.close(sender)),
    () =>
      trapped(() => {
        throw new Error('an element that fails');
      }),
  ),
);

const calls = Object.keys(hasAddon ? addon : {}) as (keyof typeof addon)[];
const call = fc.record({
  name: fc.constantFrom(...(calls.length === 0 ? ['close' as const] : calls)),
  values: fc.array(hostile, { maxLength: 5 }),
});
/** Mostly well-formed, so that the hostile argument is not always refused behind the first. */
const nearlyRight = fc
  .record({
    name: fc.constantFrom('send', 'read', 'places', 'watch', 'bind', 'connect', 'drops', 'setTimer'),
    values: fc.array(hostile, { minLength: 4, maxLength: 4 }),
    wrong: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ name, values, wrong }) => {
    const right: Record<string, readonly Hostile[]> = {
      send: [({ sender }) => sender, () => [Buffer.alloc(1_400), Buffer.alloc(1_400)], () => true],
      read: [({ receiver }) => receiver, () => Buffer.alloc(70_000)],
      places: [({ receiver }) => receiver, () => new Uint32Array(9), () => new Uint32Array(7)],
      watch: [({ receiver }) => receiver, () => 1, () => () => {}],
      bind: [() => '127.0.0.1', () => 0, () => 4_096, () => true],
      connect: [() => '127.0.0.1', () => 9, () => 4_096],
      drops: [({ receiver }) => receiver],
      setTimer: [({ timer }) => timer, () => 3_600_000],
    };
    const args = (right[name] ?? []).map((value, at) => (at === wrong ? (values[at] ?? value) : value));
    return { name: name as keyof typeof addon, values: args };
  });

const CODES = /^(ERR_INVALID_ARG_TYPE|ERR_OUT_OF_RANGE|E[A-Z0-9]+)$/;

describe.skipIf(!hasAddon)('UDP addon', () => {
  it('answers or refuses whatever it is called with, and goes on', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(call, nearlyRight), { minLength: 1, maxLength: 20 }), (script) => {
        const at = sockets();
        const made: BatchSocket[] = [];
        for (const { name, values } of script) {
          try {
            const answer: unknown = (addon[name] as (...values: unknown[]) => unknown)(
              ...values.map((value) => value(at)),
            );
            if (name === 'bind' || name === 'connect') made.push(answer as BatchSocket);
            if (name === 'timer') addon.endTimer(answer as FineTimer);
          } catch (error) {
            const { code, message } = error as NodeJS.ErrnoException;
            expect(code ?? message).toMatch(code === undefined ? /fails$/ : CODES);
          }
        }
        for (const socket of [...made, at.receiver, at.sender]) addon.close(socket);
        addon.endTimer(at.timer);
      }),
      { numRuns: 300 },
    );
  });

  it('gives back what was sent, whatever the sizes and whatever the room', () => {
    const size = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(0, 1, 100, 1_400) }, fc.nat(9_000));
    const room = fc.record({ bytes: fc.integer({ min: 65_536, max: 300_000 }), starts: fc.nat(9), lengths: fc.nat(9) });
    fc.assert(
      fc.property(
        fc.array(size, { maxLength: 120 }),
        fc.array(room, { minLength: 1, maxLength: 9 }),
        fc.boolean(),
        fc.boolean(),
        (sizes, rooms, segmented, coalesced) => {
          const receiver = addon.bind('127.0.0.1', 0, BUFFER_BYTES, coalesced);
          const sender = addon.connect('127.0.0.1', addon.port(receiver), BUFFER_BYTES);
          const sent = sizes.map((bytes, at) => Buffer.alloc(bytes, at + 1));
          let taken = 0;
          while (taken < sent.length) taken += addon.send(sender, sent.slice(taken), segmented);
          const received: Buffer[] = [];
          let slab = Buffer.alloc(0);
          let waiting = 0;
          for (let turn = 0; ; turn++) {
            const { bytes, starts, lengths } = rooms[(turn >> 1) % rooms.length] as (typeof rooms)[number];
            if (waiting === 0) slab = Buffer.alloc(bytes);
            waiting = addon.read(receiver, slab);
            if (waiting <= 0) break;
            // Every other turn has room for all.
            const lists = [
              new Uint32Array(turn % 2 === 0 ? starts : 64),
              new Uint32Array(turn % 2 === 0 ? lengths : 64),
            ] as const;
            const got = addon.places(receiver, ...lists);
            expect(got).toBe(Math.min(waiting, lists[0].length, lists[1].length));
            waiting -= got;
            for (let at = 0; at < got; at++) {
              const start = lists[0][at] as number;
              received.push(Buffer.from(slab.subarray(start, start + (lists[1][at] as number))));
            }
          }
          addon.close(receiver);
          addon.close(sender);
          expect(received.map(({ length }) => length)).toEqual(sizes);
          expect(Buffer.concat(received).equals(Buffer.concat(sent))).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});
