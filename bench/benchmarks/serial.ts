/** Goodput and latency of a serial line at three speeds, with noise and without, beside what the line rate leaves. */
import { join } from 'node:path';
import type { Benchmark, BenchmarkContext, BenchmarkReport, BenchmarkTable } from '../support/benchmark.ts';
import { type Figure, figure } from '../support/figure.ts';
import { missingForSerial } from '../support/serial-line.ts';
import { lineCost, lineMs } from './serial/line-arithmetic.ts';
import type { LineRun } from './serial/line-run.ts';

const BAUDS = [9_600, 115_200, 921_600] as const;
const QUICK_BAUDS = [115_200] as const;
/** What the load takes the line, about. */
const LOAD_SECONDS = 40;
const QUICK_LOAD_SECONDS = 3;
const SINGLE_CHANGES = 9;
const QUICK_SINGLE_CHANGES = 2;
/** The mean of bursts that drop, change or insert 20 bytes each: one datagram in forty is spoiled, or one in ten. */
const NOISES = [
  { name: 'clean', everyBytes: undefined },
  { name: 'noise-2.5%', everyBytes: 10_000 },
  { name: 'noise-10%', everyBytes: 2_400 },
] as const;
const BURST_BYTES = 20;
const LEAST_SHARE = 0.95;
/** A record of bench/workload, compressed and in a frame. */
const FRAME_BYTES_OF_A_RECORD = 52;
/** Of the line's bytes, by the wire format's arithmetic: what full blocks of symbols make of it. */
const USUAL_SHARE = 0.72;

export const benchmark: Benchmark = {
  name: 'serial',
  title: 'goodput and latency over a serial line, beside what its speed leaves',
  missing: missingForSerial,
  run,
};

interface Row {
  readonly baud: number;
  readonly noise: (typeof NOISES)[number]['name'];
  readonly run: LineRun;
  /** Milliseconds, by arithmetic. */
  readonly leastMs: number;
}

async function run({ isQuick, seed, directory, say }: BenchmarkContext): Promise<BenchmarkReport> {
  // Native Kafka code is loaded only by what needs it.
  const { runLine } = await import('./serial/line-run.ts');
  const rows: Row[] = [];
  for (const baud of isQuick ? QUICK_BAUDS : BAUDS) {
    for (const { name, everyBytes } of isQuick ? NOISES.slice(0, 2) : NOISES) {
      say(`${baud} baud, ${name}`);
      const seconds = isQuick ? QUICK_LOAD_SECONDS : LOAD_SECONDS;
      const isFirst = everyBytes === undefined;
      const result = await runLine({
        directory: join(directory, `${baud}-${name}`),
        name: `serial-${baud}`,
        baud,
        records: Math.round(((baud / 10) * USUAL_SHARE * seconds) / FRAME_BYTES_OF_A_RECORD),
        noise: everyBytes === undefined ? undefined : { seed, everyBytes, burstBytes: BURST_BYTES },
        isSettled: !isQuick,
        singleChanges: !isFirst ? 0 : isQuick ? QUICK_SINGLE_CHANGES : SINGLE_CHANGES,
        seed,
      });
      rows.push({ baud, noise: name, run: result, leastMs: leastMs(result, baud) });
    }
  }
  return {
    figures: rows.flatMap(figuresOf),
    tables: [goodputTable(rows), latencyTable(rows)],
    notes: [
      'both real programs, all settings as `diode-sender init --link serial` writes them; the line is played over two pseudo-terminals by a relay that passes a byte every 10 / baud seconds; Kafka is librdkafka’s mock cluster in this process',
      'goodput: bytes of signed frames, from their lines in the source file to the release of the last one, in order; hellos, first wait and last repeats included',
      'limit: bytes of the same frames, over the time that their first pass takes the line: baud / 10 bytes a second, less framing (3), header (28), tag (16) of each datagram, repair symbols, and what fills up the last symbol',
      `noise: bursts of ${BURST_BYTES} bytes on average at seeded places, each dropping, changing or inserting bytes; a burst spoils one datagram, seldom two`,
      'latency: one line of 1,024 bytes that does not compress, on an idle line, to Kafka’s commit of its record; floor: its frame’s source symbols alone on the line',
    ],
    faults: rows.flatMap(({ baud, noise, run: { records, arrivedRecords, counts } }) => [
      ...(arrivedRecords === records ? [] : [`${baud} ${noise}: ${arrivedRecords} of ${records} records arrived`]),
      ...(counts.returned === 0 ? [] : [`${baud} ${noise}: ${counts.returned} bytes came back`]),
    ]),
  };
}

function leastMs({ frameLengths, repairPercent }: LineRun, baud: number): number {
  // Of each by itself: a byte more may be a symbol more, and that one a repair symbol more.
  const bytes = frameLengths.reduce((sum, length) => sum + lineCost(length, repairPercent).passBytes, 0);
  return lineMs(bytes, baud);
}

function figuresOf({ baud, noise, run: result, leastMs: limitMs }: Row): Figure[] {
  const { frameBytes, ms, changes } = result;
  const goodput = figure({
    name: `serial.${baud}.${noise}.goodput`,
    unit: 'bytes/s',
    samples: [(frameBytes * 1_000) / ms],
    limit: { what: 'line rate less framing, header, tag, FEC', samples: [(frameBytes * 1_000) / limitMs] },
    ...(noise === 'clean' && { target: { of: 'ratio', atLeast: LEAST_SHARE } }),
  });
  if (changes.length === 0) return [goodput];
  const latency = figure({
    name: `serial.${baud}.latency-1KB`,
    unit: 'ms',
    samples: changes.map((change) => change.ms),
    limit: {
      what: 'its source symbols on the line',
      samples: changes.map((change) => floorMs(change.frameBytes, result, baud)),
    },
  });
  return [goodput, latency];
}

function floorMs(frameBytes: number, { repairPercent }: LineRun, baud: number): number {
  return lineMs(lineCost(frameBytes, repairPercent).sourceBytes, baud);
}

function goodputTable(rows: readonly Row[]): BenchmarkTable {
  return {
    heads: ['baud', 'line', 'frames', 'records/s', 'goodput', 'of the limit', 'bursts', 'symbols rebuilt', 'arrived'],
    rows: rows.map(({ baud, noise, run: result, leastMs: limitMs }) => [
      `${baud}`,
      noise,
      `${result.frames} of ${Math.round(result.frameBytes / result.frames)} bytes`,
      `${((result.records * 1_000) / result.ms).toFixed(1)}`,
      `${Math.round((result.frameBytes * 1_000) / result.ms)} bytes/s`,
      `${((limitMs / result.ms) * 100).toFixed(1)}%`,
      `${result.counts.bursts}`,
      `${result.recoveredSymbols}`,
      `${result.arrivedRecords} of ${result.records}`,
    ]),
  };
}

function latencyTable(rows: readonly Row[]): BenchmarkTable {
  const measured = rows.filter(({ run: { changes } }) => changes.length > 0);
  return {
    heads: ['baud', 'frame of a 1 KB change', 'floor', 'median', 'least', 'greatest'],
    rows: measured.map(({ baud, run: result }) => {
      const times = result.changes.map(({ ms }) => ms).sort((a, b) => a - b);
      const frameBytes = result.changes[0]?.frameBytes ?? 0;
      const at = (index: number) => `${Math.round(times[index] ?? 0)} ms`;
      return [
        `${baud}`,
        `${frameBytes} bytes`,
        `${Math.round(floorMs(frameBytes, result, baud))} ms`,
        at(times.length >> 1),
        at(0),
        at(times.length - 1),
      ];
    }),
  };
}
