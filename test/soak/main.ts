/**
 * A light load for a long time, over a link that loses, with the broker restarted every minute: whether memory or
 * descriptors grow, and whether everything is there at the end.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Side } from '../../bench/support/diode-pair.ts';
import { describeMachine, machineText } from '../../bench/support/machine.ts';
import { fitSlope, judgeSlope, minuteFloors, type Slope } from '../../bench/support/memory-slope.ts';
import { projectRoot } from '../../bench/support/project-root.ts';
import { createOneWaySite, readLedger, settle } from '../support/one-way-site.ts';
import { mebibytes, type ProcessSample, sampleProgram } from '../support/process-sample.ts';
import { isFlawless, verdictLine } from '../support/rising-ledger.ts';
import { ISSUER_KEYS_FILE, RisingWorkload } from '../support/rising-workload.ts';
import { readRunOptions } from '../support/run-options.ts';
import { startFeed } from '../support/steady-feed.ts';

const USAGE = `npm run test:soak -- [--minutes N] [--rate R] [--seed S]

  --minutes N   1 to 10080; 60 without it. Below 30 memory is shown and not judged
  --rate R      source lines a second, 1 to 1000; 50 without it
  --seed S      the same records again; 1 without it

Needs root, iproute2, nftables, Java, kcat and curl (bash .ci/install). Writes .cache/soak.json. Exit code 0, 1 where
memory surely grows by more than its bound, descriptors grow, or records are missing, twice or late; 2 for wrong usage.`;

const LOSS = 0.02;
const MINUTE_MS = 60_000;
const SAMPLE_INTERVAL_MS = 5_000;
/** Of each minute: the broker goes down here, for a second or two. */
const RESTART_AT_MS = 30_000;
/** A third of the run, but not more: by then the tables of 15 minutes are cached and the code is compiled. */
const MAX_WARM_UP_MS = 15 * MINUTE_MS;
/** Fewer minutes give a line that may point anywhere. */
const MIN_JUDGED_MINUTES = 20;
/** MiB an hour: a leak of 100 bytes a record would be 17 at 50 records a second; a day of the bound stays below 512 MiB. */
const BOUNDS = { rssBytes: 20, heapBytes: 10 } as const;
const DESCRIPTOR_SLACK = 4;
const HEAL_WITHIN_MS = 240_000;
const SIDES: readonly Side[] = ['sender', 'receiver'];
const MIB = 2 ** 20;

type Samples = Readonly<Record<Side, ({ readonly atMs: number } & ProcessSample)[]>>;

const options = readRunOptions(USAGE, {
  minutes: { byDefault: 60, min: 1, max: 10_080 },
  rate: { byDefault: 50, min: 1, max: 1_000 },
  seed: { byDefault: 1, min: 0, max: 2 ** 32 - 1 },
});
const durationMs = options.minutes * MINUTE_MS;
const warmUpMs = Math.min(durationMs / 3, MAX_WARM_UP_MS);
const workload = await RisingWorkload.create({ seed: options.seed, noiseBytes: 100 });
const site = await createOneWaySite({
  name: 'soak',
  lossFraction: LOSS,
  receiverSettings: [[['issuers'], [workload.issuer.policy]]],
});
writeFileSync(join(site.pair.receiverDirectory, ISSUER_KEYS_FILE), JSON.stringify(workload.issuer.jwks));
const samples: Samples = { sender: [], receiver: [] };
const faults: string[] = [];
try {
  await soak();
} finally {
  await site.close({ keep: faults.length > 0 });
}
process.exit(faults.length === 0 ? 0 : 1);

async function soak(): Promise<void> {
  const machine = describeMachine();
  await site.startBoth();
  const feed = startFeed(site, workload, options.rate);
  let restarts = 0;
  await runFor(durationMs, () => {
    restarts += 1;
  }).catch((error: Error) => {
    // What was sampled so far is worth its report.
    faults.push(`the run ended early: ${error.message}`);
  });
  await feed.stop();
  await settle(site, workload.recordCount, HEAL_WITHIN_MS).catch((error: Error) => {
    faults.push(error.message);
  });
  const verdict = await readLedger(site, workload.expected);
  if (!isFlawless(verdict)) faults.push('the topics are not what the source said', ...verdict.faults);
  faults.push(...site.ownEnds);
  console.log(
    `${machineText(machine)}\nseed ${options.seed}, ${options.rate} lines a second, ${restarts} restarts of the broker`,
  );
  const slopes = SIDES.map((side) => ({ side, ...judgeMemory(side), descriptors: judgeDescriptors(side) }));
  mkdirSync(join(projectRoot, '.cache'), { recursive: true });
  writeFileSync(
    join(projectRoot, '.cache/soak.json'),
    JSON.stringify({ machine, options, verdict, faults, slopes, samples }),
  );
  for (const fault of faults) console.log(`wrong: ${fault}`);
  console.log(`soak ${options.minutes} minutes, ${verdictLine(verdict)}`);
}

/** Samples both programs, and restarts the broker once a minute. */
async function runFor(lastingMs: number, onRestart: () => void): Promise<void> {
  const startedMs = performance.now();
  const atMs = () => performance.now() - startedMs;
  let restarts = 0;
  while (atMs() < lastingMs) {
    for (const side of SIDES) {
      const sample = await sampleProgram(site, side);
      if (sample !== undefined) samples[side].push({ atMs: atMs(), ...sample });
    }
    if (atMs() >= restarts * MINUTE_MS + RESTART_AT_MS) {
      restarts += 1;
      onRestart();
      await site.restartBroker();
      console.log(`${(atMs() / MINUTE_MS).toFixed(1)} min: ${workload.recordCount} records said, ${nowText()}`);
    }
    await delay(SAMPLE_INTERVAL_MS);
  }
}

function nowText(): string {
  return SIDES.map((side) => `${side} ${mebibytes(samples[side].at(-1)?.rssBytes ?? 0)}`).join(', ');
}

/** Prints a line for each measure, and notes what is surely above its bound. */
function judgeMemory(side: Side): Readonly<Record<keyof typeof BOUNDS, Slope | undefined>> {
  const judge = (measure: keyof typeof BOUNDS): Slope | undefined => {
    const floors = minuteFloors(
      samples[side].map((sample) => ({ atMs: sample.atMs, bytes: sample[measure] })),
      warmUpMs,
    );
    const slope = fitSlope(floors);
    const name = `${side} ${measure === 'rssBytes' ? 'resident' : 'heap and buffers'}`;
    if (slope === undefined) {
      console.log(`${name}: too short for a line`);
      return undefined;
    }
    const first = mebibytes(floors[0]?.bytes ?? 0);
    const last = mebibytes(floors.at(-1)?.bytes ?? 0);
    const isJudged = slope.points >= MIN_JUDGED_MINUTES;
    console.log(
      `${name}: ${first} at ${Math.round(warmUpMs / MINUTE_MS)} min, ${last} at the end, slope ${(slope.perHour / MIB).toFixed(1)} ± ` +
        `${(slope.standardError / MIB).toFixed(1)} MiB/h over ${slope.points} min${isJudged ? `, bound ${BOUNDS[measure]}` : ': too short to judge'}`,
    );
    const judgement = isJudged ? judgeSlope(slope, BOUNDS[measure] * MIB) : 'within';
    if (judgement === 'above') faults.push(`the ${name} memory grows`);
    if (judgement === 'unsure') {
      faults.push(
        `the ${name} memory is not judged: its slope is uncertain by more than half of the bound; run longer, or on a quieter machine`,
      );
    }
    return slope;
  };
  return { rssBytes: judge('rssBytes'), heapBytes: judge('heapBytes') };
}

/** The least of the first and of the last fifth behind the warm-up: connections come and go between. */
function judgeDescriptors(side: Side): readonly [before: number, after: number] {
  const counts = samples[side].filter(({ atMs }) => atMs >= warmUpMs).map(({ descriptors }) => descriptors);
  const fifth = Math.max(1, Math.floor(counts.length / 5));
  const [before, after] = [Math.min(...counts.slice(0, fifth)), Math.min(...counts.slice(-fifth))];
  console.log(`${side} descriptors: ${before} then ${after}`);
  if (after > before + DESCRIPTOR_SLACK) faults.push(`the ${side} leaves descriptors open`);
  return [before, after];
}
