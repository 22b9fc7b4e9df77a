import assert from 'node:assert/strict';
import {
  decodeHello,
  decodeHelloBody,
  decodeHelloDatagram,
  encodeHello,
  encodeHelloBody,
  encodeHelloDatagram,
} from '../../../src/wire/hello.ts';

const FIXED_BYTES = 8;

export function fuzz(input: Buffer): void {
  checkBody(input);
  checkPair(input);
  const datagram = decodeHelloDatagram(input);
  if (typeof datagram === 'string') return;
  const encoded = encodeHelloDatagram(datagram.hello, datagram.slots);
  assert.equal(encoded.compare(input, FIXED_BYTES, input.length, FIXED_BYTES), 0);
  checkPair(datagram.hello);
}

function checkPair(bytes: Uint8Array): void {
  const hello = decodeHello(bytes);
  if (typeof hello === 'string') return;
  const encoded = encodeHello(hello);
  const again = decodeHello(encoded);
  assert.ok(typeof again === 'object' && Buffer.compare(encodeHello(again), encoded) === 0);
  checkBody(hello.body);
}

function checkBody(bytes: Uint8Array): void {
  const body = decodeHelloBody(bytes);
  if (typeof body === 'string') return;
  const encoded = encodeHelloBody(body);
  const again = decodeHelloBody(encoded);
  assert.ok(typeof again === 'object' && Buffer.compare(encodeHelloBody(again), encoded) === 0);
}
