/**
 * How the age file of a bundle lies on its volumes. docs/wire-format.md, "Volumes". Pure arithmetic.
 *
 *   stripe s = cipher bytes s·k·Q … : column 0 | column 1 | … | column k−1 | spare columns
 *   volume v = column v of stripe 0, of stripe 1, …    (each column of a stripe is a segment)
 *
 * With one volume and no spare the volume is the age file itself.
 */
import { MEDIA_LIMITS, WIRE_LIMITS } from '../limits.ts';

export interface VolumeShape {
  /** k of the FEC code, from 1. */
  readonly dataVolumes: number;
  /** m of the FEC code: how many volumes may be lost; 0 for none. */
  readonly spareVolumes: number;
  /** Q, a column of every stripe but the last: a multiple of 64. */
  readonly segmentBytes: number;
  /** Length of the age file. */
  readonly cipherBytes: number;
}

export interface Stripe {
  /** From 0. */
  readonly index: number;
  /** How much of the age file is in it, over all data columns. */
  readonly bytes: number;
  /** The byte of the age file at which it begins. */
  readonly offset: number;
  /** Length of a column, a multiple of 64; data columns are filled up with zero bytes that no volume stores. */
  readonly columnBytes: number;
}

/** Whether a shape, as a manifest brings it, is whole and within the bounds of MEDIA_LIMITS. */
export function isVolumeShape({ dataVolumes, spareVolumes, segmentBytes, cipherBytes }: VolumeShape): boolean {
  const { maxVolumes, maxSegmentBytes, maxSegments } = MEDIA_LIMITS;
  const isCount = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;
  if (!isCount(dataVolumes, 1) || !isCount(spareVolumes, 0) || dataVolumes + spareVolumes > maxVolumes) return false;
  if (!isCount(segmentBytes, WIRE_LIMITS.symbolStepBytes) || segmentBytes > maxSegmentBytes) return false;
  if (segmentBytes % WIRE_LIMITS.symbolStepBytes !== 0 || !isCount(cipherBytes, 1)) return false;
  return Math.ceil(cipherBytes / (dataVolumes * segmentBytes)) * (dataVolumes + spareVolumes) <= maxSegments;
}

export function stripeCount({ dataVolumes, segmentBytes, cipherBytes }: VolumeShape): number {
  return Math.ceil(cipherBytes / (dataVolumes * segmentBytes));
}

export function stripeAt(shape: VolumeShape, index: number): Stripe {
  const { dataVolumes, segmentBytes, cipherBytes } = shape;
  const offset = index * dataVolumes * segmentBytes;
  const bytes = Math.min(dataVolumes * segmentBytes, cipherBytes - offset);
  const step = WIRE_LIMITS.symbolStepBytes;
  return { index, offset, bytes, columnBytes: step * Math.ceil(Math.ceil(bytes / dataVolumes) / step) };
}

/** Bytes of one segment as a volume stores it; a data volume's may be 0 in the last stripe. */
export function storedBytes(shape: VolumeShape, { bytes, columnBytes }: Stripe, volume: number): number {
  if (volume >= shape.dataVolumes) return columnBytes;
  return Math.min(columnBytes, Math.max(0, bytes - volume * columnBytes));
}

/** M of the FEC code: the least power of two that has room for the spare volumes. Undefined without any. */
export function repairCapacity(spareVolumes: number): number | undefined {
  return spareVolumes === 0 ? undefined : 2 ** Math.max(1, Math.ceil(Math.log2(spareVolumes)));
}
