import { describe, expect, it } from 'vitest';
import { bundleFrames } from '../../receiver/media/bundle-frames.ts';
import { openManifest } from '../../receiver/media/bundle-manifest.ts';
import { pinnedKeys } from '../../receiver/trust/own-card.ts';
import { sha256 } from '../../src/crypto/digest.ts';
import { verifySignature } from '../../src/crypto/sodium.ts';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import { bundleCode } from '../../src/media/bundle-code.ts';
import { dataColumns } from '../../src/media/volume-coder.ts';
import {
  decodeManifest,
  decodeManifestBody,
  encodeManifest,
  encodeManifestBody,
  manifestSignatureInput,
} from '../../src/wire/bundle.ts';
import { storedBytes, stripeAt, stripeCount } from '../../src/wire/volume-layout.ts';
import { bytes, prefixesOf, readVectors, trustedKeys, type Vector } from './wire-vectors.ts';

const { good, bad } = readVectors('bundle');
const keys = readVectors('keys');
const codec = new BlockCodec(loadKernelModule());
const hex = (of: Uint8Array) => Buffer.from(of).toString('hex');
const signingKey = bytes(keys.signing.publicKey);
const trust = {
  sender: { boundary: 'site-a', stream: 'hr' },
  senderKeys: pinnedKeys({ signingKey }),
  agreementKey: bytes(keys.receivers[0].publicKey),
};

/** The first problem that a receiver finds, or undefined. */
function problemOf(file: Uint8Array): string | undefined {
  const manifest = decodeManifest(file);
  if (typeof manifest === 'string') return manifest;
  const body = decodeManifestBody(manifest.body);
  if (typeof body === 'string') return body;
  const holds = verifySignature(manifestSignatureInput(manifest.body), manifest.signature, signingKey);
  return holds ? undefined : 'manifest-signature';
}

function ageFileFrom(vector: Vector, lost: readonly number[]): Buffer {
  const { manifest } = openManifest(bytes(vector.manifest), 'the vector', trust);
  const parts: Uint8Array[] = [];
  for (let index = 0; index < stripeCount(manifest); index++) {
    const stripe = stripeAt(manifest, index);
    const columns = vector.volumes.map((segments: readonly string[], volume: number) => {
      const stored = bytes(segments[index] as string);
      expect(stored.length).toBe(storedBytes(manifest, stripe, volume));
      return lost.includes(volume)
        ? undefined
        : Buffer.concat([stored, Buffer.alloc(stripe.columnBytes - stored.length)]);
    });
    const data = dataColumns(codec, columns, manifest);
    parts.push(Buffer.concat(data as Uint8Array[]).subarray(0, stripe.bytes));
  }
  return Buffer.concat(parts);
}

describe('bundles', () => {
  it.each(good)('$name: manifest, digest and code', ({ manifest: file, digest, code, volumes }) => {
    const opened = openManifest(bytes(file), 'the vector', trust);
    expect([hex(opened.digest), bundleCode(opened.digest)]).toEqual([digest, code]);
    const signed = decodeManifest(bytes(file));
    if (typeof signed === 'string') return expect.fail(signed);
    expect(hex(encodeManifestBody(opened.manifest))).toBe(hex(signed.body));
    expect(hex(encodeManifest(signed))).toBe(file);
    const digests = volumes.map((segments: readonly string[]) =>
      segments.map((segment) => hex(sha256(bytes(segment)))).join(''),
    );
    expect(opened.manifest.segmentDigests.map(hex)).toEqual(digests);
  });

  it.each(good)(
    '$name: any dataVolumes of its volumes give the age file, and each receiver its frames',
    async (vector) => {
      const lost = vector.spareVolumes === 0 ? [[]] : vector.volumes.map((_: unknown, volume: number) => [volume]);
      for (const volumes of lost) expect(hex(ageFileFrom(vector, volumes))).toBe(vector.ageFile);
      for (const receiver of keys.receivers) {
        const { manifest } = openManifest(bytes(vector.manifest), 'the vector', trust);
        async function* ageFile() {
          yield bytes(vector.ageFile);
        }
        const frames: string[] = [];
        const source = {
          manifest,
          ageFile: ageFile(),
          agreementPrivateKey: bytes(receiver.privateKey),
          senderKeys: trustedKeys,
        };
        for await (const frame of bundleFrames(source)) frames.push(hex(frame.bytes));
        expect(frames).toEqual(vector.frames);
      }
    },
  );

  it.each(good)('$name: with any bit changed or cut it is refused', ({ manifest }) => {
    const whole = bytes(manifest);
    for (const prefix of prefixesOf(whole)) expect(problemOf(prefix)).not.toBeUndefined();
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      expect(problemOf(changed), `byte ${at}`).not.toBeUndefined();
    }
  });

  it.each(bad)('$name: $error', ({ manifest, error }) => {
    expect(problemOf(bytes(manifest))).toBe(error);
  });
});
