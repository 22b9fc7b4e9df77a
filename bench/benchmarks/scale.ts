/**
 * Whether a record costs the same however many subjects there are, a byte however large the record is, and both where two
 * streams have a receiver each.
 */
import { join } from 'node:path';
import type { Benchmark, BenchmarkContext, BenchmarkReport } from '../support/benchmark.ts';
import { profileOf } from '../support/core-time.ts';
import { figure, type Measurement } from '../support/figure.ts';
import { canRunKafka } from '../support/kafka.ts';
import { openRecordIntake } from './scale/record-intake.ts';
import { runStretch } from './scale/scale-run.ts';
import { measureTableMemory } from './scale/table-memory.ts';
import { measureStreams } from './scale/two-streams.ts';

/** One series: what is varied, and the least of it, which the others are compared with. */
interface Place {
  readonly subjects: number;
  readonly resourceBytes: number;
  /** Of one run. */
  readonly records: number;
}

const SUBJECT_COUNTS = [1_000, 10_000, 100_000, 1_000_000] as const;
const QUICK_COUNTS = [1_000, 10_000] as const;
const RECORD_BYTES = [100, 500, 10_000, 100_000, 990_000] as const;
const SUBJECT_RECORD_BYTES = 500;
/** Transactions of one run: the garbage collector comes to some and not to others. */
const ROUNDS = 4;
const NO_STREAMS = 'two streams, which need a real Kafka (Java 17, Maven, kcat and openssl: bash .ci/install)';
/** Flat within 20%. */
const FLAT = { of: 'ratio', atMost: 1.2 } as const;

export const benchmark: Benchmark = {
  name: 'scale',
  title: 'cost of a record against the subjects in the tables, its size, and the streams side by side',
  missing: () => undefined,
  run,
};

async function run(context: BenchmarkContext): Promise<BenchmarkReport> {
  const tables = await measureTables(context);
  if (context.isProfiled) return tables;
  if (!canRunKafka()) return { ...tables, leftOut: [NO_STREAMS] };
  const { measurements, note, faults } = await measureStreams(context);
  return {
    figures: [...tables.figures, ...measurements.map(figure)],
    notes: [...tables.notes, note],
    faults: [...tables.faults, ...faults],
  };
}

async function measureTables(context: BenchmarkContext): Promise<BenchmarkReport> {
  const { directory, isQuick, isProfiled, seed, runCount, say } = context;
  const counts = isQuick ? QUICK_COUNTS : SUBJECT_COUNTS;
  const rounds = isQuick ? 1 : ROUNDS;
  const places: Place[] = [
    ...counts.map((subjects) => ({ subjects, resourceBytes: SUBJECT_RECORD_BYTES, records: isQuick ? 200 : 1_000 })),
    // Up to 8 MB in a run.
    ...RECORD_BYTES.map((resourceBytes) => ({
      subjects: 1_000,
      resourceBytes,
      records: Math.min(isQuick ? 100 : 800, Math.ceil((isQuick ? 1e6 : 8e6) / resourceBytes)),
    })),
  ];
  const open = places.map((place, at) => {
    if (place.subjects > 10_000) say(`${place.subjects} subjects into a table`);
    const path = join(directory, `${at}.db`);
    const intake = openRecordIntake(path, { ...place, seed });
    return { place, path, intake, sequence: 1, samples: [] as number[] };
  });
  const faults: string[] = [];
  const timeAll = () => {
    // The first run warms up and is thrown away.
    for (let run = 0; run <= runCount; run++) {
      for (const at of open) {
        let cpuSeconds = 0;
        for (let round = 0; round < rounds; round++) {
          const stretch = { ...at.place, seed, run: run * rounds + round, firstSequence: at.sequence };
          const result = runStretch(at.intake, stretch);
          at.sequence = result.nextSequence;
          cpuSeconds += result.cpuSeconds / rounds;
          faults.push(...result.faults.map((fault) => `${placeText(at.place)}, run ${run}: ${fault}`));
        }
        if (run > 0) at.samples.push(cpuSeconds);
      }
      say(`run ${run}: ${open.map(({ samples }) => ((samples.at(-1) ?? 0) * 1e6).toFixed(0)).join(', ')} µs/record`);
    }
  };
  const profiles = isProfiled ? [await profileOf('receiver', timeAll)] : [];
  if (!isProfiled) timeAll();
  for (const { intake } of open) intake.close();
  const tables = open.slice(0, counts.length).map(({ place, path, sequence }) => ({ ...place, path, sequence }));
  const memory = isProfiled ? undefined : await measureTableMemory(context, tables);
  faults.push(...(memory?.faults ?? []));
  return {
    figures: [
      ...subjectFigures(open.slice(0, counts.length)),
      ...sizeFigures(open.slice(counts.length)),
      ...(memory?.measurements ?? []),
    ].map(figure),
    notes: [
      `subjects: Users of ${SUBJECT_RECORD_BYTES} bytes, each known already, spread over the table; ${places[0]?.records} in a transaction, ${rounds} of these in a run`,
      'size: Users over a table of 1,000; up to 8 MB in a transaction',
      'from the frame to the tables (digest, signature, zstd, protobuf, grammar, admission, SQLite with its commit), CPU time of all threads',
      'each value and each revision compared in every run',
      'memory: resident, behind the garbage collector, of a process of its own for each table and run, which took frames as above',
    ],
    faults,
    profiles,
  };
}

interface Measured {
  readonly place: Place;
  /** Seconds a record, one a run. */
  readonly samples: readonly number[];
}

function subjectFigures(measured: readonly Measured[]): Measurement[] {
  const [least] = measured as [Measured];
  return measured.map(({ place, samples }) => ({
    name: `scale.subjects.${place.subjects}`,
    ...perRecord(samples),
    ...(place !== least.place && {
      limit: { what: '1,000 subjects', samples: perRecord(least.samples).samples },
      target: FLAT,
    }),
  }));
}

/** Small ones by record, large ones by byte. */
function sizeFigures(measured: readonly Measured[]): Measurement[] {
  const of = (bytes: number) => measured.find(({ place }) => place.resourceBytes === bytes) as Measured;
  const named = (bytes: number) => `scale.bytes.${bytes}`;
  const small = perRecord(of(100).samples);
  const large = perByte(of(100_000));
  return [
    { name: named(100), ...small },
    {
      name: named(500),
      ...perRecord(of(500).samples),
      limit: { what: '100 bytes', samples: small.samples },
      target: FLAT,
    },
    {
      name: named(10_000),
      ...perByte(of(10_000)),
      limit: { what: '100,000 bytes', samples: large.samples },
      target: FLAT,
    },
    { name: named(100_000), ...large },
    {
      name: named(990_000),
      ...perByte(of(990_000)),
      limit: { what: '100,000 bytes', samples: large.samples },
      target: FLAT,
    },
  ];
}

function perRecord(seconds: readonly number[]) {
  return { unit: 'µs/record', samples: seconds.map((each) => each * 1e6) };
}

function perByte({ place, samples }: Measured) {
  return { unit: 'ns/byte', samples: samples.map((each) => (each * 1e9) / place.resourceBytes) };
}

function placeText({ subjects, resourceBytes }: Place): string {
  return `${resourceBytes} bytes over ${subjects} subjects`;
}
