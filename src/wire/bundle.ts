/**
 * Bundles on removable media: proto/v1/bundle.proto, docs/wire-format.md "Bundles". The manifest is signed and in the clear;
 * the content is the very frames of the journal, inside an age file that lies on the volumes.
 *
 *   content = frame*         frame = length (32 bits) | Frame
 *
 * Here are grammar and bounds; who signed it, and for whom it is, is decided by whoever has keys.
 */
import { MEDIA_LIMITS, WIRE_LIMITS } from '../limits.ts';
import { DIGEST_BYTES, isName, KEY_ID_BYTES, SIGNATURE_BYTES, SUITE_1 } from './frame.ts';
import { countFrames, type FrameRun } from './frame-runs.ts';
import { type Head, RECEIVER_ID_BYTES, readHead } from './hello.ts';
import { decodeMessage, messages, safeInteger } from './protobuf.ts';
import { isVolumeShape, stripeCount, type VolumeShape } from './volume-layout.ts';

export const MANIFEST_VERSION = 1;
/** Before each frame of the content. */
export const FRAME_LENGTH_BYTES = 4;

export interface Manifest extends VolumeShape {
  readonly boundary: string;
  readonly stream: string;
  /** Of the sender's bundles: 1, 2, 3 … */
  readonly number: number;
  /** SHA-256 of the manifest before; empty for the first. */
  readonly previousDigest: Uint8Array;
  readonly createdAtMs: number;
  readonly keyId: Uint8Array;
  /** The journal's last frame as of the export; it need not be in the bundle. */
  readonly head: Head;
  /** Absent where the sender knows no epoch before. */
  readonly previousEpoch?: Head;
  /** The frames in it: ascending, apart, within 1..head.sequence. */
  readonly runs: readonly FrameRun[];
  readonly recordCount: number;
  /** Of the content before age: frames, each with its length in front. */
  readonly contentBytes: number;
  /** SHA-256 of these bytes. */
  readonly contentDigest: Uint8Array;
  readonly receiverIds: readonly Uint8Array[];
  /** A volume is cut into files of so many segments, from 1. */
  readonly segmentsPerFile: number;
  /** Volume by volume: its segments' digests, one behind the other. */
  readonly segmentDigests: readonly Uint8Array[];
}

export interface SignedManifest {
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

export type ManifestReason = 'manifest-bytes' | 'manifest-protobuf' | 'manifest-version' | 'manifest-field';

const SIGNATURE_LABEL = Buffer.from('identity-diode/bundle/v1\0', 'latin1');

/** What the signature covers. */
export function manifestSignatureInput(body: Uint8Array): Uint8Array {
  return Buffer.concat([SIGNATURE_LABEL, body]);
}

export function encodeManifest(manifest: SignedManifest): Uint8Array {
  return messages.Manifest.encode(manifest).finish();
}

/** Never throws. */
export function decodeManifest(bytes: Uint8Array): SignedManifest | ManifestReason {
  if (bytes.length > MEDIA_LIMITS.maxManifestBytes) return 'manifest-bytes';
  const message = decodeMessage(messages.Manifest, bytes);
  if (message === undefined) return 'manifest-protobuf';
  const { body, signature } = message;
  return body?.length && signature?.length === SIGNATURE_BYTES ? { body, signature } : 'manifest-field';
}

export function encodeManifestBody(manifest: Manifest): Uint8Array {
  return messages.ManifestBody.encode({
    ...manifest,
    version: MANIFEST_VERSION,
    suite: SUITE_1,
    previousEpoch: manifest.previousEpoch ? { ...manifest.previousEpoch, oldestSequence: 0 } : null,
    runs: [...manifest.runs],
    receiverIds: [...manifest.receiverIds],
    segmentDigests: [...manifest.segmentDigests],
  }).finish();
}

/** The body, or why it is none; a newer version is told apart before any other field is judged. Never throws. */
export function decodeManifestBody(bytes: Uint8Array): Manifest | ManifestReason {
  const message = decodeMessage(messages.ManifestBody, bytes);
  if (message === undefined) return 'manifest-protobuf';
  if (message.version !== MANIFEST_VERSION || message.suite !== SUITE_1) return 'manifest-version';
  const number = safeInteger(message.number);
  const createdAtMs = safeInteger(message.createdAtMs);
  const recordCount = safeInteger(message.recordCount);
  const contentBytes = safeInteger(message.contentBytes);
  const cipherBytes = safeInteger(message.cipherBytes);
  if (!number || createdAtMs === undefined || !recordCount || !contentBytes || !cipherBytes) return 'manifest-field';
  if (!isName(message.boundary) || !isName(message.stream)) return 'manifest-field';
  if (message.keyId?.length !== KEY_ID_BYTES || message.contentDigest?.length !== DIGEST_BYTES) return 'manifest-field';
  if (message.previousDigest.length !== 0 && message.previousDigest.length !== DIGEST_BYTES) return 'manifest-field';
  const head = readHead(message.head);
  const previousEpoch = message.previousEpoch ? readHead(message.previousEpoch) : undefined;
  if (head === undefined || (message.previousEpoch && previousEpoch === undefined)) return 'manifest-field';
  if (previousEpoch && (previousEpoch.oldestSequence !== 0 || previousEpoch.epoch >= head.epoch))
    return 'manifest-field';
  const runs = readRuns(message.runs, head.sequence);
  const shape = readShape(message, cipherBytes);
  const receiverIds = message.receiverIds ?? [];
  const areIds = receiverIds.every(({ length }) => length === RECEIVER_ID_BYTES);
  if (runs === undefined || shape === undefined || !areIds) return 'manifest-field';
  if (receiverIds.length < 1 || receiverIds.length > WIRE_LIMITS.maxReceivers) return 'manifest-field';
  const frames = countFrames(runs);
  if (recordCount < frames || contentBytes > frames * (FRAME_LENGTH_BYTES + WIRE_LIMITS.maxFrameBytes))
    return 'manifest-field';
  return {
    boundary: message.boundary,
    stream: message.stream,
    number,
    previousDigest: message.previousDigest,
    createdAtMs,
    keyId: message.keyId,
    head,
    ...(previousEpoch && { previousEpoch }),
    runs,
    recordCount,
    contentBytes,
    contentDigest: message.contentDigest,
    receiverIds,
    ...shape,
  };
}

type Body = ReturnType<typeof messages.ManifestBody.decode>;
type Shape = VolumeShape & Pick<Manifest, 'segmentsPerFile' | 'segmentDigests'>;

function readShape(message: Body, cipherBytes: number): Shape | undefined {
  const { dataVolumes, spareVolumes, segmentBytes, segmentsPerFile, segmentDigests } = message;
  const shape = { dataVolumes, spareVolumes, segmentBytes, cipherBytes };
  if (!isVolumeShape(shape) || segmentsPerFile < 1) return undefined;
  if (segmentsPerFile * segmentBytes > MEDIA_LIMITS.maxFileBytes) return undefined;
  const digestBytes = stripeCount(shape) * DIGEST_BYTES;
  const isWhole = segmentDigests.length === dataVolumes + spareVolumes;
  if (!isWhole || segmentDigests.some(({ length }) => length !== digestBytes)) return undefined;
  return { ...shape, segmentsPerFile, segmentDigests };
}

function readRuns(list: Body['runs'], headSequence: number): readonly FrameRun[] | undefined {
  const runs: FrameRun[] = [];
  if (list.length < 1 || list.length > MEDIA_LIMITS.maxRuns) return undefined;
  for (const message of list) {
    const from = safeInteger(message.from);
    const to = safeInteger(message.to);
    const least = (runs.at(-1)?.to ?? -1) + 2;
    if (from === undefined || to === undefined || from < least || to < from || to > headSequence) return undefined;
    runs.push({ from, to });
  }
  return runs;
}
