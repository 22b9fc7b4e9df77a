/** The command of the README, smaller: its last line is counted, and its exit code follows it. */
import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../bench/support/project-root.ts';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function demo(args: readonly string[]): Promise<Ended> {
  const file = `${projectRoot}dist/bench/demo/main.js`;
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}

describe('the demo', () => {
  it('delivers all over a link that loses, doubles and swaps, says so in its last line, and ends with 0', async () => {
    const { code, stdout, stderr } = await demo(['--deltas', '800', '--tokens', '80', '--loss', '0.05', '--seed', '7']);
    expect([stderr, stdout.trimEnd().split('\n').at(-1), code]).toEqual([
      '',
      'delivered 800 of 800 deltas and 76 of 76 good tokens, quarantined 4 of 4 bad tokens, 0 duplicated, 0 out of order',
      0,
    ]);
  });

  it('shows what it takes where it is called wrongly, and ends with 2', async () => {
    const { code, stderr } = await demo(['--loss', '2']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--loss F')]);
  });
});
