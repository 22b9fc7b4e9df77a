import { describe, expect, it } from 'vitest';
import { HelloAnnouncer } from '../../../sender/transmit/hello-announcer.ts';
import { openSession } from '../../../sender/transmit/session.ts';
import { fixedKey } from '../../../sender/trust/signing-keys.ts';
import { agreementKeyPair, helloMacKey } from '../../../src/crypto/agreement.ts';
import { equalBytes, helloMac } from '../../../src/crypto/digest.ts';
import { verifySignature } from '../../../src/crypto/sodium.ts';
import { WIRE_LIMITS } from '../../../src/limits.ts';
import { DATAGRAM_KIND, datagramKind } from '../../../src/wire/datagram.ts';
import {
  decodeHello,
  decodeHelloBody,
  decodeHelloDatagram,
  type HelloBody,
  helloSignatureInput,
} from '../../../src/wire/hello.ts';
import {
  boundary,
  epochId,
  link,
  receiverAgreement,
  senderAgreement,
  session,
  signing,
  stream,
} from '../../support/sender-rig.ts';

const head = { epoch: 1, epochId, sequence: 0, digest: new Uint8Array(), oldestSequence: 0 };
const wallMs = 1_800_000_000_000;

async function announcer(helloIntervalMs = link.helloIntervalMs): Promise<HelloAnnouncer> {
  return new HelloAnnouncer({
    boundary,
    stream,
    keys: fixedKey(signing),
    session: await session(),
    link: { ...link, helloIntervalMs },
  });
}

function opened(datagram: Buffer | undefined): HelloBody {
  if (datagram === undefined) throw new Error('no hello');
  expect(datagramKind(datagram)).toBe(DATAGRAM_KIND.hello);
  const parts = decodeHelloDatagram(datagram);
  if (typeof parts === 'string') throw new Error(parts);
  const macKey = helloMacKey({
    own: receiverAgreement,
    senderPublicKey: senderAgreement.publicKey,
    receiverPublicKey: receiverAgreement.publicKey,
  });
  expect(parts.slots.some(({ mac }) => equalBytes(mac, helloMac(macKey, ...parts.macParts)))).toBe(true);
  const hello = decodeHello(parts.hello);
  if (typeof hello === 'string') throw new Error(hello);
  expect(verifySignature(helloSignatureInput(hello.body), hello.signature, signing.publicKey)).toBe(true);
  const body = decodeHelloBody(hello.body);
  if (typeof body === 'string') throw new Error(body);
  return body;
}

/** Times at which hellos leave when polled at each deadline, and once a millisecond until the first. */
function times(source: HelloAnnouncer, untilMs: number): number[] {
  const at: number[] = [];
  for (let nowMs = 0; nowMs <= untilMs; nowMs = source.nextDeadlineMs() ?? nowMs + 1) {
    if (source.poll(nowMs, wallMs + nowMs, head)) at.push(nowMs);
  }
  return at;
}

describe('hello announcer', () => {
  it('says hello five times quickly, each second for half a minute, then at its interval', async () => {
    const at = times(await announcer(), 60_000);
    const eachSecond = Array.from({ length: 30 }, (_, index) => 1_400 + index * 1_000);
    expect(at).toEqual([0, 100, 200, 300, 400, ...eachSecond, 40_400, 50_400]);
  });

  it('tells when the next one comes, so that silence can be judged', async () => {
    const source = await announcer();
    for (let nowMs = 0; nowMs < 30_000; nowMs += 1_000) {
      expect(opened(source.poll(nowMs, wallMs, head)).link.helloIntervalMs).toBe(1_000);
    }
    expect(opened(source.poll(30_000, wallMs, head)).link.helloIntervalMs).toBe(10_000);
  });

  it('never says hello less often than configured', async () => {
    expect(times(await announcer(50), 300)).toEqual([0, 50, 100, 150, 200, 250, 300]);
  });

  it('carries a rising counter, the wall clock, the head and the session, MACed and signed', async () => {
    const source = await announcer();
    const first = opened(source.poll(0, wallMs, head));
    const second = opened(
      source.poll(1_000, wallMs + 1_000, { ...head, sequence: 9, digest: Buffer.alloc(32, 1), oldestSequence: 2 }),
    );
    expect([first.counter, second.counter]).toEqual([1, 2]);
    expect(second).toMatchObject({ boundary, stream, sessionNumber: 1, sentAtMs: wallMs + 1_000 });
    expect(second.head).toMatchObject({ epoch: 1, sequence: 9, oldestSequence: 2 });
    expect(second.link).toEqual({ ...link, helloIntervalMs: 1_000 });
    expect(second.sealed).toHaveLength(1);
  });

  it('announces the tail soon after the last frame, at most once a second', async () => {
    const source = await announcer();
    for (let nowMs = 0; nowMs <= 40_000; nowMs += 1_000) source.poll(nowMs, wallMs, head);
    expect(source.nextDeadlineMs()).toBe(50_000);
    source.handleIdle();
    expect(source.nextDeadlineMs()).toBe(41_000);
    expect(source.poll(40_500, wallMs, head)).toBeUndefined();
    expect(source.poll(43_000, wallMs, head)).toBeDefined();
    expect(source.nextDeadlineMs()).toBe(53_000);
    source.handleIdle();
    expect(source.poll(43_900, wallMs, head)).toBeUndefined();
    expect(source.poll(44_000, wallMs, head)).toBeDefined();
  });

  it('announces no tail that more frames follow', async () => {
    const source = await announcer();
    for (let nowMs = 0; nowMs <= 40_000; nowMs += 1_000) source.poll(nowMs, wallMs, head);
    source.handleIdle();
    source.handleBusy();
    expect(source.nextDeadlineMs()).toBe(50_000);
    source.handleIdle();
    expect(source.nextDeadlineMs()).toBe(41_000);
  });

  it('fits one datagram with eight receivers and the longest names', async () => {
    const longest = 'x'.repeat(WIRE_LIMITS.maxNameBytes);
    const eight = await openSession({
      boundary: longest,
      stream: longest,
      number: Number.MAX_SAFE_INTEGER,
      id: Buffer.alloc(16, 255),
      secret: Buffer.alloc(32, 1),
      agreement: senderAgreement,
      receivers: Array.from({ length: WIRE_LIMITS.maxReceivers }, (_, index) => ({
        agreementKey: agreementKeyPair(Buffer.alloc(32, 20 + index)).publicKey,
      })),
    });
    const source = new HelloAnnouncer({
      boundary: longest,
      stream: longest,
      keys: fixedKey(signing),
      session: eight,
      link: {
        symbolBytes: WIRE_LIMITS.maxSymbolBytes,
        repairPercent: WIRE_LIMITS.maxRepairPercent,
        rateBitsPerSecond: Number.MAX_SAFE_INTEGER,
        helloIntervalMs: WIRE_LIMITS.maxIntervalMs,
        repeatAfterMs: Array.from({ length: WIRE_LIMITS.maxRepeats }, () => WIRE_LIMITS.maxIntervalMs),
      },
    });
    const largest = source.poll(0, Number.MAX_SAFE_INTEGER, {
      epoch: Number.MAX_SAFE_INTEGER,
      epochId,
      sequence: WIRE_LIMITS.maxSequence,
      digest: Buffer.alloc(32, 255),
      oldestSequence: WIRE_LIMITS.maxSequence,
    });
    expect(largest?.length).toBeLessThanOrEqual(WIRE_LIMITS.maxHelloBytes);
  });
});
