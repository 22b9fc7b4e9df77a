/** What a steady run says. Pure. */
import type { BenchmarkReport } from '../../support/benchmark.ts';
import { figure } from '../../support/figure.ts';
import { fitSlope, minuteFloors } from '../../support/memory-slope.ts';
import { PROGRAMS, type SteadyRun } from './steady-run.ts';

const MIB = 2 ** 20;

export function steadyReport(
  run: SteadyRun,
  { subjects, lifetimeSeconds }: { readonly subjects: number; readonly lifetimeSeconds: number },
): BenchmarkReport {
  const { seconds, issued, lapsed, leastLeftMs, tombstones, looks, lacking, cpuSeconds, memory } = run;
  const rows = PROGRAMS.map((program) => {
    const cpu = cpuSeconds[program];
    const samples = memory[program];
    const slope = fitSlope(minuteFloors(samples, (seconds * 1_000) / 2));
    return [
      program,
      `${((100 * cpu) / seconds).toFixed(1)}%`,
      issued === 0 ? '' : `${Math.round((1e6 * cpu) / issued)} µs`,
      `${mebibytes(Math.max(...samples.map(({ bytes }) => bytes)))} MiB`,
      slope === undefined ? '' : `${mebibytes(slope.perHour)} ± ${mebibytes(2 * slope.standardError)} MiB/h`,
    ];
  });
  const faults = [
    [lacking, 'looks at a subject found no good token'],
    [lapsed, 'tokens were issued after the one before had expired'],
    [tombstones, 'tokens were taken back, and nobody had ended'],
  ] as const;
  return {
    figures: [
      figure({
        name: 'issuer.steady.rate',
        unit: 'tokens/s',
        samples: [issued / seconds],
        limit: { what: 'one each lifetime', samples: [subjects / lifetimeSeconds] },
      }),
      figure({
        name: 'issuer.steady.least-left',
        unit: 's',
        samples: [leastLeftMs / 1_000],
        target: { of: 'value', atLeast: 0 },
      }),
    ],
    tables: [{ heads: ['program', 'of a core', 'a token', 'memory at most', 'memory grew by'], rows }],
    notes: [
      `${subjects} subjects with tokens of ${lifetimeSeconds} s for ${Math.round(seconds)} s: sender, UDP on the loopback, receiver and a real Kafka on this machine, EdDSA by a key file`,
      `at each of ${looks} looks a consumer that read along counted who had a good token: ${lacking} lacked one; late renewals: ${lapsed}; least-left is what was left of a token when its successor was read`,
      'CPU is user and system time of the whole process; "a token" is all that the program did meanwhile, divided by tokens issued. The consumer and what looks are in a process of their own',
      'memory: resident set every 5 s; the line goes through the least of each minute of the second half, ± two standard errors: caches and heap fill in the first, also without a leak',
    ],
    faults: faults.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])),
  };
}

function mebibytes(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
