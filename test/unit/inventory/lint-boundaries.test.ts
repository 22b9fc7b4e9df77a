/** Two boundaries as `init` makes them, their inventories, and each thing that they may not share. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../receiver/command-line.ts';
import { trustPossessions } from '../../../receiver/inventory/trust-possessions.ts';
import { adopt } from '../../../receiver/trust/trust-state.ts';
import { senderCommandLine } from '../../../sender/command-line.ts';
import type { Inventory } from '../../../src/config/inventory.ts';
import { editConfig } from '../../support/command-line.ts';
import { WALL_MS } from '../../support/model-sender.ts';
import { firstRoot, rootContent, signedRoot } from '../../support/root-ceremony.ts';
import { typeHere } from '../../support/typed-command.ts';

const root = mkdtempSync(join(tmpdir(), 'boundaries-'));
const at = (...names: readonly string[]) => join(root, ...names);
const secret = at('site.secret');
const SITES = ['a', 'b'] as const;
type Site = (typeof SITES)[number];

const receiver = (...args: readonly string[]) => typeHere(receiverCommandLine(), ...args);
const sender = (...args: readonly string[]) => typeHere(senderCommandLine(), ...args);

/** The receiver's config as `init` wrote it: each test says what is otherwise. */
const fresh = new Map<Site, string>();

beforeAll(async () => {
  writeFileSync(secret, 'c2l0ZSBzZWNyZXQgb2YgdGhlIG9mZmljZXI=\n', { mode: 0o600 });
  for (const site of SITES) {
    await receiver('init', at(`rx-${site}`), '--boundary', `site-${site}`);
    const card = at(`rx-${site}`, 'receiver-card.json');
    await sender('init', at(`tx-${site}`), '--stream', `hr-${site}`, '--receiver-card', card);
    await receiver('trust', at(`rx-${site}`), at(`tx-${site}`, 'sender-card.json'), '--yes');
    fresh.set(site, readFileSync(at(`rx-${site}`, 'config.yaml'), 'utf8'));
  }
});
beforeEach(() => {
  for (const site of SITES) writeFileSync(at(`rx-${site}`, 'config.yaml'), fresh.get(site) as string);
});
afterAll(() => rmSync(root, { recursive: true }));

async function takeInventory(side: 'rx' | 'tx', site: Site, secretFile = secret): Promise<string> {
  const type = side === 'rx' ? receiver : sender;
  const { code, out, error } = await type('inventory', at(`${side}-${site}`), '--site-secret', secretFile);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  const file = at(`${side}-${site}.json`);
  writeFileSync(file, out);
  return file;
}

async function lint(...options: readonly string[]) {
  const files = [];
  for (const site of SITES) files.push(await takeInventory('rx', site), await takeInventory('tx', site));
  return receiver('lint-boundaries', ...files, ...options);
}

function setClient(site: Site, settings: Readonly<Record<string, string>>): void {
  const lines = Object.entries(settings).map(([name, value]) => `\n    ${name}: ${JSON.stringify(value)}`);
  editConfig(at(`rx-${site}`), { 'client: {}': `client:${lines.join('')}` });
}

async function setIssuer(site: Site, audience: string, jwks: object): Promise<void> {
  writeFileSync(at(`jwks-${site}.json`), JSON.stringify(jwks));
  const policy = `\n  - issuer: https://idp.example\n    audience: [${audience}]\n    jwks: ${at(`jwks-${site}.json`)}
    algorithms: [EdDSA]\n    maxLifetimeSeconds: 900`;
  editConfig(at(`rx-${site}`), { 'issuers: []': `issuers:${policy}` });
}

describe('two boundaries', () => {
  it('as init makes them share nothing', async () => {
    const { code, out } = await lint();
    expect(out).toMatch(/^2 boundaries, 4 inventories, \d\d items: nothing is shared that may not be\.\n$/);
    expect(code).toBe(0);
  });

  it('are refused with one root holder for both', async () => {
    const { out: made } = await receiver('root', 'key', at('erin.key'), '--json');
    const { key } = JSON.parse(made) as { key: string };
    for (const [site, name] of [
      ['a', 'erin'],
      ['b', 'frank'],
    ] as const) {
      const holders = ['--threshold', '1', '--holder', `${name}=${key}`, '--holder', `other-${site}`];
      await receiver(
        'root',
        'create',
        at(`root-${site}.json`),
        '--boundary',
        `site-${site}`,
        ...holders,
        '--key-folder',
        root,
      );
      copyFileSync(at(`root-${site}.json`), at(`rx-${site}`, 'root.json'));
    }
    const { code, out } = await lint();
    for (const site of SITES) rmSync(at(`rx-${site}`, 'root.json'));
    expect(out).toContain('refused: the same key in\n  site-a: root key of erin');
    expect(out).toContain('  site-b: root key of frank');
    expect(code).toBe(1);
  });

  it('are refused with the same key, in whatever file or card it lies', async () => {
    const kept = readFileSync(at('tx-b', 'keys', 'signing.key'));
    copyFileSync(at('tx-a', 'keys', 'signing.key'), at('tx-b', 'keys', 'signing.key'));
    const { code, out } = await lint();
    writeFileSync(at('tx-b', 'keys', 'signing.key'), kept);
    expect(out).toContain(`refused: the same key in
  site-a: trusted card 1, signing key (${at('rx-a.json')})
  site-a: keys/signing.key (${at('tx-a.json')})
  site-b: keys/signing.key (${at('tx-b.json')})
2 boundaries, 4 inventories, `);
    expect(out).toMatch(/: 1 shared that may not be\.\n$/);
    expect(code).toBe(1);
  });

  it('are refused with the same stream and the same topics', async () => {
    editConfig(at('rx-b'), { '#topicPrefix: "site-b."': 'topicPrefix: site-a.' });
    editConfig(at('tx-b'), { 'stream: "hr-b"': 'stream: "hr-a"' });
    const { code, out } = await lint();
    editConfig(at('tx-b'), { 'stream: "hr-a"': 'stream: "hr-b"' });
    expect(out).toContain('refused: the same topic in\n  site-a: topic identity');
    expect(out).toContain('refused: the same stream in\n  site-a: trusted card 1, stream');
    expect(code).toBe(1);
  });

  it('are refused with the same user, password or client certificate of Kafka', async () => {
    const request = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-subj', '/CN=diode', '-days', '1'];
    execFileSync('openssl', [...request, '-keyout', at('kafka.pem'), '-out', at('kafka.crt')], { stdio: 'ignore' });
    const same = { 'sasl.username': 'diode', 'sasl.password': 'correct horse' };
    setClient('a', { ...same, 'ssl.key.location': at('kafka.pem') });
    setClient('b', { ...same, 'ssl.certificate.location': at('kafka.crt') });
    const { code, out } = await lint();
    expect(out).toContain(`refused: the same id in\n  site-a: kafka.client, sasl.username (${at('rx-a.json')})`);
    expect(out).toContain('refused: the same credential in\n  site-a: kafka.client, sasl.password');
    expect(out).toContain('refused: the same key in\n  site-a: kafka.client, ssl.key.location');
    expect(out).toMatch(/: 3 shared that may not be\.\n$/);
    expect(code).toBe(1);
  });

  it('may ask one token issuer if that is allowed, but not for one audience', async () => {
    const { publicKey } = await generateKeyPair('EdDSA');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one' }] };
    await setIssuer('a', 'api-a', jwks);
    await setIssuer('b', 'api-b', { keys: [{ ...jwks.keys[0], kid: 'another name' }] });
    expect((await lint()).code).toBe(1);
    const allowed = await lint('--allow-issuer-keys');
    expect(allowed.out).toContain('allowed: the same issuer-key in\n  site-a: issuers[0], key 1');
    expect(allowed.code).toBe(0);
    editConfig(at('rx-b'), { 'audience: [api-b]': 'audience: [api-a]' });
    const { code, out } = await lint('--allow-issuer-keys');
    expect(out).toContain('refused: the same id in\n  site-a: issuers[0], issuer and audience 1');
    expect(code).toBe(1);
  });

  it('are refused with one approver’s key', async () => {
    const key = Buffer.alloc(32, 7).toString('base64url');
    for (const site of SITES) {
      editConfig(at(`rx-${site}`), { 'approvers: []': `approvers:\n  - name: alice\n    key: ${key}` });
    }
    const { code, out } = await lint('--json');
    expect(JSON.parse(out)).toMatchObject({ boundaries: 2, inventories: 4, refused: 1 });
    expect(code).toBe(1);
  });

  it('are refused with one key that tokens are sealed to', async () => {
    const { publicKey } = await generateKeyPair('ECDH-ES', { crv: 'X25519' });
    writeFileSync(at('api.jwk.json'), JSON.stringify(await exportJWK(publicKey)));
    for (const site of SITES) {
      const sealed = `sealedAudiences:\n  - audience: api-${site}\n    key: ${at('api.jwk.json')}`;
      editConfig(at(`rx-${site}`), { 'sealedAudiences: []': sealed });
    }
    const { code, out } = await lint();
    expect(out).toContain('refused: the same key in\n  site-a: sealedAudiences[0]');
    expect(code).toBe(1);
  });
});

describe('an inventory', () => {
  it('has the keys of root holders that left, too, and each of them once', () => {
    const second = signedRoot(rootContent(['alice', 'bob', 'dave'], { version: 2 }), ['alice', 'bob', 'dave']);
    const stored = { roots: [firstRoot()], bundle: undefined };
    const rotated = adopt(stored, [second], { stream: 'hr', nowMs: WALL_MS });
    if (rotated.outcome !== 'adopted') throw new Error(rotated.outcome);
    expect(trustPossessions(rotated.state).map(({ place }) => place)).toEqual([
      'root key of alice',
      'root key of bob',
      'root key of dave',
      'root 1, key of carol',
    ]);
  });

  it('says where a thing stands and never what it is', async () => {
    setClient('a', { 'sasl.username': 'diode-user', 'sasl.password': 'correct horse' });
    const text = readFileSync(await takeInventory('rx', 'a'), 'utf8');
    const card = JSON.parse(readFileSync(at('tx-a', 'sender-card.json'), 'utf8')) as Record<string, string>;
    for (const value of ['diode-user', 'correct horse', 'hr-a', 'site-a.identity', ...Object.values(card)]) {
      if (value !== 'site-a' && value.length > 3) expect(text).not.toContain(value);
    }
    const { items } = JSON.parse(text) as Inventory;
    expect(items.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['key', 'stream', 'topic', 'id', 'credential']),
    );
  });

  it('is refused where a file that the config names cannot be read', async () => {
    setClient('a', { 'ssl.key.location': at('nowhere.pem') });
    const { code, error } = await receiver('inventory', at('rx-a'), '--site-secret', secret);
    expect(error).toContain('What kafka.client says under ssl.key.location cannot be read');
    expect(code).toBe(1);
  });

  it('needs a secret that nobody else can read, and says how to make one', async () => {
    writeFileSync(at('open.secret'), 'secret of the officer', { mode: 0o644 });
    const open = await receiver('inventory', at('rx-a'), '--site-secret', at('open.secret'));
    expect(open).toMatchObject({ code: 1, error: expect.stringContaining('has mode 0644') });
    const none = await receiver('inventory', at('rx-a'), '--site-secret', at('no.secret'));
    expect(none.error).toContain(`(umask 077; openssl rand -base64 32 > ${at('no.secret')})`);
  });

  it('needs a secret that nobody guesses', async () => {
    writeFileSync(at('short.secret'), 'diode', { mode: 0o600 });
    const { code, error } = await receiver('inventory', at('rx-a'), '--site-secret', at('short.secret'));
    expect(error).toContain('holds 5 bytes; a site secret has 16 to 1024.');
    expect(code).toBe(1);
  });
});

describe('inventories that cannot be compared', () => {
  it('were made under two secrets', async () => {
    writeFileSync(at('other.secret'), 'another secret of another officer', { mode: 0o600 });
    const files = [await takeInventory('rx', 'a'), await takeInventory('rx', 'b', at('other.secret'))];
    const { code, error } = await sender('lint-boundaries', ...files);
    expect(error).toContain('were made under two site secrets');
    expect(code).toBe(1);
  });

  it('are of one boundary', async () => {
    const { code, error } = await sender(
      'lint-boundaries',
      await takeInventory('rx', 'a'),
      await takeInventory('tx', 'a'),
    );
    expect(error).toContain('All of it is of boundary site-a');
    expect(code).toBe(2);
  });

  it.each([
    ['not JSON', '{'],
    ['another file', JSON.stringify({ 'identity-diode': 'transfer-evidence', version: 1 })],
    ['a newer version', JSON.stringify({ 'identity-diode': 'inventory', version: 2 })],
  ])('are no inventories: %s', async (_, content) => {
    writeFileSync(at('broken.json'), content);
    const { code, error } = await receiver('lint-boundaries', at('broken.json'), await takeInventory('rx', 'a'));
    expect(error).toContain(`${at('broken.json')} is no inventory.`);
    expect(code).toBe(1);
  });

  it('are half of a boundary: what is there is compared, and what is not is said', async () => {
    const { code, out } = await receiver(
      'lint-boundaries',
      await takeInventory('rx', 'a'),
      await takeInventory('tx', 'a'),
      await takeInventory('rx', 'b'),
    );
    expect(out).toContain("note: of boundary site-b there is only diode-receiver's inventory.");
    expect(code).toBe(0);
  });
});
