// The kernel's whole memory, fixed when it is compiled: it never allocates and cannot grow.
//
//   page 0       tables, about 12 KiB: products 8192, exponents 512, logarithms 256, their spectrum 1024,
//                locator 1024, wanted 1028, present 256, few erasures 224 bytes
//   pages 1..35  256 slots of at most 8960 bytes: 2,293,760 bytes, exactly 35 pages of 65,536
//
// A slot holds one symbol, and its index is the symbol's point of evaluation:
//
//   0 .. M-1      repair symbols
//   M .. M+k-1    source symbols
//   M+k .. 255    zero: the code is shortened to k source symbols

export const POINTS: u32 = 256;
export const MAX_SOURCE_COUNT: u32 = 240;
export const MAX_REPAIR_CAPACITY: u32 = 128;
export const SYMBOL_GRAIN_BYTES: u32 = 64;
export const MAX_SYMBOL_BYTES: u32 = 8960;

/** One byte a slot, set by the host before decodeBlock: 1 where the slot holds a received symbol. */
export const presentAt: usize = memory.data(256);

/** Where slot 0 begins; slots lie symbolBytes apart. */
export const slotsAt: usize = 65536;
