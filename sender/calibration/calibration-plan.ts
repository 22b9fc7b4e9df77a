/**
 * What a calibration sends, step by step: rates at the length that the config sends, then other lengths and bursts at the
 * lowest of the rates, so that what they show is theirs. Pure.
 */
import { CALIBRATION_LIMITS } from '../../src/limits.ts';
import type { CalibrationStep } from '../../src/wire/calibration.ts';
import { HEADER_BYTES, TAG_BYTES } from '../../src/wire/datagram.ts';

export interface SweepWish {
  readonly fromBitsPerSecond: number;
  readonly toBitsPerSecond: number;
  /** How many rates, equally far apart in proportion. */
  readonly rates: number;
  /** Of each step. */
  readonly seconds: number;
  /** Of link.symbolBytes. */
  readonly symbolBytes: number;
  /** Others that are tried. */
  readonly sizes: readonly number[];
  readonly bursts: readonly number[];
}

export interface PlannedStep extends CalibrationStep {
  /** Probes. */
  readonly count: number;
}

/** `wireBytesOf`: what a datagram of so many bytes takes of the link. */
export function planSweep(wish: SweepWish, wireBytesOf: (datagramBytes: number) => number): readonly PlannedStep[] {
  const { fromBitsPerSecond, symbolBytes, sizes, bursts, seconds } = wish;
  const step = (rateBitsPerSecond: number, symbol: number, burst: number): PlannedStep => {
    const datagramBytes = HEADER_BYTES + symbol + TAG_BYTES;
    const wireBytes = wireBytesOf(datagramBytes);
    const { minStepDatagrams, minBursts, maxStepDatagrams } = CALIBRATION_LIMITS;
    const wanted = Math.ceil((rateBitsPerSecond * seconds) / (8 * wireBytes));
    const whole = burst === 0 ? wanted : burst * Math.max(minBursts, Math.ceil(wanted / burst));
    const count = Math.min(Math.max(whole, minStepDatagrams), maxStepDatagrams);
    return { rateBitsPerSecond, datagramBytes, wireBytes, burst, count };
  };
  const others = sizes.filter((size, at) => size !== symbolBytes && sizes.indexOf(size) === at);
  return [
    ...ratesOf(wish).map((rate) => step(rate, symbolBytes, 0)),
    ...others.map((size) => step(fromBitsPerSecond, size, 0)),
    ...bursts.map((burst) => step(fromBitsPerSecond, symbolBytes, burst)),
  ];
}

/** How long it takes where the sender keeps up. */
export function sweepMs(steps: readonly PlannedStep[]): number {
  return steps.reduce((sum, step) => sum + stepMs(step) + restMs(step), 0);
}

export function stepMs({ count, wireBytes, rateBitsPerSecond }: PlannedStep): number {
  return (count * wireBytes * 8_000) / rateBitsPerSecond;
}

/** Nothing is sent behind a step for so long, but for its marks. */
export function restMs(step: PlannedStep): number {
  return Math.min(CALIBRATION_LIMITS.restMs, Math.max(CALIBRATION_LIMITS.minRestMs, stepMs(step) / 4));
}

function ratesOf({ fromBitsPerSecond, toBitsPerSecond, rates }: SweepWish): readonly number[] {
  if (rates === 1) return [toBitsPerSecond];
  const factor = (toBitsPerSecond / fromBitsPerSecond) ** (1 / (rates - 1));
  return Array.from({ length: rates }, (_, at) => Math.round(fromBitsPerSecond * factor ** at));
}
