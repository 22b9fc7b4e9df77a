/** Resident memory of each program: at full rate, with a million records that wait, and while they are caught up with. */
import type { Benchmark, BenchmarkContext, BenchmarkReport } from '../support/benchmark.ts';
import { type Figure, figure, type Target } from '../support/figure.ts';
import { canRunKafka, startKafka } from '../support/kafka.ts';
import { type MemoryRun, runPhases, type Sizes } from './memory/phases.ts';

/** So many that the second half of each phase is behind compilers, caches and the first pass over all subjects. */
const FULL: Sizes = { rate: 1_000_000, backlog: 1_000_000 };
const QUICK: Sizes = { rate: 2_000, backlog: 5_000 };
const RESOURCE_BYTES = 500;
const SUBJECTS = 100_000;
const MB = 1_000_000;
const PEAK: Target = { of: 'value', atMost: 300 };
/** Neither a record nor an entry of an index for it stays in memory: either would take more. */
const FLAT: Target = { of: 'value', atMost: 20 };
/** Each with the program that it is about. */
const PLACES = [
  'rate.sender',
  'rate.receiver',
  'backlog.receiver',
  'backlog.sender',
  'catch-up.receiver',
  'slow-link.sender',
] as const;

export const benchmark: Benchmark = {
  name: 'memory',
  title: 'resident memory at full rate and with a million records that wait',
  missing: () => (canRunKafka() ? undefined : 'a real Kafka needs Java 17, Maven, kcat and openssl (bash .ci/install)'),
  run,
};

/** One run: it takes some seven minutes, and the slope within it says more than the median of five. */
async function run({ directory, isQuick, seed, say }: BenchmarkContext): Promise<BenchmarkReport> {
  const sizes = isQuick ? QUICK : FULL;
  const series = { seed, resourceBytes: RESOURCE_BYTES, subjects: isQuick ? 1_000 : SUBJECTS, firstSubject: 0 };
  const kafka = await startKafka({ jvm: 'server' });
  let result: MemoryRun;
  try {
    result = await runPhases({ kafka, directory, series, sizes, say });
  } finally {
    await kafka.stop();
  }
  const thousands = (count: number) => count.toLocaleString('en-US');
  return {
    figures: PLACES.flatMap((place) => placeFigures(place, result, isQuick)),
    notes: [
      `rate: ${thousands(sizes.rate)} deltas of ${RESOURCE_BYTES} bytes through both programs into Kafka, as fast as they go`,
      `backlog: ${thousands(sizes.backlog)} more while the broker is down, all of them in the receiver's spool at the end; catch-up: the broker is back, until all is published and compared with its source`,
      `slow-link: ${thousands(sizes.backlog)} in the journal of a sender whose link carries 16 kbit/s, and so next to none of them`,
      'peak: VmHWM, which begins anew with each phase; growth: of VmRSS, looked at five times a second, by a straight line through the floors of the second half of a phase',
      `one run, seconds of its phases: ${Object.values(result.seconds).map(Math.round).join(', ')}`,
    ],
    faults: result.faults,
  };
}

function placeFigures(place: string, { memory }: MemoryRun, isQuick: boolean): Figure[] {
  const measured = memory.get(place);
  if (measured === undefined) return [];
  const { peakBytes, bytesPerRecord } = measured;
  const peak = { name: `memory.${place}.peak`, unit: 'MB', samples: [peakBytes / MB], target: PEAK };
  // What a short phase adds is of compilers and caches.
  if (isQuick || bytesPerRecord === undefined) return [figure(peak)];
  const growth = { name: `memory.${place}.growth`, unit: 'bytes/record', samples: [bytesPerRecord], target: FLAT };
  return [figure(peak), figure(growth)];
}
