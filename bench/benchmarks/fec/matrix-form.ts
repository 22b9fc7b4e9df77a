/**
 * The same code as src/fec by the book: each repair symbol is a sum of all source symbols, each times a constant out of a
 * Cauchy matrix, byte by byte through tables. It shares nothing with the kernel, so equal repair symbols prove both. Pure.
 */

/** x^8 + x^4 + x^3 + x^2 + 1. */
const POLYNOMIAL = 0x11d;
/** v0 = 1, v[i+1]^2 + v[i+1] = v[i]: a label of docs/wire-format.md is an element's coordinates in it. */
const CANTOR_BASIS = [1, 214, 152, 146, 86, 200, 88, 230] as const;

export interface MatrixForm {
  /** The first m of the block's repair symbols, in memory of their own. */
  encode(source: readonly Uint8Array[]): Uint8Array[];
}

/** For blocks of `sourceCount` and `repairCapacity`, the first `repairCount` of its repair symbols. */
export function matrixForm(block: {
  readonly sourceCount: number;
  readonly repairCapacity: number;
  readonly repairCount: number;
}): MatrixForm {
  const products = productTables();
  const rows = Array.from({ length: block.repairCount }, (_, x) =>
    Array.from({ length: block.sourceCount }, (__, index) => {
      const y = block.repairCapacity + index;
      return products.of(products.quotient(Math.floor(y / block.repairCapacity), x ^ y));
    }),
  );
  return {
    encode: (source) =>
      rows.map((row) => {
        const repair = new Uint8Array(source[0]?.length ?? 0);
        for (let index = 0; index < row.length; index++) {
          addProduct(repair, source[index] as Uint8Array, row[index] as Uint8Array);
        }
        return repair;
      }),
  };
}

function addProduct(into: Uint8Array, from: Uint8Array, table: Uint8Array): void {
  for (let at = 0; at < into.length; at++) into[at] = (into[at] as number) ^ (table[from[at] as number] as number);
}

interface Products {
  /** All products with a label. */
  of(label: number): Uint8Array;
  /** a / b; b is not 0. */
  quotient(a: number, b: number): number;
}

function productTables(): Products {
  const elements = Array.from({ length: 256 }, (_, label) => elementOf(label));
  const labels = elements.reduce(
    (found, element, label) => found.fill(label, element, element + 1),
    new Uint8Array(256),
  );
  const tables = elements.map((a) => Uint8Array.from(elements, (b) => labels[times(a, b)] as number));
  const of = (label: number) => tables[label] as Uint8Array;
  return { of, quotient: (a, b) => tables.findIndex((table) => table[b] === a) };
}

function elementOf(label: number): number {
  return CANTOR_BASIS.reduce((sum, element, bit) => ((label >> bit) & 1 ? sum ^ element : sum), 0);
}

/** In the polynomial basis. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product <<= 1;
    if (product > 255) product ^= POLYNOMIAL;
    if ((b >> bit) & 1) product ^= a;
  }
  return product;
}
