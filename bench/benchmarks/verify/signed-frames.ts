/** Frames as the sender signs them, chained: of bytes that nobody parses, and of deltas. Pure. */
import { createHash } from 'node:crypto';
import { FrameSigner } from '../../../sender/journal/frame-signer.ts';
import { Packer } from '../../../sender/journal/packer.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { canonicalJson } from '../../../src/identity/canonical-json.ts';
import type { JsonObject } from '../../../src/identity/json-value.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';
import { DIGEST_BYTES, EPOCH_ID_BYTES } from '../../../src/wire/frame.ts';
import { type DeltaRecord, encodeRecord } from '../../../src/wire/record.ts';
import { makeChanges } from '../wire/changes.ts';

/** Where a chain begins, and what its first frame calls the digest of the one before. */
export interface ChainStart {
  readonly epoch: number;
  readonly sequence: number;
}

export interface SignedFrames {
  /** Raw Ed25519. */
  readonly publicKey: Uint8Array;
  /** Each as carried. */
  readonly frames: readonly Uint8Array[];
  /** Of the frame before the first. */
  readonly previousDigest: Uint8Array;
}

const FIRST: ChainStart = { epoch: 1, sequence: 1 };
const CREATED_AT_MS = Date.parse('2026-11-22T08:00:00.000Z');

/** `count` frames with one record of `bodyBytes` that no compression helps. */
export function noiseFrames(options: {
  readonly count: number;
  readonly bodyBytes: number;
  readonly seed: number;
}): SignedFrames {
  return signFrames(
    Array.from({ length: options.count }, (_, index) => {
      const noise = createHash('shake256', { outputLength: options.bodyBytes });
      return [noise.update(`${options.seed} ${index}`).digest()];
    }),
    FIRST,
  );
}

/** In frames as the packer cuts them by default. */
export function deltaFrames(records: readonly DeltaRecord[], start = FIRST): SignedFrames {
  const packer = new Packer(start, SENDER_LIMITS);
  for (const record of records) packer.handleRecord(encodeRecord(record));
  return signFrames(
    packer.finish().map((frame) => frame.records),
    start,
  );
}

/** Users of `resourceBytes` of JSON, put. */
export function userDeltas(options: {
  readonly count: number;
  readonly resourceBytes: number;
  readonly seed: number;
}): readonly DeltaRecord[] {
  return makeChanges({ ...options, filler: 'words' }).map((line) => {
    const { resource } = JSON.parse(line) as { resource: JsonObject & { id: string } };
    const text = canonicalJson(resource);
    return { kind: 'delta', operation: 'put', type: 'User', id: resource.id, resource: text, atMs: CREATED_AT_MS };
  });
}

function signFrames(bodies: readonly (readonly Uint8Array[])[], { epoch, sequence }: ChainStart): SignedFrames {
  const pair = signingKeyPair(Buffer.alloc(32, 1));
  const signer = new FrameSigner({ boundary: 'bench', stream: 'hr', keys: { at: () => pair } });
  const previousDigest: Uint8Array = sequence === 1 ? new Uint8Array() : Buffer.alloc(DIGEST_BYTES, 1);
  let last = previousDigest;
  const frames = bodies.map((records, index) => {
    const { bytes, digest } = signer.sign({
      epoch,
      epochId: Buffer.alloc(EPOCH_ID_BYTES, epoch),
      sequence: sequence + index,
      previousDigest: last,
      createdAtMs: CREATED_AT_MS,
      records,
    });
    last = digest;
    return bytes;
  });
  return { publicKey: pair.publicKey, frames, previousDigest };
}
