/** What a file of bench/benchmarks exports, as `benchmark`; the file has the benchmark's name. */

import type { SelfTime } from './cpu-profile.ts';
import type { Figure } from './figure.ts';

export interface Benchmark {
  /** On the command line, and before the first dot of its figures. */
  readonly name: string;
  readonly title: string;
  /** What this machine lacks for it, with the cure; undefined where it can run. */
  missing(): string | undefined;
  run(context: BenchmarkContext): Promise<BenchmarkReport>;
}

export interface BenchmarkContext {
  /** Small sizes and few runs: shows that it works, and no figure to quote. */
  readonly isQuick: boolean;
  /** One run with the profiler on, whose figures are not to be quoted either. */
  readonly isProfiled: boolean;
  readonly seed: number;
  /** Timed runs, after the warm-up. */
  readonly runCount: number;
  /** Of a long form, where the benchmark has one. */
  readonly minutes: number | undefined;
  /** Its own, empty, removed afterwards where all went well. */
  readonly directory: string;
  say(text: string): void;
}

export interface BenchmarkReport {
  readonly figures: readonly Figure[];
  /** What a list of figures would tear apart. */
  readonly tables?: readonly BenchmarkTable[];
  /** What a reader of the figures must know: sizes, the rig that was used, what bounded it. */
  readonly notes: readonly string[];
  /** What came out wrong: missing, doubled, altered. Slow is not wrong. */
  readonly faults: readonly string[];
  /** What this machine lacks for a part of it, with the cure. */
  readonly leftOut?: readonly string[];
  readonly profiles?: readonly ProgramProfile[];
}

export interface BenchmarkTable {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface ProgramProfile {
  readonly program: string;
  readonly costs: readonly SelfTime[];
  /** Of the main thread, while the clock ran. */
  readonly busySeconds: number;
  /** In the audit log, from making an entry to its sync; absent where there is none. */
  readonly auditSeconds?: number;
  readonly idleSeconds: number;
}
