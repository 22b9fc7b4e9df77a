import { describe, expect, it } from 'vitest';
import { HelloBlocks } from '../../../../sender/transmit/hello-blocks.ts';
import { helloControlKey } from '../../../../src/crypto/digest.ts';
import { DatagramCipher } from '../../../../src/crypto/sodium.ts';
import { RECEIVER_LIMITS, WIRE_LIMITS } from '../../../../src/limits.ts';
import { encodeHelloObject, HELLO_LANE } from '../../../../src/wire/control.ts';
import { type DatagramHeader, HEADER_BYTES, TAG_BYTES, writeDatagramHeader } from '../../../../src/wire/datagram.ts';
import { messages } from '../../../../src/wire/protobuf.ts';
import { FrontHalf } from '../../../support/front-half.ts';
import { codec, ModelJournal, ModelSession, macKey } from '../../../support/model-sender.ts';

const SYMBOL_BYTES = 192;

function world() {
  const journal = new ModelJournal();
  const session = new ModelSession(journal);
  return { journal, session, half: new FrontHalf(), blocks: blocksOf(session) };
}

function blocksOf(session: ModelSession, key = macKey): HelloBlocks {
  const helloCipher = new DatagramCipher(helloControlKey(key, handleOf(session)));
  const receivers = [{ receiverId: new Uint8Array(8), macKey: key, helloCipher }];
  const options = { symbolBytes: SYMBOL_BYTES, repairPercent: 20, encoder: codec };
  return new HelloBlocks({ ...options, session: { handle: handleOf(session), receivers } });
}

function handleOf(session: ModelSession): number {
  return Buffer.from(session.id).readUInt32BE(0);
}

/** One datagram of lane 255, whose object is one symbol. */
function sealed(session: ModelSession, object: Uint8Array, fields: Partial<DatagramHeader> = {}): Buffer {
  const symbol = new Uint8Array(64 * Math.ceil(object.length / 64));
  symbol.set(object);
  const datagram = Buffer.alloc(HEADER_BYTES + symbol.length + TAG_BYTES);
  writeDatagramHeader(datagram, 0, {
    suite: 1,
    kind: 3,
    session: handleOf(session),
    lane: HELLO_LANE,
    counter: 1,
    sequence: 1,
    blockIndex: 0,
    blockCount: 1,
    symbolIndex: 0,
    frameBytes: object.length,
    sourceCount: 1,
    repairCapacity: 2,
    ...fields,
  });
  const cipher = new DatagramCipher(helloControlKey(macKey, handleOf(session)));
  cipher.seal(datagram, HEADER_BYTES, symbol, fields.counter ?? 1);
  return datagram;
}

describe('a hello in control blocks', () => {
  it('opens the session that it introduces, and what waited for it is read', () => {
    const { journal, session, half, blocks } = world();
    const early = session.datagrams(journal.append(), { maxSymbolBytes: SYMBOL_BYTES });
    half.receive(...early);
    expect(half.status.datagrams.session).toBe(early.length);
    half.receive(...blocks.datagrams(session.hello()));
    half.open(session);
    expect(half.status.hellos.accepted).toBe(1);
    expect(half.status.controls).toMatchObject({ hello: 1, evicted: 0 });
    expect(half.spooled).toEqual(['1']);
  });

  it('arrives in spite of as many losses as it has repair symbols, and not of one more', () => {
    const { session, half, blocks } = world();
    const first = blocks.datagrams(session.hello());
    const repair = 2;
    half.receive(...first.slice(repair + 1));
    expect(half.status.controls.hello).toBe(0);
    const second = blocks.datagrams(session.hello());
    half.receive(...second.slice(repair));
    expect(half.status.controls.hello).toBe(1);
    half.open(session);
    expect(half.status.hellos.accepted).toBe(1);
  });

  it('is a heartbeat once the session is known; the same datagrams again are replays, and older ones are not needed', () => {
    const { session, half, blocks } = world();
    const old = blocks.datagrams(session.hello());
    const first = blocks.datagrams(session.hello());
    half.receive(...first);
    half.open(session);
    half.receive(...blocks.datagrams(session.hello()));
    expect(half.status.hellos.accepted).toBe(2);
    const before = half.status.datagrams;
    half.receive(...first);
    expect(half.status.datagrams.replayed - before.replayed).toBe(first.length);
    half.receive(...old);
    expect(half.status.datagrams.unneeded - before.unneeded).toBe(old.length);
    expect(half.status.hellos.accepted).toBe(2);
  });

  it('under another key is forged, and leaves nothing behind', () => {
    const { session, half, blocks } = world();
    const forged = blocksOf(session, Buffer.alloc(32, 99)).datagrams(session.hello());
    half.receive(...forged, ...forged);
    expect(half.status.datagrams.forged).toBe(2 * forged.length);
    // Had one of them moved a window, these counters would be replays.
    half.receive(...blocks.datagrams(session.hello()));
    expect(half.status.controls.hello).toBe(1);
  });

  it('takes no more room than its bound, whatever an authentic sender begins and does not end', () => {
    const { session, half, blocks } = world();
    const begun = RECEIVER_LIMITS.maxHelloObjects + 3;
    for (let index = 0; index < begun; index++) half.receive(blocks.datagrams(session.hello())[0] as Buffer);
    expect(half.status.controls).toMatchObject({ hello: 0, evicted: 3 });
    expect(half.status.datagrams.control).toBe(begun);
    const long = sealed(session, new Uint8Array(WIRE_LIMITS.maxHelloObjectBytes + 1), { counter: 1_000 });
    half.receive(long);
    expect(half.status.datagrams.geometry).toBe(1);
  });

  it('remembers the windows of a few sessions, the newest', () => {
    const { half, session, blocks } = world();
    const first = blocks.datagrams(session.hello());
    half.receive(...first);
    for (let number = 2; number <= RECEIVER_LIMITS.maxHelloLanes.unknown + 1; number++) {
      const other = new ModelSession(new ModelJournal(), { number });
      half.receive(...blocksOf(other).datagrams(other.hello()));
    }
    half.receive(...first);
    // Forgotten, so taken apart again, and judged by the hello's own counter.
    expect(half.status.datagrams.replayed).toBe(0);
    expect(half.status.controls.hello).toBe(RECEIVER_LIMITS.maxHelloLanes.unknown + 2);
  });

  it('is remembered of the current session, whatever comes of sessions that are not known', () => {
    const { half, session, blocks } = world();
    const first = blocks.datagrams(session.hello());
    half.receive(...first);
    half.open(session);
    for (let number = 2; number <= RECEIVER_LIMITS.maxHelloLanes.unknown + 2; number++) {
      const other = new ModelSession(new ModelJournal(), { number });
      half.receive(...blocksOf(other).datagrams(other.hello()));
    }
    half.receive(...first);
    expect(half.status.datagrams.replayed).toBe(first.length);
  });

  it('of another kind, or that is none, is dropped and counted', () => {
    const { session, half } = world();
    const hello = session.hello();
    const object = (kind: number, body: Uint8Array) => messages.ControlObject.encode({ kind, body }).finish();
    const bodies = [
      object(2, hello),
      object(77, hello),
      object(1, Uint8Array.of(0x1d, 1, 1, 0x10, 9)),
      object(1, new Uint8Array()),
    ];
    for (const [index, body] of [...bodies, Uint8Array.of(0xff, 0xff)].entries()) {
      half.receive(sealed(session, body, { counter: index + 1, sequence: index + 1 }));
    }
    expect(half.status.controls).toEqual({ hello: 0, trust: 0, evicted: 0, 'control-kind': 2, 'control-body': 3 });
    half.receive(sealed(session, encodeHelloObject(hello), { counter: 9, sequence: 9 }));
    expect(half.status.controls.hello).toBe(1);
  });
});
