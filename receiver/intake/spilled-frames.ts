/**
 * Incomplete frames that memory has no room for, on a scratch disk: bounded in bytes, blocks and in what is written a
 * second, so that a flood of symbols for many frames costs blocks and not the disk. What cannot be kept is given up.
 * Only the index is here; the scratch may fail or lose what it likes, and is found out by the digest.
 */
import { equalBytes, sha256 } from '../../src/crypto/digest.ts';
import { RECEIVER_LIMITS, SECOND_MS } from '../../src/limits.ts';
import type { FrameGeometry } from '../../src/wire/geometry.ts';
import { type BlockResult, FrameAssembly } from './frame-assembly.ts';

/** Where images of frames lie: `FileScratch`. Nothing in it need outlive the program, and nothing here may throw. */
export interface FrameScratch {
  /** False where it was not written. */
  write(name: string, image: Buffer): boolean;
  /** Undefined where it cannot be read any more. */
  read(name: string): Buffer | undefined;
  remove(name: string): void;
}

export interface SpillLimits {
  readonly maxDiskBlockBytes: number;
  readonly maxDiskBlocks: number;
  readonly maxSpillBytesPerSecond: number;
}

/** A frame that was given up: what is lost with it. */
export interface EvictedFrame {
  readonly epoch: number;
  readonly sequence: number;
  readonly geometry: FrameGeometry;
  readonly unfinished: readonly BlockResult[];
}

/** `written` and `returned` frames; `refused`: too much was written this second; `failed`: by the scratch. */
export interface SpillCounts {
  readonly written: number;
  readonly returned: number;
  readonly refused: number;
  readonly failed: number;
}

interface Spilled extends EvictedFrame {
  readonly firstSeenMs: number;
  readonly imageBytes: number;
  readonly imageDigest: Uint8Array;
}

export class SpilledFrames {
  readonly #scratch: FrameScratch;
  readonly #limits: SpillLimits;
  /** By name, in the order in which they were written. */
  readonly #frames = new Map<string, Spilled>();
  readonly #counts = { written: 0, returned: 0, refused: 0, failed: 0 };
  #bytes = 0;
  #blocks = 0;
  #evicted: EvictedFrame[] = [];
  /** What may still be written as of `#allowedAtMs`; it grows back within a second. */
  #allowedBytes: number;
  #allowedAtMs = Number.NEGATIVE_INFINITY;
  /** A failed scratch is left alone until then. */
  #retryAtMs = Number.NEGATIVE_INFINITY;

  constructor(scratch: FrameScratch, limits: SpillLimits) {
    this.#scratch = scratch;
    this.#limits = limits;
    this.#allowedBytes = limits.maxSpillBytesPerSecond;
  }

  /** Writes a frame, for which the oldest give way; false where it is not kept. */
  add(nowMs: number, name: string, assembly: FrameAssembly): boolean {
    if (nowMs < this.#retryAtMs) return false;
    const { image } = assembly;
    if (!this.#allow(nowMs, image.length)) {
      this.#counts.refused++;
      return false;
    }
    const { epoch, sequence, geometry, firstSeenMs, unfinished } = assembly;
    if (!this.#makeRoom(image.length, geometry.blockCount)) return false;
    if (!this.#scratch.write(name, image)) {
      this.#counts.failed++;
      this.#retryAtMs = nowMs + RECEIVER_LIMITS.storeRetryMs;
      return false;
    }
    this.#counts.written++;
    const kept = { epoch, sequence, geometry, firstSeenMs, unfinished };
    this.#frames.set(name, { ...kept, imageBytes: image.length, imageDigest: sha256(image) });
    this.#bytes += image.length;
    this.#blocks += geometry.blockCount;
    return true;
  }

  /** A frame as it was, out of the scratch; undefined where it is not there, or was lost there and is given up. */
  take(name: string): FrameAssembly | undefined {
    const spilled = this.#frames.get(name);
    if (spilled === undefined) return undefined;
    const image = this.#scratch.read(name);
    this.#remove(name, spilled);
    if (image === undefined || !equalBytes(sha256(image), spilled.imageDigest)) {
      this.#counts.failed++;
      this.#evicted.push(spilled);
      return undefined;
    }
    this.#counts.returned++;
    return FrameAssembly.fromImage(spilled, image);
  }

  evict(name: string): void {
    const spilled = this.#frames.get(name);
    if (spilled === undefined) return;
    this.#remove(name, spilled);
    this.#evicted.push(spilled);
  }

  has(name: string): boolean {
    return this.#frames.has(name);
  }

  /** What was given up since the last call. */
  takeEvicted(): readonly EvictedFrame[] {
    if (this.#evicted.length === 0) return [];
    const taken = this.#evicted;
    this.#evicted = [];
    return taken;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get blocks(): number {
    return this.#blocks;
  }

  get counts(): SpillCounts {
    return this.#counts;
  }

  #allow(nowMs: number, bytes: number): boolean {
    const { maxSpillBytesPerSecond } = this.#limits;
    const grown = ((nowMs - this.#allowedAtMs) / SECOND_MS) * maxSpillBytesPerSecond;
    this.#allowedBytes = Math.min(maxSpillBytesPerSecond, this.#allowedBytes + grown);
    this.#allowedAtMs = nowMs;
    if (bytes > this.#allowedBytes) return false;
    this.#allowedBytes -= bytes;
    return true;
  }

  #makeRoom(bytes: number, blocks: number): boolean {
    const { maxDiskBlockBytes, maxDiskBlocks } = this.#limits;
    if (bytes > maxDiskBlockBytes || blocks > maxDiskBlocks) return false;
    for (const name of this.#frames.keys()) {
      if (this.#bytes + bytes <= maxDiskBlockBytes && this.#blocks + blocks <= maxDiskBlocks) break;
      this.evict(name);
    }
    return true;
  }

  #remove(name: string, { imageBytes, geometry }: Spilled): void {
    this.#frames.delete(name);
    this.#scratch.remove(name);
    this.#bytes -= imageBytes;
    this.#blocks -= geometry.blockCount;
  }
}
