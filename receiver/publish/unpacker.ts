/**
 * verified frame ─► **unpacker** ─► admission
 *
 * Bytes to records: zstd bounded by the declared size, protobuf bounded by depth and lengths, the declared count held
 * against what came. A frame that fails is refused whole: its sender signed what no sender of ours makes.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { type CompressionReason, decompress } from '../../src/wire/compression.ts';
import type { FrameHeader } from '../../src/wire/frame.ts';
import { decodePayload, type PayloadReason, type WireRecord } from '../../src/wire/record.ts';

/** Of the body under way, used and done with inside one call: new memory for each took a tenth of what its records take. */
const room = Buffer.allocUnsafeSlow(RECEIVER_LIMITS.bodyRoomBytes);

export type UnpackReason = CompressionReason | PayloadReason;

/** The records of a verified frame in order, or the reason why the whole frame is refused. Never throws. */
export function unpackFrame(header: FrameHeader, payload: Uint8Array): readonly WireRecord[] | UnpackReason {
  const body = header.compression === 'zstd' ? decompress(payload, header.bodyBytes, room) : payload;
  if (typeof body === 'string') return body;
  return decodePayload(body, header.recordCount);
}
