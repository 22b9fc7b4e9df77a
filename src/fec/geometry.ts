// The shape of a block, and what a block must keep to before its bytes are worked on.
// These bounds are the code's own, the same as in assembly/memory.ts, where the kernel checks them again;
// what limits.ts allows on the wire is tighter.

/** The shape of a block, fixed for its life. sourceCount + repairCapacity is at most 256. */
export interface BlockGeometry {
  /** k, the number of source symbols: 1 to 240. */
  readonly sourceCount: number;
  /** M, the number of repair symbols that can be asked for: a power of two, 2 to 128. Fewer may be sent. */
  readonly repairCapacity: number;
}

/** Why a block is refused. */
export type BlockProblem =
  | 'fec-source-count'
  | 'fec-repair-capacity'
  | 'fec-block-points'
  | 'fec-symbol-count'
  | 'fec-symbol-bytes'
  | 'fec-too-few-symbols';

const MAX_SOURCE_COUNT = 240;
const MIN_REPAIR_CAPACITY = 2;
const MAX_REPAIR_CAPACITY = 128;
// One symbol for each element of GF(2^8).
const MAX_BLOCK_POINTS = 256;
// Leopard's symbols are whole cache lines.
const SYMBOL_GRAIN_BYTES = 64;
// Holds any symbol of a 9,000-byte datagram; 256 symbols of it fill 35 pages of WebAssembly memory exactly.
const MAX_SYMBOL_BYTES = 8960;

/** The first thing wrong with geometry, or undefined. Takes numbers as they come from the link. */
export function geometryProblem({ sourceCount, repairCapacity }: BlockGeometry): BlockProblem | undefined {
  if (!Number.isInteger(sourceCount) || sourceCount < 1 || sourceCount > MAX_SOURCE_COUNT) return 'fec-source-count';
  if (!isPowerOfTwo(repairCapacity) || repairCapacity < MIN_REPAIR_CAPACITY || repairCapacity > MAX_REPAIR_CAPACITY) {
    return 'fec-repair-capacity';
  }
  return sourceCount + repairCapacity > MAX_BLOCK_POINTS ? 'fec-block-points' : undefined;
}

/** Throws a RangeError, beginning with the code, where geometry has a problem: for geometry of our own making. */
export function assertGeometry(geometry: BlockGeometry): void {
  assertNoProblem(geometryProblem(geometry), geometry);
}

/** What keeps source from being encoded: its count or the symbols' length. */
export function sourceProblem(geometry: BlockGeometry, source: readonly Uint8Array[]): BlockProblem | undefined {
  const problem = geometryProblem(geometry);
  if (problem !== undefined) return problem;
  return source.length === geometry.sourceCount ? lengthProblem(source) : 'fec-symbol-count';
}

/** What keeps a run of `bytes`, of which the last symbol may be cut off, from being encoded. */
export function runProblem(geometry: BlockGeometry, bytes: number, symbolBytes: number): BlockProblem | undefined {
  const problem = geometryProblem(geometry);
  if (problem !== undefined) return problem;
  if (!isSymbolLength(symbolBytes)) return 'fec-symbol-bytes';
  return Math.ceil(bytes / symbolBytes) === geometry.sourceCount ? undefined : 'fec-symbol-count';
}

/**
 * What keeps symbols from being decoded. They are indexed by position: 0 .. k-1 source, k .. k+M-1 repair;
 * a missing one is undefined, and missing ones at the end may be left out.
 */
export function symbolsProblem(
  geometry: BlockGeometry,
  symbols: readonly (Uint8Array | undefined)[],
): BlockProblem | undefined {
  const problem = geometryProblem(geometry);
  if (problem !== undefined) return problem;
  if (symbols.length > geometry.sourceCount + geometry.repairCapacity) return 'fec-symbol-count';
  const present = symbols.filter((symbol) => symbol !== undefined);
  return present.length < geometry.sourceCount ? 'fec-too-few-symbols' : lengthProblem(present);
}

/** The same of a run of source symbols with its marks, and of repair symbols by position. */
export function receivedProblem(
  geometry: BlockGeometry,
  received: {
    readonly symbolBytes: number;
    readonly present: Uint8Array;
    readonly repair: ReadonlyMap<number, Uint8Array>;
  },
): BlockProblem | undefined {
  const problem = geometryProblem(geometry);
  if (problem !== undefined) return problem;
  const { symbolBytes, present, repair } = received;
  const { sourceCount, repairCapacity } = geometry;
  if (!isSymbolLength(symbolBytes)) return 'fec-symbol-bytes';
  if (present.length !== sourceCount) return 'fec-symbol-count';
  for (const [position, symbol] of repair) {
    if (position < sourceCount || position >= sourceCount + repairCapacity) return 'fec-symbol-count';
    if (symbol.length !== symbolBytes) return 'fec-symbol-bytes';
  }
  const count = present.reduce((sum, mark) => sum + (mark === 0 ? 0 : 1), repair.size);
  return count < sourceCount ? 'fec-too-few-symbols' : undefined;
}

/** Throws a RangeError that begins with problem's code and shows the geometry, unless problem is undefined. */
export function assertNoProblem(problem: BlockProblem | undefined, geometry: BlockGeometry): void {
  if (problem === undefined) return;
  throw new RangeError(`${problem}: k=${geometry.sourceCount}, M=${geometry.repairCapacity}`);
}

function lengthProblem(symbols: readonly Uint8Array[]): BlockProblem | undefined {
  const symbolBytes = symbols[0]?.length ?? 0;
  return isSymbolLength(symbolBytes) && symbols.every((symbol) => symbol.length === symbolBytes)
    ? undefined
    : 'fec-symbol-bytes';
}

function isSymbolLength(bytes: number): boolean {
  return bytes > 0 && bytes <= MAX_SYMBOL_BYTES && bytes % SYMBOL_GRAIN_BYTES === 0;
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(value) && Number.isInteger(Math.log2(value));
}
