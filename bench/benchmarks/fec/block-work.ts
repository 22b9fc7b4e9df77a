/** One block's worth of work for the codec, with its answers. Pure. */
import type { BlockCodec } from '../../../src/fec/block-codec.ts';
import { seededFractions } from '../../workload/seeded-fractions.ts';
import { matrixForm } from './matrix-form.ts';

export interface BlockShape {
  readonly sourceCount: number;
  /** As sent: the first of the block's `repairCapacity`. */
  readonly repairCount: number;
  readonly repairCapacity: number;
}

export interface BlockWork {
  readonly sourceBytes: number;
  copy(): void;
  encode(): void;
  /** In place, as a frame is put together: as many source symbols are missing as repair symbols were sent, spread over the block. */
  decode(): void;
  encodeByMatrix(): void;
  /** What the last of each gave, against the source and each other; decoded once more, since earlier calls left the answer in its place. */
  faults(): string[];
}

export function blockWork(
  shape: BlockShape,
  codec: BlockCodec,
  options: { readonly symbolBytes: number; readonly seed: number },
): BlockWork {
  const { sourceCount, repairCount } = shape;
  const source = seededSymbols(sourceCount, options);
  const sent = new Map(codec.encode(shape, source, repairCount).map((symbol, at) => [sourceCount + at, symbol]));
  const present = new Uint8Array(sourceCount).fill(1);
  const received = Buffer.concat(source);
  for (let at = 0; at < repairCount; at++) present[Math.floor((at * sourceCount) / repairCount)] = 0;
  const clearMissing = () => {
    for (const [position, isPresent] of present.entries()) {
      if (!isPresent) received.fill(0, position * options.symbolBytes, (position + 1) * options.symbolBytes);
    }
  };
  clearMissing();
  const matrix = matrixForm(shape);
  const copied = Buffer.alloc(sourceCount * options.symbolBytes);
  let repair: readonly Uint8Array[] = [];
  let matrixRepair: readonly Uint8Array[] = [];
  let wasDecoded = true;
  const decode = () => {
    wasDecoded &&= codec.decodeRun(shape, received, present, sent);
  };
  const isSource = () => received.equals(Buffer.concat(source));
  return {
    sourceBytes: copied.length,
    copy() {
      for (let at = 0; at < source.length; at++) source[at]?.copy(copied, at * options.symbolBytes);
    },
    encode() {
      repair = codec.encode(shape, source, repairCount);
    },
    decode,
    encodeByMatrix() {
      matrixRepair = matrix.encode(source);
    },
    faults() {
      const name = `${sourceCount}/${repairCount}`;
      const wasSource = isSource();
      clearMissing();
      decode();
      return [
        ...(wasDecoded && wasSource && isSource() ? [] : [`${name}: decoding gave other symbols than were encoded`]),
        ...(isSame(repair, matrixRepair) ? [] : [`${name}: the kernel's repair symbols are not the matrix form's`]),
      ];
    },
  };
}

function seededSymbols(count: number, { symbolBytes, seed }: { symbolBytes: number; seed: number }): Buffer[] {
  const next = seededFractions(seed);
  return Array.from({ length: count }, () => Buffer.from(Array.from({ length: symbolBytes }, () => next() * 256)));
}

function isSame(actual: readonly Uint8Array[], expected: readonly Uint8Array[]): boolean {
  return (
    actual.length === expected.length &&
    expected.every((symbol, at) => Buffer.compare(symbol, actual[at] as Uint8Array) === 0)
  );
}
