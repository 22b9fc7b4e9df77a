/** What loss on the link does, and what it costs to survive it: default settings, virtual time, beside the prediction. */
import { decodeFrame } from '../../src/wire/frame.ts';
import type { Benchmark, BenchmarkContext, BenchmarkReport, BenchmarkTable } from '../support/benchmark.ts';
import { type Figure, figure } from '../support/figure.ts';
import { makeIdentities } from '../workload/identities.ts';
import { seededFractions } from '../workload/seeded-fractions.ts';
import { goodputFigure } from './loss/goodput.ts';
import { BELOW_BYTES, DEFAULTS, type LossyRun, runLossy } from './loss/lossy-run.ts';
import { PassLedger, type PassResult } from './loss/pass-ledger.ts';

const RANDOM_PERCENT = [0, 1, 3, 5, 10, 20] as const;
const BURST_MS = [10, 50, 200] as const;
/** At which the issue of survival is decided: all must arrive, and the repair may cost so much. */
const PROMISED_PERCENT = 5;
const OVERHEAD_PERCENT = 25;
/** Records of `makeIdentities` in a millisecond that fill half of 50 Mbit/s with first passes. */
const RECORDS_PER_MS = 44;
/** Off by more than this many standard deviations, and three, for counts near 0, is no luck: once in a million runs. */
const SIGMAS = 5;
const FIRST_PASS = ['source', 'repair', 'hello'] as const;

export const benchmark: Benchmark = {
  name: 'loss',
  title: 'delivery, overhead and latency under random loss and bursts, beside the binomial prediction',
  missing: () => undefined,
  run,
};

interface Row {
  readonly name: string;
  /** Of random loss; undefined: a burst, for which nothing is predicted. */
  readonly loss: number | undefined;
  readonly burstMs?: number;
}

interface RowResult extends Row {
  readonly run: LossyRun;
  readonly passes: readonly PassResult[];
  readonly records: number;
  readonly deliveredRecords: number;
  readonly firstPassRecords: number;
  readonly payloadBytes: number;
  /** Of frames that were put together, after the first pass and after all. */
  readonly deliveredBytes: Readonly<Record<'firstPass' | 'all', number>>;
  readonly faults: readonly string[];
}

async function run({ isQuick, seed, say }: BenchmarkContext): Promise<BenchmarkReport> {
  const count = isQuick ? 10_000 : 100_000;
  const { lines, deltaCount } = makeIdentities({ deltaCount: count, seed });
  const workMs = deltaCount / RECORDS_PER_MS;
  const rows: readonly Row[] = [
    ...RANDOM_PERCENT.map((percent) => ({ name: `random-${percent}`, loss: percent / 100 })),
    ...BURST_MS.map((burstMs) => ({ name: `burst-${burstMs}ms`, loss: undefined, burstMs })),
  ];
  const results: RowResult[] = [];
  for (const [index, row] of rows.entries()) {
    say(`${count} records, ${row.name}`);
    results.push(await runRow(row, { lines, workMs, seed: seed * 100 + index, isQuick }));
  }
  const fresh = results[0]?.run.freshShare ?? 0;
  return {
    figures: results.flatMap(figuresOf),
    tables: [lossTable(results), predictionTable(results)],
    notes: [
      `${deltaCount} records (${lines.length} lines) within ${Math.round(workMs)} ms, so that first passes fill ${percentText(fresh)} of 50 Mbit/s; all settings as \`diode-sender init\` writes them`,
      'random: each datagram is lost by itself, hellos and repeats too; burst: one, at a seeded place, in which everything is lost',
      'first pass, delivered: of the records; delivered without any resend by an operator, repeats at 1, 10 and 60 s included; gaps: ever recorded, healed ones too',
      `overhead: bytes of first passes and hellos above the compressed records, on the cable: our header, tag and padding, and ${BELOW_BYTES} more a datagram for IPv4, UDP and Ethernet, included; as UDP: without these; repeats: what all three add, as UDP`,
      'goodput: bytes of compressed records delivered for each byte of UDP payload that was sent, repair, hellos, headers and tags included; first-pass: without repeats on either side; beside it 1 − loss, which no code passes on a link that loses each datagram by itself',
      'added: age of a frame at its release in order, less the same of the row without loss',
      'predicted: a frame lacks a block after a pass where fewer than k different symbols came; each symbol is lost if all its copies are',
    ],
    faults: results.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`)),
  };
}

interface RunSettings extends Pick<BenchmarkContext, 'seed' | 'isQuick'> {
  readonly lines: readonly string[];
  readonly workMs: number;
}

async function runRow(row: Row, { lines, workMs, seed, isQuick }: RunSettings): Promise<RowResult> {
  const fraction = seededFractions(seed);
  const ledger = new PassLedger(DEFAULTS.link.repeatAfterMs);
  const { loss, burstMs = 0 } = row;
  const burstFromMs = fraction() * Math.max(0, workMs - burstMs);
  const isLost = (nowMs: number) =>
    loss === undefined ? nowMs >= burstFromMs && nowMs < burstFromMs + burstMs : fraction() < loss;
  const run = await runLossy({ lines, workMs, isLost, onDatagram: (event) => ledger.handle(event) });
  const { sent } = run;
  const delivered = new Map(run.spooled.map(({ sequence, bytes }) => [sequence, bytes]));
  const recordsOf = (frames: LossyRun['sent']) => frames.reduce((sum, { recordCount }) => sum + recordCount, 0);
  const isDelivered = ({ sequence, bytes }: LossyRun['sent'][number]) =>
    Buffer.compare(delivered.get(sequence) ?? Buffer.alloc(0), bytes) === 0;
  const passes = Array.from({ length: loss === undefined ? 0 : ledger.passes }, (_, pass) =>
    ledger.result(pass, loss ?? 0),
  );
  const payloadOf = (frames: LossyRun['sent']) => frames.reduce((sum, { bytes }) => sum + payloadBytes(bytes), 0);
  const firstPass = sent.filter(({ sequence }) => ledger.isComplete(sequence, 0));
  const deliveredFrames = sent.filter(isDelivered);
  const result = {
    ...row,
    run,
    passes,
    records: recordsOf(sent),
    deliveredRecords: recordsOf(deliveredFrames),
    firstPassRecords: recordsOf(firstPass),
    payloadBytes: payloadOf(sent),
    deliveredBytes: { firstPass: payloadOf(firstPass), all: payloadOf(deliveredFrames) },
  };
  const lastPass = ledger.passes - 1;
  const faults = [
    ...sent
      .filter((frame) => isDelivered(frame) !== ledger.isComplete(frame.sequence, lastPass))
      .map(
        ({ sequence }) =>
          `frame ${sequence} ${delivered.has(sequence) ? 'came without' : 'did not come with'} its symbols`,
      ),
    ...(delivered.size === run.spooled.length ? [] : ['a frame was released twice']),
    ...passes.flatMap((pass, index) => (isLikely(pass) ? [] : [`pass ${index + 1}: ${predictedText(pass)}`])),
    ...promiseFaults(result, isQuick),
  ];
  return { ...result, faults };
}

/** Few records are short of the hellos of their time, so their overhead says nothing. */
function promiseFaults(result: Omit<RowResult, 'faults'>, isQuick: boolean): string[] {
  const { loss, records, deliveredRecords } = result;
  if (loss === undefined || loss > PROMISED_PERCENT / 100) return [];
  const faults = deliveredRecords === records ? [] : [`${deliveredRecords} of ${records} records were delivered`];
  const overhead = overheadOf(result);
  return isQuick || overhead * 100 <= OVERHEAD_PERCENT
    ? faults
    : [...faults, `the overhead is ${percentText(overhead)}`];
}

function isLikely({ failed, expected, variance }: PassResult): boolean {
  return Math.abs(failed - expected) <= SIGMAS * Math.sqrt(variance) + 3;
}

function figuresOf(result: RowResult): Figure[] {
  const isPromised = result.loss === PROMISED_PERCENT / 100;
  const one = (of: string, value: number) =>
    figure({ name: `loss.${result.name}.${of}`, unit: '%', samples: [value * 100] });
  const { run, payloadBytes: payload, records } = result;
  const delivered = figure({
    name: `loss.${result.name}.delivered`,
    unit: '%',
    samples: [(result.deliveredRecords / records) * 100],
    ...(isPromised && { target: { of: 'value', atLeast: 100 } }),
  });
  const overhead = figure({
    name: `loss.${result.name}.overhead`,
    unit: '%',
    samples: [overheadOf(result) * 100],
    ...(isPromised && { target: { of: 'value', atMost: OVERHEAD_PERCENT } }),
  });
  return [delivered, overhead, one('repeats', udpBytes(run, ['repeat']) / payload), ...goodputFigures(result)];
}

function goodputFigures({ name, loss, run, deliveredBytes }: RowResult): Figure[] {
  if (loss === undefined) return [];
  const of = (what: string, pass: keyof typeof deliveredBytes, kinds: Parameters<typeof udpBytes>[1]) =>
    goodputFigure(`loss.${name}.${what}`, {
      loss,
      deliveredBytes: deliveredBytes[pass],
      usedBytes: udpBytes(run, kinds),
    });
  return [of('goodput.first-pass', 'firstPass', FIRST_PASS), of('goodput', 'all', [...FIRST_PASS, 'repeat'])];
}

function lossTable(results: readonly RowResult[]): BenchmarkTable {
  const base = agesOf((results[0] as RowResult).run);
  const rows = results.map((result) => {
    const { name, run, records, firstPassRecords, deliveredRecords, payloadBytes: payload } = result;
    const ages = agesOf(run);
    return [
      name,
      percentText(firstPassRecords / records),
      `${deliveredRecords} (${percentText(deliveredRecords / records)})`,
      `${run.gaps.length}`,
      percentText(overheadOf(result)),
      percentText(udpBytes(run, FIRST_PASS) / payload - 1),
      percentText(udpBytes(run, ['repeat']) / payload),
      `${ages.median - base.median} ms`,
      `${ages.p99 - base.p99} ms`,
    ];
  });
  const heads = ['link', 'first pass', 'delivered', 'gaps', 'overhead', 'as UDP', 'repeats'];
  return { heads: [...heads, `added to ${base.median} ms (median)`, `added to ${base.p99} ms (p99)`], rows };
}

function predictionTable(results: readonly RowResult[]): BenchmarkTable {
  const random = results.filter(({ loss }) => loss !== undefined);
  return {
    heads: ['frames that lack a block', ...(random[0]?.passes ?? []).map((_, pass) => `after pass ${pass + 1}`)],
    rows: random.map(({ name, run, passes }) => [`${name}, of ${run.sent.length}`, ...passes.map(predictedText)]),
  };
}

function predictedText({ failed, expected }: PassResult): string {
  return `${failed} (predicted ${expected < 0.05 ? '0' : expected.toFixed(1)})`;
}

/** On the cable, without repeats. */
function overheadOf({ run, payloadBytes: payload }: Pick<RowResult, 'run' | 'payloadBytes'>): number {
  return (run.wireBytes.source + run.wireBytes.repair + run.wireBytes.hello) / payload - 1;
}

function udpBytes({ wireBytes, datagrams }: LossyRun, kinds: readonly (keyof LossyRun['datagrams'])[]): number {
  return kinds.reduce((sum, kind) => sum + wireBytes[kind] - BELOW_BYTES * datagrams[kind], 0);
}

function agesOf({ releases }: LossyRun): { readonly median: number; readonly p99: number } {
  const ages = releases.map(({ ageMs }) => ageMs).sort((a, b) => a - b);
  const at = (share: number) => ages[Math.min(ages.length - 1, Math.floor(ages.length * share))] ?? 0;
  return { median: at(0.5), p99: at(0.99) };
}

function payloadBytes(frame: Uint8Array): number {
  const parts = decodeFrame(frame);
  if (typeof parts === 'string') throw new Error(`the journal holds no frame but ${parts}`);
  return parts.payload.length;
}

function percentText(share: number): string {
  const percent = share * 100;
  return `${percent === Math.round(percent) ? percent : percent.toFixed(percent > 99.9 && percent < 100 ? 3 : 1)}%`;
}
