/** Whether memory grows over hours, by a straight line through the floors of each minute. Pure. */

export interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

export interface Slope {
  readonly perHour: number;
  /** Of perHour; residuals that follow each other are counted as fewer. */
  readonly standardError: number;
  /** Minutes that the line goes through. */
  readonly points: number;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/**
 * The least of each minute: what lies between two collections is garbage, and says how often they come. Minutes before
 * `fromMs` are left out: caches fill, code is compiled.
 */
export function minuteFloors(samples: readonly Sample[], fromMs: number): readonly Sample[] {
  const floors = new Map<number, Sample>();
  for (const sample of samples) {
    if (sample.atMs < fromMs) continue;
    const minute = Math.floor(sample.atMs / MINUTE_MS);
    const floor = floors.get(minute);
    if (floor === undefined || sample.bytes < floor.bytes) floors.set(minute, sample);
  }
  return [...floors.values()];
}

/** Least squares; undefined for fewer than three points. */
export function fitSlope(points: readonly Sample[]): Slope | undefined {
  if (points.length < 3) return undefined;
  const hours = points.map(({ atMs }) => atMs / HOUR_MS);
  const bytes = points.map(({ bytes }) => bytes);
  const [meanHour, meanBytes] = [mean(hours), mean(bytes)];
  const spread = sum(hours.map((hour) => (hour - meanHour) ** 2));
  const perHour = sum(hours.map((hour, index) => (hour - meanHour) * ((bytes[index] as number) - meanBytes))) / spread;
  const residuals = bytes.map((value, index) => value - meanBytes - perHour * ((hours[index] as number) - meanHour));
  const variance = sum(residuals.map((residual) => residual ** 2)) / (points.length - 2);
  return { perHour, standardError: Math.sqrt(variance / spread) * inflation(residuals), points: points.length };
}

/**
 * `above`: surely, by more than two standard errors. `unsure`: the error is more than half of the bound, so noise alone would hide
 * a slope of twice the bound; that is no pass.
 */
export function judgeSlope({ perHour, standardError }: Slope, boundPerHour: number): 'within' | 'above' | 'unsure' {
  if (perHour - 2 * standardError > boundPerHour) return 'above';
  return standardError > boundPerHour / 2 ? 'unsure' : 'within';
}

/** n points whose residuals have the correlation r from one to the next are worth n·(1 − r)/(1 + r) (AR(1)). */
function inflation(residuals: readonly number[]): number {
  const total = sum(residuals.map((residual) => residual ** 2));
  if (total === 0) return 1;
  const following = sum(residuals.slice(1).map((residual, index) => residual * (residuals[index] as number)));
  const r = Math.min(Math.max(following / total, 0), 0.9);
  return Math.sqrt((1 + r) / (1 - r));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
