import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeHello,
  decodeHelloBody,
  decodeHelloDatagram,
  encodeHello,
  encodeHelloBody,
  encodeHelloDatagram,
  helloMacInput,
} from '../../src/wire/hello.ts';
import { bytesOf, helloBody } from './wire-arbitraries.ts';

describe('hellos', () => {
  it('come back as they were encoded, through all three layers', () => {
    const slots = fc.array(fc.record({ receiverId: bytesOf(8), mac: bytesOf(16) }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(helloBody, slots, bytesOf(64), (body, to, signature) => {
        const hello = encodeHello({ body: encodeHelloBody(body), signature });
        const datagram = decodeHelloDatagram(encodeHelloDatagram(hello, to));
        if (typeof datagram === 'string') expect.fail(datagram);
        expect(datagram.slots).toEqual(to);
        expect(Buffer.compare(Buffer.concat(datagram.macParts), helloMacInput(hello, to.length))).toBe(0);
        const signed = decodeHello(datagram.hello);
        if (typeof signed === 'string') expect.fail(signed);
        expect(Buffer.compare(signed.signature, signature)).toBe(0);
        expect(decodeHelloBody(Buffer.from(signed.body))).toEqual(body);
      }),
    );
  });

  it('of arbitrary bytes are refused, never thrown over', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_600 }), (bytes) => {
        const datagram = decodeHelloDatagram(bytes);
        if (typeof datagram !== 'string') decodeHello(datagram.hello);
        decodeHello(bytes);
        decodeHelloBody(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('with some bytes changed are refused or read, never thrown over', () => {
    fc.assert(
      fc.property(helloBody, fc.nat({ max: 600 }), fc.uint8Array({ maxLength: 12 }), (body, at, noise) => {
        const bytes = Buffer.from(encodeHelloBody(body));
        const start = Math.min(at, bytes.length);
        bytes.set(noise.subarray(0, bytes.length - start), start);
        decodeHelloBody(bytes);
      }),
      { numRuns: 1_000 },
    );
  });
});
