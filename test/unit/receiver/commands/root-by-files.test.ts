/** Root holders whose keys lie on machines of their own: a request goes there, a signature comes back. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../../receiver/command-line.ts';
import { typeHere } from '../../../support/typed-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'root-by-files-'));
const at = (name: string) => join(folder, name);
const type = (...args: readonly string[]) => typeHere(receiverCommandLine(), ...args);
const json = async (...args: readonly string[]) => JSON.parse((await type(...args, '--json')).out);
const sign = (...args: readonly string[]) => ['root', 'sign', at('root.json'), ...args];
const answer = (request: string, key: string) =>
  json('signer', 'sign', at(`${request}.json`), at(`${request}-signed.json`), '--key-file', at(key), '--yes');

/** Nobody's key is at hand, so nobody has signed. */
async function createRoot(file: string): Promise<void> {
  const keys = ['alice', 'bob'].map((name) => `${name}=${holders.get(name)}`);
  const args = ['--boundary', 'site-a', '--threshold', '2', ...keys.flatMap((key) => ['--holder', key])];
  expect(await type('root', 'create', at(file), ...args)).toMatchObject({ code: 0 });
}

const holders = new Map<string, string>();
beforeAll(async () => {
  for (const name of ['alice', 'bob']) {
    await type('root', 'key', at(`${name}.key`));
    const { x } = JSON.parse((await type('signer', 'key', '--key-file', at(`${name}.key`))).out);
    holders.set(name, x);
  }
  await createRoot('root.json');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a root statement that nobody has signed', () => {
  it('is signed by files: the same request each time, one digest on both machines', async () => {
    const asked = await json(...sign('--holder', 'alice', '--request', at('alice.json')));
    expect(asked).toMatchObject({ holder: 'alice', purpose: 'root 1 of site-a, signed as alice' });
    const again = await json(...sign('--holder', 'alice', '--request', at('alice-again.json')));
    expect(again.digest).toBe(asked.digest);
    expect((await answer('alice', 'alice.key')).shown).toBe(asked.shown);
    const bob = await json(...sign('--holder', 'bob', '--request', at('bob.json')));
    expect(bob.digest).not.toBe(asked.digest);
    await answer('bob', 'bob.key');
  });

  it.each([
    ['of another holder', ['--holder', 'bob', '--signature', 'alice-signed.json'], 'answers the request', 1],
    ['that does not hold', ['--holder', 'alice', '--signature', 'forged.json'], 'does not hold', 1],
    ['that is no signature', ['--holder', 'alice', '--signature', 'alice.json'], 'is no signature', 1],
    ['of nobody', ['--signature', 'alice-signed.json'], 'one of: alice, bob', 2],
    ['that is not there', ['--holder', 'alice', '--signature', 'none.json'], 'There is no', 2],
  ])('takes no signature in %s', async (_, args, said, code) => {
    const signed = JSON.parse(readFileSync(at('alice-signed.json'), 'utf8'));
    const other = JSON.parse(readFileSync(at('bob-signed.json'), 'utf8'));
    writeFileSync(at('forged.json'), JSON.stringify({ ...signed, signature: other.signature }));
    const before = readFileSync(at('root.json'));
    const typed = args.map((word) => (word.endsWith('.json') ? at(word) : word));
    const refused = await type(...sign(...typed));
    expect(refused.code).toBe(code);
    expect(refused.error).toContain(said);
    expect(readFileSync(at('root.json'))).toEqual(before);
  });

  it('is not written over another file, which is said before a key is read', async () => {
    writeFileSync(at('taken.json'), '');
    const refused = await type(...sign('--key', at('none.key'), '--out', at('taken.json')));
    expect([refused.code, refused.error]).toEqual([1, expect.stringContaining('taken.json exists already')]);
  });

  it('is whole once both are in, in any order, and asks nobody who has signed', async () => {
    const first = await json(...sign('--holder', 'bob', '--signature', at('bob-signed.json')));
    expect(first).toMatchObject({ signed: ['bob'], isWhole: false });
    for (const way of [
      ['--request', at('late.json')],
      ['--signature', at('bob-signed.json')],
    ])
      expect(await type(...sign('--holder', 'bob', ...way))).toMatchObject({ code: 2 });
    const second = await json(...sign('--holder', 'alice', '--signature', at('alice-signed.json')));
    expect(second).toMatchObject({ signed: ['alice', 'bob'], isWhole: true });
    const init = ['init', at('rx'), '--boundary', 'site-a', '--root', at('root.json'), '--yes'];
    expect(await type(...init)).toMatchObject({ code: 0 });
  });

  it('takes no signature in for another statement, and signs nothing where it is to ask', async () => {
    await type(
      'root',
      'create',
      at('other.json'),
      '--boundary',
      'site-b',
      '--threshold',
      '1',
      '--holder',
      `alice=${holders.get('alice')}`,
    );
    const other = ['root', 'sign', at('other.json'), '--holder', 'alice'];
    const refused = await type(...other, '--signature', at('alice-signed.json'));
    expect(refused.code).toBe(1);
    expect(refused.error).toContain('answers the request');
    expect(await type(...other, '--request', at('x.json'), '--key', at('alice.key'))).toMatchObject({ code: 2 });
  });
});
