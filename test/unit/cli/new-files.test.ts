/**
 * Commands that write a file last: one that is there is refused first. Nothing else that is named here exists, so whatever
 * is read before would be missed.
 */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../receiver/command-line.ts';
import { senderCommandLine } from '../../../sender/command-line.ts';
import { typeHere } from '../../support/typed-command.ts';

const root = mkdtempSync(join(tmpdir(), 'new-files-'));
const at = (name: string) => join(root, name);
const taken = at('taken');
const type = (...args: readonly string[]) => typeHere(receiverCommandLine(), ...args);

beforeAll(() => writeFileSync(taken, 'mine'));
afterAll(() => rmSync(root, { recursive: true }));

const none = at('none');
const COMMANDS: readonly (readonly [string, readonly string[]])[] = [
  ['import --request', ['import', none, none, '--dry-run', '--request']],
  ['import --changes', ['import', none, none, '--changes']],
  ['approve --out', ['approve', none, '--key', none, '--out']],
  ['held --request', ['held', none, 'deletes-1.2', '--action', 'release', '--request']],
  ['held --changes', ['held', none, 'deletes-1.2', '--changes']],
  ['root draft --out', ['root', 'draft', none, '--out']],
  ['root sign --request', ['root', 'sign', none, '--holder', 'alice', '--request']],
  ['signer request', ['signer', 'request', '--key', none, '--purpose', 'test', none]],
  ['signer sign', ['signer', 'sign', '--key-file', none, none]],
  ['signer verify --out', ['signer', 'verify', none, none, '--out']],
  ['audit prove --out', ['audit', 'prove', none, '0', '--out']],
];

describe('a file that is there', () => {
  it.each(COMMANDS)('is refused by %s before anything is read', async (_, args) => {
    const { code, error } = await type(...args, taken);
    expect([code, error]).toEqual([
      1,
      `diode-receiver: ${taken} exists already. It is never overwritten: name another.\n`,
    ]);
    expect(readFileSync(taken, 'utf8')).toBe('mine');
  });

  it('is refused by the sender likewise', async () => {
    const proved = await typeHere(senderCommandLine(), 'audit', 'prove', none, '0', '--out', taken);
    expect([proved.code, proved.error]).toEqual([1, expect.stringContaining('exists already')]);
  });

  it('is one also as a link to nowhere, through which nothing is written', async () => {
    symlinkSync(at('elsewhere'), at('link'));
    expect((await type('import', none, none, '--request', at('link'))).error).toContain('exists already');
  });
});

it('an approval that is not there is no approval that is refused: the name is wrong, before anything is read', async () => {
  for (const args of [
    ['import', none, none, '--approve'],
    ['release', none, 'deletes-1.2', '--approval'],
  ]) {
    const { code, error } = await type(...args, none);
    const cure = 'Name what `diode-receiver approve` wrote.';
    expect([code, error]).toEqual([2, `diode-receiver: There is no file ${none}. ${cure}\n`]);
  }
});

it('a file in a folder that is not there, or two under one name, are refused before anything is read too', async () => {
  const lost = await type('import', none, none, '--request', at('no/request.txt'));
  expect([lost.code, lost.error]).toEqual([1, expect.stringContaining('request.txt cannot be opened (ENOENT)')]);
  const one = await type('import', none, none, '--request', at('a'), '--changes', join(root, '.', 'a'));
  expect([one.code, one.error]).toEqual([2, expect.stringContaining('is to be two files')]);
});
