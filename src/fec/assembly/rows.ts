// What is done to rows, that is to symbols in their slots, whose bytes are a multiple of 64.
// All layers of a transform pass over whole rows: 116 symbols of 1408 bytes are 160 KiB, which the second-level
// cache holds, and working in strips of columns instead was measured slower at every width.
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
export function addRow(into: usize, from: usize, bytes: u32): void {
  for (let end = into + bytes; into < end; into += 64, from += 64) {
    v128.store(into, v128.xor(v128.load(into), v128.load(from)));
    v128.store(into, v128.xor(v128.load(into, 16), v128.load(from, 16)), 16);
    v128.store(into, v128.xor(v128.load(into, 32), v128.load(from, 32)), 32);
    v128.store(into, v128.xor(v128.load(into, 48), v128.load(from, 48)), 48);
  }
}

/** row *= factor */
export function scaleRow(row: usize, factor: u32, bytes: u32): void {
  const low = v128.load(productTable(factor));
  const high = v128.load(productTable(factor), 16);
  for (let end = row + bytes; row < end; row += 16) {
    v128.store(row, times(low, high, v128.load(row)));
  }
}

/** b += a, then a += factor * b: one step from values to coefficients. */
export function foldRows(a: usize, b: usize, factor: u32, bytes: u32): void {
  if (factor == 0) return addRow(b, a, bytes);
  const low = v128.load(productTable(factor));
  const high = v128.load(productTable(factor), 16);
  for (let end = a + bytes; a < end; a += 16, b += 16) {
    const x = v128.load(a);
    const y = v128.xor(v128.load(b), x);
    v128.store(b, y);
    v128.store(a, v128.xor(x, times(low, high, y)));
  }
}

/** a += factor * b, then b += a: one step from coefficients to values; undoes foldRows. */
export function unfoldRows(a: usize, b: usize, factor: u32, bytes: u32): void {
  if (factor == 0) return addRow(b, a, bytes);
  const low = v128.load(productTable(factor));
  const high = v128.load(productTable(factor), 16);
  for (let end = a + bytes; a < end; a += 16, b += 16) {
    const y = v128.load(b);
    const x = v128.xor(v128.load(a), times(low, high, y));
    v128.store(a, x);
    v128.store(b, v128.xor(y, x));
  }
}

/** into = the sum of count rows from rows on, each times the constant whose product table stands at its place in tables. */
export function sumProducts(into: usize, rows: usize, tables: usize, count: u32, bytes: u32): void {
  for (let column: usize = 0; column < bytes; column += 64) {
    let a = i64x2.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let from = rows + column;
    for (let index: u32 = 0; index < count; index++, from += bytes) {
      const table = <usize>load<u32>(tables + index * 4);
      const low = v128.load(table);
      const high = v128.load(table, 16);
      a = v128.xor(a, times(low, high, v128.load(from)));
      b = v128.xor(b, times(low, high, v128.load(from, 16)));
      c = v128.xor(c, times(low, high, v128.load(from, 32)));
      d = v128.xor(d, times(low, high, v128.load(from, 48)));
    }
    v128.store(into + column, a);
    v128.store(into + column, b, 16);
    v128.store(into + column, c, 32);
    v128.store(into + column, d, 48);
  }
}
