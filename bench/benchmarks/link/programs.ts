/** What the real programs carry: the highest rate, of some that an operator may configure, at which no datagram is lost. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchmarkContext, BenchmarkReport } from '../../support/benchmark.ts';
import { canRunKafka, type Kafka, startKafka } from '../../support/kafka.ts';
import { type Backlog, fillBacklog } from './backlog.ts';
import { runSender } from './backlog-sender.ts';
import { highestRate } from './highest-rate.ts';
import {
  faultsOf,
  missedFor,
  type ProgramRun,
  programFigures,
  programTable,
  type Search,
  stepText,
} from './program-figures.ts';
import { openProgramSite, type ProgramSite } from './program-site.ts';
import { type Step, tryRate } from './program-step.ts';

const MBIT = 1_000_000;
const RATES = [25, 50, 100, 200, 300, 400, 600, 800, 1_000, 1_200, 1_600, 2_000, 2_400].map((rate) => rate * MBIT);
const QUICK_RATES = [5, 10].map((rate) => rate * MBIT);
/** From 200 Mbit/s on several checkpoints of the receiver's database, each after some 32 MB; at the highest rates what the journal holds. */
const FULL = { seconds: 2.5, leastBytes: 24e6, mostBytes: 240e6, journalBytes: 360e6 } as const;
/** A frame and a bit: an unchanged kernel's receive buffer holds them, since a receiver that publishes for the first time stands still. */
const QUICK = { seconds: 1, leastBytes: 0, mostBytes: 220e3, aloneBytes: 2e6, journalBytes: 3e6 } as const;
/** One search finds one of few rates: more of them tell little more. */
const MAX_RUNS = 3;
/** More than any sender does. */
const BOUNDLESS_BITS_PER_SECOND = 10_000_000_000;
const NO_KAFKA =
  'the rate with a receiver that publishes, which needs a real Kafka (Java 17, Maven, kcat and openssl: bash .ci/install)';

/** `cutReach`: how far the stages alone reach with single datagrams, in bits a second on the cable. */
export async function measurePrograms(
  context: BenchmarkContext,
  { mtuBytes, cutReach }: { readonly mtuBytes: number; readonly cutReach: number },
): Promise<BenchmarkReport> {
  const { isQuick, seed, say } = context;
  const { journalBytes } = isQuick ? QUICK : FULL;
  const directory = join(context.directory, 'programs');
  mkdirSync(directory);
  say(`programs: ${journalBytes / 1e6} MB into the sender's journal`);
  const site = await openProgramSite(mtuBytes);
  let kafka: Kafka | undefined;
  try {
    const filling = fillBacklog(site, { directory, bytes: journalBytes, seed });
    // Its own error is the one to tell.
    filling.catch(() => undefined);
    kafka = canRunKafka() ? await startKafka({ jvm: 'server', namespace: site.receiverNamespace }) : undefined;
    const backlog = await filling;
    const runs: ProgramRun[] = [];
    const runCount = isQuick ? 1 : Math.min(context.runCount, MAX_RUNS);
    while (runs.length < runCount) {
      const before = runs.at(-1);
      const to = { context, site, backlog, directory, run: `run-${runs.length + 1}` };
      const receiving = await search(to, undefined, before?.receiving);
      const publishing = kafka && (await search(to, kafka.brokers, before?.publishing));
      runs.push({ receiving, publishing, alone: await sendAlone(to) });
    }
    const back = await site.reversePassed();
    return {
      figures: programFigures(runs, cutReach),
      tables: [programTable(runs)],
      notes: notesOf(backlog),
      faults: [...faultsOf(runs, ratesOf(context)), ...(back > 0 ? [`${back} packets came back through the rig`] : [])],
      leftOut: kafka === undefined ? [NO_KAFKA] : [],
    };
  } finally {
    await kafka?.stop();
    await site.close();
  }
}

interface Place {
  readonly context: BenchmarkContext;
  readonly site: ProgramSite;
  readonly backlog: Backlog;
  readonly directory: string;
  readonly run: string;
}

async function search({ context, site, backlog, directory, run }: Place, brokers: string | undefined, before?: Search) {
  const { seconds, leastBytes, mostBytes } = context.isQuick ? QUICK : FULL;
  const steps: Step[] = [];
  const tryOne = async (rateBitsPerSecond: number) => {
    const name = `${run}-${brokers === undefined ? 'spooling' : 'publishing'}-${rateBitsPerSecond / MBIT}`;
    const bytes = Math.min(mostBytes, Math.max(leastBytes, (rateBitsPerSecond / 8) * seconds));
    const own = join(directory, name);
    const step = await tryRate({
      ...{ site, backlog, name, directory: own, rateBitsPerSecond, bytes, brokers },
      isWarmed: !context.isQuick,
    });
    // A spool of hundreds of MB each.
    rmSync(join(own, 'receiver'), { recursive: true });
    steps.push(step);
    context.say(`${name}: ${stepText(step)}`);
    return missedFor(step) === undefined;
  };
  const highest = await highestRate(ratesOf(context), tryOne, before && (before.highest ?? ratesOf(context)[0]));
  return { steps, highest };
}

async function sendAlone({ context, site, backlog, directory }: Place): Promise<number> {
  const bytes = context.isQuick ? QUICK.aloneBytes : FULL.mostBytes;
  const burst = { backlog, rateBitsPerSecond: BOUNDLESS_BITS_PER_SECOND, bytes, sentThrough: 0 };
  return (await runSender(site, directory, burst)).paceBitsPerSecond;
}

function ratesOf({ isQuick }: BenchmarkContext): readonly number[] {
  return isQuick ? QUICK_RATES : RATES;
}

function notesOf({ frames, frameBytes }: Backlog): readonly string[] {
  const { seconds, leastBytes } = FULL;
  return [
    `programs: diode-sender run and diode-receiver run, cut; ${frames} frames of ${Math.round(frameBytes)} bytes in the sender's journal, first passes alone; for each rate a new receiver, warmed at 50 Mbit/s, and ${seconds} s at the rate, at least ${leastBytes / 1e6} MB`,
    'carried: no datagram lost, each frame in the spool or published, and the sender kept 90% of the rate; all shares two cores, the sender as well',
    'send-rate: a sender whose rate bounds nothing, and nobody receives',
  ];
}
