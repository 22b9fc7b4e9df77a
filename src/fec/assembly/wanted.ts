// Which points the last transform must bring out. Whole groups of butterflies that reach none are skipped.

import { POINTS } from './memory';

// Entry p is the number of wanted points below p, so a range is asked about with one subtraction.
const countsAt: usize = memory.data(257 * 4, 4);

/** Asks for the points below count only. */
export function wantBelow(count: u32): void {
  store<u32>(countsAt, 0);
  for (let point: u32 = 0; point < POINTS; point++) wantNext(point, point < count);
}

/** Says whether point is wanted; in ascending order from 0. */
// @ts-ignore: decorator
@inline
export function wantNext(point: u32, wanted: bool): void {
  store<u32>(countsAt + (point + 1) * 4, load<u32>(countsAt + point * 4) + u32(wanted));
}

// @ts-ignore: decorator
@inline
export function wantsAny(first: u32, count: u32): bool {
  return load<u32>(countsAt + (first + count) * 4) != load<u32>(countsAt + first * 4);
}
