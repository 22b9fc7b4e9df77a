// Forward error correction of one block, between the packing of a frame and its datagrams, and back.
//
//   frame ─► blocks ─► k source symbols ─► encode ─► + repair symbols ═ link ═► any k ─► decode ─► source
//
// A systematic maximum-distance-separable Reed-Solomon code over GF(2^8). Its values are those of Leopard,
// as github.com/klauspost/reedsolomon v1.14.2 computes them for k data and M parity shards
// WithLeopardGF(true); test/interop/leopard compares. It corrects erasures, not errors: every symbol handed
// in must have been authenticated.

import {
  assertNoProblem,
  type BlockGeometry,
  receivedProblem,
  runProblem,
  sourceProblem,
  symbolsProblem,
} from './geometry.ts';
import { instantiateKernel, type Kernel } from './kernel.ts';

/** A codec with a scratch memory of its own, 2.25 MiB whatever it is given. Nothing is kept between calls. */
export class BlockCodec {
  readonly #kernel: Kernel;

  /** module comes from loadKernelModule; it may be shared between threads, a codec may not. */
  constructor(module: WebAssembly.Module) {
    this.#kernel = instantiateKernel(module);
  }

  /**
   * The first repairCount of the block's M repair symbols, in memory of their own (one buffer for all).
   * A later call with a greater count gives the same ones and those after them: the unsent ones of a repeat
   * are `encode(geometry, source, M).slice(sent)`.
   *
   * source: k symbols of one length, a multiple of 64 bytes from 64 to 8960; read only, not kept.
   * repairCount: 0 to M. Throws a RangeError for anything else, since only our own code packs blocks.
   */
  encode(geometry: BlockGeometry, source: readonly Uint8Array[], repairCount: number): Uint8Array[] {
    assertNoProblem(sourceProblem(geometry, source), geometry);
    const { bytes, slotsAt } = this.#kernel;
    const symbolBytes = lengthOf(source);
    source.forEach((symbol, index) => {
      bytes.set(symbol, slotsAt + (geometry.repairCapacity + index) * symbolBytes);
    });
    return this.#encodeLoaded(geometry, symbolBytes, repairCount);
  }

  /**
   * As `encode`, of source symbols that lie one behind the other, as those of a block do in its frame: one copy instead of k.
   * The last one may be cut off, and is filled up with zeros.
   */
  encodeRun(geometry: BlockGeometry, source: Uint8Array, symbolBytes: number, repairCount: number): Uint8Array[] {
    assertNoProblem(runProblem(geometry, source.length, symbolBytes), geometry);
    const { bytes, slotsAt } = this.#kernel;
    const start = slotsAt + geometry.repairCapacity * symbolBytes;
    bytes.set(source, start);
    bytes.fill(0, start + source.length, start + geometry.sourceCount * symbolBytes);
    return this.#encodeLoaded(geometry, symbolBytes, repairCount);
  }

  #encodeLoaded(
    { sourceCount, repairCapacity }: BlockGeometry,
    symbolBytes: number,
    repairCount: number,
  ): Uint8Array[] {
    if (!Number.isInteger(repairCount) || repairCount < 0 || repairCount > repairCapacity) {
      throw new RangeError(`fec-repair-count: ${repairCount} of M=${repairCapacity}`);
    }
    const { bytes, slotsAt } = this.#kernel;
    this.#kernel.encodeBlock(sourceCount, repairCapacity, repairCount, symbolBytes);
    const repairAt = slotsAt + repairCapacity * symbolBytes;
    const repair = bytes.slice(repairAt, repairAt + repairCount * symbolBytes);
    return Array.from({ length: repairCount }, (_, index) =>
      repair.subarray(index * symbolBytes, (index + 1) * symbolBytes),
    );
  }

  /**
   * The block's k source symbols, or undefined where symbolsProblem names a reason (fewer than k symbols,
   * above all). Never throws, whatever came from the link.
   *
   * symbols: indexed by position, 0 .. k-1 source, k .. k+M-1 repair, undefined where missing. Missing source
   * symbols are put into it, each in memory of its own; received ones are returned as they are, not copied.
   * Any k suffice; with more, the repair symbols of the highest positions are not looked at.
   */
  decode(geometry: BlockGeometry, symbols: (Uint8Array | undefined)[]): readonly Uint8Array[] | undefined {
    if (symbolsProblem(geometry, symbols) !== undefined) return undefined;
    const { sourceCount, repairCapacity } = geometry;
    const missing = missingPositions(symbols, sourceCount);
    if (missing.length > 0) {
      const { bytes, slotsAt } = this.#kernel;
      const symbolBytes = this.#loadForDecoding(geometry, symbols);
      this.#kernel.decodeBlock(sourceCount, repairCapacity, symbolBytes);
      for (const position of missing) {
        const start = slotsAt + (repairCapacity + position) * symbolBytes;
        symbols[position] = bytes.slice(start, start + symbolBytes);
      }
    }
    return symbols.slice(0, sourceCount) as Uint8Array[];
  }

  /**
   * As `decode`, of source symbols that lie at their places in `source`, k one behind the other: what is missing is written to
   * its place there, and nothing else is touched. Two copies of the block instead of k, and none of what is rebuilt.
   *
   * present: k marks, 0 where the source symbol is missing. repair: by position, k .. k+M-1. False as `decode` says undefined.
   */
  decodeRun(
    geometry: BlockGeometry,
    source: Uint8Array,
    present: Uint8Array,
    repair: ReadonlyMap<number, Uint8Array>,
  ): boolean {
    const { sourceCount, repairCapacity } = geometry;
    const symbolBytes = source.length / sourceCount;
    if (receivedProblem(geometry, { symbolBytes, present, repair }) !== undefined) return false;
    const { bytes, slotsAt, presentAt } = this.#kernel;
    const sourceAt = slotsAt + repairCapacity * symbolBytes;
    bytes.fill(0, presentAt, presentAt + 256);
    // The kernel clears what is not marked.
    bytes.set(source, sourceAt);
    bytes.set(present, presentAt + repairCapacity);
    for (const [position, symbol] of repair) {
      const slot = position - sourceCount;
      bytes.set(symbol, slotsAt + slot * symbolBytes);
      bytes[presentAt + slot] = 1;
    }
    this.#kernel.decodeBlock(sourceCount, repairCapacity, symbolBytes);
    for (let position = 0; position < sourceCount; position++) {
      if (present[position] !== 0) continue;
      const start = sourceAt + position * symbolBytes;
      source.set(bytes.subarray(start, start + symbolBytes), position * symbolBytes);
    }
    return true;
  }

  /** Puts the first k present symbols into their slots and marks them; returns the symbols' length. */
  #loadForDecoding(geometry: BlockGeometry, symbols: readonly (Uint8Array | undefined)[]): number {
    const { sourceCount, repairCapacity } = geometry;
    const { bytes, slotsAt, presentAt } = this.#kernel;
    bytes.fill(0, presentAt, presentAt + 256);
    let loaded = 0;
    let symbolBytes = 0;
    for (const [position, symbol] of symbols.entries()) {
      if (symbol === undefined || loaded === sourceCount) continue;
      symbolBytes = symbol.length;
      const slot = position < sourceCount ? repairCapacity + position : position - sourceCount;
      bytes.set(symbol, slotsAt + slot * symbolBytes);
      bytes[presentAt + slot] = 1;
      loaded++;
    }
    return symbolBytes;
  }
}

function lengthOf(symbols: readonly Uint8Array[]): number {
  return symbols[0]?.length ?? 0;
}

function missingPositions(symbols: readonly (Uint8Array | undefined)[], sourceCount: number): number[] {
  const missing: number[] = [];
  for (let position = 0; position < sourceCount; position++) {
    if (symbols[position] === undefined) missing.push(position);
  }
  return missing;
}
