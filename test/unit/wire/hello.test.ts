import { describe, expect, it } from 'vitest';
import { WIRE_LIMITS } from '../../../src/limits.ts';
import {
  decodeHelloBody,
  encodeHello,
  encodeHelloBody,
  encodeHelloDatagram,
  type HelloBody,
} from '../../../src/wire/hello.ts';

const LARGEST = Number.MAX_SAFE_INTEGER;
const HEAD = {
  epoch: LARGEST,
  epochId: Buffer.alloc(16, 1),
  sequence: WIRE_LIMITS.maxSequence,
  digest: Buffer.alloc(32, 2),
  oldestSequence: WIRE_LIMITS.maxSequence,
};

/** Every field at its longest. */
const BODY: HelloBody = {
  protocolVersion: 1,
  suite: 1,
  boundary: 'b'.repeat(WIRE_LIMITS.maxNameBytes),
  stream: 's'.repeat(WIRE_LIMITS.maxNameBytes),
  sessionNumber: LARGEST,
  sessionId: Buffer.alloc(16, 3),
  counter: LARGEST,
  sentAtMs: LARGEST,
  keyId: Buffer.alloc(16, 4),
  link: {
    symbolBytes: WIRE_LIMITS.maxSymbolBytes,
    repairPercent: WIRE_LIMITS.maxRepairPercent,
    rateBitsPerSecond: LARGEST,
    helloIntervalMs: WIRE_LIMITS.maxIntervalMs,
    repeatAfterMs: Array(WIRE_LIMITS.maxRepeats).fill(WIRE_LIMITS.maxIntervalMs),
  },
  head: HEAD,
  sealed: Array.from({ length: WIRE_LIMITS.maxReceivers }, () => ({
    receiverId: Buffer.alloc(8, 5),
    encapsulatedKey: Buffer.alloc(32, 6),
    ciphertext: Buffer.alloc(48, 7),
  })),
  previousEpoch: { ...HEAD, epoch: LARGEST - 1, oldestSequence: 0 },
};

describe('a hello', () => {
  it('of eight receivers, with every field at its longest, fits its bound', () => {
    const body = encodeHelloBody(BODY);
    expect(decodeHelloBody(body)).toEqual(BODY);
    const hello = encodeHello({ body, signature: Buffer.alloc(64) });
    const slot = { receiverId: Buffer.alloc(8), mac: Buffer.alloc(16) };
    const datagram = encodeHelloDatagram(hello, Array(WIRE_LIMITS.maxReceivers).fill(slot));
    expect(datagram.length).toBeLessThanOrEqual(WIRE_LIMITS.maxHelloBytes);
  });

  it('never says what the journal of an earlier epoch can still send', () => {
    const body = { ...BODY, previousEpoch: { ...HEAD, epoch: LARGEST - 1 } };
    expect(decodeHelloBody(encodeHelloBody(body))).toEqual(BODY);
  });

  it('that is too long is a fault of ours, and throws', () => {
    expect(() => encodeHelloDatagram(Buffer.alloc(1_500), [])).toThrow(RangeError);
  });
});
