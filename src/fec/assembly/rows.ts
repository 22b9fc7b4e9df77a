// What is done to rows: the same columns of one, two or more symbols. Widths are multiples of 64 bytes.
//
// A product with a constant is two table look-ups of 16 lanes each (low nibble, high nibble), added.

import { productTable } from './field';

// @ts-ignore: decorator
@inline
function times(low: v128, high: v128, x: v128): v128 {
  const nibble = i8x16.splat(0x0f);
  return v128.xor(
    i8x16.swizzle(low, v128.and(x, nibble)),
    i8x16.swizzle(high, v128.and(i16x8.shr_u(x, 4), nibble)),
  );
}

/** into += from */
export function addRow(into: usize, from: usize, width: u32): void {
  for (let end = into + width; into < end; into += 64, from += 64) {
    v128.store(into, v128.xor(v128.load(into), v128.load(from)));
    v128.store(into, v128.xor(v128.load(into, 16), v128.load(from, 16)), 16);
    v128.store(into, v128.xor(v128.load(into, 32), v128.load(from, 32)), 32);
    v128.store(into, v128.xor(v128.load(into, 48), v128.load(from, 48)), 48);
  }
}

/** row *= factor */
export function scaleRow(row: usize, factor: u32, width: u32): void {
  const low = v128.load(productTable(factor));
  const high = v128.load(productTable(factor), 16);
  for (let end = row + width; row < end; row += 64) {
    scaleLanes(row, low, high);
    scaleLanes(row + 16, low, high);
    scaleLanes(row + 32, low, high);
    scaleLanes(row + 48, low, high);
  }
}

/** b += a, then a += factor * b: one step from values to coefficients. */
export function foldRows(a: usize, b: usize, factor: u32, width: u32): void {
  if (factor == 0) return addRow(b, a, width);
  const low = v128.load(productTable(factor));
  const high = v128.load(productTable(factor), 16);
  for (let end = a + width; a < end; a += 64, b += 64) {
    foldLanes(a, b, low, high);
    foldLanes(a + 16, b + 16, low, high);
    foldLanes(a + 32, b + 32, low, high);
    foldLanes(a + 48, b + 48, low, high);
  }
}

/** a += factor * b, then b += a: one step from coefficients to values; undoes foldRows. */
export function unfoldRows(a: usize, b: usize, factor: u32, width: u32): void {
  if (factor == 0) return addRow(b, a, width);
  const low = v128.load(productTable(factor));
  const high = v128.load(productTable(factor), 16);
  for (let end = a + width; a < end; a += 64, b += 64) {
    unfoldLanes(a, b, low, high);
    unfoldLanes(a + 16, b + 16, low, high);
    unfoldLanes(a + 32, b + 32, low, high);
    unfoldLanes(a + 48, b + 48, low, high);
  }
}

// @ts-ignore: decorator
@inline
function scaleLanes(row: usize, low: v128, high: v128): void {
  v128.store(row, times(low, high, v128.load(row)));
}

// @ts-ignore: decorator
@inline
function foldLanes(a: usize, b: usize, low: v128, high: v128): void {
  const x = v128.load(a);
  const y = v128.xor(v128.load(b), x);
  v128.store(b, y);
  v128.store(a, v128.xor(x, times(low, high, y)));
}

// @ts-ignore: decorator
@inline
function unfoldLanes(a: usize, b: usize, low: v128, high: v128): void {
  const y = v128.load(b);
  const x = v128.xor(v128.load(a), times(low, high, y));
  v128.store(a, x);
  v128.store(b, v128.xor(y, x));
}
