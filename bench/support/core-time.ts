/**
 * How much of a core a piece of work takes, in CPU time: on cores that are shared, the clock on the wall measures the others
 * as well. It counts all threads of this process.
 */
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import type { ProgramProfile } from './benchmark.ts';
import { type CpuProfile, summarizeProfile } from './cpu-profile.ts';

const LARGEST_COSTS = 8;

/** User and system time since the start of the process. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** CPU time of the main thread alone, since the start of the process (Linux: proc_pid_schedstat(5), nanoseconds). */
export function mainThreadSeconds(): number {
  return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[0]) / 1e9;
}

/** Calls a second of a core: `call` is repeated until `minSeconds` of CPU time went by. Synchronous work alone. */
export function callsPerCoreSecond(call: () => void, minSeconds: number): number {
  const startedSeconds = cpuSeconds();
  let calls = 0;
  // Asking the kernel for the time costs as much as a short call, so it is asked ever more rarely.
  for (let batch = 1; ; batch *= 2) {
    for (let index = 0; index < batch; index++) call();
    calls += batch;
    const seconds = cpuSeconds() - startedSeconds;
    if (seconds >= minSeconds) return calls / seconds;
  }
}

/** Where the main thread spends its time during `work`. */
export async function profileOf(program: string, work: () => void | Promise<void>): Promise<ProgramProfile> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await work();
    const { profile } = (await session.post('Profiler.stop')) as unknown as { profile: CpuProfile };
    const { costs, busySeconds, idleSeconds } = summarizeProfile(profile, { fromUs: 0, toUs: Number.MAX_VALUE });
    return { program, costs: costs.slice(0, LARGEST_COSTS), busySeconds, idleSeconds };
  } finally {
    session.disconnect();
  }
}
