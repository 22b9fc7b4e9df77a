/**
 * How a frame is cut into blocks of symbols: docs/wire-format.md, "Blocks". Both ends compute it from the frame's
 * length, the symbol length and the block count, so each datagram carries all that places its symbol.
 */
import { WIRE_LIMITS } from '../limits.ts';

/** One frame's cut. */
export interface FrameGeometry {
  /** 1 to `maxFrameBytes`. */
  readonly frameBytes: number;
  /** A multiple of 64, 64 to `maxSymbolBytes`. */
  readonly symbolBytes: number;
  /** Over all blocks. */
  readonly sourceSymbols: number;
  /** 1 to `maxBlocksPerFrame`. */
  readonly blockCount: number;
}

/** Where one block lies in its frame: its k, and the byte at which its first source symbol begins. */
export interface BlockPlace {
  readonly sourceCount: number;
  readonly offsetBytes: number;
}

const STEP = WIRE_LIMITS.symbolStepBytes;

/**
 * The sender's choice: as few symbols of at most `maxSymbolBytes` as hold the frame, then the shortest symbol (in steps
 * of 64 bytes) for that count, then equal blocks. So a 1 KB frame costs one symbol of 1 KB, not a full block.
 * `frameBytes` 1..maxFrameBytes; `maxSymbolBytes` a multiple of 64 in 64..maxSymbolBytes. Undefined where the frame
 * needs more than 255 blocks. `isFullLength`: every symbol has `maxSymbolBytes`, so that none tells how long its frame is.
 */
export function cutFrame(frameBytes: number, maxSymbolBytes: number, isFullLength = false): FrameGeometry | undefined {
  const fewest = Math.ceil(frameBytes / maxSymbolBytes);
  const shortest = STEP * Math.ceil(Math.ceil(frameBytes / fewest) / STEP);
  const symbolBytes = isFullLength ? maxSymbolBytes : shortest;
  const sourceSymbols = Math.ceil(frameBytes / symbolBytes);
  const blockCount = Math.ceil(sourceSymbols / WIRE_LIMITS.maxSourceSymbols);
  if (blockCount > WIRE_LIMITS.maxBlocksPerFrame) return undefined;
  return { frameBytes, symbolBytes, sourceSymbols, blockCount };
}

/** The receiver's view, from fields of a datagram header; undefined where they contradict each other or the bounds. */
export function frameGeometry(fields: {
  readonly frameBytes: number;
  readonly symbolBytes: number;
  readonly blockCount: number;
}): FrameGeometry | undefined {
  const { frameBytes, symbolBytes, blockCount } = fields;
  if (frameBytes < 1 || frameBytes > WIRE_LIMITS.maxFrameBytes) return undefined;
  if (symbolBytes < STEP || symbolBytes > WIRE_LIMITS.maxSymbolBytes || symbolBytes % STEP !== 0) return undefined;
  const sourceSymbols = Math.ceil(frameBytes / symbolBytes);
  if (blockCount < 1 || blockCount > sourceSymbols) return undefined;
  if (Math.ceil(sourceSymbols / blockCount) > WIRE_LIMITS.maxSourceSymbols) return undefined;
  return { frameBytes, symbolBytes, sourceSymbols, blockCount };
}

/** Where block `blockIndex` (from 0) lies. Blocks are equal but for one symbol: the first `sourceSymbols mod blockCount` blocks have one more. */
export function blockPlace(geometry: FrameGeometry, blockIndex: number): BlockPlace {
  const base = Math.floor(geometry.sourceSymbols / geometry.blockCount);
  const longer = geometry.sourceSymbols % geometry.blockCount;
  const firstSymbol = blockIndex * base + Math.min(blockIndex, longer);
  return {
    sourceCount: base + (blockIndex < longer ? 1 : 0),
    offsetBytes: firstSymbol * geometry.symbolBytes,
  };
}

/** Repair symbols sent at first: the percentage rounded up, at least two. The sender's choice, not the format's. */
export function repairCount(sourceCount: number, repairPercent: number): number {
  return Math.max(2, Math.ceil((sourceCount * repairPercent) / 100));
}

/**
 * M for a block: the power of two that holds twice its first repair symbols where k + M ≤ 256 allows it, so that a
 * repeat has symbols to send which the receiver cannot have yet.
 */
export function repairCapacity(sourceCount: number, firstRepair: number): number {
  let capacity = 2;
  while (capacity < firstRepair) capacity *= 2;
  const doubled = capacity * 2;
  return sourceCount + doubled <= WIRE_LIMITS.maxSymbolsPerBlock ? doubled : capacity;
}
