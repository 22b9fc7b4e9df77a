/** control.json: a hello on lane 255 and trust statements on lane 254, to each receiver, and what must be refused. */
import { HelloBlocks } from '../../../sender/transmit/hello-blocks.ts';
import { TrustAnnouncer } from '../../../sender/transmit/trust-announcer.ts';
import { helloMacKey } from '../../../src/crypto/agreement.ts';
import { helloControlKey, trustControlKey } from '../../../src/crypto/digest.ts';
import { DatagramCipher } from '../../../src/crypto/sodium.ts';
import { BlockCodec } from '../../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../../src/fec/kernel-module.ts';
import { WIRE_LIMITS } from '../../../src/limits.ts';
import { encodeHelloObject, encodeTrustObject, HELLO_LANE, TRUST_LANE } from '../../../src/wire/control.ts';
import {
  DATAGRAM_KIND,
  type DatagramHeader,
  HEADER_BYTES,
  TAG_BYTES,
  writeDatagramHeader,
} from '../../../src/wire/datagram.ts';
import { messages } from '../../../src/wire/protobuf.ts';
import * as fixture from './fixture.ts';
import { bytesOf, flipped, hex } from './fixture.ts';
import { helloVectors } from './hello.ts';

const HANDLE = fixture.SESSION_ID.readUInt32BE(0);
const SYMBOL_BYTES = 192;
const MAC_KEYS = [fixture.RECEIVER_AGREEMENT, fixture.STANDBY_AGREEMENT].map((receiver) =>
  helloMacKey({
    own: fixture.SENDER_AGREEMENT,
    senderPublicKey: fixture.SENDER_AGREEMENT.publicKey,
    receiverPublicKey: receiver.publicKey,
  }),
);

export function controlVectors() {
  const hello = Buffer.from(helloVectors().good[0]?.datagram as string, 'hex');
  const blocks = new HelloBlocks({
    session: {
      handle: HANDLE,
      receivers: MAC_KEYS.map((macKey) => ({
        helloCipher: new DatagramCipher(helloControlKey(macKey, HANDLE)),
      })),
    },
    symbolBytes: SYMBOL_BYTES,
    repairPercent: 15,
    encoder: new BlockCodec(loadKernelModule()),
  });
  const datagrams = blocks.datagrams(hello).map(hex);
  const half = datagrams.length / 2;
  return {
    about:
      'The first hello of hello.json in control blocks of the session in keys.json. good: all datagrams to each receiver, of which any k must give object back, and the key of lane 255. bad: datagrams to the first receiver, which knows no session and has seen no counter, or objects that came whole on that lane; error is what it counts. filled: object with a field that readers skip, as long as any. trust: two statements and their object, likewise; its datagrams go to one receiver after the other, symbol by symbol.',
    hello: hex(hello),
    object: hex(encodeHelloObject(hello)),
    filled: hex(encodeHelloObject(hello, true)),
    good: MAC_KEYS.map((macKey, index) => ({
      name: index === 0 ? 'to the first receiver' : 'to the second',
      receiver: index,
      key: hex(helloControlKey(macKey, HANDLE)),
      datagrams: datagrams.slice(index * half, (index + 1) * half),
    })),
    trust: trust(),
    bad: bad(hello),
  };
}

/** Statements are any lines here: a control object does not look into them. */
const STATEMENTS = ['{"payload":"cm9vdA","signatures":[]}', `{"payload":"${'YnVuZGxl'.repeat(60)}","signatures":[]}`];

function trust() {
  const announcer = new TrustAnnouncer({
    session: {
      handle: HANDLE,
      receivers: MAC_KEYS.map((macKey) => ({ trustCipher: new DatagramCipher(trustControlKey(macKey, HANDLE)) })),
    },
    symbolBytes: SYMBOL_BYTES,
    repairPercent: 15,
    encoder: new BlockCodec(loadKernelModule()),
    wireMs: () => 0,
  });
  announcer.replace(STATEMENTS);
  const datagrams: string[] = [];
  for (let next = announcer.poll(0); next !== undefined; next = announcer.poll(0)) datagrams.push(hex(next));
  return {
    statements: STATEMENTS,
    object: hex(encodeTrustObject(STATEMENTS)),
    good: MAC_KEYS.map((macKey, receiver) => ({
      name: receiver === 0 ? 'trust to the first receiver' : 'trust to the second',
      receiver,
      key: hex(trustControlKey(macKey, HANDLE)),
      datagrams: datagrams.filter((_, index) => index % MAC_KEYS.length === receiver),
    })),
  };
}

const NINE_LINES = Array.from({ length: WIRE_LIMITS.maxTrustStatements + 1 }, () => '{}').join('\n');

function bad(hello: Buffer) {
  const whole = encodeHelloObject(hello.subarray(0, 50));
  const object = (kind: number, body: Uint8Array) => hex(messages.ControlObject.encode({ kind, body }).finish());
  return [
    { name: 'symbol changed on the way', datagram: hex(flipped(sealed(whole), HEADER_BYTES)), error: 'forged' },
    { name: 'to the second receiver', datagram: hex(sealed(whole, {}, 1)), error: 'forged' },
    { name: 'counter 0', datagram: hex(sealed(whole, { counter: 0 })), error: 'replayed' },
    { name: 'object number 0', datagram: hex(sealed(whole, { sequence: 0 })), error: 'geometry' },
    {
      name: 'an object longer than any hello',
      datagram: hex(sealed(bytesOf('long', WIRE_LIMITS.maxHelloObjectBytes + 1))),
      error: 'geometry',
    },
    {
      name: 'a symbol of a frame on lane 255',
      datagram: hex(sealed(whole, { kind: DATAGRAM_KIND.symbol })),
      error: 'session',
    },
    {
      name: 'a trust bundle, which comes on lane 254',
      object: object(2, bytesOf('bundle', 40)),
      error: 'control-kind',
    },
    { name: 'a kind of the future', object: object(9, hello), error: 'control-kind' },
    { name: 'no body', object: object(1, new Uint8Array()), error: 'control-body' },
    { name: 'a body that is no hello', object: object(1, flipped(hello, 3, 0x30)), error: 'control-body' },
    { name: 'no message', object: 'ffff', error: 'control-body' },
    { name: 'a hello on lane 254', lane: TRUST_LANE, object: object(1, hello), error: 'control-kind' },
    { name: 'no statement', lane: TRUST_LANE, object: object(2, new Uint8Array()), error: 'control-body' },
    { name: 'an empty line', lane: TRUST_LANE, object: object(2, Buffer.from('{}\n')), error: 'control-body' },
    { name: 'nine statements', lane: TRUST_LANE, object: object(2, Buffer.from(NINE_LINES)), error: 'control-body' },
    { name: 'no message on lane 254', lane: TRUST_LANE, object: 'ffff', error: 'control-body' },
    {
      name: 'a trust datagram under the key of lane 255',
      datagram: hex(sealed(whole, { lane: TRUST_LANE })),
      error: 'forged',
    },
  ];
}

/** One datagram whose object is one symbol. */
function sealed(object: Uint8Array, fields: Partial<DatagramHeader> = {}, receiver = 0): Buffer {
  const symbol = new Uint8Array(64 * Math.ceil(object.length / 64));
  symbol.set(object);
  const datagram = Buffer.alloc(HEADER_BYTES + symbol.length + TAG_BYTES);
  const header = {
    suite: 1,
    kind: DATAGRAM_KIND.control,
    session: HANDLE,
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
  };
  writeDatagramHeader(datagram, 0, header);
  const cipher = new DatagramCipher(helloControlKey(MAC_KEYS[receiver] as Buffer, HANDLE));
  cipher.seal(datagram, HEADER_BYTES, symbol, header.counter);
  return datagram;
}
