/** Frames as a sender signs them, for tests of what comes behind the gate. Keys are fixed: nothing here is secret. */

import type { Spool } from '../../receiver/gate/spool.ts';
import { type VerifiedFrame, verifyFrame } from '../../receiver/intake/frame-verifier.ts';
import { sha256, signingKeyId } from '../../src/crypto/digest.ts';
import { sign, signingKeyPair } from '../../src/crypto/sodium.ts';
import { compress } from '../../src/wire/compression.ts';
import {
  type Compression,
  encodeFrame,
  encodeFrameHeader,
  type FrameHeader,
  frameSignatureInput,
} from '../../src/wire/frame.ts';
import { encodePayload, encodeRecord, type WireRecord } from '../../src/wire/record.ts';

const keys = signingKeyPair(Buffer.alloc(32, 7));
const senderKeys = { find: () => keys.publicKey };

export interface FrameParts {
  readonly sequence: number;
  readonly records: readonly WireRecord[];
  readonly epoch?: number;
  readonly createdAtMs?: number;
  readonly compression?: Compression;
  /** Instead of what the records give: for payloads that are signed and wrong. */
  readonly payload?: Uint8Array;
  readonly header?: Partial<FrameHeader>;
}

export const STREAM = 'hr';
export const BOUNDARY = 'site-a';
export const CREATED_AT_MS = Date.UTC(2026, 10, 22, 10);

export function signedFrame(parts: FrameParts): VerifiedFrame {
  const { sequence, records, epoch = 1, createdAtMs = CREATED_AT_MS, compression = 'none' } = parts;
  const body = encodePayload(records.map((record) => encodeRecord(record)));
  const payload = parts.payload ?? (compression === 'zstd' ? compress(body) : body);
  const header = encodeFrameHeader({
    suite: 1,
    boundary: BOUNDARY,
    stream: STREAM,
    epoch,
    epochId: Buffer.alloc(16, epoch),
    sequence,
    previousDigest: sequence === 1 ? new Uint8Array() : Buffer.alloc(32, 9),
    kind: 'deltas',
    recordCount: Math.max(records.length, 1),
    createdAtMs,
    keyId: signingKeyId(keys.publicKey),
    payloadDigest: sha256(payload),
    payloadBytes: payload.length,
    bodyBytes: Math.max(body.length, 1),
    compression,
    ...parts.header,
  });
  const signature = sign(frameSignatureInput(header), keys.secretKey);
  const frame = verifyFrame(encodeFrame({ header, signature, payload }), senderKeys);
  if (typeof frame === 'string') throw new Error(`the test's own frame is refused: ${frame}`);
  return frame;
}

export function spoolFrames(spool: Spool, frames: readonly VerifiedFrame[], isHealed = false): void {
  for (const frame of frames) spool.append({ frame, isHealed, receivedAtMs: CREATED_AT_MS + 1_000 });
}

/** A User that passes the grammar. */
export function userPut(
  id: string,
  fields: { readonly active?: boolean; readonly userName?: string } = {},
): WireRecord {
  const { active = true, userName = id } = fields;
  const schemas = '["urn:ietf:params:scim:schemas:core:2.0:User"]';
  const resource = `{"active":${active},"id":${JSON.stringify(id)},"schemas":${schemas},"userName":${JSON.stringify(userName)}}`;
  return { kind: 'delta', operation: 'put', type: 'User', id, resource, atMs: CREATED_AT_MS - 500 };
}

export function userDelete(id: string): WireRecord {
  return { kind: 'delta', operation: 'delete', type: 'User', id, reason: 'source' };
}
