/** Symbols of lanes 255 and 254, sealed anew under good and bad keys: bounded, each with one outcome; objects come whole or not. */
import assert from 'node:assert/strict';
import { CONTROL_OUTCOMES, ControlDesk } from '../../../receiver/intake/control-desk.ts';
import { helloControlKey, trustControlKey } from '../../../src/crypto/digest.ts';
import { DatagramCipher } from '../../../src/crypto/sodium.ts';
import { BlockCodec } from '../../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../../src/fec/kernel-module.ts';
import { WIRE_LIMITS } from '../../../src/limits.ts';
import { HELLO_LANE, TRUST_LANE } from '../../../src/wire/control.ts';
import { HEADER_BYTES, readDatagramHeader, TAG_BYTES } from '../../../src/wire/datagram.ts';

const codec = new BlockCodec(loadKernelModule());
const MAC_KEY = Buffer.alloc(32, 5);
const SYMBOL_BYTES = 64;
/** Session, key, header fields behind the lane, and a symbol. */
const STEP_BYTES = 2 + HEADER_BYTES - 9 + SYMBOL_BYTES;
const STANDINGS = ['current', 'over', 'unknown'] as const;
const standingOf = (handle: number) => STANDINGS[handle] ?? 'unknown';
const OUTCOMES = new Set(['control', 'session', 'duplicate', 'unneeded', 'replayed', 'forged', 'geometry']);

export function fuzz(input: Buffer): void {
  const objects = Object.fromEntries(CONTROL_OUTCOMES.map((outcome) => [outcome, 0])) as Record<string, number>;
  const onObject = (outcome: string) => {
    objects[outcome] = (objects[outcome] ?? 0) + 1;
  };
  const desk = new ControlDesk({ macKey: MAC_KEY, decoder: codec, standingOf, onObject });
  let hellos = 0;
  let trusts = 0;
  for (let at = 0; at + STEP_BYTES <= input.length; at += STEP_BYTES) {
    const datagram = sealed(input.subarray(at, at + STEP_BYTES));
    assert.ok(ControlDesk.takes(datagram));
    const outcome = desk.handleDatagram(0, datagram);
    assert.ok(OUTCOMES.has(outcome), outcome);
    for (let hello = desk.poll(); hello !== undefined; hello = desk.poll()) hellos++;
    for (let texts = desk.pollTrust(); texts !== undefined; texts = desk.pollTrust()) {
      assert.ok(texts.length >= 1 && texts.length <= WIRE_LIMITS.maxTrustStatements);
      trusts++;
    }
  }
  assert.deepEqual([hellos, trusts], [objects.hello, objects.trust]);
}

/** `fields`: session's last byte, and lane; a byte whose zero spoils the key; the header from the counter on, the symbol. */
function sealed(fields: Buffer): Buffer {
  const datagram = Buffer.alloc(HEADER_BYTES + SYMBOL_BYTES + TAG_BYTES);
  const lane = (fields[0] as number) & 8 ? TRUST_LANE : HELLO_LANE;
  datagram.set([0x1d, 0x01, 0x01, 0x30 | ((fields[1] as number) & 7), 0, 0, 0, (fields[0] as number) & 7, lane]);
  fields.copy(datagram, 9, 2, 2 + HEADER_BYTES - 9);
  // Counters of 48 bits would seldom meet: two bytes of them do.
  datagram.fill(0, 9, 13);
  const { session, counter } = readDatagramHeader(datagram);
  const keyOf = lane === HELLO_LANE ? helloControlKey : trustControlKey;
  const key = fields[1] === 0 ? Buffer.alloc(32) : keyOf(MAC_KEY, session);
  new DatagramCipher(key).seal(datagram, HEADER_BYTES, fields.subarray(STEP_BYTES - SYMBOL_BYTES), counter);
  return datagram;
}
