/** A receiver without a root, whose table has tokens in force, and JWKS files that somebody edited. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../../receiver/command-line.ts';
import { RECEIVER_MIGRATIONS } from '../../../../receiver/receiver-store.ts';
import { TokenTable } from '../../../../receiver/tokens/token-table.ts';
import type { CheckItem } from '../../../../src/cli/check-report.ts';
import { openStore } from '../../../../src/store/database.ts';
import { editConfig } from '../../../support/command-line.ts';
import { typeHere } from '../../../support/typed-command.ts';

const IDP = 'https://idp.example';
const HOUR_MS = 3_600_000;
let rx: string;
let jwks: string;
let untilMs: number;
const store = () => join(rx, 'data', 'receiver.db');

async function writeJwks(...kids: readonly string[]): Promise<void> {
  const { publicKey } = await generateKeyPair('EdDSA');
  const jwk = await exportJWK(publicKey);
  writeFileSync(jwks, JSON.stringify({ keys: kids.map((kid) => ({ ...jwk, kid })) }));
}

/** What `check` says of issuers. */
async function issuerItems(): Promise<readonly CheckItem[]> {
  const { out } = await typeHere(receiverCommandLine(), 'check', rx, '--no-kafka', '--json');
  const { items } = JSON.parse(out) as { readonly items: readonly CheckItem[] };
  return items.filter(({ item }) => item === 'issuer');
}

beforeEach(async () => {
  rx = join(mkdtempSync(join(tmpdir(), 'left-out-')), 'rx');
  jwks = join(rx, 'idp.jwks.json');
  await typeHere(receiverCommandLine(), 'init', rx, '--boundary', 'site-a');
  const policy = `\n  - issuer: ${IDP}\n    audience: [api]\n    jwks: ${jwks}
    algorithms: [EdDSA]\n    maxLifetimeSeconds: 900`;
  editConfig(rx, { 'issuers: []': `issuers:${policy}` });
  mkdirSync(join(rx, 'data'), { recursive: true });
  untilMs = Math.ceil(Date.now() / HOUR_MS + 1) * HOUR_MS;
  const database = openStore(store(), RECEIVER_MIGRATIONS);
  const tokens = new TokenTable(database);
  const token = (jti: string, keyId: string, expiresAtMs: number) => {
    return { issuer: IDP, jti, sha256: '', key: jti, subject: jti, keyId, issuedAtMs: 0, expiresAtMs };
  };
  tokens.putCurrent(token('ann', 'old', untilMs - 1_000));
  tokens.putCurrent(token('bob', 'old', untilMs));
  tokens.putCurrent(token('cat', 'new', untilMs));
  tokens.putCurrent(token('dan', 'older', Date.now() - 1_000));
  database.close();
});
afterEach(() => rmSync(join(rx, '..'), { recursive: true }));

describe('check of a receiver without a root', () => {
  it('says nothing of keys while each that has tokens in force is in its file', async () => {
    await writeJwks('old', 'new');
    expect(await issuerItems()).toMatchObject([{ level: 'ok' }]);
  });

  it('warns of a key that left its file while tokens of it are in force, with until when and what to do', async () => {
    await writeJwks('new');
    expect(await issuerItems()).toMatchObject([
      { level: 'ok' },
      {
        level: 'warn',
        seen: `${IDP}: 2 tokens in force until ${new Date(untilMs).toISOString()} are of the key old, and ${jwks} has it no longer: whoever asks this receiver for the keys refuses them.`,
        cure: expect.stringMatching(
          /^Put it back there until then, .*\{"revoke":\{"iss":"https:\/\/idp.example","kid":"old"\}\}\.$/,
        ),
      },
    ]);
  });

  it('warns of all keys of an issuer that left the config', async () => {
    await writeJwks('old', 'new');
    editConfig(rx, { [`issuer: ${IDP}`]: 'issuer: https://other.example' });
    const [, ...left] = await issuerItems();
    expect(left.map(({ level, seen }) => [level, /the key (\w+), and .*config.yaml names/.exec(seen)?.[1]])).toEqual([
      ['warn', 'new'],
      ['warn', 'old'],
    ]);
  });

  it('leaves a file that cannot be used to the item of its issuer', async () => {
    writeFileSync(jwks, '{');
    expect(await issuerItems()).toMatchObject([{ level: 'fail' }]);
  });

  it('says where a database of an older release does not know the keys of its tokens', async () => {
    await writeJwks('new');
    rmSync(store());
    openStore(store(), RECEIVER_MIGRATIONS.slice(0, 3)).close();
    expect(await issuerItems()).toMatchObject([
      { level: 'ok' },
      { level: 'ok', seen: expect.stringContaining('once a receiver of this release has run') },
    ]);
  });
});
