/** Resident memory of running programs, looked at again and again, and whether it grew with the records of a phase. */
import { fitSlope, type Sample as MemorySample } from '../../support/memory-slope.ts';
import { peakBytesOf, resetPeak, residentBytes } from '../../support/process-usage.ts';

const EVERY_MS = 200;
/** Of the second half of a phase; the least of each, since what lies between two collections is garbage. */
const WINDOWS = 8;

export interface PhaseMemory {
  /** VmHWM of the phase; the greatest of the looks where the kernel does not let it begin anew. */
  readonly peakBytes: number;
  /** By a straight line through the floors of the phase's second half; undefined where it was too short for one. */
  readonly bytesPerRecord: number | undefined;
}

/** Looks at each process until `stop`. */
export class ResidentSampler {
  readonly #samples = new Map<string, MemorySample[]>();
  /** Whose peak began anew with this. */
  readonly #reset: ReadonlyMap<string, number>;
  readonly #timer: NodeJS.Timeout;

  /** Process ids by name. */
  constructor(pids: Readonly<Record<string, number>>) {
    this.#reset = new Map(Object.entries(pids).filter(([, pid]) => resetPeak(pid)));
    const look = () => {
      for (const [name, pid] of Object.entries(pids)) {
        const samples = this.#samples.get(name) ?? [];
        samples.push({ atMs: performance.now(), bytes: residentBytes(pid) });
        this.#samples.set(name, samples);
      }
    };
    look();
    this.#timer = setInterval(look, EVERY_MS);
  }

  /** What each had since the start; `records` went through meanwhile. */
  stop(records: number): ReadonlyMap<string, PhaseMemory> {
    clearInterval(this.#timer);
    return new Map(
      [...this.#samples].map(([name, samples]) => {
        const pid = this.#reset.get(name);
        return [name, phaseMemory(samples, records, pid && peakBytesOf(pid))];
      }),
    );
  }
}

/** Pure. `samples`: at least one, in order; the records came evenly over them. `peakBytes`: where the kernel knows it. */
export function phaseMemory(samples: readonly MemorySample[], records: number, peakBytes = 0): PhaseMemory {
  const [first, last] = [samples[0] as MemorySample, samples.at(-1) as MemorySample];
  const tookMs = last.atMs - first.atMs;
  const slope = fitSlope(floors(samples, first.atMs + tookMs / 2, last.atMs));
  return {
    peakBytes: samples.reduce((peak, { bytes }) => Math.max(peak, bytes), peakBytes),
    bytesPerRecord: slope && (slope.perHour * (tookMs / HOUR_MS)) / records,
  };
}

const HOUR_MS = 3_600_000;

function floors(samples: readonly MemorySample[], fromMs: number, toMs: number): readonly MemorySample[] {
  const least = new Map<number, MemorySample>();
  for (const sample of samples) {
    if (sample.atMs < fromMs) continue;
    const window = Math.min(WINDOWS - 1, Math.floor((WINDOWS * (sample.atMs - fromMs)) / (toMs - fromMs)));
    const floor = least.get(window);
    if (floor === undefined || sample.bytes < floor.bytes) least.set(window, sample);
  }
  return [...least.values()];
}
