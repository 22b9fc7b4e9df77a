import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../../bench/support/project-root.ts';
import { loadUdpAddon, type UdpAddon } from '../../../src/link/udp-addon.ts';
import { batchingText, chooseBatching, logBatching } from '../../../src/link/udp-batching.ts';
import { addon, hasAddon } from '../../support/udp-addon.ts';

/** As on an older kernel. */
const withoutOptions = (real: UdpAddon): UdpAddon => ({ ...real, canSegment: () => false, canCoalesce: () => false });

describe('batching of UDP', () => {
  it.skipIf(!hasAddon)('is in segments where the kernel cuts and joins them', () => {
    expect(chooseBatching(undefined, 'send')).toEqual({ addon, status: { kind: 'segments' } });
    expect(chooseBatching(undefined, 'receive')).toEqual({ addon, status: { kind: 'segments' } });
  });

  it.skipIf(!hasAddon)('is in datagrams on an older kernel, and says what it lacks', () => {
    const load = () => withoutOptions(addon);
    const [sending, receiving] = [
      chooseBatching('segments', 'send', load),
      chooseBatching('segments', 'receive', load),
    ];
    expect(sending.status).toEqual({ kind: 'datagrams', problem: 'this kernel has no UDP_SEGMENT' });
    expect(receiving.status).toEqual({ kind: 'datagrams', problem: 'this kernel has no UDP_GRO' });
  });

  it('is none where the addon is not compiled, or is not one, and says so', () => {
    const load = (path: string) => () => loadUdpAddon(pathToFileURL(path));
    expect(chooseBatching('segments', 'send', load('/nowhere/udp.node')).status).toEqual({
      kind: 'none',
      problem: 'the addon is not compiled (npm run install compiles it)',
    });
    const { kind, problem } = chooseBatching(
      'datagrams',
      'send',
      load(`${projectRoot}src/native/binding.gyp.node`),
    ).status;
    expect({ kind, problem }).toEqual({ kind: 'none', problem: expect.stringContaining('not compiled') });
    const older = join(mkdtempSync(join(tmpdir(), 'udp-addon-')), 'udp.json');
    writeFileSync(older, '{"canSegment": true}');
    expect(loadUdpAddon(pathToFileURL(older))).toMatch(/^the addon is older than this program/);
    rmSync(dirname(older), { recursive: true });
    expect(loadUdpAddon(pathToFileURL(`${projectRoot}README.md`))).toMatch(/^the addon cannot be loaded/);
  });

  it('is no more than the config allows, and that is no problem', () => {
    expect(chooseBatching('none', 'send')).toEqual({ status: { kind: 'none' } });
    if (hasAddon) expect(chooseBatching('datagrams', 'receive').status).toEqual({ kind: 'datagrams' });
  });

  it('is one line of the log, a warning where it is less than might be', () => {
    const lines: unknown[] = [];
    const log = {
      info: (detail: object, text: string) => lines.push(['info', detail, text]),
      warn: (detail: object, text: string) => lines.push(['warn', detail, text]),
    };
    logBatching(log, { kind: 'segments' });
    logBatching(log, { kind: 'none', problem: 'the addon is not compiled' });
    expect(lines).toEqual([
      ['info', { batching: 'segments' }, 'UDP passes the kernel in batches of segments.'],
      [
        'warn',
        { batching: 'none' },
        'UDP passes the kernel one datagram at a time, through node:dgram: the addon is not compiled.',
      ],
    ]);
    expect(batchingText({ kind: 'datagrams' })).toBe('in batches of single datagrams');
  });

  it('never fails the install: without a compiler the script ends well and says what follows', () => {
    const { scripts } = JSON.parse(readFileSync(`${projectRoot}package.json`, 'utf8')) as {
      scripts: { install: string };
    };
    // `false` in the compiler's place, in a folder of its own.
    const script = scripts.install.replace('cd src/native', 'cd /tmp').replace('node-gyp', 'false');
    const said = execFileSync('sh', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    expect(said).toContain('The addons were not compiled: UDP goes through node:dgram');
  });
});
