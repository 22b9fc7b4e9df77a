/**
 * journal ─► [bundle export] ─► age ─► volumes. Reads frames in short looks beside a running sender, one stripe in memory;
 * what was written goes away again where it is interrupted or fails.
 */
import { createHash } from 'node:crypto';
import { receiverId, sha256, signingKeyId } from '../../src/crypto/digest.ts';
import { sign } from '../../src/crypto/sodium.ts';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import { MEDIA_LIMITS } from '../../src/limits.ts';
import { encryptContent } from '../../src/media/age-file.ts';
import { VolumeWriter } from '../../src/media/volume-writer.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { Store } from '../../src/store/database.ts';
import {
  encodeManifest,
  encodeManifestBody,
  FRAME_LENGTH_BYTES,
  type Manifest,
  manifestSignatureInput,
} from '../../src/wire/bundle.ts';
import type { SenderKeys } from '../trust/own-card.ts';
import type { ExportPlan } from './export-plan.ts';

export interface BundleExport {
  readonly store: Store;
  readonly plan: ExportPlan;
  readonly boundary: string;
  readonly stream: string;
  readonly number: number;
  readonly previousDigest: Uint8Array;
  readonly createdAtMs: number;
  readonly keys: SenderKeys;
  readonly receivers: readonly { readonly agreementKey: Uint8Array }[];
  /** Where each volume goes, data volumes first. */
  readonly media: readonly string[];
  readonly dataVolumes: number;
  readonly segmentBytes: number;
  readonly segmentsPerFile: number;
  readonly onProgress: (doneBytes: number) => void;
  readonly signal: AbortSignal;
}

export interface ExportedBundle {
  readonly manifest: Manifest;
  readonly digest: Buffer;
  /** Its folder of each volume. */
  readonly folders: readonly string[];
}

/** Durable on all media when it resolves. Throws DiodeErrors of media, `frames-missing`, `interrupted`. */
export async function exportBundle(job: BundleExport): Promise<ExportedBundle> {
  const { media, dataVolumes, receivers, stream, number, segmentBytes, segmentsPerFile } = job;
  const writer = new VolumeWriter({
    media,
    stream,
    number,
    dataVolumes,
    spareVolumes: media.length - dataVolumes,
    segmentBytes,
    segmentsPerFile,
    codec: new BlockCodec(loadKernelModule()),
  });
  try {
    const hash = createHash('sha256');
    const keys = receivers.map(({ agreementKey }) => agreementKey);
    for await (const chunk of await encryptContent(content(job, hash), keys)) writer.write(chunk);
    const manifest = manifestOf(job, hash.digest(), writer.end());
    const body = encodeManifestBody(manifest);
    const signature = sign(manifestSignatureInput(body), job.keys.signing.secretKey);
    job.signal.throwIfAborted();
    const digest = sha256(body);
    return { manifest, digest, folders: writer.publish(encodeManifest({ body, signature }), digest) };
  } catch (error) {
    writer.abandon();
    throw job.signal.aborted ? interrupted() : error;
  }
}

type Shape = ReturnType<VolumeWriter['end']>;

function manifestOf(job: BundleExport, contentDigest: Uint8Array, shape: Shape): Manifest {
  const { plan, boundary, stream, number, previousDigest, createdAtMs, keys, receivers, segmentsPerFile } = job;
  const { head, previousEpoch, runs, recordCount, contentBytes } = plan;
  return {
    boundary,
    stream,
    number,
    previousDigest,
    createdAtMs,
    keyId: signingKeyId(keys.signing.publicKey),
    head,
    ...(previousEpoch && { previousEpoch }),
    runs,
    recordCount,
    contentBytes,
    contentDigest,
    receiverIds: receivers.map(({ agreementKey }) => receiverId(agreementKey)),
    segmentsPerFile,
    ...shape,
  };
}

interface FrameRow {
  readonly sequence: number;
  readonly frame: Uint8Array;
}

async function* content(job: BundleExport, hash: { update(bytes: Uint8Array): unknown }): AsyncIterable<Uint8Array> {
  const { store, plan, signal, onProgress } = job;
  const select = store.prepare(
    'SELECT sequence, frame FROM frame WHERE epoch = ? AND sequence BETWEEN ? AND ? ORDER BY sequence LIMIT ?',
  );
  let done = 0;
  for (const { from, to } of plan.runs) {
    for (let next = from; next <= to; ) {
      signal.throwIfAborted();
      const rows = select.all(plan.head.epoch, next, to, MEDIA_LIMITS.exportFrames) as FrameRow[];
      for (const { sequence, frame } of rows) {
        if (sequence !== next) break;
        const bytes = Buffer.alloc(FRAME_LENGTH_BYTES + frame.length);
        bytes.writeUInt32BE(frame.length);
        bytes.set(frame, FRAME_LENGTH_BYTES);
        hash.update(bytes);
        done += bytes.length;
        next++;
        yield bytes;
      }
      if (rows[0]?.sequence !== next - rows.length) throw pruned(next);
      onProgress(done);
    }
  }
}

function pruned(sequence: number): DiodeError {
  const seen = `The sender pruned frame ${sequence} while it was being exported.`;
  return new DiodeError('frames-missing', seen, 'Export again; a snapshot brings what is gone: --snapshot.');
}

function interrupted(): DiodeError {
  return new DiodeError(
    'interrupted',
    'The export was interrupted.',
    'Nothing of it is left on the media; run it again.',
  );
}
