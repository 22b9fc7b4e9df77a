// GF(2^8) under the labels that Lin, Chung and Han's transform wants ("Novel Polynomial Basis with
// Fast Fourier Transform and Its Application to Reed-Solomon Erasure Codes", 2016).
//
// An element's label is its coordinates in a Cantor basis (v0 = 1, v[i+1]^2 + v[i+1] = v[i]) of
// GF(2)[x] / (x^8 + x^4 + x^3 + x^2 + 1). Adding stays XOR. In this basis the subspace polynomial of
// v0..v[j-1] maps v[i] to v[i-j], so the twiddle factors are plain shifts (transform.ts).

const POLYNOMIAL: u32 = 0x11d;
const CANTOR_BASIS: StaticArray<u8> = [1, 214, 152, 146, 86, 200, 88, 230];

/** The order of the multiplicative group: logarithms are taken modulo this. */
export const GROUP_ORDER: u32 = 255;

// A product table is 16 products with the low nibble, then 16 with the high one.
const PRODUCT_TABLE_BYTES: u32 = 32;

const productsAt: usize = memory.data(256 * 32, 16);
const logarithmsAt: usize = memory.data(256);
// Twice the period, so that the sum of two logarithms needs no reduction.
const exponentsAt: usize = memory.data(512);

/** The logarithm of a label other than 0; 0 for 0. */
// @ts-ignore: decorator
@inline
export function logarithmOf(label: u32): u32 {
  return load<u8>(logarithmsAt + label);
}

/** The label whose logarithm is exponent, 0..509. */
// @ts-ignore: decorator
@inline
export function labelOf(exponent: u32): u32 {
  return load<u8>(exponentsAt + exponent);
}

/** Where the 32 bytes of products with factor lie. */
// @ts-ignore: decorator
@inline
export function productTable(factor: u32): usize {
  return productsAt + factor * PRODUCT_TABLE_BYTES;
}

/** Fills the tables; once, when the kernel starts. */
export function fillFieldTables(): void {
  let power: u32 = 1;
  for (let exponent: u32 = 0; exponent < GROUP_ORDER; exponent++) {
    const label = labelOfElement(power);
    store<u8>(exponentsAt + exponent, label);
    store<u8>(exponentsAt + exponent + GROUP_ORDER, label);
    store<u8>(logarithmsAt + label, exponent);
    power <<= 1;
    if (power > 255) power ^= POLYNOMIAL;
  }
  for (let factor: u32 = 0; factor < 256; factor++) {
    const table = productTable(factor);
    for (let nibble: u32 = 0; nibble < 16; nibble++) {
      store<u8>(table + nibble, product(factor, nibble));
      store<u8>(table + 16 + nibble, product(factor, nibble << 4));
    }
  }
}

function product(a: u32, b: u32): u32 {
  return a == 0 || b == 0 ? 0 : labelOf(logarithmOf(a) + logarithmOf(b));
}

/** The label of an element in the polynomial basis, by trying all: 65,536 steps, at the start only. */
function labelOfElement(element: u32): u32 {
  let label: u32 = 0;
  while (elementOf(label) != element) label++;
  return label;
}

function elementOf(label: u32): u32 {
  let element: u32 = 0;
  for (let bit: u32 = 0; bit < 8; bit++) {
    if ((label >> bit) & 1) element ^= unchecked(CANTOR_BASIS[bit]);
  }
  return element;
}
