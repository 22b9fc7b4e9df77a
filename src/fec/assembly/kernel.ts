// The Reed-Solomon kernel that faces bytes from the link: two functions over a fixed memory.
//
// The host writes symbols into slots (memory.ts), calls, and reads symbols out. Each function checks its
// arguments against the memory before it touches a slot, and traps on what the host must never pass.

import { GROUP_ORDER, fillFieldTables, labelOf } from './field';
import { choosePoints, findInverseRow, isSolvedFaster, missingPoint, repairPoint } from './few-erasures';
import { evaluateLocator, fillLocatorTables, locatorLogarithm, setErased } from './locator';
import {
  MAX_REPAIR_CAPACITY, MAX_SOURCE_COUNT, MAX_SYMBOL_BYTES, POINTS, SYMBOL_GRAIN_BYTES, presentAt, slotsAt,
} from './memory';
import { addRow, scaleRow, sumProducts } from './rows';
import { coefficientsToValues, differentiate, valuesToCoefficients } from './transform';
import { wantBelow, wantNext, wantsAny } from './wanted';

export { presentAt, slotsAt };

/** Of one row of the inverse: an address for each of at most 32 entries. */
const tablesAt: usize = memory.data(32 * 4, 4);

fillFieldTables();
fillLocatorTables();

/**
 * Computes the first repairCount repair symbols into slots M .. M+repairCount-1, from the source symbols in
 * slots M .. M+k-1, which are lost.
 */
export function encodeBlock(sourceCount: u32, repairCapacity: u32, repairCount: u32, symbolBytes: u32): void {
  if (!fits(sourceCount, repairCapacity, symbolBytes) || repairCount > repairCapacity) unreachable();
  wantBelow(repairCount);
  sourceToRepair(repairCapacity, repairCapacity + sourceCount, symbolBytes);
}

/**
 * Computes the missing source symbols into their slots, from the symbols in the slots that presentAt marks,
 * which are lost. At most M of the k+M slots may be unmarked; what unmarked slots hold is ignored.
 */
export function decodeBlock(sourceCount: u32, repairCapacity: u32, symbolBytes: u32): void {
  if (!fits(sourceCount, repairCapacity, symbolBytes)) unreachable();
  const sourceEnd = repairCapacity + sourceCount;
  if (markErasures(repairCapacity, sourceEnd, symbolBytes) > repairCapacity) unreachable();
  const count = ceilPowerOfTwo(sourceEnd);
  const missing = choosePoints(repairCapacity, sourceEnd);
  if (isSolvedFaster(missing, count)) solveMissing(missing, repairCapacity, sourceEnd, symbolBytes);
  else interpolateMissing(repairCapacity, sourceEnd, count, symbolBytes);
}

/** See few-erasures.ts. */
function solveMissing(missing: u32, repairCapacity: u32, sourceEnd: u32, symbolBytes: u32): void {
  for (let point: u32 = 0, rank: u32 = 0; point < POINTS; point++) {
    const isChosen = rank < missing && repairPoint(rank) == point;
    wantNext(point, isChosen);
    rank += u32(isChosen);
  }
  sourceToRepair(repairCapacity, sourceEnd, symbolBytes);
  // Side by side in slots 0 .. missing-1; a chosen point is never below its rank.
  for (let rank: u32 = 0; rank < missing; rank++) {
    const x = repairPoint(rank);
    addRow(slot(x, symbolBytes), slot(repairCapacity + x, symbolBytes), symbolBytes);
    if (x != rank) memory.copy(slot(rank, symbolBytes), slot(x, symbolBytes), symbolBytes);
  }
  for (let rank: u32 = 0; rank < missing; rank++) {
    findInverseRow(tablesAt, rank, missing, repairCapacity);
    sumProducts(slot(missingPoint(rank), symbolBytes), slotsAt, tablesAt, missing, symbolBytes);
  }
}

/**
 * With L the locator of the erased points and f the block's polynomial, f*L is known everywhere (zero where
 * f is not known), has a degree below count, and (f*L)' = f*L' at the erased points.
 */
function interpolateMissing(repairCapacity: u32, sourceEnd: u32, count: u32, symbolBytes: u32): void {
  clearSlots(sourceEnd, count, symbolBytes);
  evaluateLocator();

  for (let point: u32 = 0; point < sourceEnd; point++) {
    if (isPresent(point)) scaleRow(slot(point, symbolBytes), labelOf(locatorLogarithm(point)), symbolBytes);
  }
  valuesToCoefficients(slotsAt, 0, count, sourceEnd, symbolBytes);
  differentiate(slotsAt, count, symbolBytes);
  coefficientsToValues(slotsAt, count, symbolBytes);
  for (let point = repairCapacity; point < sourceEnd; point++) {
    if (!wantsAny(point, 1)) continue;
    scaleRow(slot(point, symbolBytes), labelOf(GROUP_ORDER - locatorLogarithm(point)), symbolBytes);
  }
}

/**
 * Each run of M source symbols is a polynomial of its own; their sum, taken in the slots of the first run, has the wanted
 * repair symbols as its values: the one at point x in slot M+x.
 */
function sourceToRepair(repairCapacity: u32, sourceEnd: u32, symbolBytes: u32): void {
  clearSlots(sourceEnd, roundUp(sourceEnd, repairCapacity), symbolBytes);
  const sum = slot(repairCapacity, symbolBytes);
  for (let first = repairCapacity; first < sourceEnd; first += repairCapacity) {
    const run = slot(first, symbolBytes);
    valuesToCoefficients(run, first, repairCapacity, min(repairCapacity, sourceEnd - first), symbolBytes);
    if (first > repairCapacity) addRow(sum, run, repairCapacity * symbolBytes);
  }
  coefficientsToValues(sum, repairCapacity, symbolBytes);
}

/** Tells the locator what is erased and the transform what is wanted; returns the number of erasures. */
function markErasures(repairCapacity: u32, sourceEnd: u32, symbolBytes: u32): u32 {
  let erasures: u32 = 0;
  for (let point: u32 = 0; point < POINTS; point++) {
    const erased = point < sourceEnd && !isPresent(point);
    setErased(point, erased);
    wantNext(point, erased && point >= repairCapacity);
    if (!erased) continue;
    erasures++;
    clearSlots(point, point + 1, symbolBytes);
  }
  return erasures;
}

function isPresent(point: u32): bool {
  return load<u8>(presentAt + point) != 0;
}

function fits(sourceCount: u32, repairCapacity: u32, symbolBytes: u32): bool {
  return (
    sourceCount >= 1 && sourceCount <= MAX_SOURCE_COUNT &&
    repairCapacity >= 2 && repairCapacity <= MAX_REPAIR_CAPACITY && popcnt(repairCapacity) == 1 &&
    sourceCount + repairCapacity <= POINTS &&
    symbolBytes >= SYMBOL_GRAIN_BYTES && symbolBytes <= MAX_SYMBOL_BYTES && symbolBytes % SYMBOL_GRAIN_BYTES == 0
  );
}

function slot(point: u32, symbolBytes: u32): usize {
  return slotsAt + point * symbolBytes;
}

function clearSlots(first: u32, end: u32, symbolBytes: u32): void {
  memory.fill(slot(first, symbolBytes), 0, (end - first) * symbolBytes);
}

function roundUp(value: u32, powerOfTwo: u32): u32 {
  return (value + powerOfTwo - 1) & ~(powerOfTwo - 1);
}

function ceilPowerOfTwo(value: u32): u32 {
  return 1 << (32 - clz(value - 1));
}
