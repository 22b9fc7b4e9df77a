/** Frames in a sender's journal, opened; snapshot frames made as a test wants them. */
import type { Journal } from '../../sender/journal/journal.ts';
import { sha256, signingKeyId } from '../../src/crypto/digest.ts';
import { sign } from '../../src/crypto/sodium.ts';
import { decompress } from '../../src/wire/compression.ts';
import {
  decodeFrame,
  decodeFrameHeader,
  encodeFrame,
  encodeFrameHeader,
  type FrameHeader,
  frameSignatureInput,
  SUITE_1,
} from '../../src/wire/frame.ts';
import {
  decodePayload,
  encodePayload,
  encodeRecord,
  type SnapshotPartRecord,
  type WireRecord,
} from '../../src/wire/record.ts';
import { boundary, signing, stream } from './sender-rig.ts';

export interface OpenedFrame {
  readonly header: FrameHeader;
  readonly records: readonly WireRecord[];
}

/** Every frame that the journal has. */
export function framesOf(journal: Journal): readonly OpenedFrame[] {
  return journal.framesAfter(0, { frames: 1e6, bytes: 1e12 }).map(({ bytes }) => {
    const parts = decodeFrame(bytes);
    if (typeof parts === 'string') throw new Error(parts);
    const header = decodeFrameHeader(parts.header);
    if (typeof header === 'string') throw new Error(header);
    const body = header.compression === 'zstd' ? decompress(parts.payload, header.bodyBytes) : parts.payload;
    const records = typeof body === 'string' ? body : decodePayload(body, header.recordCount);
    if (typeof records === 'string') throw new Error(records);
    return { header, records };
  });
}

/** One frame behind the journal's head that holds this part. */
export function appendPart(journal: Journal, createdAtMs: number, part: SnapshotPartRecord): void {
  const payload = encodePayload([encodeRecord(part)]);
  const { epoch, epochId, sequence, digest } = journal.head;
  const header = encodeFrameHeader({
    suite: SUITE_1,
    boundary,
    stream,
    epoch,
    epochId,
    sequence: sequence + 1,
    previousDigest: digest,
    kind: 'snapshot',
    recordCount: 1,
    createdAtMs,
    keyId: signingKeyId(signing.publicKey),
    payloadDigest: sha256(payload),
    payloadBytes: payload.length,
    bodyBytes: payload.length,
    compression: 'none',
  });
  const bytes = encodeFrame({ header, signature: sign(frameSignatureInput(header), signing.secretKey), payload });
  journal.transaction(() =>
    journal.append({ sequence: sequence + 1, bytes, digest: sha256(header), recordCount: 1, createdAtMs }),
  );
}
