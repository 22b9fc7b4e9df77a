import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgramProfile } from '../../support/benchmark.ts';
import { type CpuProfile, summarizeProfile, timeWithin } from '../../support/cpu-profile.ts';
import type { Side } from '../../support/diode-pair.ts';

const LARGEST_COSTS = 5;
/** The log itself, and what makes its entries. */
const AUDIT = ['src/audit/', 'receiver/publish/published-entries.ts', 'sender/ops/sender-audit.ts'];

/** What makes Node write a profile of the main thread when it ends. */
export function profileOptions(directory: string, side: Side): readonly string[] {
  return ['--cpu-prof', `--cpu-prof-dir=${profileFolder(directory, side)}`];
}

/** After the programs ended. The window is in microseconds of the monotonic clock, as V8's samples are. */
export function readProfiles(
  directory: string,
  window: { fromUs: number; toUs: number },
  sides: readonly Side[] = ['sender', 'receiver'],
): readonly ProgramProfile[] {
  return sides.map((side) => {
    const folder = profileFolder(directory, side);
    const [file] = readdirSync(folder);
    if (file === undefined) throw new Error(`the ${side} left no profile in ${folder}`);
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
    const { costs, busySeconds, idleSeconds } = summarizeProfile(profile, window);
    const auditSeconds = timeWithin(profile, window, AUDIT);
    return { program: `diode-${side}`, costs: costs.slice(0, LARGEST_COSTS), busySeconds, auditSeconds, idleSeconds };
  });
}

function profileFolder(directory: string, side: Side): string {
  return join(directory, `${side}-profile`);
}
