/** Snapshot frames in a sender's journal, made as a test wants them. */
import type { Journal } from '../../sender/journal.ts';
import { sha256, signingKeyId } from '../../src/crypto/digest.ts';
import { sign } from '../../src/crypto/sodium.ts';
import { encodeFrame, encodeFrameHeader, frameSignatureInput, SUITE_1 } from '../../src/wire/frame.ts';
import { encodePayload, encodeRecord, type SnapshotPartRecord } from '../../src/wire/record.ts';
import { boundary, signing, stream } from './sender-rig.ts';

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
