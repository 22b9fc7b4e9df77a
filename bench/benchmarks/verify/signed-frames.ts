/** Frames as the sender signs them, chained: of bytes that nobody parses, and of deltas. Pure. */
import { createHash } from 'node:crypto';
import { FrameSigner } from '../../../sender/frame-signer.ts';
import { Packer } from '../../../sender/packer.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { canonicalJson } from '../../../src/identity/canonical-json.ts';
import type { JsonObject } from '../../../src/identity/json-value.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';
import { type DeltaRecord, encodeRecord } from '../../../src/wire/record.ts';
import { makeChanges } from '../wire/changes.ts';

export interface SignedFrames {
  /** Raw Ed25519. */
  readonly publicKey: Uint8Array;
  /** Each as carried. */
  readonly frames: readonly Uint8Array[];
}

const EPOCH = { epoch: 1, epochId: Buffer.alloc(16, 1) } as const;
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
  );
}

/** Users of `resourceBytes` of JSON, put, in frames as the packer cuts them by default. */
export function deltaFrames(records: readonly DeltaRecord[]): SignedFrames {
  const packer = new Packer({ epoch: EPOCH.epoch, sequence: 1 }, SENDER_LIMITS);
  for (const record of records) packer.handleRecord(encodeRecord(record));
  return signFrames(packer.finish().map((frame) => frame.records));
}

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

function signFrames(bodies: readonly (readonly Uint8Array[])[]): SignedFrames {
  const pair = signingKeyPair(Buffer.alloc(32, 1));
  const signer = new FrameSigner({ boundary: 'bench', stream: 'hr', keys: { at: () => pair } });
  let previousDigest: Uint8Array = new Uint8Array();
  const frames = bodies.map((records, index) => {
    const draft = { ...EPOCH, sequence: index + 1, previousDigest, createdAtMs: CREATED_AT_MS, records };
    const { bytes, digest } = signer.sign(draft);
    previousDigest = digest;
    return bytes;
  });
  return { publicKey: pair.publicKey, frames };
}
