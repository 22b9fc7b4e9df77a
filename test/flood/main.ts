/**
 * Hostile datagrams beside good traffic: forged, replayed, bit-flipped and random ones, from the connected side, at the
 * highest rate that this machine sends. What the good traffic, the receiver's memory and its descriptors do meanwhile.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { oneWayAddresses } from '../../bench/support/one-way-rig.ts';
import { processUsage } from '../../bench/support/process-usage.ts';
import type { ReceiverStatus } from '../../receiver/ops/receiver-status.ts';
import { createOneWaySite, LINK_PORT, readLedger, settle, settledRecords } from '../support/one-way-site.ts';
import { mebibytes, type ProcessSample, sampleProgram } from '../support/process-sample.ts';
import { isFlawless, verdictLine } from '../support/rising-ledger.ts';
import { RisingWorkload } from '../support/rising-workload.ts';
import { readRunOptions } from '../support/run-options.ts';
import { startFeed } from '../support/steady-feed.ts';
import { capturedDatagrams } from './captured-datagrams.ts';
import { isEnoughSeen } from './hostile-datagrams.ts';

const USAGE = `npm run test:flood -- [--seconds N] [--rate R] [--lines L] [--seed S]

  --seconds N   how long the flood lasts, 1 to 3600; 20 without it
  --rate R      hostile datagrams a second; 0, the default, for all that this machine can send
  --lines L     good source lines a second beside it, 1 to 5000; 200 without it
  --seed S      draws the same hostile datagrams again; 1 without it

Needs root, iproute2, nftables, Java, kcat, curl and tcpdump (bash .ci/install). Exit code 0, 1 where good records are
missing at the end, memory or descriptors do not come back, or hostile datagrams are not counted, 2 for wrong usage.`;

const run = promisify(execFile);
const FLOODER = fileURLToPath(new URL('flooder.ts', import.meta.url));
const SAMPLE_INTERVAL_MS = 1_000;
/** Long enough for a full collection or two, whose floor is what the receiver holds. */
const QUIET_SECONDS = 45;
/** The last repeat comes 60 s after the first pass. */
const HEAL_WITHIN_MS = 180_000;
/** Heap that a receiver may hold more after a flood than before it: less than what one collection leaves lying. */
const HEAP_SLACK_BYTES = 16 << 20;
/** The same of all it has resident: the heap of the link's thread, which no metric counts, warms up in a flood. */
const RSS_SLACK_BYTES = 64 << 20;
/** Reasons for which a hostile datagram is dropped. */
const REFUSALS = [
  'forged',
  'replayed',
  'session',
  'lane',
  'magic',
  'format',
  'suite',
  'kind',
  'too-short',
  'too-long',
  'geometry',
];

interface Phase {
  readonly name: string;
  readonly seconds: number;
  /** Good records that came to an outcome, a second. */
  readonly goodput: number;
  readonly refused: number;
  readonly socketDrops: number;
  readonly cpuShare: number;
  /** The floor of the main thread's heap, the peak of resident memory, the most descriptors. */
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly descriptors: number;
  /** The main thread's longest pause, as Node measures it; it reads the socket where the link has no thread of its own. */
  readonly stallMs: number;
}

const options = readRunOptions(USAGE, {
  seconds: { byDefault: 20, min: 1, max: 3_600 },
  rate: { byDefault: 0, min: 0, max: 10_000_000 },
  lines: { byDefault: 200, min: 1, max: 5_000 },
  seed: { byDefault: 1, min: 0, max: 2 ** 32 - 1 },
});
const workload = await RisingWorkload.create({ seed: options.seed, tokenFraction: 0, noiseBytes: 100 });
const site = await createOneWaySite({ name: 'flood', lossFraction: 0.01 });
const faults: string[] = [];
try {
  await runFlood();
} finally {
  await site.close({ keep: faults.length > 0 });
}
process.exit(faults.length === 0 ? 0 : 1);

async function runFlood(): Promise<void> {
  await site.startBoth();
  const feed = startFeed(site, workload, options.lines);
  const capture = await captureTraffic();
  const before = await observe('before', () => delay(QUIET_SECONDS * 1_000));
  let flood = { sent: 0, failed: 0, seconds: 0 };
  const during = await observe('during', async () => {
    flood = await sendFlood(capture);
  });
  const after = await observe('after', () => delay(QUIET_SECONDS * 1_000));
  await feed.stop();
  await settle(site, workload.recordCount, HEAL_WITHIN_MS).catch((error: Error) => {
    faults.push(error.message);
  });
  const verdict = await readLedger(site, workload.expected);
  tell([before, during, after], flood);
  judge(before, after, during, flood.sent);
  if (!isFlawless(verdict)) faults.push('the topics are not what the source said', ...verdict.faults);
  faults.push(...site.ownEnds);
  for (const fault of faults) console.log(`wrong: ${fault}`);
  console.log(`flood ${flood.sent} datagrams, ${verdictLine(verdict)}`);
}

/** Good traffic as anybody on the connected side sees it, hellos among it. */
async function captureTraffic(): Promise<string> {
  const path = join(site.directory, 'traffic.pcap');
  const wanted = ['-n', '-U', '-i', 'diode0', '-w', path, 'udp', 'and', 'dst', 'port', String(LINK_PORT)];
  const tcpdump = site.rig.sender.spawn(['tcpdump', '-Z', 'root', ...wanted], { stdio: 'ignore' });
  for (let waitedS = 0; waitedS < 30; waitedS++) {
    await delay(1_000);
    const seen = capturedSoFar(path);
    if (seen.length < 200 || !isEnoughSeen(seen)) continue;
    tcpdump.kill('SIGINT');
    await once(tcpdump, 'exit');
    return path;
  }
  tcpdump.kill('SIGKILL');
  throw new Error('no traffic could be captured');
}

function capturedSoFar(path: string): readonly Buffer[] {
  try {
    return capturedDatagrams(readFileSync(path));
  } catch {
    return [];
  }
}

async function sendFlood(capture: string): Promise<{ sent: number; failed: number; seconds: number }> {
  const { seconds, rate, seed } = options;
  const args = [capture, oneWayAddresses.receiver.ipv4, LINK_PORT, seconds, rate, seed].map(String);
  const [program, ...rest] = [...site.inside('sender'), process.execPath, '--import', 'tsx', FLOODER, ...args];
  const { stdout } = await run(program as string, rest);
  return JSON.parse(stdout) as { sent: number; failed: number; seconds: number };
}

/** What the receiver does and holds while `work` lasts. */
async function observe(name: string, work: () => Promise<void>): Promise<Phase> {
  const pid = site.program('receiver')?.process.pid as number;
  const first = await site.until(() => true, 30_000);
  const cpuSeconds = processUsage(pid).cpuSeconds;
  const startedMs = performance.now();
  const samples: ProcessSample[] = [];
  const sampling = new AbortController();
  const sampled = (async () => {
    while (!sampling.signal.aborted) {
      const sample = await sampleProgram(site, 'receiver');
      if (sample !== undefined) samples.push(sample);
      await delay(SAMPLE_INTERVAL_MS, undefined, { signal: sampling.signal }).catch(() => {});
    }
  })();
  await work();
  sampling.abort();
  await sampled;
  const last = await site.until(() => true, 30_000);
  const seconds = (performance.now() - startedMs) / 1_000;
  return {
    name,
    seconds,
    goodput: (settledRecords(last) - settledRecords(first)) / seconds,
    refused: refusedDatagrams(last) - refusedDatagrams(first),
    socketDrops: (last.drops.socket ?? 0) - (first.drops.socket ?? 0),
    cpuShare: (processUsage(pid).cpuSeconds - cpuSeconds) / seconds,
    heapBytes: Math.min(...samples.map(({ heapBytes }) => heapBytes)),
    rssBytes: Math.max(...samples.map(({ rssBytes }) => rssBytes)),
    descriptors: Math.max(...samples.map(({ descriptors }) => descriptors)),
    stallMs: Math.max(...samples.map((sample) => sample.stallMs)),
  };
}

function refusedDatagrams({ intake }: ReceiverStatus): number {
  const datagrams = intake.datagrams as Readonly<Record<string, number>>;
  const hellos = intake.hellos as Readonly<Record<string, number>>;
  const refusedHellos = Object.entries(hellos).filter(([outcome]) => outcome !== 'accepted');
  return (
    REFUSALS.reduce((sum, reason) => sum + (datagrams[reason] ?? 0), 0) +
    refusedHellos.reduce((sum, [, count]) => sum + count, 0)
  );
}

function tell(phases: readonly Phase[], flood: { readonly sent: number; readonly seconds: number }): void {
  console.log(
    `hostile datagrams: ${flood.sent} in ${flood.seconds.toFixed(1)} s, ${Math.round(flood.sent / flood.seconds)} a second`,
  );
  for (const phase of phases) {
    const { name, goodput, refused, seconds, socketDrops, cpuShare } = phase;
    const { heapBytes, rssBytes, descriptors, stallMs } = phase;
    console.log(
      `${name.padEnd(7)} good records ${goodput.toFixed(0)}/s, refused ${Math.round(refused / seconds)}/s, ` +
        `socket drops ${Math.round(socketDrops / seconds)}/s, receiver's CPU ${(100 * cpuShare).toFixed(0)}%, ` +
        `heap ${mebibytes(heapBytes)}, resident ${mebibytes(rssBytes)}, descriptors ${descriptors}, longest stall ${stallMs.toFixed(0)} ms`,
    );
  }
}

function judge(before: Phase, after: Phase, during: Phase, sent: number): void {
  if (after.heapBytes > before.heapBytes + HEAP_SLACK_BYTES) faults.push('the heap did not come back');
  if (after.rssBytes > before.rssBytes + RSS_SLACK_BYTES) faults.push('the resident memory did not come back');
  if (after.descriptors > before.descriptors) faults.push('descriptors were left open');
  if (after.goodput < 0.8 * options.lines) faults.push('good records do not come as before');
  // Each hostile datagram was refused for a reason or lost in the kernel, but for those of the last moment and the 1%.
  const accounted = during.refused + during.socketDrops + after.refused + after.socketDrops;
  if (accounted < 0.97 * sent) faults.push(`${accounted} of ${sent} hostile datagrams are accounted for`);
}
