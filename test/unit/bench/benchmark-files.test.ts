import { describe, expect, it } from 'vitest';
import { benchmarkNames, loadBenchmark } from '../../../bench/support/benchmark-files.ts';

describe('benchmark files', () => {
  it('finds the benchmarks and not their parts', () => {
    expect(benchmarkNames()).toEqual(expect.arrayContaining(['endtoend', 'wire']));
    expect(benchmarkNames()).not.toContain('isolated-side');
  });

  it.each(benchmarkNames())('%s exports a benchmark of its own name, which says what it lacks', async (name) => {
    const benchmark = await loadBenchmark(name);
    expect(benchmark.name).toBe(name);
    expect(benchmark.title).not.toBe('');
    expect(['string', 'undefined']).toContain(typeof benchmark.missing());
  });
});
