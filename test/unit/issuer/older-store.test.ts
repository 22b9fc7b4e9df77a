import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeConfig } from '../../../bench/support/diode-pair.ts';
import { senderCommandLine } from '../../../sender/command-line.ts';
import { ISSUE_PLAN_SCHEMA } from '../../../sender/issuer/issue-plan.ts';
import { SENDER_MIGRATIONS } from '../../../sender/sender-store.ts';
import { openStore } from '../../../src/store/database.ts';
import { ISSUER } from '../../support/foreign-rig.ts';
import { initPair } from '../../support/new-pair.ts';
import { makeKeyFile } from '../../support/soft-token.ts';
import { typeHere } from '../../support/typed-command.ts';

let root: string;
let tx: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'older-store-'));
  ({ tx } = await initPair(root));
  makeKeyFile(join(tx, 'keys', 'issuer.key'), 'EdDSA');
  changeConfig(tx, [
    [['foreignIssuers'], [{ issuer: ISSUER, jwks: 'https://idp.example/keys', approve: 'manual' }]],
    [['issuer'], { issuer: ISSUER.replace('idp', 'own'), key: { path: 'keys/issuer.key' }, audiences: ['https://a'] }],
  ]);
  mkdirSync(join(tx, 'data'), { recursive: true });
  const before = SENDER_MIGRATIONS.slice(0, SENDER_MIGRATIONS.indexOf(ISSUE_PLAN_SCHEMA));
  openStore(join(tx, 'data', 'sender.db'), before).close();
});
afterAll(() => rmSync(root, { recursive: true }));

describe('a database of a release before there was an issuer', () => {
  it.each(['tokens', 'key-sets'])('%s says what to do', async (command) => {
    const { code, error } = await typeHere(senderCommandLine(), command, tx);
    expect(code).toBe(1);
    expect(error.trim()).toBe(
      `diode-sender: ${join(tx, 'data', 'sender.db')} is of an older release, which had nothing of what is asked here. Start the sender of this release once: it brings the file up to date.`,
    );
  });

  it('issuer-keys gives the key, since that release issued nothing', async () => {
    const { code, out } = await typeHere(senderCommandLine(), 'issuer-keys', tx);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ keys: [{ alg: 'EdDSA' }] });
  });
});
