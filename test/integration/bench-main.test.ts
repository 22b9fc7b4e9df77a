/** `npm run bench` as a program: what it answers where it cannot come to its end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../bench/support/project-root.ts';

const own = mkdtempSync(join(tmpdir(), 'diode-bench-main-'));
afterAll(() => rmSync(own, { recursive: true }));

function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', `${projectRoot}bench/main.ts`, ...args], {
    cwd: projectRoot,
    env: { ...process.env, TMPDIR: own, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = { text: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said.text += chunk;
  });
  return { child, said, ended: once(child, 'close').then(([code]) => code as number | null) };
}

describe('the benchmarks', () => {
  it.skipIf(!existsSync('/dev/full'))('are wrong where the results find no room on the disk', async () => {
    const { said, ended } = start(['fec', '--quick', '--runs', '1', '--json', '/dev/full']);
    expect(await ended).toBe(1);
    expect(said.text).toMatch(/^WRONG: the results are not in \/dev\/full: ENOSPC: /m);
    expect(said.text).toMatch(/fec\.encode.*\n/);
  });

  it('end where one of them failed, whatever it left open', async () => {
    // Thrown when the pair is set up, behind the socket that is to count its datagrams.
    const { said, ended } = start(['wire', '--quick', '--runs', '1'], { DIODE_BATCHING: 'nonsense' });
    expect(await ended).toBe(1);
    expect(said.text).toMatch(/^WRONG wire: it did not come to its end: Error: DIODE_BATCHING is/m);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('end with %s, and say where what they wrote is to a terminal that is there', async (signal, code) => {
    const folder = join(own, signal);
    mkdirSync(folder);
    const { child, said, ended } = start(['wire'], { TMPDIR: folder });
    while (!said.text.includes('## wire: ')) await once(child.stdout, 'data');
    child.kill(signal);
    expect(await ended).toBe(code);
    const left = readdirSync(folder).find((name) => name.startsWith('identity-diode-bench-')) as string;
    const isTold = said.text.includes(`Directories and logs are in ${join(folder, left)}.`);
    expect(isTold).toBe(signal !== 'SIGHUP');
  });
});
