/**
 * age file ─► [bundle frames] ─► verified frames, in sequence. Every frame's signature, place and chain, and the digest of
 * the whole, before anybody acts on any of it.
 */
import { createHash } from 'node:crypto';
import { equalBytes } from '../../src/crypto/digest.ts';
import { decryptContent } from '../../src/media/age-file.ts';
import { FrameSplitter } from '../../src/media/frame-splitter.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { FRAME_LENGTH_BYTES, type Manifest } from '../../src/wire/bundle.ts';
import type { FrameRun } from '../../src/wire/frame-runs.ts';
import { type SenderKeys, type VerifiedFrame, verifyFrame } from '../intake/frame-verifier.ts';

export interface BundleSource {
  readonly manifest: Manifest;
  readonly ageFile: AsyncIterable<Uint8Array>;
  readonly agreementPrivateKey: Uint8Array;
  readonly senderKeys: SenderKeys;
}

/** Ends only where all that the manifest says holds. Throws DiodeError `bundle-damaged`, and what the age file throws. */
export async function* bundleFrames(source: BundleSource): AsyncIterable<VerifiedFrame> {
  const { manifest, senderKeys } = source;
  const splitter = new FrameSplitter();
  const hash = createHash('sha256');
  const order = new FrameOrder(manifest);
  let bytes = 0;
  let records = 0;
  for await (const chunk of decrypted(source)) {
    hash.update(chunk);
    bytes += chunk.length;
    const frames = bytes > manifest.contentBytes ? undefined : splitter.handle(chunk);
    if (frames === undefined) throw damaged('its content is not what the manifest says');
    for (const frameBytes of frames) {
      const frame = verifyFrame(frameBytes, senderKeys);
      if (typeof frame === 'string') throw damaged(`a frame does not hold (${frame})`);
      const problem = order.handle(frame);
      if (problem !== undefined) throw damaged(`frame ${frame.header.sequence} ${problem}`);
      records += frame.header.recordCount;
      yield frame;
    }
  }
  const isWhole =
    splitter.isEmpty && order.isEnded && bytes === manifest.contentBytes && records === manifest.recordCount;
  if (!isWhole || !equalBytes(hash.digest(), manifest.contentDigest)) {
    throw damaged('its content is not what the manifest says');
  }
}

/** Bytes of the content so far, for progress. */
export function contentBytesOf(frame: VerifiedFrame): number {
  return FRAME_LENGTH_BYTES + frame.bytes.length;
}

async function* decrypted({ ageFile, agreementPrivateKey }: BundleSource): AsyncIterable<Uint8Array> {
  try {
    yield* await decryptContent(ageFile, agreementPrivateKey);
  } catch (error) {
    if (error instanceof DiodeError) throw error;
    throw damaged('it does not decrypt');
  }
}

/** The frames that the manifest names, each chained to the one before it where that is in the bundle too. */
class FrameOrder {
  readonly #manifest: Manifest;
  readonly #runs: FrameRun[];
  #next: number | undefined;
  #before: VerifiedFrame | undefined;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
    this.#runs = [...manifest.runs];
    this.#next = this.#runs[0]?.from;
  }

  handle(frame: VerifiedFrame): string | undefined {
    const { boundary, stream, epoch, epochId, sequence, previousDigest } = frame.header;
    const { head } = this.#manifest;
    if (boundary !== this.#manifest.boundary || stream !== this.#manifest.stream) return 'is of another stream';
    if (epoch !== head.epoch || !equalBytes(epochId, head.epochId)) return 'is of another epoch';
    if (sequence !== this.#next) return 'is not the one that the manifest names';
    const isNeighbour = this.#before?.header.sequence === sequence - 1;
    if (isNeighbour && !equalBytes(this.#before?.digest as Uint8Array, previousDigest)) return 'breaks the chain';
    if (sequence === head.sequence && !equalBytes(frame.digest, head.digest)) return 'is not the head';
    this.#before = frame;
    if (sequence === this.#runs[0]?.to) this.#runs.shift();
    this.#next = this.#runs[0] === undefined ? undefined : Math.max(sequence + 1, this.#runs[0].from);
    return undefined;
  }

  get isEnded(): boolean {
    return this.#next === undefined;
  }
}

function damaged(what: string): DiodeError {
  return new DiodeError(
    'bundle-damaged',
    `The bundle cannot be taken in: ${what}.`,
    'Nothing was changed: have it exported again.',
  );
}
