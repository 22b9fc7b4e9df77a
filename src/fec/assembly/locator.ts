// The error locator: the polynomial that is zero at the erased points, evaluated at all points at once.
//
// Its logarithm at point i is the sum of log(i + j) over the erased j, leaving out j = i (so that at an
// erased point it is the locator's derivative). Adding points is XOR, so this is an XOR convolution of
// the erasures with the logarithms: a Walsh-Hadamard transform of each, multiplied, transformed back.
// Logarithms count modulo 255, where 256 is 1: transforming twice needs no division.

import { GROUP_ORDER, logarithmOf } from './field';
import { POINTS } from './memory';

const logarithmSpectrumAt: usize = memory.data(256 * 4, 4);
const locatorAt: usize = memory.data(256 * 4, 4);

/** Transforms the logarithms; once, after the field's tables are filled. */
export function fillLocatorTables(): void {
  for (let label: u32 = 0; label < POINTS; label++) setEntry(logarithmSpectrumAt, label, logarithmOf(label));
  transform(logarithmSpectrumAt);
  for (let i: u32 = 0; i < POINTS; i++) setEntry(logarithmSpectrumAt, i, reduce(entry(logarithmSpectrumAt, i)));
}

/** Says whether point is erased; for all 256 before evaluateLocator. */
// @ts-ignore: decorator
@inline
export function setErased(point: u32, erased: bool): void {
  setEntry(locatorAt, point, i32(erased));
}

/**
 * Turns erasures into the logarithms of the locator, 0..254.
 * Nothing overflows: at most 128 erasures give |sums| <= 128, products are reduced below 255,
 * and 256 of those stay below 65,536.
 */
export function evaluateLocator(): void {
  transform(locatorAt);
  for (let i: u32 = 0; i < POINTS; i++) {
    setEntry(locatorAt, i, reduce(entry(locatorAt, i) * entry(logarithmSpectrumAt, i)));
  }
  transform(locatorAt);
  for (let i: u32 = 0; i < POINTS; i++) setEntry(locatorAt, i, reduce(entry(locatorAt, i)));
}

/** The logarithm of the locator at point, 0..254. */
export function locatorLogarithm(point: u32): u32 {
  return entry(locatorAt, point);
}

function transform(entries: usize): void {
  for (let reach: u32 = 1; reach < POINTS; reach <<= 1) {
    for (let group: u32 = 0; group < POINTS; group += 2 * reach) {
      for (let i = group; i < group + reach; i++) {
        const a = entry(entries, i);
        const b = entry(entries, i + reach);
        setEntry(entries, i, a + b);
        setEntry(entries, i + reach, a - b);
      }
    }
  }
}

function reduce(value: i32): i32 {
  const rest = value % <i32>GROUP_ORDER;
  return rest < 0 ? rest + <i32>GROUP_ORDER : rest;
}

// @ts-ignore: decorator
@inline
function entry(entries: usize, index: u32): i32 {
  return load<i32>(entries + index * 4);
}

// @ts-ignore: decorator
@inline
function setEntry(entries: usize, index: u32, value: i32): void {
  store<i32>(entries + index * 4, value);
}
