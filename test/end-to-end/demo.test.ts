/** The command of the README, smaller: its last line is counted, and its exit code follows it. */
import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../bench/support/project-root.ts';
import { missingForSerial } from '../../bench/support/serial-line.ts';
import { requirement } from '../support/requirement.ts';

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

  it.skipIf(!requirement('socat', missingForSerial() === undefined, 'run .ci/install'))(
    'does so over a serial line with noise, and says that it is played',
    async () => {
      const { code, stdout, stderr } = await demo([
        '--link',
        'serial',
        '--deltas',
        '300',
        '--tokens',
        '40',
        '--seed',
        '7',
      ]);
      expect(stdout).toContain('Link: a serial line of 921600 baud, played: two pseudo-terminals');
      expect(stdout).toMatch(/^line: \d+ bytes, \d+ bursts of noise: .*; 0 bytes came back$/m);
      expect([stderr, stdout.trimEnd().split('\n').at(-1), code]).toEqual([
        '',
        'delivered 300 of 300 deltas and 38 of 38 good tokens, quarantined 2 of 2 bad tokens, 0 duplicated, 0 out of order',
        0,
      ]);
    },
  );

  it('delivers all by media, of which one stick in three is lost', async () => {
    const { code, stdout, stderr } = await demo([
      '--link',
      'media',
      '--deltas',
      '400',
      '--tokens',
      '40',
      '--seed',
      '7',
    ]);
    expect([stderr, stdout.trimEnd().split('\n').at(-1), code]).toEqual([
      '',
      'delivered 400 of 400 deltas and 38 of 38 good tokens, quarantined 2 of 2 bad tokens, 0 duplicated, 0 out of order',
      0,
    ]);
    expect(stdout).toMatch(/^media: \d+ bundles with \d+ frames/m);
  });

  it('shows what it takes where it is called wrongly, and ends with 2', async () => {
    const { code, stderr } = await demo(['--loss', '2']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--loss F')]);
  });
});
