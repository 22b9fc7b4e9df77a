import { readFileSync, writeFileSync } from 'node:fs';

/** What a running process has used since its start. */
export interface ProcessUsage {
  /** Peak resident memory (VmHWM). */
  readonly peakBytes: number;
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
}

/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** From /proc, so Linux only. Throws for a process that has ended. */
export function processUsage(pid: number): ProcessUsage {
  return {
    peakBytes: parsePeakBytes(readFileSync(`/proc/${pid}/status`, 'utf8')),
    cpuSeconds: parseCpuSeconds(readFileSync(`/proc/${pid}/stat`, 'utf8')),
  };
}

/** VmRSS of proc_pid_status(5). */
export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has no memory`);
  return Number(kib) * 1024;
}

/** Its peak counts from now on (clear_refs of proc(5)); false where this kernel, or this user, may not. */
export function resetPeak(pid: number): boolean {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    return true;
  } catch {
    return false;
  }
}

/** VmHWM; undefined for a process that has ended. */
export function peakBytesOf(pid: number): number | undefined {
  try {
    return parsePeakBytes(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The line `VmHWM:   123 kB` of proc_pid_status(5). */
export function parsePeakBytes(status: string): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error('no VmHWM in /proc/PID/status');
  return Number(kib) * 1024;
}

/** Fields 14 and 15 of proc_pid_stat(5); field 2, the name, may hold spaces and brackets. */
export function parseCpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (!Number.isFinite(ticks)) throw new Error('no times in /proc/PID/stat');
  return ticks / TICKS_PER_SECOND;
}
