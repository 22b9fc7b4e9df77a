/** Columns of one stripe: spare ones from the data, and lost ones back. docs/wire-format.md, "Volumes". */
import type { BlockCodec } from '../fec/block-codec.ts';
import { MEDIA_LIMITS } from '../limits.ts';
import { repairCapacity } from '../wire/volume-layout.ts';

/** What the codec of src/fec does. */
export type ColumnCodec = Pick<BlockCodec, 'encode' | 'decode'>;

/** The spare columns of data columns of one length, a multiple of 64. */
export function spareColumns(
  codec: ColumnCodec,
  data: readonly Uint8Array[],
  spareVolumes: number,
): readonly Uint8Array[] {
  const capacity = repairCapacity(spareVolumes);
  if (capacity === undefined) return [];
  const geometry = { sourceCount: data.length, repairCapacity: capacity };
  const columnBytes = (data[0] as Uint8Array).length;
  const spare = Array.from({ length: spareVolumes }, () => new Uint8Array(columnBytes));
  for (const [from, to] of pieces(columnBytes)) {
    const source = data.map((column) => column.subarray(from, to));
    for (const [index, piece] of codec.encode(geometry, source, spareVolumes).entries()) spare[index]?.set(piece, from);
  }
  return spare;
}

/**
 * The data columns, from any `dataVolumes` of all; missing ones are undefined, data first, then spare ones. Undefined where
 * fewer are there.
 */
export function dataColumns(
  codec: ColumnCodec,
  columns: readonly (Uint8Array | undefined)[],
  { dataVolumes, spareVolumes }: { readonly dataVolumes: number; readonly spareVolumes: number },
): readonly Uint8Array[] | undefined {
  const data = columns.slice(0, dataVolumes);
  if (data.every((column) => column !== undefined)) return data;
  const capacity = repairCapacity(spareVolumes);
  const columnBytes = columns.find((column) => column !== undefined)?.length ?? 0;
  if (capacity === undefined) return undefined;
  const geometry = { sourceCount: dataVolumes, repairCapacity: capacity };
  const found = data.map((column) => column ?? new Uint8Array(columnBytes));
  for (const [from, to] of pieces(columnBytes)) {
    const symbols = columns.map((column) => column?.subarray(from, to));
    const decoded = codec.decode(geometry, symbols);
    if (decoded === undefined) return undefined;
    for (const [index, column] of data.entries())
      if (column === undefined) found[index]?.set(decoded[index] as Uint8Array, from);
  }
  return columnBytes === 0 ? undefined : found;
}

function* pieces(columnBytes: number): Iterable<readonly [from: number, to: number]> {
  for (let from = 0; from < columnBytes; from += MEDIA_LIMITS.codedPieceBytes) {
    yield [from, Math.min(columnBytes, from + MEDIA_LIMITS.codedPieceBytes)];
  }
}
