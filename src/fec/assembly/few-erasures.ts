// Decoding where few source symbols are missing: as many repair symbols are computed anew from the source that came, and
// from how they differ from the received ones the missing symbols are solved. That costs an encoding and e * e products
// of rows for e missing symbols; the transform over all points costs several encodings whatever e is.
//
// The source symbol at point y counts s(y) / (x + y) times in the repair symbol at point x: that is the value at x of the
// Lagrange polynomial of y in its run, and s the subspace polynomial of the repair points, in a Cantor basis y >> log2 M
// (transform.ts). So this is a Cauchy matrix whose columns are scaled, and its inverse has a closed form: at row y and column x
//
//   product of (x + b) over all b * product of (a + y) over all a
//   -------------------------------------------------------------    a: repair points, b: points of missing symbols
//   (x + y) * product of (x + a), a != x * product of (y + b), b != y * s(y)

import { GROUP_ORDER, labelOf, logarithmOf, productTable } from './field';
import { presentAt } from './memory';

const MAX_SOLVED: u32 = 32;

// Each of at most 32 bytes: points in ascending order, and sums of logarithms.
const missingPointsAt: usize = memory.data(32);
const repairPointsAt: usize = memory.data(32);
const repairFactorsAt: usize = memory.data(32);

/**
 * Whether solving for missing symbols is faster than the transform over count points, whose cost grows as count * log2 count.
 * Measured: both cost the same at 0.8 to 0.9 of it for 16 to 128 points.
 */
export function isSolvedFaster(missing: u32, count: u32): bool {
  return missing <= MAX_SOLVED && 4 * missing * missing <= 3 * count * ctz(count);
}

/**
 * Chooses what to solve for and from: the missing source symbols, and as many of the repair symbols that came, of which
 * there must be as many. Returns how many; where there are too many to solve for, one more than may be, and nothing is chosen.
 */
export function choosePoints(repairCapacity: u32, sourceEnd: u32): u32 {
  let count: u32 = 0;
  for (let point = repairCapacity; point < sourceEnd; point++) {
    if (load<u8>(presentAt + point) != 0) continue;
    if (count == MAX_SOLVED) return MAX_SOLVED + 1;
    store<u8>(missingPointsAt + count++, point);
  }
  for (let point: u32 = 0, rank: u32 = 0; rank < count; point++) {
    if (load<u8>(presentAt + point) != 0) store<u8>(repairPointsAt + rank++, point);
  }
  for (let rank: u32 = 0; rank < count; rank++) {
    const x = repairPoint(rank);
    let factor: u32 = 0;
    for (let other: u32 = 0; other < count; other++) {
      factor += logarithmOf(x ^ missingPoint(other));
      if (other != rank) factor += GROUP_ORDER - logarithmOf(x ^ repairPoint(other));
    }
    store<u8>(repairFactorsAt + rank, factor % GROUP_ORDER);
  }
  return count;
}

/** Ascending by rank. */
// @ts-ignore: decorator
@inline
export function missingPoint(rank: u32): u32 {
  return load<u8>(missingPointsAt + rank);
}

/** Ascending by rank. */
// @ts-ignore: decorator
@inline
export function repairPoint(rank: u32): u32 {
  return load<u8>(repairPointsAt + rank);
}

/** The inverse's row of one missing symbol: the product table of each of its count entries, put into tables. */
export function findInverseRow(tables: usize, missingRank: u32, count: u32, repairCapacity: u32): void {
  const y = missingPoint(missingRank);
  let factor = GROUP_ORDER - logarithmOf(y >> ctz(repairCapacity));
  for (let rank: u32 = 0; rank < count; rank++) {
    factor += logarithmOf(repairPoint(rank) ^ y);
    if (rank != missingRank) factor += GROUP_ORDER - logarithmOf(missingPoint(rank) ^ y);
  }
  for (let rank: u32 = 0; rank < count; rank++) {
    const entry = factor + load<u8>(repairFactorsAt + rank) + GROUP_ORDER - logarithmOf(repairPoint(rank) ^ y);
    store<u32>(tables + rank * 4, <u32>productTable(labelOf(entry % GROUP_ORDER)));
  }
}
