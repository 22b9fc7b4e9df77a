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
  /** As many source symbols are missing as repair symbols were sent, spread over the block. */
  decode(): void;
  encodeByMatrix(): void;
  /** What the last of each gave, against the source and each other. */
  faults(): string[];
}

export function blockWork(
  shape: BlockShape,
  codec: BlockCodec,
  options: { readonly symbolBytes: number; readonly seed: number },
): BlockWork {
  const { sourceCount, repairCount } = shape;
  const source = seededSymbols(sourceCount, options);
  const sent = [...source, ...codec.encode(shape, source, repairCount)];
  const missing = Array.from({ length: repairCount }, (_, at) => Math.floor((at * sourceCount) / repairCount));
  const matrix = matrixForm(shape);
  const copied = Buffer.alloc(sourceCount * options.symbolBytes);
  let repair: readonly Uint8Array[] = [];
  let matrixRepair: readonly Uint8Array[] = [];
  let decoded: readonly Uint8Array[] | undefined;
  return {
    sourceBytes: copied.length,
    copy() {
      for (let at = 0; at < source.length; at++) source[at]?.copy(copied, at * options.symbolBytes);
    },
    encode() {
      repair = codec.encode(shape, source, repairCount);
    },
    decode() {
      const symbols: (Uint8Array | undefined)[] = [...sent];
      for (const position of missing) symbols[position] = undefined;
      decoded = codec.decode(shape, symbols);
    },
    encodeByMatrix() {
      matrixRepair = matrix.encode(source);
    },
    faults() {
      const name = `${sourceCount}/${repairCount}`;
      return [
        ...(isSame(decoded, source) ? [] : [`${name}: decoding gave other symbols than were encoded`]),
        ...(isSame(repair, matrixRepair) ? [] : [`${name}: the kernel's repair symbols are not the matrix form's`]),
      ];
    },
  };
}

function seededSymbols(count: number, { symbolBytes, seed }: { symbolBytes: number; seed: number }): Buffer[] {
  const next = seededFractions(seed);
  return Array.from({ length: count }, () => Buffer.from(Array.from({ length: symbolBytes }, () => next() * 256)));
}

function isSame(actual: readonly Uint8Array[] | undefined, expected: readonly Uint8Array[]): boolean {
  return (
    actual?.length === expected.length &&
    expected.every((symbol, at) => Buffer.compare(symbol, actual[at] as Uint8Array) === 0)
  );
}
