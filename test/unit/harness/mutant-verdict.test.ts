import { describe, expect, it } from 'vitest';
import { simulatorVerdict, suiteVerdict } from '../../mutants/verdict.ts';

const SUITE = 'test/unit/x.test.ts';
const end = (output: string, code = 1) => ({ code, output, isTimedOut: false });

describe('the verdict on a mutant', () => {
  it('is caught by a suite where a test of it failed', () => {
    expect(suiteVerdict(end('Tests  1 failed | 3 passed (4)'), SUITE)).toEqual({ isCaught: true, by: SUITE });
    const mixed = 'Error: Test timed out in 5000ms.\nTests  2 failed (2)';
    expect(suiteVerdict(end(mixed), SUITE).isCaught).toBe(true);
  });

  it.each([
    ['a suite that passes', end('Tests  4 passed (4)', 0)],
    ['a suite that cannot be loaded', end('Error: no such file')],
    ['tests that ran out of time alone', end('Error: Test timed out in 5000ms.\nTests  1 failed (1)')],
    ['a hook that did', end('Error: Hook timed out in 10000ms.\nTests  1 failed (1)')],
    ['a run that was killed', { code: -1, output: 'Tests  1 failed (1)', isTimedOut: true }],
  ])('is not caught by %s', (_, run) => {
    expect(suiteVerdict(run, SUITE).isCaught).toBe(false);
  });

  it('is caught by the simulator where a seed contradicts, and not where it stands still', () => {
    const output = 'seed 7: frame 1 is another. Replay: npm run test:sim -- --seed 7\n{}\n7 seeds from 1, 1 failed';
    expect(simulatorVerdict(end(output))).toEqual({ isCaught: true, by: 'seed 7: frame 1 is another' });
    expect(simulatorVerdict(end('200 seeds from 1, 0 failed, 9 s', 0))).toMatchObject({ isCaught: false });
    expect(simulatorVerdict({ code: -1, output: '', isTimedOut: true })).toMatchObject({
      isCaught: false,
      by: expect.stringContaining('no catch'),
    });
  });
});
