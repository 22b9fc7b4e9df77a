/**
 * The payload's compression: one zstd frame (RFC 8878) with its content size and nothing behind it. Decompression stands
 * behind the signature, and is bounded all the same: no input makes it write or keep more than the header declared.
 * The one file that imports zstd-napi; never its top-level `decompress()`, which believes whatever size a frame claims.
 */
import zstd from 'zstd-napi/binding.js';
import { WIRE_LIMITS } from '../limits.ts';

export type CompressionReason =
  | 'zstd-frame'
  | 'zstd-trailing'
  | 'zstd-size-missing'
  | 'zstd-size'
  | 'zstd-window'
  | 'zstd-data';

/** zstd's own default: at level 3 a batch of SCIM resources shrinks to a tenth at about 250 MB/s. */
const LEVEL = 3;

const MAGIC_BYTES = 4;
const SINGLE_SEGMENT_FLAG = 0x20;
const WINDOW_LOG_BASE = 10;

const compressor = new zstd.CCtx();
compressor.setParameter(zstd.CParameter.compressionLevel, LEVEL);
compressor.setParameter(zstd.CParameter.contentSizeFlag, 1);
const decompressor = new zstd.DCtx();
decompressor.setParameter(zstd.DParameter.windowLogMax, WIRE_LIMITS.maxZstdWindowLog);

/** One zstd frame of `body` in a buffer of its own; the caller compares lengths and may keep `body` instead. */
export function compress(body: Uint8Array): Uint8Array {
  const room = Buffer.allocUnsafe(zstd.compressBound(body.length));
  return Uint8Array.prototype.slice.call(room, 0, compressor.compress2(room, body));
}

/**
 * The body of exactly `bodyBytes` (1..maxBodyBytes, from the signed header), or why the payload is none. Never throws;
 * allocates `bodyBytes` and only after the frame's own header agreed. The body lies in `room` where that is large enough.
 */
export function decompress(payload: Uint8Array, bodyBytes: number, room?: Uint8Array): Uint8Array | CompressionReason {
  const problem = frameProblem(payload, bodyBytes);
  if (problem !== undefined) return problem;
  const hasRoom = room !== undefined && room.length >= bodyBytes;
  const body = hasRoom ? room.subarray(0, bodyBytes) : Buffer.allocUnsafe(bodyBytes);
  try {
    return decompressor.decompress(body, payload) === bodyBytes ? body : 'zstd-size';
  } catch {
    decompressor.reset(zstd.ResetDirective.sessionOnly);
    return 'zstd-data';
  }
}

function frameProblem(payload: Uint8Array, bodyBytes: number): CompressionReason | undefined {
  let contentBytes: number | null;
  try {
    contentBytes = zstd.getFrameContentSize(payload);
    if (zstd.findFrameCompressedSize(payload) !== payload.length) return 'zstd-trailing';
  } catch {
    return 'zstd-frame';
  }
  if (contentBytes === null) return 'zstd-size-missing';
  if (contentBytes !== bodyBytes || bodyBytes > WIRE_LIMITS.maxBodyBytes) return 'zstd-size';
  return windowBytes(payload, contentBytes) > 2 ** WIRE_LIMITS.maxZstdWindowLog ? 'zstd-window' : undefined;
}

/**
 * RFC 8878 §3.1.1.1.2. libzstd judges the window only where it streams, not in one call into a whole buffer, so the
 * bound that docs/wire-format.md promises is checked here.
 */
function windowBytes(payload: Uint8Array, contentBytes: number): number {
  const descriptor = payload[MAGIC_BYTES] ?? 0;
  if ((descriptor & SINGLE_SEGMENT_FLAG) !== 0) return contentBytes;
  const window = payload[MAGIC_BYTES + 1] ?? 0;
  const base = 2 ** (WINDOW_LOG_BASE + (window >> 3));
  return base + (base / 8) * (window & 7);
}
