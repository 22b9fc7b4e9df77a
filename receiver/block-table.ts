/**
 * The frames that are being put together. Keyed by epoch, sequence and cut, not by session: symbols of the first pass, of
 * a repeat and of a restarted sender meet here. Bounded in bytes, blocks and age; beyond, the oldest frame is given up.
 */
import { RECEIVER_LIMITS } from '../src/limits.ts';
import type { FrameGeometry } from '../src/wire/geometry.ts';
import { FrameAssembly, reservedBytes } from './frame-assembly.ts';

export interface BlockTableLimits {
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
  /** In order of the first symbol seen. */
  readonly #assemblies = new Map<string, FrameAssembly>();
  /** When the frames that are complete were so, in that order. */
  readonly #completed = new Map<string, number>();
  #evicted: FrameAssembly[] = [];
  #heldBytes = 0;
  #blocks = 0;

  constructor(limits: BlockTableLimits = RECEIVER_LIMITS) {
    this.#limits = limits;
  }

  /**
   * The assembly of a frame, made where it is new; room for it is found by giving up the oldest. Undefined for a frame that
   * was complete a moment ago: these are the spare symbols of that pass.
   */
  assembly(nowMs: number, place: FramePlace): FrameAssembly | undefined {
    const key = keyOf(place);
    const known = this.#assemblies.get(key);
    if (known !== undefined) return known;
    const completedMs = this.#completed.get(key);
    if (completedMs !== undefined && nowMs < completedMs + RECEIVER_LIMITS.completedQuietMs) return undefined;
    const { geometry } = place;
    this.#makeRoom(reservedBytes(geometry), geometry.blockCount, undefined);
    const made = new FrameAssembly({ ...place, firstSeenMs: nowMs });
    this.#assemblies.set(key, made);
    this.#heldBytes += made.heldBytes;
    this.#blocks += geometry.blockCount;
    return made;
  }

  /** After an assembly took or let go of symbols: counts what it holds, and makes room where that is too much. */
  handleChange(assembly: FrameAssembly, heldBytesBefore: number): void {
    this.#heldBytes += assembly.heldBytes - heldBytesBefore;
    this.#makeRoom(0, 0, assembly);
  }

  /** Takes out an assembly that is complete. */
  complete(nowMs: number, assembly: FrameAssembly): void {
    this.#remove(assembly);
    const key = keyOf(assembly);
    this.#completed.delete(key);
    this.#completed.set(key, nowMs);
    for (const oldest of this.#completed.keys()) {
      if (this.#completed.size <= RECEIVER_LIMITS.maxCompletedFrames) break;
      this.#completed.delete(oldest);
    }
  }

  /** Gives up frames whose time is over. */
  expire(nowMs: number): void {
    for (const assembly of this.#assemblies.values()) {
      if (nowMs < assembly.firstSeenMs + this.#limits.maxFrameAgeMs) return;
      this.#evict(assembly);
    }
  }

  /** What was given up since the last call, for the caller to count. */
  takeEvicted(): readonly FrameAssembly[] {
    if (this.#evicted.length === 0) return [];
    const taken = this.#evicted;
    this.#evicted = [];
    return taken;
  }

  nextDeadlineMs(): number | undefined {
    for (const assembly of this.#assemblies.values()) return assembly.firstSeenMs + this.#limits.maxFrameAgeMs;
    return undefined;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get blocks(): number {
    return this.#blocks;
  }

  #makeRoom(bytes: number, blocks: number, keep: FrameAssembly | undefined): void {
    const { maxBlockBytes, maxBlocks } = this.#limits;
    for (const assembly of this.#assemblies.values()) {
      if (this.#heldBytes + bytes <= maxBlockBytes && this.#blocks + blocks <= maxBlocks) return;
      if (assembly !== keep) this.#evict(assembly);
    }
  }

  #evict(assembly: FrameAssembly): void {
    this.#remove(assembly);
    this.#evicted.push(assembly);
  }

  #remove(assembly: FrameAssembly): void {
    if (!this.#assemblies.delete(keyOf(assembly))) return;
    this.#heldBytes -= assembly.heldBytes;
    this.#blocks -= assembly.geometry.blockCount;
  }
}

function keyOf({ epoch, sequence, geometry }: FramePlace): string {
  return `${epoch}.${sequence}.${geometry.frameBytes}.${geometry.symbolBytes}.${geometry.blockCount}`;
}
