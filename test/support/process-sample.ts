/** What a running program holds at a moment: memory and descriptors by Linux, the heap by its own metrics. */
import { readdirSync } from 'node:fs';
import type { Side } from '../../bench/support/diode-pair.ts';
import { residentBytes } from '../../bench/support/process-usage.ts';
import type { OneWaySite } from './one-way-site.ts';

export interface ProcessSample {
  readonly rssBytes: number;
  /** The main thread's heap in V8, and what buffers hold beside it. */
  readonly heapBytes: number;
  readonly descriptors: number;
  /** The event loop's longest pause since the last sample. */
  readonly stallMs: number;
}

/** Undefined while the program does not run or does not answer. */
export async function sampleProgram(site: OneWaySite, side: Side): Promise<ProcessSample | undefined> {
  const pid = site.program(side)?.process.pid;
  const metrics = await site.metrics(side);
  if (pid === undefined || metrics === undefined) return undefined;
  return {
    rssBytes: residentBytes(pid),
    heapBytes: metricOf(metrics, 'nodejs_heap_size_used_bytes') + metricOf(metrics, 'nodejs_external_memory_bytes'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    stallMs: 1_000 * metricOf(metrics, 'nodejs_eventloop_lag_max_seconds'),
  };
}

/** One value of /metrics by its name, labels included. */
export function metricOf(metrics: string, name: string): number {
  const line = metrics.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`there is no metric ${name}`);
  return Number(line.slice(name.length));
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
