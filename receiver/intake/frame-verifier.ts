/**
 * Whether a frame is what the sender signed: digest, then signature, over the bytes as received. Nothing of the payload is
 * parsed here or before here. Whether the frame fits the stream is the gate's to say.
 */
import { equalBytes, sha256 } from '../../src/crypto/digest.ts';
import { verifySignature } from '../../src/crypto/sodium.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import {
  decodeFrame,
  decodeFrameHeader,
  type Frame,
  type FrameHeader,
  type FrameReason,
  frameSignatureInput,
} from '../../src/wire/frame.ts';
import type { FramePlace } from '../guard/approved-frames.ts';

/** The signing keys that this receiver trusts. */
export interface SenderKeys {
  /**
   * The raw Ed25519 key of that id for what says that it was signed then; undefined where none is trusted yet. `key-ended`:
   * its cut-over came before. `key-revoked`: nothing of it is believed any more.
   */
  find(keyId: Uint8Array, signedAtMs: number): Uint8Array | undefined | 'key-ended' | 'key-revoked';
}

declare const verified: unique symbol;

/** A frame whose signature and payload digest hold. Made in this file alone. */
export interface VerifiedFrame {
  readonly [verified]: true;
  /** The whole frame as carried. */
  readonly bytes: Uint8Array;
  readonly header: FrameHeader;
  readonly headerBytes: Uint8Array;
  /** SHA-256 of `headerBytes`: names the frame, and is what the next one calls `previousDigest`. */
  readonly digest: Uint8Array;
  /** As carried, maybe compressed. */
  readonly payload: Uint8Array;
}

/** `unknown-key` may hold later, when the key is trusted; the others never will. */
export type FrameRefusal =
  | FrameReason
  | 'payload-length'
  | 'payload-digest'
  | 'unknown-key'
  | 'key-ended'
  | 'key-revoked'
  | 'signature';

/**
 * Never throws. The answer aliases `bytes`, which must not change any more. `isIntact`: `isPayloadIntact` said so of these
 * bytes.
 */
export function verifyFrame(
  bytes: Uint8Array,
  senderKeys: SenderKeys,
  { isIntact = false } = {},
): VerifiedFrame | FrameRefusal {
  const frame = decodeFrame(bytes);
  if (typeof frame === 'string') return frame;
  const header = decodeFrameHeader(frame.header);
  if (typeof header === 'string') return header;
  const problem = isIntact ? undefined : payloadProblem(frame, header);
  if (problem !== undefined) return problem;
  const publicKey = senderKeys.find(header.keyId, header.createdAtMs);
  if (publicKey === undefined) return 'unknown-key';
  if (typeof publicKey === 'string') return publicKey;
  if (!verifySignature(frameSignatureInput(frame.header), frame.signature, publicKey)) return 'signature';
  return verifiedFrame({ bytes, frame, header, digest: sha256(frame.header) });
}

/** Whether these bytes are a frame whose payload has the digest that its header names: what takes longest to verify. */
export function isPayloadIntact(bytes: Uint8Array): boolean {
  const frame = decodeFrame(bytes);
  const header = typeof frame === 'string' ? frame : decodeFrameHeader(frame.header);
  return typeof frame === 'object' && typeof header === 'object' && payloadProblem(frame, header) === undefined;
}

/**
 * A frame from the spool, where it came as a VerifiedFrame: its digests are compared again, its signature is not. Throws
 * DiodeError `store-damaged` where the disk no longer gives what was written.
 */
export function openSpooledFrame(spooled: {
  readonly position: number;
  readonly bytes: Uint8Array;
  readonly digest: Uint8Array;
}): VerifiedFrame {
  const { bytes, position } = spooled;
  const frame = decodeFrame(bytes);
  const header = typeof frame === 'string' ? frame : decodeFrameHeader(frame.header);
  if (typeof frame === 'string' || typeof header === 'string') throw damaged(position);
  const digest = sha256(frame.header);
  if (!equalBytes(digest, spooled.digest) || payloadProblem(frame, header) !== undefined) throw damaged(position);
  return verifiedFrame({ bytes, frame, header, digest });
}

/** Which frame it says it is, unverified; undefined for what is none. */
export function readFramePlace(bytes: Uint8Array): FramePlace | undefined {
  const frame = decodeFrame(bytes);
  const header = typeof frame === 'string' ? frame : decodeFrameHeader(frame.header);
  if (typeof frame === 'string' || typeof header === 'string') return undefined;
  const { epoch, sequence } = header;
  return { epoch, sequence, digest: sha256(frame.header).toString('hex') };
}

function payloadProblem(frame: Frame, header: FrameHeader): 'payload-length' | 'payload-digest' | undefined {
  if (frame.payload.length !== header.payloadBytes) return 'payload-length';
  return equalBytes(sha256(frame.payload), header.payloadDigest) ? undefined : 'payload-digest';
}

function verifiedFrame(parts: {
  readonly bytes: Uint8Array;
  readonly frame: Frame;
  readonly header: FrameHeader;
  readonly digest: Uint8Array;
}): VerifiedFrame {
  const { bytes, frame, header, digest } = parts;
  // The one cast: the brand has no value at run time.
  return { bytes, header, headerBytes: frame.header, digest, payload: frame.payload } as VerifiedFrame;
}

function damaged(position: number): DiodeError {
  return new DiodeError(
    'store-damaged',
    `The spooled frame at position ${position} is not what was written.`,
    'Check the disk, then restore receiver.db from a backup; see docs/operations.md.',
  );
}
