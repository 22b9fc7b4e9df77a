import { describe, expect, it } from 'vitest';
import { Assembler } from '../../receiver/intake/assembler.ts';
import { ControlDesk } from '../../receiver/intake/control-desk.ts';
import { SessionTable } from '../../receiver/intake/session-table.ts';
import { helloControlKey, trustControlKey } from '../../src/crypto/digest.ts';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import { WIRE_LIMITS } from '../../src/limits.ts';
import { decodeHelloObject, decodeTrustObject, TRUST_LANE } from '../../src/wire/control.ts';
import { bitFlipsOf, bytes, readVectors } from './wire-vectors.ts';

const { receivers, session } = readVectors('keys');
const { good, trust, bad, hello, object, filled } = readVectors('control');
const codec = new BlockCodec(loadKernelModule());

function desk(receiver: number) {
  const objects: string[] = [];
  const made = new ControlDesk({
    macKey: bytes(receivers[receiver].macKey),
    decoder: codec,
    standingOf: () => 'unknown',
    onObject: (outcome) => objects.push(outcome),
  });
  return { made, objects };
}

describe('a hello in control blocks', () => {
  it('is the object of the hello', () => {
    expect(Buffer.from(decodeHelloObject(bytes(object)) as Uint8Array).toString('hex')).toBe(hello);
    expect(Buffer.from(decodeHelloObject(bytes(filled)) as Uint8Array).toString('hex')).toBe(hello);
    expect(bytes(filled)).toHaveLength(WIRE_LIMITS.maxHelloObjectBytes);
  });

  it.each(good)('$name has its key', ({ receiver, key }) => {
    const handle = bytes(session.handle).readUInt32BE(0);
    expect(helloControlKey(bytes(receivers[receiver].macKey), handle).toString('hex')).toBe(key);
  });

  it.each(good)('$name comes back from any k of its datagrams, in any order', ({ receiver, datagrams }) => {
    const k = bytes(datagrams[0])[27] as number;
    const count = datagrams.length;
    for (let chosen = 0; chosen < 1 << count; chosen++) {
      const some = datagrams.filter((_: string, index: number) => (chosen >> index) & 1).reverse();
      const { made } = desk(receiver);
      for (const datagram of some) made.handleDatagram(0, bytes(datagram));
      expect(made.poll()?.toString('hex')).toBe(some.length >= k ? hello : undefined);
    }
  });

  it.each(good)('$name is refused with any one bit changed', ({ receiver, datagrams }) => {
    const { made } = desk(receiver);
    for (const { bytes: changed } of bitFlipsOf(bytes(datagrams[0]))) {
      if (ControlDesk.takes(changed))
        expect(['forged', 'replayed']).toContain(made.handleDatagram(0, Buffer.from(changed)));
    }
  });

  it.each(bad.filter(({ datagram }) => datagram !== undefined))('$name is $error', ({ datagram, error }) => {
    if (ControlDesk.takes(bytes(datagram))) return expect(desk(0).made.handleDatagram(0, bytes(datagram))).toBe(error);
    const assembler = new Assembler({
      sessions: new SessionTable(),
      filter: { wanted: () => true },
      decoder: codec,
      onBlock: () => undefined,
    });
    expect(assembler.handleDatagram(0, bytes(datagram))).toBe(error);
  });

  it.each(bad.filter((vector) => vector.object !== undefined))('$name is $error', (vector) => {
    const decode = vector.lane === TRUST_LANE ? decodeTrustObject : decodeHelloObject;
    expect(decode(bytes(vector.object))).toBe(vector.error);
  });
});

describe('trust statements in control blocks', () => {
  it('are the object of their lines', () => {
    expect(decodeTrustObject(bytes(trust.object))).toEqual(trust.statements);
  });

  it.each(trust.good as typeof good)('$name comes back from any k of its datagrams, in any order', (vector) => {
    const { receiver, key, datagrams } = vector;
    const handle = bytes(session.handle).readUInt32BE(0);
    expect(trustControlKey(bytes(receivers[receiver].macKey), handle).toString('hex')).toBe(key);
    const k = bytes(datagrams[0])[27] as number;
    for (let chosen = 0; chosen < 1 << datagrams.length; chosen++) {
      const some = datagrams.filter((_: string, index: number) => (chosen >> index) & 1).reverse();
      const { made } = desk(receiver);
      for (const datagram of some) made.handleDatagram(0, bytes(datagram));
      expect(made.pollTrust()).toEqual(some.length >= k ? trust.statements : undefined);
    }
  });
});
