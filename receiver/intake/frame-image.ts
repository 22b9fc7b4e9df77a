/**
 * A frame that is being put together, as bytes for the scratch: which symbols are there, and these alone. For each block
 *
 *   is complete (1) │ M (1) │ repair symbols (1) │ source positions, a bit each (⌈k/8⌉) │ repair positions (1 each)
 *
 * and behind all of these, block by block, the source symbols, then the repair symbols in the order of their positions.
 */
import type { FrameGeometry } from '../../src/wire/geometry.ts';

/** What is there of one block. */
export interface BlockState {
  readonly sourceCount: number;
  /** Of its source, in the frame's buffer. */
  readonly offsetBytes: number;
  /** By source position, 1 where present. */
  readonly present: Uint8Array;
  sourcePresent: number;
  repairCapacity: number;
  /** By symbol index; at most k, since so many complete a block. */
  readonly repair: Map<number, Uint8Array>;
  isComplete: boolean;
}

const BLOCK_HEADER_BYTES = 3;

/** The image; `source` is the frame's buffer. */
export function writeImage(geometry: FrameGeometry, blocks: readonly BlockState[], source: Buffer): Buffer {
  const { symbolBytes } = geometry;
  const heads = blocks.map((block) => blockHead(block));
  const headBytes = heads.reduce((sum, head) => sum + head.length, 0);
  const symbols = blocks.reduce((sum, block) => sum + presentCount(block) + block.repair.size, 0);
  const image = Buffer.allocUnsafe(headBytes + symbols * symbolBytes);
  let at = 0;
  for (const head of heads) at += head.copy(image, at);
  for (const block of blocks) {
    for (let index = 0; index < block.sourceCount; index++) {
      if (!isPresent(block, index)) continue;
      const start = block.offsetBytes + index * symbolBytes;
      at += source.copy(image, at, start, start + symbolBytes);
    }
    for (const bytes of block.repair.values()) {
      image.set(bytes, at);
      at += symbolBytes;
    }
  }
  return image;
}

/** Fills new blocks and the frame's buffer from what `writeImage` made of the same geometry, to the byte. */
export function readImage(geometry: FrameGeometry, blocks: readonly BlockState[], source: Buffer, image: Buffer): void {
  const { symbolBytes } = geometry;
  const repairIndexes: Uint8Array[] = [];
  let at = 0;
  for (const block of blocks) {
    const [isComplete, repairCapacity, repairCount] = image.subarray(at) as unknown as [number, number, number];
    const bitmapAt = at + BLOCK_HEADER_BYTES;
    block.isComplete = isComplete === 1;
    block.repairCapacity = repairCapacity;
    for (let index = 0; index < block.sourceCount; index++) {
      const bit = ((image[bitmapAt + (index >> 3)] as number) >> (index & 7)) & 1;
      block.present[index] = bit;
      block.sourcePresent += bit;
    }
    const repairAt = bitmapAt + Math.ceil(block.sourceCount / 8);
    at = repairAt + repairCount;
    repairIndexes.push(image.subarray(repairAt, at));
  }
  for (const [blockIndex, block] of blocks.entries()) {
    for (let index = 0; index < block.sourceCount; index++) {
      if (!isPresent(block, index)) continue;
      image.copy(source, block.offsetBytes + index * symbolBytes, at, at + symbolBytes);
      at += symbolBytes;
    }
    for (const index of repairIndexes[blockIndex] as Uint8Array) {
      block.repair.set(index, Uint8Array.from(image.subarray(at, at + symbolBytes)));
      at += symbolBytes;
    }
  }
  if (at !== image.length) throw new Error('an image of another frame');
}

function blockHead({ sourceCount, present, repairCapacity, repair, isComplete }: BlockState): Buffer {
  const bitmapBytes = Math.ceil(sourceCount / 8);
  const head = Buffer.alloc(BLOCK_HEADER_BYTES + bitmapBytes + repair.size);
  head[0] = isComplete ? 1 : 0;
  head[1] = repairCapacity;
  head[2] = repair.size;
  for (let index = 0; index < sourceCount; index++) {
    const at = BLOCK_HEADER_BYTES + (index >> 3);
    if (present[index] === 1) head[at] = (head[at] as number) | (1 << (index & 7));
  }
  head.set([...repair.keys()], BLOCK_HEADER_BYTES + bitmapBytes);
  return head;
}

/** A complete block has its whole source, whichever symbols it was made from. */
function isPresent({ isComplete, present }: BlockState, index: number): boolean {
  return isComplete || present[index] === 1;
}

function presentCount({ isComplete, sourceCount, sourcePresent }: BlockState): number {
  return isComplete ? sourceCount : sourcePresent;
}
