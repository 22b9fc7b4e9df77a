/**
 * The frame: proto/v1/frame.proto, docs/wire-format.md "Frame". Here are its grammar and bounds; whether its signature
 * holds is decided by whoever has keys (sender/journal/frame-signer.ts, receiver/intake/frame-verifier.ts).
 */
import { WIRE_LIMITS } from '../limits.ts';
import { decodeMessage, messages, safeInteger } from './protobuf.ts';
import { delimitedBytes, LENGTH_DELIMITED, walkFields } from './protobuf-fields.ts';

export type FrameKind = 'deltas' | 'snapshot';
export type Compression = 'none' | 'zstd';

export const SUITE_1 = 1;
export const DIGEST_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const KEY_ID_BYTES = 16;
export const EPOCH_ID_BYTES = 16;

/** A frame as carried: three byte strings, kept exactly. */
export interface Frame {
  readonly header: Uint8Array;
  readonly signature: Uint8Array;
  readonly payload: Uint8Array;
}

export interface FrameHeader {
  readonly suite: number;
  readonly boundary: string;
  readonly stream: string;
  /** From 1. */
  readonly epoch: number;
  /** 16 bytes. */
  readonly epochId: Uint8Array;
  /** 1 to `maxSequence`, without holes within the epoch. */
  readonly sequence: number;
  /** SHA-256 of the header before; empty for sequence 1. */
  readonly previousDigest: Uint8Array;
  readonly kind: FrameKind;
  /** 1 to `maxRecordsPerFrame`. */
  readonly recordCount: number;
  /** By the sender's wall clock. */
  readonly createdAtMs: number;
  /** Of the key that signs it: 16 bytes. */
  readonly keyId: Uint8Array;
  /** SHA-256. */
  readonly payloadDigest: Uint8Array;
  /** As carried: 1 to `maxFrameBytes`. */
  readonly payloadBytes: number;
  /** Decompressed: 1 to `maxBodyBytes`. */
  readonly bodyBytes: number;
  readonly compression: Compression;
}

export type FrameReason =
  | 'frame-bytes'
  | 'frame-protobuf'
  | 'frame-field'
  | 'header-protobuf'
  | 'header-suite'
  | 'header-field';

const KINDS = [undefined, 'deltas', 'snapshot'] as const;
const COMPRESSIONS = [undefined, 'none', 'zstd'] as const;
const SIGNATURE_LABEL = Buffer.from('identity-diode/frame/v1\0', 'latin1');

/** Frame bytes: what is journaled, FEC-coded, spooled, exported. At most `maxFrameBytes`; the packer sees to it. */
export function encodeFrame(frame: Frame): Uint8Array {
  return messages.Frame.encode(frame).finish();
}

/**
 * A frame whose parts alias `bytes`, or why they are none. Never throws. The envelope is not signed, so it has exactly one
 * form: three fields in order, shortest lengths, nothing else; two byte strings are never one frame.
 */
export function decodeFrame(bytes: Uint8Array): Frame | FrameReason {
  if (bytes.length > WIRE_LIMITS.maxFrameBytes) return 'frame-bytes';
  const parts: Uint8Array[] = [];
  const wellFormed = walkFields(bytes, ({ number, wireType, start, end }) => {
    parts.push(bytes.subarray(start, end));
    return number === parts.length && number <= 3 && wireType === LENGTH_DELIMITED;
  });
  const [header, signature, payload] = parts;
  if (!wellFormed || header === undefined || signature === undefined || payload === undefined) return 'frame-protobuf';
  const shortest = parts.reduce((sum, part) => sum + delimitedBytes(part.length), 0);
  if (shortest !== bytes.length) return 'frame-protobuf';
  if (header.length < 1 || header.length > WIRE_LIMITS.maxFrameHeaderBytes) return 'frame-field';
  if (signature.length !== SIGNATURE_BYTES || payload.length < 1) return 'frame-field';
  return { header, signature, payload };
}

/** What the signature covers: a label with its zero byte, then the exact header bytes. */
export function frameSignatureInput(header: Uint8Array): Uint8Array {
  return Buffer.concat([SIGNATURE_LABEL, header]);
}

export function encodeFrameHeader(header: FrameHeader): Uint8Array {
  return messages.FrameHeader.encode({
    ...header,
    kind: KINDS.indexOf(header.kind),
    compression: COMPRESSIONS.indexOf(header.compression),
  }).finish();
}

/** The header, or why the bytes are none. Never throws. */
export function decodeFrameHeader(bytes: Uint8Array): FrameHeader | FrameReason {
  const message = decodeMessage(messages.FrameHeader, bytes);
  if (message === undefined) return 'header-protobuf';
  if (message.suite !== SUITE_1) return 'header-suite';
  const epoch = safeInteger(message.epoch);
  const sequence = safeInteger(message.sequence);
  const createdAtMs = safeInteger(message.createdAtMs);
  const kind = KINDS[message.kind];
  const compression = COMPRESSIONS[message.compression];
  const lengths = hasLength(message.epochId, EPOCH_ID_BYTES) && hasLength(message.keyId, KEY_ID_BYTES);
  if (!epoch || !sequence || createdAtMs === undefined || !kind || !compression || !lengths) return 'header-field';
  if (sequence > WIRE_LIMITS.maxSequence || !hasLength(message.payloadDigest, DIGEST_BYTES)) return 'header-field';
  if (!hasLength(message.previousDigest, sequence === 1 ? 0 : DIGEST_BYTES)) return 'header-field';
  if (!isName(message.boundary) || !isName(message.stream)) return 'header-field';
  if (message.payloadBytes < 1 || message.payloadBytes > WIRE_LIMITS.maxFrameBytes) return 'header-field';
  if (message.bodyBytes < 1 || message.bodyBytes > WIRE_LIMITS.maxBodyBytes) return 'header-field';
  if (compression === 'none' && message.bodyBytes !== message.payloadBytes) return 'header-field';
  if (message.recordCount < 1 || message.recordCount > WIRE_LIMITS.maxRecordsPerFrame) return 'header-field';
  return {
    suite: message.suite,
    boundary: message.boundary,
    stream: message.stream,
    epoch,
    epochId: message.epochId,
    sequence,
    previousDigest: message.previousDigest,
    kind,
    recordCount: message.recordCount,
    createdAtMs,
    keyId: message.keyId,
    payloadDigest: message.payloadDigest,
    payloadBytes: message.payloadBytes,
    bodyBytes: message.bodyBytes,
    compression,
  };
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Boundary, stream and resource type names: ASCII letters, digits, `.`, `_`, `-`, at most 64, first a letter or digit. */
export function isName(value: string): boolean {
  return NAME.test(value);
}

function hasLength(bytes: Uint8Array | null | undefined, length: number): boolean {
  return (bytes?.length ?? 0) === length;
}
