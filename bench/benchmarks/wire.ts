/** What a change costs on the wire: the real sender's datagrams, counted by a UDP socket at the other end. */
import { join } from 'node:path';
import type { Benchmark, BenchmarkContext, BenchmarkReport } from '../support/benchmark.ts';
import { type Figure, figure, type Target } from '../support/figure.ts';
import { makeIdentities } from '../workload/identities.ts';
import { type Filler, makeChanges } from './wire/changes.ts';
import type { FrameCount } from './wire/datagram-counter.ts';
import { runSender, type SenderRun } from './wire/sender-run.ts';
import type { SentFrame } from './wire/sent-frames.ts';

const CHANGE_BYTES = 1_024;
/** IPv4 20, UDP 8, and Ethernet's preamble, header, check sequence and gap: what a port of 1 Gb/s has to carry. */
const BELOW_BYTES = 28 + 38;
/** What an Ethernet frame of 1500 leaves to UDP over IPv4: the datagrams of a program that adds nothing. */
const BARE_BYTES = 1_472;
const CHANGE_TARGET = { of: 'value', atMost: 4 } as const;

export const benchmark: Benchmark = {
  name: 'wire',
  title: 'datagrams and bytes that a change costs on the wire',
  missing: () => undefined,
  run,
};

async function run(context: BenchmarkContext): Promise<BenchmarkReport> {
  const { directory, seed, isQuick, say } = context;
  const count = isQuick ? 5 : 50;
  const bulk = isQuick ? 2_000 : 10_000;
  const runs: { readonly name: string; readonly run: SenderRun }[] = [];
  const figures: Figure[] = [];
  for (const filler of ['words', 'noise'] as const satisfies readonly Filler[]) {
    say(`${count} changes of ${CHANGE_BYTES} bytes, one at a time, ${filler}`);
    const lines = makeChanges({ count, resourceBytes: CHANGE_BYTES, filler, seed });
    const run = await runSender({ directory: join(directory, filler), lines, isOneByOne: true });
    runs.push({ name: filler, run });
    if (run.frames.size !== count) runs.push({ name: filler, run: { ...run, faults: [notOneByOne(run, count)] } });
    figures.push(...changeFigures(`wire.change-${filler}`, run));
  }
  say(`${bulk} deltas at once`);
  const { lines } = makeIdentities({ deltaCount: bulk, seed });
  const run = await runSender({ directory: join(directory, 'bulk'), lines, isOneByOne: false });
  runs.push({ name: 'bulk', run });
  figures.push(...bulkFigures(run));
  return {
    figures,
    notes: [
      `a change: the put of a User whose JSON is ${CHANGE_BYTES} bytes, alone in its frame; ${count} of them, the spread is theirs`,
      'words: text as people write it; noise: random letters and digits, of which compression takes a quarter at most',
      `bytes: with ${BELOW_BYTES} a datagram for IPv4, UDP and Ethernet (preamble, header, check sequence, gap); hellos apart`,
      `limit: the compressed records alone in UDP datagrams of ${BARE_BYTES} bytes, unsigned, unencrypted, never repaired`,
      bulkNote(run, bulk),
    ],
    faults: runs.flatMap((each) => each.run.faults.map((fault) => `${each.name}: ${fault}`)),
  };
}

function changeFigures(name: string, { counts, frames }: SenderRun): Figure[] {
  const changes = [...frames].map(([sequence, frame]) => ({ frame, count: counts.get(sequence) ?? NOTHING }));
  const one = (of: string, unit: string, pick: (count: FrameCount, frame: SentFrame) => number, target?: Target) => {
    const samples = changes.map(({ count, frame }) => pick(count, frame));
    const bare = changes.map(({ frame }) => (unit === 'bytes' ? bareBytes(frame) : bareDatagrams(frame)));
    const limit = { what: 'bare UDP', samples: bare };
    return figure({ name: `${name}.${of}`, unit, samples, limit, ...(target && { target }) });
  };
  return [
    one('datagrams', 'datagrams', ({ firstPass }) => firstPass.datagrams, CHANGE_TARGET),
    one('bytes', 'bytes', ({ firstPass }) => wireBytes([firstPass])),
    one(
      'with-first-repeat.datagrams',
      'datagrams',
      ({ firstPass, repeats }) => firstPass.datagrams + repeats.datagrams,
      CHANGE_TARGET,
    ),
    one('with-first-repeat.bytes', 'bytes', ({ firstPass, repeats }) => wireBytes([firstPass, repeats])),
  ];
}

function bulkFigures({ counts, frames }: SenderRun): Figure[] {
  const { payloadBytes, records, bareBytes: bare } = totals(frames);
  const first = wireBytes([...counts.values()].map(({ firstPass }) => firstPass));
  const both = wireBytes([...counts.values()].flatMap(({ firstPass, repeats }) => [firstPass, repeats]));
  const limit = { what: 'bare UDP', samples: [bare / records] };
  return [
    figure({ name: 'wire.bulk.overhead', unit: '%', samples: [(first / payloadBytes - 1) * 100] }),
    figure({ name: 'wire.bulk.bytes', unit: 'bytes/record', samples: [first / records], limit }),
    figure({ name: 'wire.bulk.with-first-repeat.bytes', unit: 'bytes/record', samples: [both / records], limit }),
  ];
}

function bulkNote({ frames, counts }: SenderRun, deltas: number): string {
  const { payloadBytes, frameBytes, records } = totals(frames);
  const datagrams = [...counts.values()].reduce((sum, { firstPass }) => sum + firstPass.datagrams, 0);
  return (
    `bulk: ${deltas} deltas, ${records} records in ${frames.size} frames of ${Math.round(frameBytes / frames.size)} bytes, ` +
    `${payloadBytes} bytes of them compressed records; ${datagrams} datagrams in first passes`
  );
}

function totals(frames: ReadonlyMap<number, SentFrame>) {
  const sum = { payloadBytes: 0, frameBytes: 0, records: 0, bareBytes: 0 };
  for (const frame of frames.values()) {
    sum.payloadBytes += frame.payloadBytes;
    sum.frameBytes += frame.frameBytes;
    sum.records += frame.records;
    sum.bareBytes += bareBytes(frame);
  }
  return sum;
}

const NOTHING: FrameCount = { firstPass: { datagrams: 0, bytes: 0 }, repeats: { datagrams: 0, bytes: 0 } };

function wireBytes(counts: readonly { readonly datagrams: number; readonly bytes: number }[]): number {
  return counts.reduce((sum, { datagrams, bytes }) => sum + bytes + datagrams * BELOW_BYTES, 0);
}

function bareDatagrams({ payloadBytes }: SentFrame): number {
  return Math.ceil(payloadBytes / BARE_BYTES);
}

function bareBytes(frame: SentFrame): number {
  return frame.payloadBytes + bareDatagrams(frame) * BELOW_BYTES;
}

function notOneByOne({ frames }: SenderRun, count: number): string {
  return `${count} changes became ${frames.size} frames`;
}
