import { setTimeout as delay } from 'node:timers/promises';
import type { OneWaySite } from './one-way-site.ts';
import type { RisingWorkload } from './rising-workload.ts';

const INTERVAL_MS = 100;

/** Appends so many lines a second to the site's source, whoever is dead: the source is a file. Ends with `stop`. */
export function startFeed(site: OneWaySite, workload: RisingWorkload, linesPerSecond: number) {
  const stopping = new AbortController();
  const { signal } = stopping;
  const before = workload.recordCount;
  const feed = async () => {
    const startedMs = performance.now();
    while (!signal.aborted) {
      const due = before + Math.floor(((performance.now() - startedMs) / 1_000) * linesPerSecond);
      if (due > workload.recordCount) site.append(await workload.lines(due - workload.recordCount));
      await delay(INTERVAL_MS, undefined, { signal }).catch(() => {});
    }
  };
  const ended = feed();
  return {
    async stop(): Promise<void> {
      stopping.abort();
      await ended;
    },
  };
}
