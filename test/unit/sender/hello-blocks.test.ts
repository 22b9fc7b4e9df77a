import { describe, expect, it } from 'vitest';
import { HelloBlocks } from '../../../sender/transmit/hello-blocks.ts';
import { openSession, type Session } from '../../../sender/transmit/session.ts';
import { agreementKeyPair } from '../../../src/crypto/agreement.ts';
import { decodeHelloObject, HELLO_LANE } from '../../../src/wire/control.ts';
import {
  DATAGRAM_KIND,
  datagramKind,
  HEADER_BYTES,
  readDatagramHeader,
  TAG_BYTES,
} from '../../../src/wire/datagram.ts';
import { decodeHello, decodeHelloBody, decodeHelloDatagram } from '../../../src/wire/hello.ts';
import {
  boundary,
  coreRig,
  encoder,
  entriesOf,
  receiverAgreement,
  senderAgreement,
  stream,
  userLine,
} from '../../support/sender-rig.ts';

const SYMBOL_BYTES = 192;
const DATAGRAM_BYTES = HEADER_BYTES + SYMBOL_BYTES + TAG_BYTES;
/** 9,600 baud. */
const SLOW = { rateBitsPerSecond: 7_680, symbolBytes: SYMBOL_BYTES, helloIntervalMs: 60_000 };

async function twoReceivers(): Promise<Session> {
  return openSession({
    boundary,
    stream,
    number: 1,
    id: Buffer.alloc(16, 5),
    secret: Buffer.alloc(32, 6),
    agreement: senderAgreement,
    receivers: [
      { agreementKey: receiverAgreement.publicKey },
      { agreementKey: agreementKeyPair(Buffer.alloc(32, 9)).publicKey },
    ],
  });
}

describe('hello blocks', () => {
  it('are sealed for each receiver, no counter twice, each hello an object of its own number', async () => {
    const session = await twoReceivers();
    const blocks = new HelloBlocks({ session, symbolBytes: SYMBOL_BYTES, repairPercent: 15, encoder });
    const hello = Buffer.from([0x1d, 1, 1, 0x20, ...new Array(500).fill(3)]);
    for (const number of [1, 2]) {
      const datagrams = blocks.datagrams(hello);
      expect(datagrams).toHaveLength(blocks.cost(hello.length).datagrams);
      for (const [index, receiver] of session.receivers.entries()) {
        const own = datagrams.slice((index * datagrams.length) / 2, ((index + 1) * datagrams.length) / 2);
        const object = Buffer.alloc(3 * SYMBOL_BYTES);
        for (const [place, datagram] of own.entries()) {
          expect(datagram.length).toBe(DATAGRAM_BYTES);
          expect(datagramKind(datagram)).toBe(DATAGRAM_KIND.control);
          const header = readDatagramHeader(datagram);
          const counter = (number - 1) * own.length + place + 1;
          expect(header).toMatchObject({ lane: HELLO_LANE, session: session.handle, sequence: number, counter });
          const symbol = receiver.helloCipher.open(datagram, HEADER_BYTES, counter);
          if (symbol === undefined) throw new Error('the tag does not hold');
          if (header.symbolIndex < 3) object.set(symbol, header.symbolIndex * SYMBOL_BYTES);
        }
        const { frameBytes } = readDatagramHeader(own[0] as Buffer);
        expect(decodeHelloObject(object.subarray(0, frameBytes))).toEqual(hello);
      }
    }
  });

  it('carry the hello of a core whose link takes no datagram as long; no datagram is longer than the link takes', async () => {
    const { core } = await coreRig({ link: SLOW, maxDatagramBytes: DATAGRAM_BYTES });
    core.handleEntries(0, entriesOf([userLine('a')]));
    const { sent, wireMs } = drive(core, 40_000);
    expect(sent.every(({ length }) => length <= DATAGRAM_BYTES)).toBe(true);
    const kinds = new Set(sent.map((datagram) => datagramKind(datagram)));
    expect(kinds).toEqual(new Set([DATAGRAM_KIND.control, DATAGRAM_KIND.symbol]));
    expect(core.outlet.datagrams.hello).toBe(
      sent.filter((datagram) => datagramKind(datagram) === DATAGRAM_KIND.control).length,
    );
    expect(wireMs).toBeLessThanOrEqual(40_000 + 500);
  });

  it('travel whole where the link takes them', async () => {
    const { core } = await coreRig({ link: { symbolBytes: SYMBOL_BYTES } });
    expect(datagramKind(core.poll(0, 0) as Buffer)).toBe(DATAGRAM_KIND.hello);
  });
});

describe('on a slow link', () => {
  it('hellos leave the link to frames: half of it at the very start, a tenth at first, a twentieth later', async () => {
    const { core } = await coreRig({ link: { ...SLOW, helloIntervalMs: 1_000 }, maxDatagramBytes: DATAGRAM_BYTES });
    const times: number[] = [];
    let counter = 0;
    for (let nowMs = 0; nowMs < 240_000; nowMs += 10) {
      while (core.poll(nowMs, nowMs) !== undefined);
      if (core.announcer.counter !== counter) times.push(nowMs);
      counter = core.announcer.counter;
    }
    const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
    const helloMs = (core.outlet.wireBytes.hello * 8_000) / SLOW.rateBitsPerSecond / times.length;
    expect(helloMs).toBeGreaterThan(1_000);
    for (const gap of gaps.slice(0, 4)) expect(gap / helloMs).toBeCloseTo(2, 0);
    expect((gaps[4] as number) / helloMs).toBeCloseTo(10, 0);
    expect((gaps.at(-1) as number) / helloMs).toBeCloseTo(20, 0);
  });

  it('the end of a frame is announced where none follows, and not in the midst of those that do', async () => {
    const { core } = await coreRig({ link: SLOW, maxDatagramBytes: DATAGRAM_BYTES });
    const hellosFrom = (fromMs: number, toMs: number) => {
      const before = core.announcer.counter;
      for (let nowMs = fromMs; nowMs < toMs; nowMs += 10) while (core.poll(nowMs, nowMs) !== undefined);
      return core.announcer.counter - before;
    };
    const users = (count: number, name: string) =>
      entriesOf(Array.from({ length: count }, (_, index) => userLine(`${name}-${index}`)));
    hellosFrom(0, 100_000);
    core.handleEntries(100_000, users(1, 'alone'));
    expect(hellosFrom(100_000, 114_000)).toBe(1);
    const saidMs = core.announcer.lastMs as number;
    const firstMs = Math.max(saidMs + 6_000, 114_000);
    hellosFrom(114_000, firstMs);
    core.handleEntries(firstMs, users(1, 'first'));
    expect(hellosFrom(firstMs, firstMs + 1_500)).toBe(0);
    core.handleEntries(firstMs + 1_500, users(4_000, 'more'));
    expect(hellosFrom(firstMs + 1_500, saidMs + 30_000)).toBe(0);
    expect(core.isDrained).toBe(false);
  });

  it('a hello says when the next one comes, from the first on', async () => {
    const session = await twoReceivers();
    const { core } = await coreRig({ link: SLOW, maxDatagramBytes: DATAGRAM_BYTES, session });
    const announced: number[] = [];
    const sentAtMs: number[] = [];
    const build = core.announcer.poll.bind(core.announcer);
    core.announcer.poll = (nowMs, wallMs, head) => {
      const hello = build(nowMs, wallMs, head);
      if (hello !== undefined) {
        announced.push(intervalOf(hello));
        sentAtMs.push(nowMs);
      }
      return hello;
    };
    drive(core, 400_000);
    for (const [index, interval] of announced.slice(0, -1).entries()) {
      // The pacer may hold the last datagram of the one before for a moment.
      expect((sentAtMs[index + 1] as number) - (sentAtMs[index] as number)).toBeLessThanOrEqual(interval + 500);
    }
    expect(announced[0]).toBeGreaterThan(10_000);
  });
});

function intervalOf(datagram: Buffer): number {
  const parts = decodeHelloDatagram(datagram);
  const hello = typeof parts === 'string' ? parts : decodeHello(parts.hello);
  const body = typeof hello === 'string' ? hello : decodeHelloBody(hello.body);
  if (typeof body === 'string') throw new Error(body);
  return body.link.helloIntervalMs;
}

function drive(core: Awaited<ReturnType<typeof coreRig>>['core'], untilMs: number) {
  const sent: Buffer[] = [];
  for (let nowMs = 0; nowMs < untilMs; nowMs += 10) {
    for (let next = core.poll(nowMs, nowMs); next !== undefined; next = core.poll(nowMs, nowMs)) sent.push(next);
  }
  const wireBytes = Object.values(core.outlet.wireBytes).reduce((sum, bytes) => sum + bytes, 0);
  return { sent, wireMs: (wireBytes * 8_000) / SLOW.rateBitsPerSecond };
}
