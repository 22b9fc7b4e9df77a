/**
 * One frame on its way in: a buffer of its whole length, into which source symbols are copied at their place, and repair
 * symbols beside it until the block they belong to has k symbols of either kind. Only authentic symbols get here.
 */
import { blockPlace, type FrameGeometry } from '../../src/wire/geometry.ts';
import { type BlockState, readImage, writeImage } from './frame-image.ts';

/** FEC as the assembler needs it: `BlockCodec` of src/fec. Missing symbols are written to their places in `source`. */
export interface BlockDecoder {
  decodeRun(
    geometry: { readonly sourceCount: number; readonly repairCapacity: number },
    source: Uint8Array,
    present: Uint8Array,
    repair: ReadonlyMap<number, Uint8Array>,
  ): boolean;
}

export interface ReceivedSymbol {
  readonly blockIndex: number;
  readonly symbolIndex: number;
  readonly repairCapacity: number;
  /** Copied, not kept. */
  readonly bytes: Uint8Array;
}

/** What became of a symbol: `complete` where it completed its block, `failed` where the block could not be decoded. */
export type SymbolOutcome = 'kept' | 'duplicate' | 'unneeded' | 'complete' | 'failed';

/** A block that has no more to come. `missingSymbols` of its source were rebuilt from repair symbols. */
export interface BlockResult {
  readonly sourceCount: number;
  readonly missingSymbols: number;
}

/** That V8 takes for a repair symbol, however short it is: an array, its memory's and its place in a map. */
const REPAIR_OBJECT_BYTES = 320;

export class FrameAssembly {
  readonly epoch: number;
  readonly sequence: number;
  readonly geometry: FrameGeometry;
  readonly firstSeenMs: number;
  readonly #bytes: Buffer;
  readonly #blocks: readonly BlockState[];
  #repairBytes = 0;
  #openBlocks: number;
  #lastResult: BlockResult | undefined;

  constructor(frame: {
    readonly epoch: number;
    readonly sequence: number;
    readonly geometry: FrameGeometry;
    readonly firstSeenMs: number;
  }) {
    this.epoch = frame.epoch;
    this.sequence = frame.sequence;
    this.geometry = frame.geometry;
    this.firstSeenMs = frame.firstSeenMs;
    this.#bytes = Buffer.alloc(reservedBytes(frame.geometry));
    this.#openBlocks = frame.geometry.blockCount;
    this.#blocks = Array.from({ length: frame.geometry.blockCount }, (_, index) => newBlock(frame.geometry, index));
  }

  /** As it was when it gave `image`. */
  static fromImage(frame: ConstructorParameters<typeof FrameAssembly>[0], image: Buffer): FrameAssembly {
    const assembly = new FrameAssembly(frame);
    readImage(frame.geometry, assembly.#blocks, assembly.#bytes, image);
    for (const { isComplete, repair } of assembly.#blocks) {
      if (isComplete) assembly.#openBlocks--;
      for (const bytes of repair.values()) assembly.#repairBytes += bytes.length + REPAIR_OBJECT_BYTES;
    }
    return assembly;
  }

  /** All that it holds, see frame-image.ts. */
  get image(): Buffer {
    return writeImage(this.geometry, this.#blocks, this.#bytes);
  }

  handleSymbol(symbol: ReceivedSymbol, decoder: BlockDecoder): SymbolOutcome {
    const block = this.#blocks[symbol.blockIndex] as BlockState;
    if (block.isComplete) return 'unneeded';
    const isKept =
      symbol.symbolIndex < block.sourceCount ? this.#keepSource(block, symbol) : this.#keepRepair(block, symbol);
    if (!isKept) return 'duplicate';
    if (block.sourcePresent + block.repair.size < block.sourceCount) return 'kept';
    return this.#complete(block, decoder) ? 'complete' : 'failed';
  }

  get isComplete(): boolean {
    return this.#openBlocks === 0;
  }

  /** The frame; the buffer is the caller's from then on. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.geometry.frameBytes);
  }

  get heldBytes(): number {
    return this.#bytes.length + this.#repairBytes;
  }

  /** Of the block that was completed last. */
  get lastResult(): BlockResult | undefined {
    return this.#lastResult;
  }

  /** Blocks that have symbols and are not complete: what is lost when the assembly is given up. */
  get unfinished(): readonly BlockResult[] {
    return this.#blocks
      .filter((block) => !block.isComplete)
      .map(({ sourceCount, sourcePresent, repair }) => ({
        sourceCount,
        missingSymbols: sourceCount - sourcePresent - repair.size,
      }));
  }

  #keepSource(block: BlockState, symbol: ReceivedSymbol): boolean {
    if (block.present[symbol.symbolIndex] === 1) return false;
    this.#bytes.set(symbol.bytes, block.offsetBytes + symbol.symbolIndex * this.geometry.symbolBytes);
    block.present[symbol.symbolIndex] = 1;
    block.sourcePresent++;
    return true;
  }

  #keepRepair(block: BlockState, symbol: ReceivedSymbol): boolean {
    // Repair symbols of two values of M are two codes. A sender that was restarted with another repair ratio sends the
    // same source under a new M, so the newer code is followed.
    if (block.repairCapacity !== symbol.repairCapacity) {
      this.#dropRepair(block);
      block.repairCapacity = symbol.repairCapacity;
    }
    if (block.repair.has(symbol.symbolIndex)) return false;
    block.repair.set(symbol.symbolIndex, Uint8Array.from(symbol.bytes));
    this.#repairBytes += symbol.bytes.length + REPAIR_OBJECT_BYTES;
    return true;
  }

  #complete(block: BlockState, decoder: BlockDecoder): boolean {
    const missingSymbols = block.sourceCount - block.sourcePresent;
    const isWhole = missingSymbols === 0 || this.#decode(block, decoder);
    this.#dropRepair(block);
    if (!isWhole) return false;
    block.isComplete = true;
    this.#openBlocks--;
    this.#lastResult = { sourceCount: block.sourceCount, missingSymbols };
    return true;
  }

  #decode({ sourceCount, repairCapacity, offsetBytes, present, repair }: BlockState, decoder: BlockDecoder): boolean {
    const source = this.#bytes.subarray(offsetBytes, offsetBytes + sourceCount * this.geometry.symbolBytes);
    return decoder.decodeRun({ sourceCount, repairCapacity }, source, present, repair);
  }

  #dropRepair(block: BlockState): void {
    for (const bytes of block.repair.values()) this.#repairBytes -= bytes.length + REPAIR_OBJECT_BYTES;
    block.repair.clear();
  }
}

/** What an assembly holds before its first repair symbol. */
function reservedBytes(geometry: FrameGeometry): number {
  return geometry.sourceSymbols * geometry.symbolBytes;
}

function newBlock(geometry: FrameGeometry, index: number): BlockState {
  const { sourceCount, offsetBytes } = blockPlace(geometry, index);
  return {
    sourceCount,
    offsetBytes,
    present: new Uint8Array(sourceCount),
    sourcePresent: 0,
    repairCapacity: 0,
    repair: new Map(),
    isComplete: false,
  };
}
