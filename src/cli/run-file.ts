/** DIR/data/run.json: where the program that holds the run lock answers. Without the lock it is an old one and ignored. */
import { rmSync } from 'node:fs';
import type { DirectoryLayout } from '../config/directory-layout.ts';
import { readTextFile, replaceFile } from '../config/durable-file.ts';
import { OPS_LIMITS } from '../limits.ts';
import { isRunning } from './directory.ts';

export interface RunFile {
  readonly pid: number;
  readonly address: string;
  readonly port: number;
  readonly startedAt: string;
  readonly version: string;
}

export function writeRunFile(layout: DirectoryLayout, run: RunFile): void {
  replaceFile(layout.runFile, `${JSON.stringify(run)}\n`, 0o644);
}

export function removeRunFile(layout: DirectoryLayout): void {
  rmSync(layout.runFile, { force: true });
}

/** Of `run`, where it runs on DIR now. */
export function runningPid(layout: DirectoryLayout): number | undefined {
  return isRunning(layout) ? readRunFile(layout)?.pid : undefined;
}

/** The `/status` of the running program, or undefined where none answers. */
export async function fetchStatus(layout: DirectoryLayout, interrupt?: AbortSignal): Promise<object | undefined> {
  const run = readRunFile(layout);
  if (run === undefined) return undefined;
  try {
    const host = run.address.includes(':') ? `[${run.address}]` : run.address;
    const timeout = AbortSignal.timeout(OPS_LIMITS.statusTimeoutMs);
    const signal = interrupt === undefined ? timeout : AbortSignal.any([timeout, interrupt]);
    const response = await fetch(`http://${host}:${run.port}/status`, { signal });
    const status = (await response.json()) as { pid?: unknown };
    // Another program may have taken the port after a crash.
    return status.pid === run.pid ? status : undefined;
  } catch {
    return undefined;
  }
}

function readRunFile(layout: DirectoryLayout): RunFile | undefined {
  const text = readTextFile(layout.runFile, OPS_LIMITS.maxRunFileBytes);
  if (text === undefined) return undefined;
  try {
    const run = JSON.parse(text) as RunFile;
    return typeof run.address === 'string' && Number.isInteger(run.port) ? run : undefined;
  } catch {
    return undefined;
  }
}
