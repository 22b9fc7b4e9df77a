import { expect, it } from 'vitest';
import { steadyReport } from '../../../bench/benchmarks/issuer/steady-report.ts';

const LOOK_MS = 5_000;
const WARM_BYTES = 200_000_000;

/** Half an hour; memory rises by a third of it in the first four minutes. */
function memoryOf(bytesPerMinute: number) {
  return Array.from({ length: 360 }, (_, look) => {
    const atMs = (look + 1) * LOOK_MS;
    const cold = Math.max(0, 1 - atMs / 240_000);
    return { atMs, bytes: WARM_BYTES * (1 - cold / 3) + (bytesPerMinute * atMs) / 60_000 };
  });
}

it('tells memory that grows for ever from a program that warms up', () => {
  const cpuSeconds = { sender: 1, receiver: 1, broker: 1 };
  const memory = { sender: memoryOf(0), receiver: memoryOf(2 ** 20), broker: memoryOf(0) };
  const counts = { seconds: 1_800, issued: 1, lapsed: 0, leastLeftMs: 1, tombstones: 0, looks: 360, lacking: 0 };
  const { tables } = steadyReport({ ...counts, cpuSeconds, memory }, { subjects: 1, lifetimeSeconds: 900 });
  const grew = tables?.[0]?.rows.map((row) => row.at(-1));
  expect(grew).toEqual(['0.0 ± 0.0 MiB/h', '60.0 ± 0.0 MiB/h', '0.0 ± 0.0 MiB/h']);
});
