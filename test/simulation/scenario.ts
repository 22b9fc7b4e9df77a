/** What a seed means: link, sizes, workload and faults, drawn in a fixed order. */
import { type LinkFaults, NO_FAULTS } from './lossy-link.ts';
import { Random } from './random.ts';

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
  readonly batchRecords: number;
  readonly faults: LinkFaults;
  readonly outages: readonly Interruption[];
  readonly senderCrashes: readonly Interruption[];
  readonly receiverCrashes: readonly Interruption[];
  /** Chance that a commit is the last thing that a program does: before it, or right behind it. */
  readonly crashAtCommit: number;
}

export interface Interruption {
  readonly atMs: number;
  readonly forMs: number;
}

export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed);
  // Every tenth run is quiet: then nothing at all may be missing.
  const isQuiet = seed % 10 === 0;
  const workMs = random.integer(500, 20_000);
  const lines = random.integer(10, 120);
  const maxValueBytes = random.pick([100, 100, 2_000, 20_000]);
  const scenario = {
    seed,
    // Long values in symbols of 64 bytes would make tens of thousands of datagrams.
    lines: maxValueBytes > 2_000 ? Math.ceil(lines / 4) : lines,
    maxValueBytes,
    workMs,
    link: {
      symbolBytes: random.pick([64, 512, 1_408, 1_408]),
      repairPercent: random.pick([0, 5, 10, 50]),
      rateBitsPerSecond: random.pick([1_000_000, 10_000_000, 100_000_000]),
      helloIntervalMs: random.pick([1_000, 10_000]),
      repeatAfterMs: random.pick([[], [1_000], [1_000, 10_000], [1_000, 10_000, 60_000]]),
    },
    batchRecords: random.pick([1, 5, 1_000]),
    faults: linkFaults(random.fork()),
    outages: interruptions(random.fork(), { most: 2, withinMs: workMs, forMs: 15_000 }),
    senderCrashes: interruptions(random.fork(), { most: 3, withinMs: workMs, forMs: 5_000 }),
    receiverCrashes: interruptions(random.fork(), { most: 3, withinMs: workMs + 5_000, forMs: 5_000 }),
    crashAtCommit: random.pick([0, 0, 0.01, 0.05]),
  };
  if (!isQuiet) return scenario;
  return { ...scenario, faults: NO_FAULTS, outages: [], senderCrashes: [], receiverCrashes: [], crashAtCommit: 0 };
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

function interruptions(
  random: Random,
  bounds: { readonly most: number; readonly withinMs: number; readonly forMs: number },
): Interruption[] {
  const count = Math.max(0, random.integer(-bounds.most, bounds.most));
  const all = Array.from({ length: count }, () => ({
    atMs: random.integer(0, bounds.withinMs),
    forMs: random.integer(0, bounds.forMs),
  }));
  return all.sort((a, b) => a.atMs - b.atMs);
}
