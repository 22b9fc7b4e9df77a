/**
 * In a tenth of the runs over a slow link it runs at a constant rate: padding fills it, and symbols are veiled. Drawn from
 * numbers of its own, so that all other seeds mean what they meant.
 */
import type { LaneCipher } from '../../src/crypto/lane-cipher.ts';
import {
  DATAGRAM_KIND,
  datagramKind,
  readDatagramHeader,
  readVeiledPlace,
  VEILED_HEADER_BYTES,
  writeDatagramHeader,
} from '../../src/wire/datagram.ts';
import { keptBefore } from './kept-seeds.ts';
import { Random } from './random.ts';

const BEFORE = keptBefore('rate');
/** Of padding, a faster one brings tens of thousands of datagrams, as do shorter symbols. */
const MAX_RATE = 1_000_000;
const MIN_SYMBOL_BYTES = 512;

export function isConstantRate(
  seed: number,
  link: { readonly rateBitsPerSecond: number; readonly symbolBytes: number },
): boolean {
  const isSlow = link.rateBitsPerSecond <= MAX_RATE && link.symbolBytes >= MIN_SYMBOL_BYTES;
  return new Random(seed ^ 0x4c_0a_57).chance(0.1) && isSlow && !BEFORE.has(seed);
}

/** A datagram of the sender's own as one of a symbol in the clear, but for the symbol; undefined where it has none. */
export function inTheClear(datagram: Buffer, cipher: LaneCipher | undefined): Buffer | undefined {
  const kind = datagramKind(datagram);
  if (kind === DATAGRAM_KIND.symbol) return datagram;
  if (kind !== DATAGRAM_KIND.veiled) return undefined;
  const header = readDatagramHeader(datagram);
  const opened = Buffer.from(datagram);
  if (cipher?.open(opened, VEILED_HEADER_BYTES) !== true) throw new Error('a veiled datagram does not open');
  const place = readVeiledPlace(opened.subarray(VEILED_HEADER_BYTES));
  if (place === undefined) return undefined;
  const clear = Buffer.alloc(datagram.length);
  writeDatagramHeader(clear, 0, { ...header, ...place, kind: DATAGRAM_KIND.symbol });
  return clear;
}
