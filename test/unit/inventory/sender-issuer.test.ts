/** The senders of two boundaries, each with an issuer: what they may not share of it, wherever its key lies. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeConfig } from '../../../bench/support/diode-pair.ts';
import { receiverCommandLine } from '../../../receiver/command-line.ts';
import { senderCommandLine } from '../../../sender/command-line.ts';
import { hasSoftToken, makeKeyFile, makeSoftToken, type SoftToken } from '../../support/soft-token.ts';
import { typeHere } from '../../support/typed-command.ts';

const root = mkdtempSync(join(tmpdir(), 'sender-issuer-'));
const at = (...names: readonly string[]) => join(root, ...names);
const SITES = ['a', 'b'] as const;
type Site = (typeof SITES)[number];

const sender = (...args: readonly string[]) => typeHere(senderCommandLine(), ...args);

beforeAll(async () => {
  writeFileSync(at('site.secret'), 'c2l0ZSBzZWNyZXQgb2YgdGhlIG9mZmljZXI=\n');
  for (const site of SITES) {
    await typeHere(receiverCommandLine(), 'init', at(`rx-${site}`), '--boundary', `site-${site}`);
    const card = at(`rx-${site}`, 'receiver-card.json');
    await sender('init', at(`tx-${site}`), '--stream', `hr-${site}`, '--receiver-card', card);
    makeKeyFile(at(`issuer-${site}.key`), 'EdDSA');
  }
});
afterAll(() => rmSync(root, { recursive: true }));

const inventory = (site: Site) => sender('inventory', at(`tx-${site}`), '--site-secret', at('site.secret'));

/** The issuer of each boundary, with what is the same in both. */
function setIssuers(same: Readonly<Record<string, unknown>>): void {
  for (const site of SITES) {
    const own = {
      issuer: `https://${site}.example`,
      key: { path: at(`issuer-${site}.key`) },
      audiences: [`api-${site}`],
    };
    changeConfig(at(`tx-${site}`), [[['issuer'], { ...own, ...same }]]);
  }
}

async function lint() {
  for (const site of SITES) {
    const { code, out, error } = await inventory(site);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    writeFileSync(at(`${site}.json`), out);
  }
  return sender('lint-boundaries', at('a.json'), at('b.json'), '--allow-issuer-keys');
}

function shared(kind: string, place: string): string {
  return `refused: the same ${kind} in\n${SITES.map((site) => `  site-${site}: ${place} (${at(`${site}.json`)})\n`).join('')}`;
}

describe('two senders with an issuer each', () => {
  it('share nothing with a key each', async () => {
    setIssuers({});
    expect((await lint()).code).toBe(0);
  });

  it('are refused with one key file, which lies outside of both', async () => {
    setIssuers({ key: { path: at('issuer-a.key') } });
    const { code, out } = await lint();
    expect(out).toContain(shared('key', 'issuer.key'));
    expect(out).toMatch(/: 1 shared that may not be\.\n$/);
    expect(code).toBe(1);
  });

  it('are refused with one issuer for one audience', async () => {
    setIssuers({ issuer: 'https://one.example', audiences: ['api'] });
    const { code, out } = await lint();
    expect(out).toContain(shared('id', 'issuer, issuer and audience 1'));
    expect(code).toBe(1);
  });

  it('have no inventory without the key or the PIN that the config names', async () => {
    setIssuers({ key: { path: at('nowhere.key') } });
    const cannot = "The issuer's key cannot be listed, and an inventory that lacks something compares nothing: ";
    expect(await inventory('a')).toMatchObject({
      code: 1,
      out: '',
      error: expect.stringContaining(`${cannot}There is no key file ${at('nowhere.key')}.`),
    });
    const place = { kind: 'pkcs11', module: at('nowhere.so'), token: 'diode', label: 'issuer' };
    setIssuers({ key: { ...place, pinVariable: 'PIN_THAT_NOBODY_SET' } });
    expect((await inventory('a')).error).toContain(`${cannot}The environment variable PIN_THAT_NOBODY_SET`);
  });
});

describe.skipIf(!hasSoftToken())('two senders whose issuer’s key lies on a PKCS#11 token', () => {
  let token: SoftToken;
  const key = () => ({
    kind: 'pkcs11',
    module: token.module,
    token: token.label,
    label: 'issuer',
    pinFile: token.pinFile,
  });

  beforeAll(() => {
    token = makeSoftToken({ issuer: 'ES256' });
  });
  afterAll(() => token.remove());

  it('are refused with one key and one PIN, and neither is shown', async () => {
    setIssuers({ algorithm: 'ES256', key: key() });
    const { code, out } = await lint();
    expect(out).toContain(shared('key', 'issuer.key'));
    expect(out).toContain(shared('credential', 'issuer.key, pinFile'));
    expect(out).toMatch(/: 2 shared that may not be\.\n$/);
    expect(code).toBe(1);
    expect(readFileSync(at('a.json'), 'utf8')).not.toContain('12345678');
  });

  it('have no inventory while the token is away', async () => {
    setIssuers({ algorithm: 'ES256', key: { ...key(), token: 'another' } });
    const { code, out, error } = await inventory('a');
    expect(error).toContain('compares nothing: The library');
    expect(error).toContain('sees no token with the label "another"');
    expect([code, out]).toEqual([1, '']);
  });
});
