/** Frame signer: packer ─► [frame signer] ─► journal. Pure but for the process-wide zstd context. */
import { sha256, signingKeyId } from '../../src/crypto/digest.ts';
import { sign } from '../../src/crypto/sodium.ts';
import { WIRE_LIMITS } from '../../src/limits.ts';
import { compress } from '../../src/wire/compression.ts';
import { encodeFrame, encodeFrameHeader, type FrameKind, frameSignatureInput, SUITE_1 } from '../../src/wire/frame.ts';
import { encodePayload } from '../../src/wire/record.ts';
import type { KeyAt } from '../trust/signing-keys.ts';

/** What the frame says about itself beside its records. */
export interface FrameDraft {
  readonly epoch: number;
  readonly epochId: Uint8Array;
  readonly sequence: number;
  /** Header digest of sequence - 1; empty for sequence 1. */
  readonly previousDigest: Uint8Array;
  readonly createdAtMs: number;
  /** Encoded records in order, 1..maxRecordsPerFrame. */
  readonly records: readonly Uint8Array[];
  /** Default: deltas. */
  readonly kind?: FrameKind;
}

export interface SignedFrame {
  readonly sequence: number;
  /** The frame as journaled, cut and sent. */
  readonly bytes: Uint8Array;
  /** SHA-256 of the header: what the next frame's previousDigest holds. */
  readonly digest: Uint8Array;
  readonly recordCount: number;
  readonly createdAtMs: number;
}

export class FrameSigner {
  readonly #boundary: string;
  readonly #stream: string;
  readonly #keys: KeyAt;

  constructor(identity: { readonly boundary: string; readonly stream: string; readonly keys: KeyAt }) {
    this.#boundary = identity.boundary;
    this.#stream = identity.stream;
    this.#keys = identity.keys;
  }

  /** The signed frame; zstd only where it is smaller. Throws a RangeError beyond the wire's bounds: the packer keeps them. */
  sign(draft: FrameDraft): SignedFrame {
    const body = encodePayload(draft.records);
    if (body.length > WIRE_LIMITS.maxBodyBytes) throw new RangeError(`body of ${body.length} bytes`);
    const packed = compress(body);
    const isSmaller = packed.length < body.length;
    const payload = isSmaller ? packed : body;
    const key = this.#keys.at(draft.createdAtMs);
    const header = encodeFrameHeader({
      suite: SUITE_1,
      boundary: this.#boundary,
      stream: this.#stream,
      epoch: draft.epoch,
      epochId: draft.epochId,
      sequence: draft.sequence,
      previousDigest: draft.previousDigest,
      kind: draft.kind ?? 'deltas',
      recordCount: draft.records.length,
      createdAtMs: draft.createdAtMs,
      keyId: signingKeyId(key.publicKey),
      payloadDigest: sha256(payload),
      payloadBytes: payload.length,
      bodyBytes: body.length,
      compression: isSmaller ? 'zstd' : 'none',
    });
    const signature = sign(frameSignatureInput(header), key.secretKey);
    const bytes = encodeFrame({ header, signature, payload });
    if (bytes.length > WIRE_LIMITS.maxFrameBytes) throw new RangeError(`frame of ${bytes.length} bytes`);
    return {
      sequence: draft.sequence,
      bytes,
      digest: sha256(header),
      recordCount: draft.records.length,
      createdAtMs: draft.createdAtMs,
    };
  }
}
