import assert from 'node:assert/strict';
import { MEDIA_LIMITS, WIRE_LIMITS } from '../../../src/limits.ts';
import { checkEvidence, parseEvidence } from '../../../src/media/evidence.ts';
import { FrameSplitter } from '../../../src/media/frame-splitter.ts';
import { isUnfinishedFolder, volumeOf } from '../../../src/media/volume-folder.ts';
import {
  decodeManifest,
  decodeManifestBody,
  encodeManifest,
  encodeManifestBody,
  FRAME_LENGTH_BYTES,
} from '../../../src/wire/bundle.ts';
import { storedBytes, stripeAt, stripeCount } from '../../../src/wire/volume-layout.ts';
import { InputReader } from '../input-reader.ts';

const MAC_KEY = Buffer.alloc(32);

/** First byte: the file `manifest`, a body behind a signature, the content in chunks, names of a medium, or evidence. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  switch (reader.choice(['manifest', 'body', 'content', 'names', 'evidence'] as const)) {
    case 'manifest': {
      const signed = decodeManifest(reader.rest());
      if (typeof signed !== 'object') break;
      assert.deepEqual(decodeManifest(encodeManifest(signed)), signed);
      checkBody(signed.body);
      break;
    }
    case 'body':
      checkBody(reader.rest());
      break;
    case 'content':
      checkContent(reader);
      break;
    case 'names': {
      const name = reader.rest().toString('utf8');
      const volume = volumeOf(name);
      assert.ok(volume === undefined || (volume >= 0 && volume < MEDIA_LIMITS.maxVolumes));
      isUnfinishedFolder(name, 'hr');
      break;
    }
    case 'evidence': {
      const evidence = parseEvidence(reader.rest().toString('utf8'));
      if (evidence !== undefined) checkEvidence(evidence, [MAC_KEY]);
    }
  }
}

function checkBody(bytes: Uint8Array): void {
  const body = decodeManifestBody(bytes);
  if (typeof body !== 'object') return;
  assert.deepEqual(decodeManifestBody(encodeManifestBody(body)), body);
  const { dataVolumes, spareVolumes, cipherBytes } = body;
  const count = stripeCount(body);
  assert.ok(count >= 1 && count * (dataVolumes + spareVolumes) <= MEDIA_LIMITS.maxSegments);
  for (const index of [0, count - 1]) {
    const stripe = stripeAt(body, index);
    const data: number[] = Array.from({ length: dataVolumes }, (_, volume) => storedBytes(body, stripe, volume));
    assert.equal(
      data.reduce((sum, stored) => sum + stored, 0),
      stripe.bytes,
    );
    assert.ok(stripe.bytes >= 1 && stripe.offset + stripe.bytes <= cipherBytes);
  }
}

function checkContent(reader: InputReader): void {
  const first = reader.bytes(64);
  const rest = reader.rest();
  const split = (chunks: readonly Uint8Array[]) => {
    const splitter = new FrameSplitter();
    const frames = chunks.map((chunk) => splitter.handle(chunk));
    return frames.includes(undefined)
      ? undefined
      : { frames: frames.flat() as Uint8Array[], isEmpty: splitter.isEmpty };
  };
  const whole = split([Buffer.concat([first, rest])]);
  // Lengths that no frame has may show in the second chunk alone; what is a frame is one however it is cut.
  if (whole !== undefined) assert.deepEqual(split([first, rest]), whole);
  for (const frame of whole?.frames ?? []) assert.ok(frame.length >= 1 && frame.length <= WIRE_LIMITS.maxFrameBytes);
  const bytes = (whole?.frames ?? []).reduce((sum, frame) => sum + FRAME_LENGTH_BYTES + frame.length, 0);
  assert.ok(bytes <= first.length + rest.length);
}
