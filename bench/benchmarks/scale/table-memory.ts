/** What the receiver's tables take of memory by how many subjects they know: each in a process of its own, which has no other. */
import type { BenchmarkContext } from '../../support/benchmark.ts';
import type { Measurement } from '../../support/figure.ts';
import { startHelper } from '../../support/helper-process.ts';
import type { TableProcess } from './table-process.ts';

export interface Table {
  readonly path: string;
  readonly subjects: number;
  readonly resourceBytes: number;
  /** Of the next frame for it. */
  readonly sequence: number;
}

interface TableMemory {
  readonly subjects: number;
  /** One a run. */
  readonly residentBytes: readonly number[];
}

/** Of scattered records: over a million subjects they touch more pages than SQLite's cache of 16 MB holds. */
const FULL = { transactions: 20, records: 1_000 } as const;
const QUICK = { transactions: 2, records: 200 } as const;
/** As a program may grow by the record (`memory`): an entry of an index for each subject would take more. */
const FLAT = { of: 'value', atMost: 20 } as const;
const MB = 1e6;

/** `tables`: the smallest first; nobody has them open. */
export async function measureTableMemory(
  { isQuick, runCount, seed, say }: BenchmarkContext,
  tables: readonly Table[],
): Promise<{ readonly measurements: readonly Measurement[]; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  const measured: TableMemory[] = [];
  for (const { sequence, ...table } of tables) {
    const residentBytes: number[] = [];
    let firstSequence = sequence;
    for (let run = 0; run < runCount; run++) {
      const process = startHelper<TableProcess>(script);
      try {
        const result = await process.ask('measure', {
          ...table,
          ...(isQuick ? QUICK : FULL),
          seed,
          run,
          firstSequence,
        });
        residentBytes.push(result.residentBytes);
        firstSequence = result.nextSequence;
        faults.push(...result.faults.map((fault) => `memory of ${table.subjects} subjects, run ${run + 1}: ${fault}`));
      } finally {
        await process.stop();
      }
    }
    say(`${table.subjects} subjects: ${residentBytes.map((bytes) => Math.round(bytes / MB)).join(', ')} MB resident`);
    measured.push({ subjects: table.subjects, residentBytes });
  }
  return { measurements: memoryMeasurements(measured, !isQuick), faults };
}

/** Pure. Growth is from the first to the last, run by run; of small tables it would be that of compilers. */
export function memoryMeasurements(measured: readonly TableMemory[], hasGrowth: boolean): readonly Measurement[] {
  const resident = measured.map(({ subjects, residentBytes }) => ({
    name: `scale.memory.${subjects}`,
    unit: 'MB',
    samples: residentBytes.map((bytes) => bytes / MB),
  }));
  const [least, most] = [measured[0], measured.at(-1)];
  if (!hasGrowth || least === undefined || most === undefined || least === most) return resident;
  const perSubject = (bytes: number, run: number) =>
    (bytes - (least.residentBytes[run] as number)) / (most.subjects - least.subjects);
  const growth = { name: 'scale.memory.growth', unit: 'bytes/subject', target: FLAT };
  return [...resident, { ...growth, samples: most.residentBytes.map(perSubject) }];
}

const script = new URL(import.meta.url.endsWith('.ts') ? './table-process.ts' : './table-process.js', import.meta.url);
