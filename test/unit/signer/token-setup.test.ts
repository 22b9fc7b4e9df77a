/** What docs/operations.md types to set a token up, typed into a terminal: the tool asks there for its PINs, and nowhere else. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasSoftToken, makeKeyFile } from '../../support/soft-token.ts';

const SO_PIN = '87654321';
const PIN = '12345678';
const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
const [initialise, bringIn, ...more] = page.match(/^softhsm2-util .*$/gm) ?? [];

it('the page shows both commands, and no PIN in their arguments', () => {
  expect([initialise, bringIn]).toEqual([expect.stringContaining('--init-token'), expect.stringContaining('--import')]);
  expect(more).toEqual([]);
  expect(`${initialise} ${bringIn}`).not.toMatch(/--(so-)?pin\b/);
});

describe.skipIf(!hasSoftToken())('a token', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'token-setup-'));
    mkdirSync(join(folder, 'tokens'));
    writeFileSync(join(folder, 'conf'), `directories.tokendir = ${join(folder, 'tokens')}\nlog.level = ERROR\n`);
    makeKeyFile(join(folder, 'issuer.key'), 'EdDSA');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** script(1) gives it a terminal, whose answers are the lines. */
  function typed(command: string | undefined, answers: readonly string[]) {
    const { status, stdout } = spawnSync('script', ['-qec', command ?? 'false', '/dev/null'], {
      cwd: folder,
      env: { ...process.env, SOFTHSM2_CONF: join(folder, 'conf') },
      input: answers.map((answer) => `${answer}\r`).join(''),
      encoding: 'utf8',
      timeout: 20_000,
    });
    return { status, said: stdout };
  }

  it('is made, and takes the key in, as the page says', () => {
    const made = typed(initialise, [SO_PIN, SO_PIN, PIN, PIN]);
    expect(made).toMatchObject({ status: 0, said: expect.stringContaining('The token has been initialized') });
    const taken = typed(bringIn, [PIN, PIN]);
    expect(taken).toMatchObject({ status: 0, said: expect.stringContaining('The key pair has been imported') });
  });
});
