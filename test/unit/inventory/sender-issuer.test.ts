/** The senders of two boundaries, each with an issuer: what they may not share of it, wherever its key lies. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { changeConfig } from '../../../bench/support/diode-pair.ts';
import { receiverCommandLine } from '../../../receiver/command-line.ts';
import { senderCommandLine } from '../../../sender/command-line.ts';
import { putForeignRow } from '../../../sender/issuer/foreign-table.ts';
import { openSenderStore } from '../../../sender/sender-store.ts';
import { openKeyFileSigner } from '../../../src/signer/key-file-signer.ts';
import type { PublicJwk, Signer } from '../../../src/signer/signer.ts';
import { issuerRig } from '../../support/issuer-rig.ts';
import { coreRig, entriesOf } from '../../support/sender-rig.ts';
import { hasSoftToken, makeKeyFile, makeSoftToken, type SoftToken } from '../../support/soft-token.ts';
import { typeHere } from '../../support/typed-command.ts';

const root = mkdtempSync(join(tmpdir(), 'sender-issuer-'));
const at = (...names: readonly string[]) => join(root, ...names);
const SITES = ['a', 'b'] as const;
type Site = (typeof SITES)[number];

const sender = (...args: readonly string[]) => typeHere(senderCommandLine(), ...args);

beforeAll(async () => {
  writeFileSync(at('site.secret'), 'c2l0ZSBzZWNyZXQgb2YgdGhlIG9mZmljZXI=\n', { mode: 0o600 });
  for (const site of SITES) {
    await typeHere(receiverCommandLine(), 'init', at(`rx-${site}`), '--boundary', `site-${site}`);
    const card = at(`rx-${site}`, 'receiver-card.json');
    await sender('init', at(`tx-${site}`), '--stream', `hr-${site}`, '--receiver-card', card);
    makeKeyFile(at(`issuer-${site}.key`), 'EdDSA');
  }
  makeKeyFile(at('issuer-c.key'), 'EdDSA');
});
afterEach(() => {
  for (const site of SITES) rmSync(at(`tx-${site}`, 'data', 'sender.db'), { force: true });
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

const storeOf = (site: Site) => {
  mkdirSync(at(`tx-${site}`, 'data'), { recursive: true });
  return at(`tx-${site}`, 'data', 'sender.db');
};

/** The sender was there, and saw this key of its foreign issuer. */
function seeForeign(site: Site, jwk: PublicJwk): void {
  const store = openSenderStore(storeOf(site));
  const asked = {
    issuer: 'https://idp.example',
    url: 'https://idp.example/keys',
    etag: null,
    nextMs: 0,
    answeredMs: 0,
  };
  const seen = { jwks: JSON.stringify({ keys: [jwk] }), seenMs: 0, leftOut: '[]', approved: null, rejected: null };
  putForeignRow(store, { ...asked, failures: 0, failingMs: null, failure: null, failureSeen: null, ...seen });
  store.close();
}

/** A line of the sender's source. */
async function carry(site: Site, jwks: object): Promise<void> {
  const store = openSenderStore(storeOf(site));
  const { core } = await coreRig({ store });
  core.handleEntries(0, entriesOf([{ jwks: { iss: 'https://idp.example', ...jwks } }]));
  expect(core.flush(0, Date.now())).toBe(true);
  store.close();
}

async function lint(options: readonly string[] = ['--allow-issuer-keys']) {
  for (const site of SITES) {
    const { code, out, error } = await inventory(site);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    writeFileSync(at(`${site}.json`), out);
  }
  return sender('lint-boundaries', at('a.json'), at('b.json'), ...options);
}

function shared(kind: string, places: string | readonly string[]): string {
  const lines = SITES.map((site, index) => {
    const place = typeof places === 'string' ? places : places[index];
    return `  site-${site}: ${place} (${at(`${site}.json`)})\n`;
  });
  return `refused: the same ${kind} in\n${lines.join('')}`;
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

  it('are refused with an earlier key of one as the key, or a foreign issuer’s key, of the other', async () => {
    setIssuers({});
    const signers = SITES.map((site) => openKeyFileSigner(at(`issuer-${site}.key`), 'EdDSA'));
    const [ofA, ofB] = signers as [Signer, Signer];
    const store = openSenderStore(storeOf('a'));
    // The key of B was A's first one.
    for (const [atMs, signer] of [ofB, ofA].entries()) {
      const rig = await issuerRig({ issuer: 'https://a.example' }, { store, signer, atMs });
      await rig.pass(100);
    }
    store.close();
    const earlier = `refused: the same key in\n  site-a: issuer, earlier key 1 (${at('a.json')})`;
    expect((await lint()).out).toContain(`${earlier}\n  site-b: issuer.key (${at('b.json')})`);
    changeConfig(at('tx-b'), [[['issuer', 'key', 'path'], at('issuer-c.key')]]);
    seeForeign('b', { ...ofB.publicJwk, kid: 'another name' });
    const { code, out } = await lint();
    expect(out).toContain(`${earlier}\n  site-b: foreign issuer 1, key 1 (${at('b.json')})`);
    expect(out).toMatch(/: 1 shared that may not be\.\n$/);
    expect(code).toBe(1);
  });

  it('may ask one foreign issuer where that is allowed, seen there or carried', async () => {
    setIssuers({});
    const { publicJwk } = openKeyFileSigner(at('issuer-c.key'), 'EdDSA');
    seeForeign('a', publicJwk);
    await carry('b', { keys: [publicJwk, { kty: 'AKP', alg: 'ML-DSA-44', kid: 'pq', pub: 'AAAA' }] });
    const strict = await lint([]);
    expect(strict.out).toContain(shared('issuer-key', ['foreign issuer 1, key 1', 'key set 1, key 1']));
    expect(strict.code).toBe(1);
    const { code, out } = await lint();
    expect(out).toContain('allowed: the same issuer-key in\n  site-a: foreign issuer 1, key 1');
    expect(code).toBe(0);
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
