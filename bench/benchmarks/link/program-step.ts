/**
 * One rate, tried: a new receiver, warmed by a slower sender; then the sender at that rate. Neither is asked anything while frames
 * leave.
 */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReceiverStatus } from '../../../receiver/ops/receiver-status.ts';
import { changeConfig, type RunningProgram, type Side, startProgram } from '../../support/diode-pair.ts';
import { processUsage } from '../../support/process-usage.ts';
import type { Backlog } from './backlog.ts';
import { type Burst, runSender } from './backlog-sender.ts';
import { allLost, isWhole, type Lost, lostDatagrams, type Sent } from './burst.ts';
import type { ProgramSite } from './program-site.ts';

export interface StepOptions {
  readonly site: ProgramSite;
  readonly backlog: Backlog;
  /** Also names the topics; does not exist yet. */
  readonly name: string;
  readonly directory: string;
  readonly rateBitsPerSecond: number;
  readonly bytes: number;
  readonly isWarmed: boolean;
  /** Of a Kafka in the receiver's namespace; absent: what comes stays in the spool. */
  readonly brokers: string | undefined;
}

export interface Step {
  readonly rateBitsPerSecond: number;
  /** That the sender kept. */
  readonly paceBitsPerSecond: number;
  readonly datagrams: number;
  readonly lost: Lost;
  /** Each frame that left is in the spool, or was published. */
  readonly isWhole: boolean;
  /** Records, while all this came. */
  readonly published: number;
  /** Busy meanwhile. */
  readonly cores: Readonly<Record<Side, number>>;
}

/** Enough for compilers, and slow: while they are at it a receiver that publishes stands still for longest. */
const WARM = { bytes: 12_000_000, rateBitsPerSecond: 50_000_000, sentThrough: 0 } as const;
/** Nobody listens there. */
const NO_BROKER = '127.0.0.1:9';
const LOOK_MS = 50;
/** Without a datagram more: none comes. */
const SILENT_MS = 1_000;

export async function tryRate(options: StepOptions): Promise<Step> {
  const { site, backlog, directory, rateBitsPerSecond, bytes, brokers } = options;
  mkdirSync(directory);
  const receiver = startReceiver(options);
  try {
    await site.until('receiver', ({ kafka }) => brokers === undefined || kafka.publishing);
    const sentThrough = options.isWarmed ? await warm(options, receiver) : 0;
    return await carry(options, receiver, { backlog, rateBitsPerSecond, bytes, sentThrough });
  } finally {
    await receiver.kill();
  }
}

/** Answers how far the receiver came: what it lost comes once more. */
async function warm(options: StepOptions, receiver: RunningProgram): Promise<number> {
  const { site, backlog, brokers } = options;
  await carry(options, receiver, { ...WARM, backlog });
  // So that the broker has done it all before, too.
  const { intake } = await site.until('receiver', ({ totals }) => brokers === undefined || totals.published > 0);
  return intake.gate.sequence;
}

function startReceiver({ site, backlog, name, directory, brokers }: StepOptions): RunningProgram {
  const own = join(directory, 'receiver');
  cpSync(backlog.pair.receiverDirectory, own, { recursive: true });
  changeConfig(own, [
    [['kafka', 'brokers'], [brokers ?? NO_BROKER]],
    // In those of another step stands how far that one came.
    [['kafka', 'topicPrefix'], `${name}.`],
    [['kafka', 'replicationFactor'], 1],
    [['kafka', 'minInsyncReplicas'], 1],
  ]);
  const logPath = join(directory, 'receiver.log');
  return startProgram({ side: 'receiver', directory: own, logPath, prefix: site.prefix.receiver });
}

async function carry({ site, directory }: StepOptions, receiver: RunningProgram, burst: Burst): Promise<Step> {
  const cpuSeconds = () => processUsage(receiver.process.pid as number).cpuSeconds;
  let [usedSeconds, spentSeconds] = [0, 0];
  // Nothing is under way: what the interface counts from here on, the receiver counts.
  const before = await site.until('receiver', () => true);
  const sender = await runSender(site, directory, burst, {
    async session({ id }) {
      await site.until('receiver', ({ intake }) => intake.session?.id === id);
      usedSeconds = cpuSeconds();
    },
    sent() {
      spentSeconds = cpuSeconds() - usedSeconds;
    },
  });
  const { sent, sentThrough, paceBitsPerSecond, seconds } = sender;
  const after = await untilArrived(site, before, { sent, sentThrough });
  return {
    rateBitsPerSecond: burst.rateBitsPerSecond,
    paceBitsPerSecond,
    datagrams: sent.packets + sent.dropped,
    lost: lostDatagrams(before, after, sent),
    isWhole: isWhole(after, sentThrough),
    published: after.totals.published - before.totals.published,
    cores: { sender: sender.cpuSeconds / seconds, receiver: spentSeconds / seconds },
  };
}

/** The sender is gone: until the receiver has all of it, or nothing comes any more. */
async function untilArrived(
  site: ProgramSite,
  before: ReceiverStatus,
  { sent, sentThrough }: { readonly sent: Sent; readonly sentThrough: number },
): Promise<ReceiverStatus> {
  let [missing, changedMs] = [Number.NaN, performance.now()];
  for (;;) {
    const status = await site.until('receiver', () => true);
    const left = allLost(lostDatagrams(before, status, sent));
    if (left === 0 && isWhole(status, sentThrough)) return status;
    if (left !== missing) [missing, changedMs] = [left, performance.now()];
    if (performance.now() > changedMs + SILENT_MS) return status;
    await delay(LOOK_MS);
  }
}
