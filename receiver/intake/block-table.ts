/**
 * The frames that are being put together. Keyed by epoch, sequence and cut, not by session: symbols of the first pass, of
 * a repeat and of a restarted sender meet here. Bounded in bytes, blocks and age: what memory has no room for goes to disk,
 * the oldest first, and comes back with its next symbol; beyond the bounds of the disk the oldest frame is given up.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { FrameGeometry } from '../../src/wire/geometry.ts';
import { FrameAssembly } from './frame-assembly.ts';
import {
  type EvictedFrame,
  type FrameScratch,
  type SpillCounts,
  SpilledFrames,
  type SpillLimits,
} from './spilled-frames.ts';

export interface BlockTableLimits extends SpillLimits {
  readonly maxBlockBytes: number;
  readonly maxBlocks: number;
  readonly maxFrameAgeMs: number;
}

export interface FramePlace {
  readonly epoch: number;
  readonly sequence: number;
  readonly geometry: FrameGeometry;
}

export class BlockTable {
  readonly #limits: BlockTableLimits;
  #maxFrameAgeMs: number;
  /** In memory, in the order in which they came into it. */
  readonly #assemblies = new Map<string, FrameAssembly>();
  /** One of them: most symbols are of the frame of the symbol before, and need no key made of numbers. */
  #latest: FrameAssembly | undefined;
  /** Undefined: no disk. */
  readonly #spilled: SpilledFrames | undefined;
  /** When the first symbol was seen of each frame, in memory or on disk, in that order. */
  readonly #firstSeenMs = new Map<string, number>();
  /** When the frames that are complete were so, in that order. */
  readonly #completed = new Map<string, number>();
  #evicted: EvictedFrame[] = [];
  #heldBytes = 0;
  #blocks = 0;

  constructor(options: { readonly limits?: Partial<BlockTableLimits>; readonly scratch?: FrameScratch } = {}) {
    this.#limits = { ...RECEIVER_LIMITS, ...options.limits };
    this.#maxFrameAgeMs = this.#limits.maxFrameAgeMs;
    this.#spilled = options.scratch && new SpilledFrames(options.scratch, this.#limits);
  }

  /**
   * The assembly of a frame, from memory, from disk, or made where it is new; room for it is found by moving the oldest to
   * disk. Undefined for a frame that was complete a moment ago: these are the spare symbols of that pass.
   */
  assembly(nowMs: number, place: FramePlace): FrameAssembly | undefined {
    if (this.#latest !== undefined && isOf(this.#latest, place)) return this.#latest;
    const key = keyOf(place);
    const known = this.#assemblies.get(key);
    if (known !== undefined) {
      this.#latest = known;
      return known;
    }
    const completedMs = this.#completed.get(key);
    if (completedMs !== undefined && nowMs < completedMs + RECEIVER_LIMITS.completedQuietMs) return undefined;
    const assembly = this.#returned(key) ?? this.#made(nowMs, key, place);
    this.#makeRoom(nowMs, assembly.heldBytes, place.geometry.blockCount, undefined);
    this.#assemblies.set(key, assembly);
    this.#latest = assembly;
    this.#heldBytes += assembly.heldBytes;
    this.#blocks += place.geometry.blockCount;
    return assembly;
  }

  /** After an assembly took or let go of symbols: counts what it holds, and makes room where that is too much. */
  handleChange(nowMs: number, assembly: FrameAssembly, heldBytesBefore: number): void {
    this.#heldBytes += assembly.heldBytes - heldBytesBefore;
    this.#makeRoom(nowMs, 0, 0, assembly);
  }

  /** Takes out an assembly that is complete. */
  complete(nowMs: number, assembly: FrameAssembly): void {
    const key = keyOf(assembly);
    this.#remove(key, assembly);
    this.#firstSeenMs.delete(key);
    this.#completed.delete(key);
    this.#completed.set(key, nowMs);
    for (const oldest of this.#completed.keys()) {
      if (this.#completed.size <= RECEIVER_LIMITS.maxCompletedFrames) break;
      this.#completed.delete(oldest);
    }
  }

  /** The sender's last repeat of a frame comes so long after its first pass. */
  handleLastRepeat(afterMs: number): void {
    this.#maxFrameAgeMs = Math.max(this.#limits.maxFrameAgeMs, 2 * afterMs);
  }

  /** Gives up frames whose time is over. */
  expire(nowMs: number): void {
    for (const [key, firstSeenMs] of this.#firstSeenMs) {
      if (nowMs < firstSeenMs + this.#maxFrameAgeMs) return;
      const assembly = this.#assemblies.get(key);
      if (assembly === undefined) this.#spilled?.evict(key);
      else this.#evict(key, assembly);
      this.#firstSeenMs.delete(key);
    }
  }

  /** What was given up since the last call, for the caller to count. */
  takeEvicted(): readonly EvictedFrame[] {
    const onDisk = this.#spilled?.takeEvicted() ?? [];
    for (const frame of onDisk) this.#forget(keyOf(frame));
    if (this.#evicted.length === 0) return onDisk;
    const taken = [...onDisk, ...this.#evicted];
    this.#evicted = [];
    return taken;
  }

  nextDeadlineMs(): number | undefined {
    for (const firstSeenMs of this.#firstSeenMs.values()) return firstSeenMs + this.#maxFrameAgeMs;
    return undefined;
  }

  /** In memory. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  get blocks(): number {
    return this.#blocks;
  }

  /** On disk. */
  get spilled(): { readonly blocks: number; readonly bytes: number; readonly counts: SpillCounts } | undefined {
    return this.#spilled;
  }

  #returned(key: string): FrameAssembly | undefined {
    return this.#spilled?.take(key);
  }

  #made(nowMs: number, key: string, place: FramePlace): FrameAssembly {
    this.#firstSeenMs.delete(key);
    this.#firstSeenMs.set(key, nowMs);
    return new FrameAssembly({ ...place, firstSeenMs: nowMs });
  }

  #makeRoom(nowMs: number, bytes: number, blocks: number, keep: FrameAssembly | undefined): void {
    const { maxBlockBytes, maxBlocks } = this.#limits;
    if (this.#heldBytes + bytes <= maxBlockBytes && this.#blocks + blocks <= maxBlocks) return;
    for (const [key, assembly] of this.#assemblies) {
      if (this.#heldBytes + bytes <= maxBlockBytes && this.#blocks + blocks <= maxBlocks) return;
      if (assembly === keep) continue;
      if (this.#spilled?.add(nowMs, key, assembly)) this.#remove(key, assembly);
      else this.#evict(key, assembly);
    }
  }

  #evict(key: string, assembly: FrameAssembly): void {
    this.#remove(key, assembly);
    this.#firstSeenMs.delete(key);
    this.#evicted.push(assembly);
  }

  #remove(key: string, assembly: FrameAssembly): void {
    if (!this.#assemblies.delete(key)) return;
    if (this.#latest === assembly) this.#latest = undefined;
    this.#heldBytes -= assembly.heldBytes;
    this.#blocks -= assembly.geometry.blockCount;
  }

  /** Unless another assembly of the frame was begun meanwhile. */
  #forget(key: string): void {
    if (!this.#assemblies.has(key) && !this.#spilled?.has(key)) this.#firstSeenMs.delete(key);
  }
}

function isOf({ epoch, sequence, geometry }: FrameAssembly, place: FramePlace): boolean {
  const { frameBytes, symbolBytes, blockCount } = place.geometry;
  return (
    sequence === place.sequence &&
    epoch === place.epoch &&
    geometry.frameBytes === frameBytes &&
    geometry.symbolBytes === symbolBytes &&
    geometry.blockCount === blockCount
  );
}

function keyOf({ epoch, sequence, geometry }: FramePlace): string {
  return `${epoch}.${sequence}.${geometry.frameBytes}.${geometry.symbolBytes}.${geometry.blockCount}`;
}
