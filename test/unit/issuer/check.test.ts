import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeConfig } from '../../../bench/support/diode-pair.ts';
import { receiverCommandLine } from '../../../receiver/command-line.ts';
import { senderCommandLine } from '../../../sender/command-line.ts';
import { checkSender } from '../../../sender/commands/check.ts';
import { thisMachine } from '../../../src/cli/machine.ts';
import { runCommandLine } from '../../../src/cli/program.ts';
import { makeKeyFile } from '../../support/soft-token.ts';

let root: string;
let tx: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'check-'));
  tx = join(root, 'tx');
  const rx = join(root, 'rx');
  await runCommandLine(receiverCommandLine(), ['init', rx, '--boundary', 'site-a']);
  const card = join(rx, 'receiver-card.json');
  await runCommandLine(senderCommandLine(), ['init', tx, '--stream', 'hr', '--receiver-card', card]);
  makeKeyFile(join(tx, 'keys', 'issuer.key'), 'EdDSA');
});
afterAll(() => rmSync(root, { recursive: true }));

async function items(change: object) {
  const issuer = { issuer: 'https://i.example', key: { path: 'keys/issuer.key' }, audiences: ['a'], ...change };
  changeConfig(tx, [[['issuer'], issuer]]);
  const found = await checkSender(thisMachine, tx);
  return found.filter(({ item }) => item === 'issuer' || item === 'lifetime').map(({ level, seen }) => [level, seen]);
}

describe('check of a sender with an issuer', () => {
  it('opens the key, and compares the lifetime with what the link asks for', async () => {
    expect(await items({})).toEqual([
      ['ok', expect.stringMatching(/^https:\/\/i\.example signs EdDSA with the key [\w-]{43}$/)],
      ['ok', 'tokens live 900 s, this link asks for 186 s at least'],
    ]);
  });

  it('fails for a lifetime that the last repeat outlives, and for a key that cannot sign', async () => {
    expect(await items({ lifetimeSeconds: 120, algorithm: 'ES256' })).toEqual([
      ['fail', expect.stringContaining('that cannot sign ES256')],
      ['fail', 'Tokens live 120 s, and this link asks for 186 s at least: its last repeat comes after 60 s.'],
    ]);
  });
});
