import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgramProfile } from '../../support/benchmark.ts';
import { type CpuProfile, summarizeProfile, timeWithin } from '../../support/cpu-profile.ts';
import type { Side } from '../../support/diode-pair.ts';

const LARGEST_COSTS = 5;
/** The log itself, and what makes its entries. */
const AUDIT = ['src/audit/', 'receiver/publish/published-entries.ts', 'sender/ops/sender-audit.ts'];

/** What makes Node write a profile of each thread when the program ends. */
export function profileOptions(directory: string, side: Side): readonly string[] {
  return ['--cpu-prof', `--cpu-prof-dir=${profileFolder(directory, side)}`];
}

/** After the programs ended. The window is in microseconds of the monotonic clock, as V8's samples are. */
export function readProfiles(
  directory: string,
  window: { fromUs: number; toUs: number },
  sides: readonly Side[] = ['sender', 'receiver'],
): readonly ProgramProfile[] {
  return sides.flatMap((side) => {
    const folder = profileFolder(directory, side);
    const files = readdirSync(folder);
    if (files.length === 0) throw new Error(`the ${side} left no profile in ${folder}`);
    return files
      .sort((one, other) => threadOf(one) - threadOf(other))
      .map((file) => {
        const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
        const { costs, busySeconds, idleSeconds } = summarizeProfile(profile, window);
        const auditSeconds = timeWithin(profile, window, AUDIT);
        const thread = threadOf(file);
        const program = `diode-${side}, ${thread === 0 ? 'main thread' : `thread ${thread}`}`;
        return { program, costs: costs.slice(0, LARGEST_COSTS), busySeconds, auditSeconds, idleSeconds };
      });
  });
}

/** Node names a profile CPU.DATE.TIME.PROCESS.THREAD.NUMBER.cpuprofile; 0 is the main thread. */
function threadOf(file: string): number {
  return Number(file.split('.')[4]);
}

function profileFolder(directory: string, side: Side): string {
  return join(directory, `${side}-profile`);
}
