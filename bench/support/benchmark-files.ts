import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Benchmark } from './benchmark.ts';

const folder = new URL('../benchmarks/', import.meta.url);

/** The benchmarks of bench/benchmarks: each file there is one, and its name the benchmark's. Folders are their parts. */
export function benchmarkNames(): readonly string[] {
  return readdirSync(fileURLToPath(folder))
    .filter((file) => /^[a-z0-9-]+\.(ts|js)$/.test(file))
    .map((file) => file.replace(/\.\w+$/, ''))
    .sort();
}

export async function loadBenchmark(name: string): Promise<Benchmark> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const { benchmark } = (await import(new URL(`${name}.${extension}`, folder).href)) as { benchmark: Benchmark };
  return benchmark;
}
