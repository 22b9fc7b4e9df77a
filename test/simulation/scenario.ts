/** What a seed means: link, sizes, workload and faults, drawn in a fixed order. */

import { type BrokerFaults, brokerFaults, NO_BROKER_FAULTS } from './broker-faults.ts';
import { isConstantRate } from './constant-rate.ts';
import { type DiskFaults, diskFaults, NO_DISK_FAULTS } from './disk-faults.ts';
import { type GuardPlan, guardPlan } from './guard-plan.ts';
import { type Interruption, interruptions } from './interruption.ts';
import { type LinkFaults, NO_FAULTS } from './lossy-link.ts';
import { NO_OPERATORS, type OperatorPlan, operatorPlan } from './operators.ts';
import { Random } from './random.ts';
import { type SenderLoss, senderLoss } from './sender-loss.ts';
import { type SmallBounds, smallBounds } from './small-bounds.ts';
import { canLinkWait, threadDelayMs } from './thread-plan.ts';
import { type TrustPlan, trustPlan } from './trust-plan.ts';

export interface Scenario {
  readonly seed: number;
  readonly lines: number;
  /** Of the longest attribute, so that frames take from one symbol to several blocks. */
  readonly maxValueBytes: number;
  /** Lines come over this time. */
  readonly workMs: number;
  readonly link: {
    readonly symbolBytes: number;
    readonly repairPercent: number;
    readonly rateBitsPerSecond: number;
    readonly helloIntervalMs: number;
    readonly repeatAfterMs: readonly number[];
  };
  readonly isConstantRate: boolean;
  readonly batchRecords: number;
  readonly maxSpoolBytes: number;
  readonly maxJournalBytes: number;
  readonly faults: LinkFaults;
  readonly outages: readonly Interruption[];
  readonly sender: NodeFaults;
  readonly receiver: NodeFaults;
  readonly broker: BrokerFaults;
  readonly operators: OperatorPlan;
  readonly senderLoss: SenderLoss | undefined;
  /** Undefined: nothing is ever held. */
  readonly guard: GuardPlan | undefined;
  /** How long what the receiver's two threads tell each other is on its way, at most; undefined: it is one thread. */
  readonly threadDelayMs: number | undefined;
  /** That thread leaves the link alone while it has no room; else it refuses what comes. */
  readonly canLinkWait: boolean;
  /** Of the receiver, in place of its own. */
  readonly bounds: SmallBounds;
  /** Undefined: trust comes by cards, and changes never. */
  readonly trust: TrustPlan | undefined;
  /** Nothing goes wrong at all. */
  readonly isQuiet: boolean;
}

export interface NodeFaults {
  readonly crashes: readonly Interruption[];
  readonly disk: DiskFaults;
  /** The wall clock is wrong by so much for so long. */
  readonly clockJumps: readonly (Interruption & { readonly byMs: number })[];
}

export const NO_NODE_FAULTS: NodeFaults = { crashes: [], disk: NO_DISK_FAULTS, clockJumps: [] };
const DAY_MS = 86_400_000;

export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed);
  // Every tenth run is quiet: then nothing at all may be missing.
  const isQuiet = seed % 10 === 0;
  const workMs = random.integer(500, 20_000);
  const lines = random.integer(10, 90);
  const maxValueBytes = random.pick([100, 100, 2_000, 20_000]);
  const drawn = {
    seed,
    // Long values in symbols of 64 bytes would make tens of thousands of datagrams.
    lines: maxValueBytes > 2_000 ? Math.ceil(lines / 4) : lines,
    maxValueBytes,
    workMs,
    link: {
      symbolBytes: random.pick([64, 512, 1_408, 1_408]),
      repairPercent: random.pick([0, 5, 10, 50]),
      // A slow link takes long values only so slowly.
      rateBitsPerSecond: random.pick([maxValueBytes > 2_000 ? 1_000_000 : 200_000, 1_000_000, 10_000_000, 100_000_000]),
      helloIntervalMs: random.pick([1_000, 10_000]),
      repeatAfterMs: random.pick([[], [1_000], [1_000, 10_000], [1_000, 10_000, 60_000]]),
    },
    batchRecords: random.pick([1, 5, 1_000]),
    maxSpoolBytes: random.pick([1e9, 1e9, 1e9, 100_000]),
    maxJournalBytes: random.pick([1e9, 1e9, 1e9, 40_000]),
    faults: linkFaults(random.fork()),
    outages: interruptions(random.fork(), { most: 2, withinMs: workMs, forMs: 15_000 }),
    sender: nodeFaults(random.fork(), workMs),
    receiver: nodeFaults(random.fork(), workMs + 5_000),
    broker: brokerFaults(random.fork(), workMs + 5_000),
    operators: operatorPlan(random.fork(), workMs + 5_000),
    // Drawn last, so that what was there before keeps its seeds.
    senderLoss: senderLoss(random.fork(), workMs + 5_000),
    // Drawn last, so that seeds kept from before mean what they meant, but for what the guard holds.
    guard: guardPlan(random.fork(), workMs + 5_000),
    isQuiet,
  };
  const hasCopies = drawn.senderLoss !== undefined && drawn.senderLoss.kind !== 'lost';
  const bounds = smallBounds(seed, { hasCopies });
  const faults = mayLookCopied(drawn)
    ? { ...drawn.faults, reorderMs: Math.min(drawn.faults.reorderMs, 20) }
    : drawn.faults;
  const scenario = {
    ...drawn,
    faults,
    bounds,
    isConstantRate: isConstantRate(seed, drawn.link),
    threadDelayMs: threadDelayMs(seed),
    canLinkWait: canLinkWait(seed),
  };
  if (!isQuiet) return { ...scenario, trust: trustPlan(scenario) };
  const quiet = {
    ...scenario,
    maxSpoolBytes: 1e9,
    faults: NO_FAULTS,
    outages: [],
    sender: NO_NODE_FAULTS,
    receiver: NO_NODE_FAULTS,
    broker: NO_BROKER_FAULTS,
    operators: NO_OPERATORS,
    senderLoss: undefined,
    guard: undefined,
    bounds: { receiver: {}, sender: {} },
  };
  return { ...quiet, trust: trustPlan(quiet) };
}

/**
 * A hello that is held up over a restart of its sender, whose clock is set back meanwhile, is that of a copy by all that its receiver
 * can know: it halts, as it should. Where no copy is played, nobody mends that.
 */
function mayLookCopied({ sender, senderLoss }: Pick<Scenario, 'sender' | 'senderLoss'>): boolean {
  return senderLoss === undefined && sender.clockJumps.some(({ byMs }) => byMs < 0);
}

function linkFaults(random: Random): LinkFaults {
  const sometimes = (probability: number, most: number) => {
    const isOn = random.chance(probability);
    const value = random.fraction() * most;
    return isOn ? value : 0;
  };
  return {
    drop: sometimes(0.7, random.pick([0.02, 0.1, 0.3])),
    burstEnter: sometimes(0.4, 0.02),
    burstLeave: 0.02 + random.fraction() * 0.3,
    burstDrop: 0.5 + random.fraction() / 2,
    corrupt: sometimes(0.5, 0.1),
    reorder: sometimes(0.5, 0.3),
    reorderMs: random.pick([1, 20, 500]),
    duplicate: sometimes(0.5, 0.2),
    forge: sometimes(0.5, 0.5),
  };
}

function nodeFaults(random: Random, withinMs: number): NodeFaults {
  const crashes = interruptions(random.fork(), { most: 3, withinMs, forMs: 5_000 });
  const disk = diskFaults(random.fork(), withinMs);
  const jumps = interruptions(random.fork(), { most: 1, withinMs, forMs: 40_000 });
  const clockJumps = jumps.map((jump) => {
    return { ...jump, byMs: random.pick([-DAY_MS, -600_000, -1_000, 1_000, 600_000, DAY_MS]) };
  });
  return { crashes, disk, clockJumps };
}
