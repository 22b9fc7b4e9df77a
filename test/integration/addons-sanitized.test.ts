/** The addons' own tests once more, on a build of them with AddressSanitizer and UndefinedBehaviorSanitizer. */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../bench/support/project-root.ts';
import { hasAead } from '../support/aead-addon.ts';
import { requirement } from '../support/requirement.ts';
import { hasAddon } from '../support/udp-addon.ts';

const run = promisify(execFile);
const sources = `${projectRoot}src/native`;
const library = libasan();
const available = requirement('libasan', library !== undefined, 'install gcc, or libgcc-12-dev') && hasAddon && hasAead;

/** It has to be the first library of the process, since node itself is built without it. */
function libasan(): string | undefined {
  try {
    // An absolute path where the compiler has it; otherwise the name comes back.
    const path = execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
    return isAbsolute(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

describe.skipIf(!available)('the addons with sanitizers', () => {
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'addons-'));
    cpSync(sources, directory, { recursive: true, filter: (path) => basename(path) !== 'build' });
    const build = 'node-gyp rebuild --loglevel=error -- -Dsanitized=1';
    // npm brings node-gyp along.
    await run('npm', ['exec', '--offline', '-c', `cd ${directory} && ${build}`], { cwd: projectRoot });
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('passes its tests, with nothing to report', async () => {
    const vitest = [
      `${projectRoot}node_modules/vitest/vitest.mjs`,
      'run',
      '--project',
      'unit',
      '--project',
      'property',
    ];
    const files = [
      'test/unit/native/udp-addon',
      'test/unit/native/aead-addon',
      'test/property/udp-addon',
      'test/property/aead-addon',
      'test/unit/crypto/lane-cipher',
    ];
    const { stdout, stderr } = await run(process.execPath, [...vitest, '--reporter=default', ...files], {
      cwd: projectRoot,
      env: {
        ...process.env,
        DIODE_UDP_ADDON: join(directory, 'build/Release/udp.node'),
        DIODE_AEAD_ADDON: join(directory, 'build/Release/aead.node'),
        LD_PRELOAD: library,
        // Node keeps memory to its end on purpose.
        ASAN_OPTIONS: 'detect_leaks=0',
        NO_COLOR: '1',
      },
    });
    expect(stdout).toMatch(/Test Files\s+5 passed/);
    expect(stdout).not.toMatch(/skipped/);
    expect(stderr).not.toMatch(/Sanitizer|runtime error/);
  });
});
