/** One run: sender, link, receiver and broker on virtual time, as a seed says; throws where anything that must hold does not. */
import { createHash } from 'node:crypto';
import { covers } from '../../receiver/publish/progress.ts';
import type { LaneCipher } from '../../src/crypto/lane-cipher.ts';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import { ModelBroker } from '../support/model-broker.ts';
import { UNCLEAN } from './broker-faults.ts';
import { check } from './check.ts';
import { EpochOperators } from './epoch-operators.ts';
import { scheduleFaults } from './fault-schedule.ts';
import { checkFinal } from './final-check.ts';
import { FrameArchive } from './frame-archive.ts';
import { scheduleApprovers } from './guard-plan.ts';
import { checkJournal } from './journal-check.ts';
import { LossyLink, NO_FAULTS } from './lossy-link.ts';
import { askSnapshot, healGaps, scheduleOperators } from './operators.ts';
import { Random } from './random.ts';
import { ReceiverBounds } from './receiver-bounds.ts';
import { ReceiverNode } from './receiver-node.ts';
import { NO_NODE_FAULTS, type Scenario, scenarioOf } from './scenario.ts';
import { SenderNode } from './sender-node.ts';
import { HOLD_MS, KAFKA, MAX_SKEW_MS, STREAM } from './site.ts';
import { setBounds } from './small-bounds.ts';
import { StreamLedger, type TurnedAway } from './stream-ledger.ts';
import { TOPICS, TopicLedger } from './topic-ledger.ts';
import { VirtualTime } from './virtual-time.ts';
import { workloadOf } from './workload.ts';

export interface Outcome {
  readonly scenario: Scenario;
  /** Of all that was decided and when: two runs of one seed are the same run. */
  readonly digest: string;
  /** What happened, summed over seeds to show that everything does. */
  readonly counts: Readonly<Record<string, number>>;
  readonly virtualMs: number;
}

/** What one run consists of. */
export interface World {
  readonly time: VirtualTime;
  readonly scenario: Scenario;
  readonly link: LossyLink;
  readonly broker: ModelBroker;
  readonly sender: SenderNode;
  readonly receiver: ReceiverNode;
  readonly ledger: StreamLedger;
  readonly topics: TopicLedger;
  /** Counts an event by its name. */
  readonly count: (event: string) => void;
  readonly note: (line: string) => void;
}

/** A sender that is not done by then, or a receiver, is stuck. */
const MAX_MS = 900_000;
/** Behind the faults: a hello comes within 10 s, and a tail that it names is waited for. */
const CALM_MS = 10_000 + HOLD_MS + 3_000;
/** Tickets are met within a second, and a repeat of everything takes some more. */
const HEAL_MS = 15_000;
/** What one ticket holds is bounded. */
const MAX_HEALS = 10;
/** By then somebody has seen that nothing is accepted. */
const ALARM_MS = 300_000;
const AMPLE_BYTES = 1e9;
const BUSY_MS = 25_000;
const STEP_MS = 1_000;

export async function simulate(seed: number, tell: (line: string) => void = () => undefined): Promise<Outcome> {
  const { world, clone, archive, workload, digest, counted } = build(seed, tell);
  const { time, scenario, sender, receiver, link, ledger, topics } = world;
  const faults = scheduleFaults(world);
  scheduleOperators(world);
  const operators = new EpochOperators(world, clone);
  scheduleApprovers(world);
  const setBack = setBounds(scenario.bounds);
  try {
    await receiver.life.begin();
    await sender.life.begin();
    await time.runUntil(scenario.workMs + BUSY_MS);
    faults.end();
    operators.end();
    const isUnfinished = () => !operators.isSettled || !sender.isDone;
    const isFull = () => time.nowMs >= ALARM_MS && receiver.isFullOfWaiting;
    await runWhile(time, () => isUnfinished() && !isFull(), 'the sender does not come to an end');
    if (isFull()) {
      await raiseSpool(world);
      await runWhile(time, isUnfinished, 'the sender does not come to an end');
    }
    link.faults = NO_FAULTS;
    const lacksBundle = () => scenario.trust !== undefined && !receiver.hasSecondBundle;
    if (lacksBundle()) await runWhile(time, lacksBundle, 'the bundle does not arrive');
    await time.runUntil(time.nowMs + CALM_MS);
    const isAtWork = () => isUnfinished() || !receiver.isDrained || receiver.isUnsureOfSender;
    await runWhile(time, isAtWork, 'the receiver does not publish all that it has');
    await raiseSpool(world);
    const { sequence: head, epoch } = sender.head;
    const epochId = Buffer.from(sender.head.epochId).toString('hex');
    ledger.handleEnd(epochId, head, 1 + scenario.link.repeatAfterMs.length);
    ledger.checkAgainst((sequence) => {
      const { progress } = topics;
      return progress?.epochId === epochId && covers(progress, { epoch, sequence });
    });
    const heal = { world, isAtRest: () => !isUnfinished() && receiver.isDrained };
    await healBy('tickets', heal, () => ledger.isMissing(sender.head.oldestSequence, sender.head.sequence));
    const isUnsaid = () =>
      ledger.isMissing(1, sender.head.sequence) || ledger.hasLost || topics.progress?.lost !== undefined;
    await healBy('snapshot', heal, () => !receiver.isWhole || isUnsaid());
    // What an operator had sent again by then may wait for a trusted clock.
    if (isAtWork()) await runWhile(time, isAtWork, 'the receiver does not publish all that it has');
    const { frames } = sender;
    checkJournal(workload, frames, scenario.senderLoss !== undefined);
    const { progress } = topics;
    check(progress !== undefined || frames.length === 0, 'nothing was published');
    if (progress !== undefined) {
      const areClocksRight = !areBothAhead(scenario);
      checkFinal({
        progress,
        topics,
        frames,
        allFrames: archive.frames,
        isDisputed: (frame) => archive.isDisputed(frame),
        nowMs: sender.life.wallMs,
        areClocksRight,
      });
    }
    const { summary } = ledger;
    if (scenario.isQuiet) check(summary.everMissing === 0, 'frames were missing though nothing was lost');
    const counts = { ...counted, ...summary, frames: head, transactions: topics.transactions };
    return { scenario, digest: digest.digest('hex'), counts, virtualMs: time.nowMs };
  } finally {
    setBack();
    for (const { life } of [sender, clone, receiver]) life.disk.remove();
  }
}

/**
 * What waits for a snapshot may leave no room for it, nor for the epoch that brings it: an operator raises the limit and starts the
 * receiver again.
 */
async function raiseSpool({ time, receiver }: World): Promise<void> {
  if (receiver.isWhole || receiver.maxSpoolBytes >= AMPLE_BYTES) return;
  receiver.maxSpoolBytes = AMPLE_BYTES;
  receiver.life.crash({ forMs: 500 });
  await time.runUntil(time.nowMs + CALM_MS);
}

interface Heal {
  readonly world: World;
  readonly isAtRest: () => boolean;
}

/** Operators ask for what is missing, until nothing is. What comes may show another history, and begin a new epoch. */
async function healBy(
  by: 'tickets' | 'snapshot',
  { world, isAtRest }: Heal,
  isUnfinished: () => boolean,
): Promise<void> {
  const { time } = world;
  for (let round = 0; isUnfinished(); round++) {
    check(round < MAX_HEALS, `the ${by} of operators do not heal what is missing`);
    if (by === 'tickets') healGaps(world);
    else askSnapshot(world);
    await time.runUntil(time.nowMs + HEAL_MS);
    await runWhile(time, () => !isAtRest(), 'what was sent again does not come to an end');
  }
}

/** A clock of either side that was behind and is set right lets the guard's hour pass: the other one bounds it from above alone. */
function isBehind({ sender, receiver }: Scenario): boolean {
  return [sender, receiver].some(({ clockJumps }) => clockJumps.some(({ byMs }) => byMs < -MAX_SKEW_MS));
}

/** Where both sides' clocks are ahead, each confirms the other. */
function areBothAhead({ sender, receiver }: Scenario): boolean {
  return [sender, receiver].every(({ clockJumps }) => clockJumps.some(({ byMs }) => byMs > MAX_SKEW_MS));
}

async function runWhile(time: VirtualTime, isUnfinished: () => boolean, stuck: string): Promise<void> {
  while (isUnfinished()) {
    check(time.nowMs < MAX_MS, stuck);
    await time.runUntil(time.nowMs + STEP_MS);
  }
  // What was learned last is written by then.
  await time.runUntil(time.nowMs + STEP_MS);
}

function build(seed: number, tell: (line: string) => void) {
  const random = new Random(seed ^ 0x51_0d_e5);
  const scenario = scenarioOf(seed);
  const time = new VirtualTime();
  const workload = workloadOf(scenario, random.fork());
  const digest = createHash('sha256');
  const note = (line: string) => {
    digest.update(`${time.nowMs.toFixed(3)} ${line}\n`);
    tell(`${time.nowMs.toFixed(3).padStart(12)} ${line}`);
  };
  const counted: Record<string, number> = {};
  const count = (event: string) => {
    counted[event] = (counted[event] ?? 0) + 1;
  };
  const archive = new FrameArchive();
  const ledger = new StreamLedger(HOLD_MS, archive);
  const topics = new TopicLedger(archive, {
    guard: scenario.guard,
    nowMs: () => time.nowMs,
    isHourTrue: !areBothAhead(scenario) && !isBehind(scenario),
    count,
    hasTrust: scenario.trust !== undefined,
    mayForget: () => receiver.wasRestored,
  });
  const bounds = new ReceiverBounds();
  const link = new LossyLink(time, random.fork(), ({ bytes, original }) => {
    // Frames of a key that it does not know yet wait within bounds.
    const { cutOverMs = Number.POSITIVE_INFINITY } = scenario.trust ?? {};
    const isSure = receiver.isAccepting && (time.nowMs < cutOverMs || receiver.hasSecondBundle);
    const tellLedger = (isHeard: boolean) => {
      if (original === undefined || !receiver.life.isRunning) return;
      ledger.handleDelivery(time.nowMs, original, isHeard && isSure && receiver.isAccepting);
    };
    tellLedger(!receiver.hasThread);
    bounds.handleDelivery(receiver, bytes, { isForged: original === undefined, onHeard: () => tellLedger(true) });
  });
  const brokerRandom = random.fork();
  const broker = new ModelBroker({
    clock: { nowMs: () => time.nowMs, after: (delayMs, run) => time.after(delayMs, run) },
    topics: {
      [TOPICS.identity]: KAFKA.partitions,
      [TOPICS.tokens]: KAFKA.partitions,
      [TOPICS.trust]: 1,
      [TOPICS.progress]: 1,
      [TOPICS.held]: KAFKA.partitions,
      [TOPICS.quarantine]: 1,
    },
    transactionTimeoutMs: KAFKA.transactionTimeoutMs,
    latencyMs: () => 1 + brokerRandom.fraction() * 4,
    drawFault: () => {
      const isUnclean = brokerRandom.chance(scenario.broker.unclean);
      const fault = brokerRandom.pick(UNCLEAN);
      if (!isUnclean || !receiver.life.isFragile) return 'none';
      count(fault);
      return fault;
    },
    lateMs: () => brokerRandom.fraction() * 40_000,
    onCommit: (transactionalId, records) => {
      if (!transactionalId.endsWith(STREAM)) return;
      topics.handleCommit(records);
      note(`visible ${records.map(({ key }) => key).join(' ')}`);
    },
  });
  const common = { time, scenario, note };
  const senderRandom = random.fork();
  const lineTimes = Array.from({ length: scenario.lines }, () => senderRandom.fraction() * scenario.workMs);
  const ofSender = {
    ...common,
    workload,
    lineTimesMs: lineTimes.sort((a, b) => a - b),
    codec: new BlockCodec(loadKernelModule()),
    archive,
    onSession: (handle: number, epochId: string, cipher: LaneCipher) =>
      ledger.handleSenderSession(handle, epochId, cipher),
  };
  const send = (from: () => SenderNode) => (datagram: Buffer) => {
    ledger.handleSent(datagram, from().head.sequence);
    link.send(datagram);
  };
  const sender: SenderNode = new SenderNode({
    ...ofSender,
    send: send(() => sender),
    random: senderRandom,
    faults: scenario.sender,
  });
  const receiver: ReceiverNode = new ReceiverNode({
    ...common,
    random: random.fork(),
    broker,
    topics,
    onCommit: (spooled, gate) => {
      ledger.handleCommit(time.nowMs, spooled, gate);
      topics.handleReleased(spooled);
      if (spooled.length === 0) return;
      note(`commit ${spooled.map(({ sequence, isHealed }) => `${sequence}${isHealed ? 'h' : ''}`).join(' ')}`);
    },
    onSession: (handle) => ledger.handleSession(handle),
    onEnd: () => ledger.handleReceiverCrash(),
    onEvent: (event) => {
      count(event.event);
      if ('recovery' in event) count(`recovery ${event.recovery}`);
      if (event.event === 'not-accepting') ledger.handleRefusing();
      if (event.event === 'frame-held-full') ledger.handleTurnedAway(event as unknown as TurnedAway);
      note(JSON.stringify(event).replaceAll(/"(digest|id)":"[0-9a-f]*",?/g, ''));
    },
    onAdopted: (progress) => ledger.handleAdopted(progress),
    onGapsClosed: (upTo) => ledger.handleGapsClosed(upTo),
  });
  const clone: SenderNode = new SenderNode({
    ...ofSender,
    send: send(() => clone),
    random: random.fork(),
    faults: NO_NODE_FAULTS,
  });
  const world: World = { ...common, link, broker, sender, receiver, ledger, topics, count };
  return { world, clone, archive, workload, digest, counted };
}
