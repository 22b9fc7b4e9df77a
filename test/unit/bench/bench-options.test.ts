import { describe, expect, it } from 'vitest';
import { BENCH_USAGE, readBenchOptions } from '../../../bench/support/bench-options.ts';

const known = ['endtoend', 'wire'];
const read = (...args: string[]) => readBenchOptions(args, known);

describe('readBenchOptions', () => {
  it('runs all five times without a word', () => {
    expect(read()).toEqual({
      names: [],
      isQuick: false,
      isProfiled: false,
      jsonPath: undefined,
      comparePath: undefined,
      chartFolder: undefined,
      seed: 1,
      runCount: 5,
      isKept: false,
      minutes: undefined,
    });
  });

  it('runs less often when quick, once under the profiler, and as often as told', () => {
    expect(read('--quick')).toMatchObject({ isQuick: true, runCount: 2 });
    expect(read('--profile')).toMatchObject({ isProfiled: true, runCount: 1 });
    expect(read('--quick', '--runs', '7')).toMatchObject({ runCount: 7 });
  });

  it('takes names, seed, the file of the results and that of an earlier run', () => {
    expect(
      read('wire', 'endtoend', '--seed', '9', '--json', 'r.json', '--compare', 'e.json', '--charts', 'd'),
    ).toMatchObject({
      names: ['wire', 'endtoend'],
      seed: 9,
      jsonPath: 'r.json',
      comparePath: 'e.json',
      chartFolder: 'd',
    });
  });

  it('takes how long a long form runs', () => {
    expect(read('wire', '--minutes', '30')).toMatchObject({ minutes: 30 });
  });

  it('names the benchmarks there are when asked for another', () => {
    expect(read('wires')).toContain('No benchmark wires; there are: endtoend, wire.');
  });

  it.each([
    [['--runs', '0']],
    [['--runs', '1.5']],
    [['--seed', '-1']],
    [['--seed', 'x']],
    [['--minutes', '0']],
    [['--help']],
  ])('answers %j with how to write it', (args) => {
    expect(read(...args)).toContain(BENCH_USAGE);
  });

  it('says which option it does not know', () => {
    expect(read('--fast')).toMatch(/--fast[\s\S]*--quick/);
  });
});
