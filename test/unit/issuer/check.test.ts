import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeConfig } from '../../../bench/support/diode-pair.ts';
import { checkSender } from '../../../sender/commands/check.ts';
import { requireFormerCarried } from '../../../sender/issuer/former-issuers.ts';
import { IssuedLog } from '../../../sender/issuer/issued-log.ts';
import { openSenderStore } from '../../../sender/sender-store.ts';
import { openDirectory } from '../../../src/cli/directory.ts';
import { thisMachine } from '../../../src/cli/machine.ts';
import { parseSenderConfig } from '../../../src/config/sender-schema.ts';
import { initPair } from '../../support/new-pair.ts';
import { makeKeyFile } from '../../support/soft-token.ts';

let root: string;
let tx: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'check-'));
  ({ tx } = await initPair(root));
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

  it('fails, as a start does, while a former issuer with good tokens is not let pass, and not once they are over', async () => {
    const store = openSenderStore(join(tx, 'data', 'sender.db'));
    const token = { subject: 'ann', audience: 'a', keyId: 'k', sha256: '00' };
    const times = { issuedAtMs: Date.now(), expiresAtMs: Date.now() + 900_000 };
    const [former, over] = ['https://former.example', 'https://over.example'];
    const log = new IssuedLog(store);
    log.add({ ...token, ...times, jti: '1', issuer: former }, { epoch: 1, sequence: 1, index: 0 });
    log.add({ ...token, issuedAtMs: 1, expiresAtMs: 2, jti: '2', issuer: over }, { epoch: 1, sequence: 1, index: 1 });
    const refusals = async (tokenIssuers: readonly string[]) => {
      changeConfig(tx, [[['identity', 'tokenIssuers'], tokenIssuers]]);
      const failed = (await items({})).flatMap(([level, seen]) => (level === 'fail' ? [seen] : []));
      const { issuer, identity } = openDirectory('diode-sender', tx, parseSenderConfig).config;
      const start = () => requireFormerCarried(store, { identity, ...(issuer && { issuer }) }, Date.now());
      for (const seen of failed) expect(start).toThrow(seen);
      if (failed.length === 0) expect(start).not.toThrow();
      return failed;
    };
    const own = 'https://i.example';
    expect(await refusals([own])).toEqual([
      expect.stringMatching(/^identity\.tokenIssuers does not let https:\/\/former\.example pass, .* until 2/),
    ]);
    expect(await refusals([own, former])).toEqual([]);
    expect(await refusals(['*'])).toEqual([]);
    store.close();
  });
});
