/** hello.json: whole hello datagrams, opened by each receiver, and what must be refused. */
import { helloMacKey } from '../../../src/crypto/agreement.ts';
import { helloMac } from '../../../src/crypto/digest.ts';
import { sign } from '../../../src/crypto/sodium.ts';
import {
  encodeHello,
  encodeHelloBody,
  encodeHelloDatagram,
  type HelloBody,
  helloMacInput,
  helloSignatureInput,
  type SealedSecret,
  sessionAssociatedData,
} from '../../../src/wire/hello.ts';
import { messages } from '../../../src/wire/protobuf.ts';
import { hpkeSealBase } from '../../support/hpke-base.ts';
import * as fixture from './fixture.ts';
import { bytesOf, flipped, hex } from './fixture.ts';

const SEAL_INFO = Buffer.from('identity-diode/session/v1\0', 'latin1');
const RECEIVERS = [
  { id: fixture.RECEIVER_ID, keys: fixture.RECEIVER_AGREEMENT },
  { id: fixture.STANDBY_ID, keys: fixture.STANDBY_AGREEMENT },
];

const BODY: HelloBody = {
  protocolVersion: 1,
  suite: 1,
  boundary: fixture.BOUNDARY,
  stream: fixture.STREAM,
  sessionNumber: fixture.SESSION_NUMBER,
  sessionId: fixture.SESSION_ID,
  counter: 1,
  sentAtMs: fixture.NOW_MS,
  keyId: fixture.SIGNING_KEY_ID,
  link: {
    symbolBytes: 1_408,
    repairPercent: 10,
    rateBitsPerSecond: 100_000_000,
    helloIntervalMs: 1_000,
    repeatAfterMs: [1_000, 10_000, 60_000],
  },
  head: { epoch: fixture.EPOCH, epochId: fixture.EPOCH_ID, sequence: 0, digest: Buffer.alloc(0), oldestSequence: 0 },
  sealed: sealedSecrets(),
};

type Change = (message: Record<string, unknown>) => void;

export function helloVectors() {
  return {
    about:
      'Hello datagrams to the two receivers in keys.json. sealed secrets: the ephemeral keys are given, so HPKE can be checked in both directions. bad: error is the first problem that the first receiver finds; MACs and signatures of bad hellos hold unless that is the error.',
    sealInfo: hex(SEAL_INFO),
    associatedData: hex(sessionAssociatedData(BODY)),
    ephemeralPrivateKeys: RECEIVERS.map((_, index) => hex(bytesOf(`ephemeral ${index}`, 32))),
    good: [
      good('the first hello of a stream', BODY),
      good('a later hello of a new epoch', {
        ...BODY,
        counter: 12_345,
        head: { ...BODY.head, sequence: 88, digest: bytesOf('head digest', 32), oldestSequence: 3 },
        previousEpoch: {
          epoch: fixture.EPOCH - 1,
          epochId: bytesOf('previous epoch id', 16),
          sequence: 2 ** 48 - 1,
          digest: bytesOf('previous digest', 32),
          oldestSequence: 0,
        },
      }),
    ],
    bad: bad(),
  };
}

function bad() {
  const whole = datagramOf(encodeHelloBody(BODY));
  const field = (name: string, change: Change, error = 'hello-field') =>
    refused(name, datagramOf(changed(change)), error);
  const signature = (body: Uint8Array) => sign(helloSignatureInput(body), fixture.SIGNING.secretKey);
  const body = encodeHelloBody(BODY);
  return [
    refused('a slot, and no hello behind it', datagramFrom(Buffer.alloc(0), [0]), 'hello-length'),
    refused('above 1,452 bytes', Buffer.concat([whole, Buffer.alloc(1_453 - whole.length)]), 'hello-length'),
    refused('no slot', flipped(whole, 4, 2), 'hello-slots'),
    refused('nine slots', flipped(whole, 4, 2 ^ 9), 'hello-slots'),
    refused('more slots than bytes', whole.subarray(0, 8 + 48), 'hello-slots'),
    refused(
      'to another receiver',
      datagramFrom(encodeHello({ body, signature: signature(body) }), [1]),
      'hello-receiver',
    ),
    refused('MAC changed on the way', flipped(whole, 8 + 8), 'hello-mac'),
    refused('body changed on the way', flipped(whole, whole.length - 80), 'hello-mac'),
    refused('a reserved byte changed on the way', flipped(whole, 7), 'hello-mac'),
    refused('no Hello', datagramFrom(bytesOf('noise', 200)), 'hello-protobuf'),
    refused('a short signature', datagramFrom(encodeHello({ body, signature: bytesOf('short', 63) })), 'hello-field'),
    refused(
      'a wrong signature',
      datagramFrom(encodeHello({ body, signature: bytesOf('wrong', 64) })),
      'hello-signature',
    ),
    refused(
      'a signature over the body without label',
      datagramFrom(encodeHello({ body, signature: sign(body, fixture.SIGNING.secretKey) })),
      'hello-signature',
    ),
    refused('a body that is no message', datagramOf(Buffer.from('0a', 'hex')), 'hello-protobuf'),
    field(
      'a later protocol version',
      (m) => {
        m.protocolVersion = 2;
      },
      'hello-version',
    ),
    field(
      'another suite inside',
      (m) => {
        m.suite = 2;
      },
      'hello-version',
    ),
    field('a boundary that is no name', (m) => {
      m.boundary = 'site a';
    }),
    field('a stream that is no name', (m) => {
      m.stream = '';
    }),
    field(
      'another boundary',
      (m) => {
        m.boundary = 'site-b';
      },
      'hello-boundary',
    ),
    field(
      'another stream',
      (m) => {
        m.stream = 'badges';
      },
      'hello-stream',
    ),
    field(
      'a signing key that nobody trusts',
      (m) => {
        m.keyId = bytesOf('stranger', 16);
      },
      'hello-key',
    ),
    field(
      'no secret for this receiver',
      (m) => {
        m.sealed = BODY.sealed.slice(1);
      },
      'hello-sealed',
    ),
    field('session number 0', (m) => {
      m.sessionNumber = 0;
    }),
    field('a session id of 15 bytes', (m) => {
      m.sessionId = fixture.SESSION_ID.subarray(1);
    }),
    field('counter 0', (m) => {
      m.counter = 0;
    }),
    field('a key id of 15 bytes', (m) => {
      m.keyId = fixture.SIGNING_KEY_ID.subarray(1);
    }),
    field('no link', (m) => {
      m.link = undefined;
    }),
    field('a symbol that is no multiple of 64', (m) => {
      m.link = { ...BODY.link, symbolBytes: 1_400 };
    }),
    field('rate 0', (m) => {
      m.link = { ...BODY.link, rateBitsPerSecond: 0 };
    }),
    field('hello interval 0', (m) => {
      m.link = { ...BODY.link, helloIntervalMs: 0 };
    }),
    field('hello interval above a day', (m) => {
      m.link = { ...BODY.link, helloIntervalMs: 86_400_001 };
    }),
    field('nine repeats', (m) => {
      m.link = { ...BODY.link, repeatAfterMs: Array(9).fill(1_000) };
    }),
    field('repair above 12,800 percent', (m) => {
      m.link = { ...BODY.link, repairPercent: 12_801 };
    }),
    field('no head', (m) => {
      m.head = undefined;
    }),
    field('epoch 0', (m) => {
      m.head = { ...BODY.head, epoch: 0 };
    }),
    field('a digest at sequence 0', (m) => {
      m.head = { ...BODY.head, digest: bytesOf('digest', 32) };
    }),
    field('no digest at sequence 1', (m) => {
      m.head = { ...BODY.head, sequence: 1 };
    }),
    field('an oldest frame above the head', (m) => {
      m.head = { ...BODY.head, oldestSequence: 1 };
    }),
    field('a previous epoch that is not below', (m) => {
      m.previousEpoch = BODY.head;
    }),
    field('no sealed secret', (m) => {
      m.sealed = [];
    }),
    field('nine sealed secrets', (m) => {
      m.sealed = Array(9).fill({ ...BODY.sealed[0], encapsulatedKey: Buffer.alloc(0) });
    }),
    field('a sealed secret of 47 bytes', (m) => {
      m.sealed = [{ ...BODY.sealed[0], ciphertext: bytesOf('short', 47) }];
    }),
  ];
}

function good(name: string, body: HelloBody) {
  const encoded = encodeHelloBody(body);
  const signature = sign(helloSignatureInput(encoded), fixture.SIGNING.secretKey);
  return {
    name,
    body: {
      ...body,
      sessionId: hex(body.sessionId),
      keyId: hex(body.keyId),
      head: headJson(body.head),
      ...(body.previousEpoch && { previousEpoch: headJson(body.previousEpoch) }),
      sealed: body.sealed.map((sealed) => ({
        receiverId: hex(sealed.receiverId),
        encapsulatedKey: hex(sealed.encapsulatedKey),
        ciphertext: hex(sealed.ciphertext),
      })),
    },
    bodyBytes: hex(encoded),
    signature: hex(signature),
    datagram: hex(datagramFrom(encodeHello({ body: encoded, signature }))),
  };
}

function headJson(head: HelloBody['head']) {
  return { ...head, epochId: hex(head.epochId), digest: hex(head.digest) };
}

function refused(name: string, datagram: Uint8Array, error: string) {
  return { name, datagram: hex(datagram), error };
}

/** BODY's message with one change that the encoder would not make. */
function changed(change: Change): Uint8Array {
  const message = messages.HelloBody.decode(Buffer.from(encodeHelloBody(BODY))) as unknown as Record<string, unknown>;
  change(message);
  return messages.HelloBody.encode(message).finish();
}

function datagramOf(body: Uint8Array): Buffer {
  return datagramFrom(encodeHello({ body, signature: sign(helloSignatureInput(body), fixture.SIGNING.secretKey) }));
}

function datagramFrom(hello: Uint8Array, to: readonly number[] = [0, 1]): Buffer {
  const input = helloMacInput(hello, to.length);
  const slots = to.map((index) => {
    const { id, keys } = RECEIVERS[index] as (typeof RECEIVERS)[number];
    return { receiverId: id, mac: helloMac(macKey(keys.publicKey), input) };
  });
  return encodeHelloDatagram(hello, slots);
}

function macKey(receiverPublicKey: Uint8Array): Buffer {
  const own = fixture.SENDER_AGREEMENT;
  return helloMacKey({ own, senderPublicKey: own.publicKey, receiverPublicKey });
}

function sealedSecrets(): SealedSecret[] {
  const associatedData = sessionAssociatedData({
    boundary: fixture.BOUNDARY,
    stream: fixture.STREAM,
    sessionNumber: fixture.SESSION_NUMBER,
    sessionId: fixture.SESSION_ID,
  });
  return RECEIVERS.map(({ id, keys }, index) => ({
    receiverId: id,
    ...hpkeSealBase({
      ephemeralPrivateKey: bytesOf(`ephemeral ${index}`, 32),
      recipientPublicKey: keys.publicKey,
      info: SEAL_INFO,
      associatedData,
      plaintext: fixture.SESSION_SECRET,
    }),
  }));
}
