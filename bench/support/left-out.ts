/** What a machine cannot measure is said and left out; where everything is required, as .ci/run does, it is wrong as well. Pure. */
import type { BenchmarkReport } from './benchmark.ts';

export interface LeftOut {
  /** Of the benchmark. */
  readonly name: string;
  /** With the cure. */
  readonly missing: string;
}

export function isAllRequired(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment.DIODE_REQUIRE_ALL === '1';
}

/** A benchmark that cannot run here. */
export function leftOutReport(missing: string): BenchmarkReport {
  return { figures: [], leftOut: [missing], notes: [], faults: [] };
}

export function withLeftOutFaults(report: BenchmarkReport, isRequired: boolean): BenchmarkReport {
  if (!isRequired) return report;
  const faults = (report.leftOut ?? []).map((missing) => `DIODE_REQUIRE_ALL=1, but it was not measured: ${missing}`);
  return { ...report, faults: [...report.faults, ...faults] };
}
