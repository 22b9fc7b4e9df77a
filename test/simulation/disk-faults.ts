/** What a seed does to one side's disk. */
import { type Interruption, interruptions } from './interruption.ts';
import type { Random } from './random.ts';

export interface DiskFaults {
  /** Chances that a commit, or a sync of the audit log, is the last thing that a program does; that its sync fails. */
  readonly crashAtCommit: number;
  readonly failedSync: number;
  /** `isForeseen`: whoever asks for free space is told; else SQLite meets the full disk in the middle of a write. */
  readonly full: readonly (Interruption & { readonly isForeseen: boolean })[];
  /** The program is stopped, and goes on over an image of an earlier time; over an empty disk where there is none. */
  readonly restored: { readonly imageAtMs: number | undefined; readonly atMs: number } | undefined;
}

export const NO_DISK_FAULTS: DiskFaults = { crashAtCommit: 0, failedSync: 0, full: [], restored: undefined };

export function diskFaults(random: Random, withinMs: number): DiskFaults {
  const full = interruptions(random.fork(), { most: 1, withinMs, forMs: 15_000 });
  const isRestored = random.chance(0.3);
  const atMs = random.integer(0, withinMs);
  const imageAtMs = random.integer(0, atMs);
  const isLost = random.chance(0.5);
  return {
    crashAtCommit: random.pick([0, 0, 0.01, 0.05]),
    failedSync: random.pick([0, 0, 0, 0.01]),
    full: full.map((interruption) => ({ ...interruption, isForeseen: random.chance(0.5) })),
    restored: isRestored ? { atMs, imageAtMs: isLost ? undefined : imageAtMs } : undefined,
  };
}
