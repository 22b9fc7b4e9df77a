/** Percentiles by sorting: a benchmark has some ten thousand times, so nothing need be rounded into buckets. Pure. */

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Nearest rank: the least of the times that so large a part of them does not exceed. At least one time. */
export function percentilesOf(times: readonly number[]): Percentiles {
  const sorted = Float64Array.from(times).sort();
  if (sorted.length === 0) throw new Error('percentiles of no times');
  const at = (part: number) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] as number;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1) };
}
