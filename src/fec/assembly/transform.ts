// The additive FFT over Lin, Chung and Han's basis, on rows: row i holds, in every column, the value
// at point i or the coefficient of basis polynomial i. Rows lie end to end, bytes apart.
//
// Layer j joins rows that lie 2^j apart. Its factor for the group that begins at point p is the
// subspace polynomial of v0..v[j-1] at p, which in a Cantor basis is p >> j.

import { addRow, foldRows, unfoldRows } from './rows';
import { wantsAny } from './wanted';

/**
 * Values at the points first .. first+count-1 become coefficients, in place.
 * count is a power of two that divides first; rows from occupied on are zero, and their groups skipped.
 */
export function valuesToCoefficients(rows: usize, first: u32, count: u32, occupied: u32, bytes: u32): void {
  for (let layer: u32 = 0; <u32>1 << layer < count; layer++) {
    const reach: u32 = 1 << layer;
    for (let group: u32 = 0; group < occupied; group += 2 * reach) {
      const factor = (first + group) >> layer;
      for (let row = group; row < group + reach; row++) {
        const a = rows + row * bytes;
        foldRows(a, a + reach * bytes, factor, bytes);
      }
    }
  }
}

/** Coefficients become values at the points 0 .. count-1, in place, where wanted.ts asks for them. */
export function coefficientsToValues(rows: usize, count: u32, bytes: u32): void {
  for (let reach = count >> 1, layer = 31 - clz(count >> 1); reach > 0; reach >>= 1, layer--) {
    for (let group: u32 = 0; group < count; group += 2 * reach) {
      if (!wantsAny(group, 2 * reach)) continue;
      const factor = group >> layer;
      for (let row = group; row < group + reach; row++) {
        const a = rows + row * bytes;
        unfoldRows(a, a + reach * bytes, factor, bytes);
      }
    }
  }
}

/**
 * Coefficients become those of the formal derivative, in place: that of basis polynomial i is the sum
 * of the ones with one bit of i cleared. Ascending, so that each row is read before it is changed.
 */
export function differentiate(rows: usize, count: u32, bytes: u32): void {
  for (let row: u32 = 1; row < count; row++) {
    const reach = row & (0 - row);
    for (let next = row; next < row + reach; next++) {
      addRow(rows + (next - reach) * bytes, rows + next * bytes, bytes);
    }
  }
}
