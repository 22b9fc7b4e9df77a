/** bundle.json: a bundle of three frames on two volumes and a spare one, another on one volume, and manifests to refuse. */

import { FrameSigner } from '../../../sender/journal/frame-signer.ts';
import { fixedKey } from '../../../sender/trust/signing-keys.ts';
import { sha256 } from '../../../src/crypto/digest.ts';
import { sign } from '../../../src/crypto/sodium.ts';
import { BlockCodec } from '../../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../../src/fec/kernel-module.ts';
import { bundleCode } from '../../../src/media/bundle-code.ts';
import { spareColumns } from '../../../src/media/volume-coder.ts';
import { encodeManifest, encodeManifestBody, type Manifest, manifestSignatureInput } from '../../../src/wire/bundle.ts';
import { messages } from '../../../src/wire/protobuf.ts';
import { encodeRecord } from '../../../src/wire/record.ts';
import { storedBytes, stripeAt, stripeCount } from '../../../src/wire/volume-layout.ts';
import { ageFile } from './age.ts';
import * as fixture from './fixture.ts';
import { bytesOf, flipped, hex } from './fixture.ts';

const CODEC = new BlockCodec(loadKernelModule());
const RECEIVERS = [fixture.RECEIVER_AGREEMENT, fixture.STANDBY_AGREEMENT];

export function bundleVectors() {
  const frames = framesOf(3);
  const content = contentOf(frames);
  const two = bundle('two volumes and a spare one', { frames, content, data: 2, spare: 1, segmentBytes: 256 });
  const one = bundle('one volume', { frames, content, data: 1, spare: 0, segmentBytes: 4_194_304 });
  return {
    about:
      'good: a manifest, the age file that its volumes hold, their segments, and the frames inside. Any dataVolumes of the volumes give the age file back. The receivers are those of keys.json, whose private keys open it. bad: manifests to refuse, signed as a good one unless that is the error.',
    good: [two.vector, one.vector],
    bad: bad(two.manifest),
  };
}

interface Frames {
  readonly bytes: readonly Uint8Array[];
  readonly head: Manifest['head'];
}

function framesOf(count: number): Frames {
  const { BOUNDARY, STREAM, EPOCH, EPOCH_ID, NOW_MS, SIGNING } = fixture;
  const signer = new FrameSigner({ boundary: BOUNDARY, stream: STREAM, keys: fixedKey(SIGNING) });
  const bytes: Uint8Array[] = [];
  let previousDigest: Uint8Array = new Uint8Array();
  for (let sequence = 1; sequence <= count; sequence++) {
    const resource = `{"id":"user-${sequence}","schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"${hex(bytesOf(`name ${sequence}`, 40))}"}`;
    const record = encodeRecord({ kind: 'delta', operation: 'put', type: 'User', id: `user-${sequence}`, resource });
    const draft = { epoch: EPOCH, epochId: EPOCH_ID, sequence, previousDigest, createdAtMs: NOW_MS + sequence };
    const frame = signer.sign({ ...draft, records: [record] });
    bytes.push(frame.bytes);
    previousDigest = frame.digest;
  }
  return {
    bytes,
    head: { epoch: EPOCH, epochId: EPOCH_ID, sequence: count, digest: previousDigest, oldestSequence: 1 },
  };
}

function contentOf({ bytes }: Frames): Buffer {
  return Buffer.concat(
    bytes.flatMap((frame) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(frame.length);
      return [length, frame];
    }),
  );
}

interface Cut {
  readonly frames: Frames;
  readonly content: Buffer;
  readonly data: number;
  readonly spare: number;
  readonly segmentBytes: number;
}

function bundle(name: string, { frames, content, data, spare, segmentBytes }: Cut) {
  const age = ageFile(
    name,
    content,
    RECEIVERS.map(({ publicKey }) => publicKey),
  );
  const shape = { dataVolumes: data, spareVolumes: spare, segmentBytes, cipherBytes: age.length };
  const volumes: Uint8Array[][] = Array.from({ length: data + spare }, () => []);
  for (let index = 0; index < stripeCount(shape); index++) {
    const stripe = stripeAt(shape, index);
    const bytes = Buffer.alloc(data * stripe.columnBytes);
    age.copy(bytes, 0, stripe.offset, stripe.offset + stripe.bytes);
    const columns = Array.from({ length: data }, (_, at) =>
      bytes.subarray(at * stripe.columnBytes, (at + 1) * stripe.columnBytes),
    );
    for (const [at, column] of [...columns, ...spareColumns(CODEC, columns, spare)].entries()) {
      volumes[at]?.push(column.subarray(0, storedBytes(shape, stripe, at)));
    }
  }
  const manifest: Manifest = {
    boundary: fixture.BOUNDARY,
    stream: fixture.STREAM,
    number: 7,
    previousDigest: bytesOf('previous manifest', 32),
    createdAtMs: fixture.NOW_MS,
    keyId: fixture.SIGNING_KEY_ID,
    head: frames.head,
    runs: [{ from: 1, to: frames.bytes.length }],
    recordCount: frames.bytes.length,
    contentBytes: content.length,
    contentDigest: sha256(content),
    receiverIds: [fixture.RECEIVER_ID, fixture.STANDBY_ID],
    segmentsPerFile: 3,
    segmentDigests: volumes.map((segments) => Buffer.concat(segments.map(sha256))),
    ...shape,
    ...(data === 1 && { segmentsPerFile: 1_023 }),
  };
  const body = encodeManifestBody(manifest);
  const digest = sha256(body);
  const vector = {
    name,
    manifest: hex(signed(body)),
    digest: hex(digest),
    code: bundleCode(digest),
    dataVolumes: data,
    spareVolumes: spare,
    segmentBytes,
    volumes: volumes.map((segments) => segments.map(hex)),
    ageFile: hex(age),
    frames: frames.bytes.map(hex),
  };
  return { vector, manifest };
}

function signed(body: Uint8Array): Uint8Array {
  return encodeManifest({ body, signature: sign(manifestSignatureInput(body), fixture.SIGNING.secretKey) });
}

type Change = (body: Record<string, unknown>) => void;

function bad(manifest: Manifest) {
  const changed = (change: Change): Uint8Array => {
    const body = messages.ManifestBody.decode(encodeManifestBody(manifest)) as unknown as Record<string, unknown>;
    change(body);
    return signed(messages.ManifestBody.encode(body).finish());
  };
  const refused = (name: string, bytes: Uint8Array, error: string) => ({ name, manifest: hex(bytes), error });
  const field = (name: string, values: Record<string, unknown>) =>
    refused(
      name,
      changed((body) => Object.assign(body, values)),
      'manifest-field',
    );
  const good = signed(encodeManifestBody(manifest));
  return [
    refused('nothing', Buffer.alloc(0), 'manifest-field'),
    refused('cut by one byte', good.subarray(0, -1), 'manifest-protobuf'),
    refused(
      'a signature of 63 bytes',
      encodeManifest({ body: Buffer.from('0801', 'hex'), signature: bytesOf('short', 63) }),
      'manifest-field',
    ),
    refused('a body that is no message', signed(Buffer.from('0a', 'hex')), 'manifest-protobuf'),
    refused(
      'a later version',
      changed((body) => Object.assign(body, { version: 2 })),
      'manifest-version',
    ),
    refused(
      'a later suite',
      changed((body) => Object.assign(body, { suite: 2 })),
      'manifest-version',
    ),
    refused(
      'another body under the signature',
      encodeManifest({ body: encodeManifestBody({ ...manifest, number: 8 }), signature: good.subarray(-64) }),
      'manifest-signature',
    ),
    refused('one bit of the signature changed', flipped(good, good.length - 1), 'manifest-signature'),
    field('a boundary that is no name', { boundary: '-site' }),
    field('number 0', { number: 0 }),
    field('a previous digest of 31 bytes', { previousDigest: bytesOf('short', 31) }),
    field('a key id of 15 bytes', { keyId: bytesOf('short', 15) }),
    field('no head', { head: null }),
    field('a previous epoch that is not below', { previousEpoch: { ...manifest.head, oldestSequence: 0 } }),
    field('no run', { runs: [] }),
    field('a run from 0', { runs: [{ from: 0, to: 2 }] }),
    field('a run that is backwards', { runs: [{ from: 3, to: 2 }] }),
    field('runs that touch', {
      runs: [
        { from: 1, to: 1 },
        { from: 2, to: 3 },
      ],
    }),
    field('a run above the head', { runs: [{ from: 1, to: 4 }] }),
    field('1,025 runs', {
      head: { ...manifest.head, sequence: 4_000 },
      runs: Array.from({ length: 1_025 }, (_, at) => ({ from: 1 + 2 * at, to: 1 + 2 * at })),
    }),
    field('fewer records than frames', { recordCount: 2 }),
    field('no content', { contentBytes: 0 }),
    field('more content than its frames can hold', { contentBytes: 3 * (4 + 4_194_304) + 1 }),
    field('a content digest of 31 bytes', { contentDigest: bytesOf('short', 31) }),
    field('no age file', { cipherBytes: 0 }),
    field('no receiver', { receiverIds: [] }),
    field('9 receivers', { receiverIds: Array.from({ length: 9 }, () => fixture.RECEIVER_ID) }),
    field('a receiver id of 7 bytes', { receiverIds: [bytesOf('short', 7)] }),
    field('no volume', { dataVolumes: 0 }),
    field('17 volumes', { dataVolumes: 16, spareVolumes: 1 }),
    field('segments that are no multiple of 64', { segmentBytes: 250 }),
    field('segments above 4 MiB', { segmentBytes: 4_194_368 }),
    field('files of no segment', { segmentsPerFile: 0 }),
    field('files above 4 GiB - 1', { segmentsPerFile: 16_777_216 }),
    field('digests of two volumes for three', { segmentDigests: manifest.segmentDigests.slice(1) }),
    field('a digest too few', { segmentDigests: manifest.segmentDigests.map((digests) => digests.subarray(32)) }),
    field('more segments than there may be', { cipherBytes: 98_304 * 256 }),
  ];
}
