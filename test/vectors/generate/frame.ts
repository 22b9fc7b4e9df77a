/** frame.json: whole frames, taken through every check of a receiver up to the records, and what must be refused. */
import { sha256, signingKeyId } from '../../../src/crypto/digest.ts';
import { sign, signingKeyPair } from '../../../src/crypto/sodium.ts';
import { encodeFrame, encodeFrameHeader, type FrameHeader, frameSignatureInput } from '../../../src/wire/frame.ts';
import { messages } from '../../../src/wire/protobuf.ts';
import { encodePayload, encodeRecord } from '../../../src/wire/record.ts';
import * as fixture from './fixture.ts';
import { bytesOf, flipped, hex } from './fixture.ts';
import { rawBlocks, zeroBlocks, zstdFrame, zstdFrameWithWindow } from './zstd.ts';

const DELTA = encodeRecord({
  kind: 'delta',
  operation: 'put',
  type: 'User',
  id: '2819c223',
  resource:
    '{"active":true,"id":"2819c223","schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bjensen"}',
  atMs: fixture.NOW_MS,
});
const BODY = encodePayload([DELTA]);
const ZSTD = zstdFrame(rawBlocks(BODY), BODY.length);
const MIB = 1024 * 1024;

type Change = (header: Record<string, unknown>) => void;

export function frameVectors() {
  return {
    about:
      'A receiver of boundary site-a, stream hr, that trusts the signing key in keys.json. good: header, digest (SHA-256 of the header) and the payload after decompression. bad: error is the first problem it finds; signatures and digests of bad frames hold unless that is the error. Every good frame with any one bit changed must be refused.',
    good: [
      good('the first frame of an epoch, not compressed', {}, BODY, BODY),
      good(
        'zstd, in the middle of a stream',
        { sequence: 42, previousDigest: bytesOf('previous', 32), compression: 'zstd' },
        ZSTD,
        BODY,
      ),
      good(
        'largest epoch and sequence',
        {
          epoch: 2 ** 53 - 1,
          sequence: 2 ** 48 - 1,
          previousDigest: bytesOf('previous', 32),
        },
        BODY,
        BODY,
      ),
    ],
    bad: [...envelopes(), ...headers(), ...trust(), ...payloads()],
  };
}

function envelopes() {
  const whole = frameOf({}, BODY);
  const { header, signature, payload } = messages.Frame.decode(whole);
  const frame = (parts: readonly Uint8Array[]) => Buffer.concat(parts);
  const part = (number: number, bytes: Uint8Array) => frame([Uint8Array.of(number * 8 + 2), lengthOf(bytes), bytes]);
  const three = [part(1, header), part(2, signature), part(3, payload)] as const;
  return [
    refused('empty', Buffer.alloc(0), 'frame-protobuf'),
    refused('cut by one byte', whole.subarray(0, -1), 'frame-protobuf'),
    refused('trailing data', frame([whole, Uint8Array.of(0)]), 'frame-protobuf'),
    refused('an unknown field behind', frame([whole, part(4, Buffer.from('later'))]), 'frame-protobuf'),
    refused('parts in another order', frame([three[1], three[0], three[2]]), 'frame-protobuf'),
    refused('a part twice', frame([three[0], three[1], three[2], three[2]]), 'frame-protobuf'),
    refused('no signature', frame([three[0], three[2]]), 'frame-protobuf'),
    refused(
      'a length that is not the shortest',
      frame([three[0], Uint8Array.of(0x12, 0xc0, 0x00), signature, three[2]]),
      'frame-protobuf',
    ),
    refused('an empty header', frame([part(1, Buffer.alloc(0)), three[1], three[2]]), 'frame-field'),
    refused('a header of 641 bytes', frame([part(1, bytesOf('header', 641)), three[1], three[2]]), 'frame-field'),
    refused('a signature of 63 bytes', frame([three[0], part(2, signature.subarray(1)), three[2]]), 'frame-field'),
    refused('an empty payload', frame([three[0], three[1], part(3, Buffer.alloc(0))]), 'frame-field'),
  ];
}

function headers() {
  const field = (name: string, change: Change, error = 'header-field') =>
    refused(name, frameOf({}, BODY, change), error);
  return [
    refused('a header that is no message', sealed(Buffer.from('0a', 'hex'), BODY), 'header-protobuf'),
    field(
      'a later suite',
      (h) => {
        h.suite = 2;
      },
      'header-suite',
    ),
    field('a boundary that is no name', (h) => {
      h.boundary = '-site';
    }),
    field('a boundary of 65 bytes', (h) => {
      h.boundary = 'b'.repeat(65);
    }),
    field('a stream that is no name', (h) => {
      h.stream = 'h/r';
    }),
    field('epoch 0', (h) => {
      h.epoch = 0;
    }),
    field('an epoch id of 15 bytes', (h) => {
      h.epochId = bytesOf('short', 15);
    }),
    field('sequence 0', (h) => {
      h.sequence = 0;
    }),
    field('a sequence above 48 bits', (h) => {
      h.sequence = 2 ** 48;
      h.previousDigest = bytesOf('previous', 32);
    }),
    field('a previous digest at sequence 1', (h) => {
      h.previousDigest = bytesOf('previous', 32);
    }),
    field('no previous digest at sequence 2', (h) => {
      h.sequence = 2;
    }),
    field('no kind', (h) => {
      h.kind = 0;
    }),
    field('an unknown kind', (h) => {
      h.kind = 3;
    }),
    field('no records', (h) => {
      h.recordCount = 0;
    }),
    field('65,537 records', (h) => {
      h.recordCount = 65_537;
    }),
    field('a key id of 17 bytes', (h) => {
      h.keyId = bytesOf('long', 17);
    }),
    field('a payload digest of 31 bytes', (h) => {
      h.payloadDigest = bytesOf('short', 31);
    }),
    field('payload bytes above 4 MiB', (h) => {
      h.payloadBytes = 4 * MIB + 1;
    }),
    field('body bytes above 16 MiB', (h) => {
      h.bodyBytes = 16 * MIB + 1;
      h.compression = 2;
    }),
    field('body and payload of two lengths without compression', (h) => {
      h.bodyBytes = BODY.length + 1;
    }),
    field('an unknown compression', (h) => {
      h.compression = 3;
    }),
  ];
}

function trust() {
  const whole = frameOf({}, BODY);
  const stranger = signingKeyPair(bytesOf('stranger', 32));
  const unsigned = frameOf({}, BODY, undefined, () => bytesOf('signature', 64));
  return [
    refused(
      'a payload longer than the header says',
      frameOf({}, BODY, (h) => {
        h.payloadBytes = 1;
        h.bodyBytes = 1;
      }),
      'payload-length',
    ),
    refused('a payload changed on the way', flipped(whole, whole.length - 1), 'payload-digest'),
    refused('a wrong signature', unsigned, 'signature'),
    refused(
      'a signature over the header without label',
      frameOf({}, BODY, undefined, (header) => sign(header, fixture.SIGNING.secretKey)),
      'signature',
    ),
    refused(
      'a key that nobody trusts',
      frameOf(
        {},
        BODY,
        (h) => {
          h.keyId = signingKeyId(stranger.publicKey);
        },
        (header) => sign(frameSignatureInput(header), stranger.secretKey),
      ),
      'unknown-key',
    ),
    refused('another boundary', frameOf({ boundary: 'site-b' }, BODY), 'boundary'),
    refused('another stream', frameOf({ stream: 'badges' }, BODY), 'stream'),
  ];
}

function payloads() {
  const zstd = (name: string, payload: Uint8Array, bodyBytes: number, error: string) =>
    refused(name, frameOf({ compression: 'zstd', bodyBytes }, payload), error);
  const raw = rawBlocks(BODY);
  return [
    zstd('zstd that is none', bytesOf('noise', 100), 1_000, 'zstd-frame'),
    zstd('zstd cut by one byte', ZSTD.subarray(0, -1), BODY.length, 'zstd-frame'),
    zstd('zstd with trailing data', Buffer.concat([ZSTD, Uint8Array.of(0)]), BODY.length, 'zstd-trailing'),
    zstd('two zstd frames', Buffer.concat([ZSTD, ZSTD]), BODY.length * 2, 'zstd-trailing'),
    zstd('zstd without content size', zstdFrame(raw, undefined), BODY.length, 'zstd-size-missing'),
    zstd('zstd with a content size that the header does not say', ZSTD, BODY.length + 1, 'zstd-size'),
    zstd('a zstd bomb: 64 MiB in 2 KiB, and says so', zstdFrame(zeroBlocks(512), 64 * MIB), 16 * MIB, 'zstd-size'),
    zstd('a zstd bomb: 64 MiB in 2 KiB, and says 1,000', zstdFrame(zeroBlocks(512), 1_000), 1_000, 'zstd-data'),
    zstd('zstd that holds less than it says', zstdFrame(raw, BODY.length + 1), BODY.length + 1, 'zstd-data'),
    zstd('zstd with a window of 16 MiB', zstdFrameWithWindow(raw, BODY.length, 24), BODY.length, 'zstd-window'),
    zstd(
      'zstd with a reserved block type',
      zstdFrame([{ kind: 'reserved', bytes: 3, content: BODY.subarray(0, 3) }], 3),
      3,
      'zstd-frame',
    ),
    refused('records that are no message', frameOf({}, bytesOf('noise', 64)), 'protobuf'),
    refused('fewer records than the header says', frameOf({ recordCount: 2 }, BODY), 'record-count'),
    refused('more records than the header says', frameOf({}, encodePayload([DELTA, DELTA])), 'record-count'),
    refused('a record with two bodies', frameOf({}, encodePayload([Buffer.concat([DELTA, DELTA])])), 'record-body'),
    refused('4,096 empty records in one', frameOf({}, Buffer.alloc(8_192, '0a00', 'hex')), 'record-count'),
  ];
}

function good(name: string, change: Partial<FrameHeader>, payload: Uint8Array, body: Uint8Array) {
  const header = headerOf(change, payload);
  const encoded = encodeFrameHeader(header);
  return {
    name,
    frame: hex(sealed(encoded, payload)),
    header: {
      ...header,
      epochId: hex(header.epochId),
      previousDigest: hex(header.previousDigest),
      keyId: hex(header.keyId),
      payloadDigest: hex(header.payloadDigest),
    },
    digest: hex(sha256(encoded)),
    body: hex(body),
  };
}

function refused(name: string, frame: Uint8Array, error: string) {
  return { name, frame: hex(frame), error };
}

type Signer = (header: Uint8Array) => Uint8Array;

/** A signed frame; `change` alters the header's message after the encoder made it. */
function frameOf(fields: Partial<FrameHeader>, payload: Uint8Array, change?: Change, signer?: Signer): Buffer {
  let header = encodeFrameHeader(headerOf(fields, payload));
  if (change !== undefined) {
    const message = messages.FrameHeader.decode(Buffer.from(header)) as unknown as Record<string, unknown>;
    change(message);
    header = messages.FrameHeader.encode(message).finish();
  }
  return sealed(header, payload, signer);
}

function sealed(header: Uint8Array, payload: Uint8Array, signer: Signer = signHeader): Buffer {
  return Buffer.from(encodeFrame({ header, signature: signer(header), payload }));
}

function signHeader(header: Uint8Array): Uint8Array {
  return sign(frameSignatureInput(header), fixture.SIGNING.secretKey);
}

function headerOf(change: Partial<FrameHeader>, payload: Uint8Array): FrameHeader {
  return {
    suite: 1,
    boundary: fixture.BOUNDARY,
    stream: fixture.STREAM,
    epoch: fixture.EPOCH,
    epochId: fixture.EPOCH_ID,
    sequence: 1,
    previousDigest: Buffer.alloc(0),
    kind: 'deltas',
    recordCount: 1,
    createdAtMs: fixture.NOW_MS,
    keyId: fixture.SIGNING_KEY_ID,
    payloadDigest: sha256(payload),
    payloadBytes: payload.length,
    bodyBytes: change.compression === 'zstd' ? BODY.length : payload.length,
    compression: 'none',
    ...change,
  };
}

/** A length prefix of at most two bytes. */
function lengthOf(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  return length < 0x80 ? Uint8Array.of(length) : Uint8Array.of((length & 0x7f) | 0x80, length >> 7);
}
