/**
 * Frame pass: which symbols of one frame a pass sends, in which order. Blocks are interleaved symbol by symbol over the
 * whole frame, so that a burst of losses is shared between them. Pure.
 *
 * A block's symbols stand in one circle: first pass = source 0..k-1, repair 0..r-1; behind that the repair r..M-1 that was
 * not sent, then again from the start. Each repeat takes the next k and its share of repair from the circle: never a
 * symbol twice in one pass, and what the receiver cannot have yet comes first.
 */
import { WIRE_LIMITS } from '../../src/limits.ts';
import {
  type BlockPlace,
  blockPlace,
  cutFrame,
  type FrameGeometry,
  repairCapacity,
  repairCount,
} from '../../src/wire/geometry.ts';

/** src/fec/block-codec.ts fits; injected, so that this stage needs no WebAssembly. */
export interface BlockEncoder {
  encodeRun(
    geometry: { readonly sourceCount: number; readonly repairCapacity: number },
    source: Uint8Array,
    symbolBytes: number,
    repairCount: number,
  ): readonly Uint8Array[];
}

export interface PassOptions {
  readonly frame: Uint8Array;
  /** 1: the first; 2 …: the repeats. */
  readonly pass: number;
  readonly maxSymbolBytes: number;
  /** No symbol is shorter. */
  readonly isFullLength?: boolean | undefined;
  readonly repairPercent: number;
  readonly encoder: BlockEncoder;
}

export interface PassSymbol {
  readonly blockIndex: number;
  readonly symbolIndex: number;
  readonly symbol: Uint8Array;
  readonly sourceCount: number;
  readonly repairCapacity: number;
}

interface PassBlock extends BlockPlace {
  readonly repairCapacity: number;
  readonly symbolIndexes: readonly number[];
  repair: readonly Uint8Array[] | undefined;
}

export class FramePass {
  readonly geometry: FrameGeometry;
  readonly #options: PassOptions;
  readonly #blocks: PassBlock[];
  readonly #longest: number;
  #position = 0;
  #blockIndex = 0;

  /** Throws a RangeError for a frame beyond the wire's bounds. */
  constructor(options: PassOptions) {
    const geometry = cutFrame(options.frame.length, options.maxSymbolBytes, options.isFullLength);
    if (geometry === undefined) throw new RangeError(`frame of ${options.frame.length} bytes needs too many blocks`);
    this.geometry = geometry;
    this.#options = options;
    this.#blocks = Array.from({ length: geometry.blockCount }, (_, index) => {
      const place = blockPlace(geometry, index);
      const mostRepair = 2 ** Math.floor(Math.log2(WIRE_LIMITS.maxSymbolsPerBlock - place.sourceCount));
      const firstRepair = Math.min(repairCount(place.sourceCount, options.repairPercent), mostRepair);
      const capacity = repairCapacity(place.sourceCount, firstRepair);
      const symbolIndexes = symbolsOfPass({ ...options, sourceCount: place.sourceCount, firstRepair, capacity });
      return { ...place, repairCapacity: capacity, symbolIndexes, repair: undefined };
    });
    this.#longest = Math.max(...this.#blocks.map((block) => block.symbolIndexes.length));
  }

  /** Of the whole pass. */
  get symbolCount(): number {
    return this.#blocks.reduce((total, block) => total + block.symbolIndexes.length, 0);
  }

  /** The next symbol, or undefined where the pass is done. */
  next(): PassSymbol | undefined {
    while (this.#position < this.#longest) {
      const blockIndex = this.#blockIndex;
      const block = this.#blocks[blockIndex] as PassBlock;
      const symbolIndex = block.symbolIndexes[this.#position];
      this.#blockIndex = (blockIndex + 1) % this.#blocks.length;
      if (this.#blockIndex === 0) this.#position++;
      if (symbolIndex === undefined) continue;
      const { sourceCount, repairCapacity } = block;
      return { blockIndex, symbolIndex, symbol: this.#symbol(block, symbolIndex), sourceCount, repairCapacity };
    }
    return undefined;
  }

  #symbol(block: PassBlock, symbolIndex: number): Uint8Array {
    if (symbolIndex < block.sourceCount) return this.#source(block, symbolIndex);
    block.repair ??= this.#encode(block);
    return block.repair[symbolIndex - block.sourceCount] as Uint8Array;
  }

  /** A view of the frame; the last symbol of the last block is filled up with zeros. */
  #source(block: PassBlock, index: number): Uint8Array {
    const { symbolBytes } = this.geometry;
    const start = block.offsetBytes + index * symbolBytes;
    const symbol = this.#options.frame.subarray(start, start + symbolBytes);
    if (symbol.length === symbolBytes) return symbol;
    const filled = new Uint8Array(symbolBytes);
    filled.set(symbol);
    return filled;
  }

  #encode(block: PassBlock): readonly Uint8Array[] {
    const { symbolBytes } = this.geometry;
    const { offsetBytes, sourceCount } = block;
    const source = this.#options.frame.subarray(offsetBytes, offsetBytes + sourceCount * symbolBytes);
    const highest = Math.max(...block.symbolIndexes) - sourceCount;
    return this.#options.encoder.encodeRun(block, source, symbolBytes, highest + 1);
  }
}

/** The symbol indexes of one block's pass, in order; see the circle above. */
export function symbolsOfPass(options: {
  readonly pass: number;
  readonly sourceCount: number;
  readonly firstRepair: number;
  readonly capacity: number;
  readonly repairPercent: number;
}): readonly number[] {
  const { pass, sourceCount, firstRepair, capacity, repairPercent } = options;
  const first = sourceCount + firstRepair;
  const circle = sourceCount + capacity;
  if (pass === 1) return arc({ start: 0, length: first, circle });
  // At least k; a block of twenty or more also repeats its share of repair, since a repeat loses symbols like any pass.
  const length = sourceCount + Math.min(firstRepair, Math.floor((sourceCount * repairPercent) / 100));
  const start = first + (pass - 2) * length;
  return arc({ start, length, circle });
}

/** By a loop: `Array.from` takes ten times as long, 3% of a sender that does nothing else. */
function arc(of: { readonly start: number; readonly length: number; readonly circle: number }): readonly number[] {
  const indexes: number[] = [];
  for (let at = of.start; at < of.start + of.length; at++) indexes.push(at % of.circle);
  return indexes;
}
