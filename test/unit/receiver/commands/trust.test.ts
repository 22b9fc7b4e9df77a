/** The ceremony and what comes of it, as it is typed, in this process. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../../receiver/command-line.ts';
import { RECEIVER_MIGRATIONS } from '../../../../receiver/receiver-store.ts';
import { knownStream, readTrustedSender, senderKeysOf } from '../../../../receiver/trust/own-card.ts';
import { readTrustState } from '../../../../receiver/trust/trust-store.ts';
import { auditDirectory } from '../../../../src/cli/audit-logs.ts';
import { cardJson } from '../../../../src/config/card-form.ts';
import { directoryLayout } from '../../../../src/config/directory-layout.ts';
import { signingKeyId } from '../../../../src/crypto/digest.ts';
import { signingKeyPair } from '../../../../src/crypto/sodium.ts';
import { takeLock } from '../../../../src/ops/run-lock.ts';
import { openStore } from '../../../../src/store/database.ts';
import type { SenderCard } from '../../../../src/wire/card.ts';
import { editConfig } from '../../../support/command-line.ts';
import { typeHere } from '../../../support/typed-command.ts';

const root = mkdtempSync(join(tmpdir(), 'trust-'));
const at = (...names: readonly string[]) => join(root, ...names);
const layoutOf = (name: string) => directoryLayout('diode-receiver', at(name));
const cardOf = (seed: number, stream = 'hr', boundary = 'site-a'): SenderCard => ({
  kind: 'sender-card',
  boundary,
  stream,
  signingKey: signingKeyPair(Buffer.alloc(32, seed)).publicKey,
  agreementKey: Buffer.alloc(32, seed),
});

const type = (...args: readonly string[]) => typeHere(receiverCommandLine(), ...args);

/** Of a command that must be carried out. */
async function done(...args: readonly string[]): Promise<string> {
  const { code, out, error } = await type(...args);
  expect(error.replace(/^ .*\n/gm, '')).not.toContain('diode-receiver:');
  expect(code, error).toBe(0);
  return out;
}

/** All entries of the command log, newest first. */
function commandLog(name: string): string {
  const folder = auditDirectory(layoutOf(name), 'commands');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'latin1'))
    .join('\n');
}

const ROOT = at('root.json');
const BY = (...holders: readonly string[]) => holders.flatMap((holder) => ['--key', at(`${holder}.key`)]);

/** A bundle of the draft in `draft.json`, changed and signed by alice and bob. */
async function signedFrom(name: string, change: (fields: ReturnType<typeof JSON.parse>) => void = () => {}) {
  const fields = JSON.parse(readFileSync(at('draft.json'), 'utf8'));
  change(fields);
  writeFileSync(at(`${name}-draft.json`), JSON.stringify(fields));
  await done(
    'root',
    'sign',
    at(`${name}-draft.json`),
    '--root',
    ROOT,
    ...BY('alice', 'bob'),
    '--out',
    at(name),
    '--yes',
  );
  return at(name);
}

let token: string;

function alicesKey(): string {
  const { payload } = JSON.parse(readFileSync(ROOT, 'utf8'));
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')).keys[0].key;
}

beforeAll(async () => {
  for (const [name, card] of Object.entries({
    'hr.json': cardOf(7),
    'crm.json': cardOf(8, 'crm'),
    'other.json': cardOf(9),
  })) {
    writeFileSync(at(name), cardJson(card));
  }
  const pair = await generateKeyPair('EdDSA');
  writeFileSync(at('jwks.json'), JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'ed' }] }));
  const iat = Math.floor(Date.now() / 1000) - 10;
  token = await new SignJWT({ iss: 'https://idp.example', sub: 's', aud: 'api', jti: 'j', iat, exp: iat + 600 })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'ed', typ: 'at+jwt' })
    .sign(pair.privateKey);
  writeFileSync(at('token.jwt'), token);
  const holders = ['alice', 'bob', 'carol'].flatMap((holder) => ['--holder', holder]);
  await done('root', 'create', ROOT, '--boundary', 'site-a', '--threshold', '2', ...holders, '--key-folder', root);
  // A receiver from before, with a card and a JWKS file.
  await done('init', at('rx'), '--boundary', 'site-a');
  await done('trust', at('rx'), at('hr.json'), '--yes');
  const policy = [
    '  - issuer: https://idp.example',
    '    audience: [api]',
    `    jwks: ${at('jwks.json')}`,
    '    algorithms: [EdDSA]',
    '    maxLifetimeSeconds: 900',
  ];
  editConfig(at('rx'), { 'issuers: []': `issuers:\n${policy.join('\n')}` });
  await done('root', 'draft', at('rx'), '--root', ROOT, '--out', at('draft.json'));
});
afterAll(() => rmSync(root, { recursive: true }));

describe('the ceremony', () => {
  it('makes a key file for each holder, for its owner alone, and a root that they signed', async () => {
    for (const holder of ['alice', 'bob', 'carol']) expect(statSync(at(`${holder}.key`)).mode & 0o777).toBe(0o600);
    const shown = await done('root', 'show', ROOT);
    expect(shown).toContain('2 of 3 holders must sign');
    expect(shown).toContain('signed by      alice, bob, carol');
    expect(shown).toContain('It has the signatures that it needs.');
    expect(
      (await type('root', 'create', ROOT, '--boundary', 'a', '--threshold', '1', '--holder', 'x', '--key-folder', root))
        .error,
    ).toContain('exists already');
    expect(existsSync(at('x.key'))).toBe(false);
  });

  it('makes no private key unless a folder for it is named, at the first root and at a rotation', async () => {
    const folder = at('public');
    const named = ['--boundary', 'a', '--threshold', '1', '--holder', 'x', '--holder', `y=${alicesKey()}`];
    const created = await type('root', 'create', join(folder, 'root.json'), ...named);
    expect(created).toMatchObject({ code: 2, error: expect.stringContaining('No KEY is given for x.') });
    const rotated = await type('root', 'rotate', ROOT, '--out', join(folder, 'root-2.json'), '--add', 'x');
    expect(rotated).toMatchObject({ code: 2, error: expect.stringContaining('--key-folder') });
    expect(existsSync(folder)).toBe(false);
    await done('root', 'create', join(folder, 'root.json'), ...named, '--key-folder', at('private'));
    expect([readdirSync(folder), readdirSync(at('private'))]).toEqual([['root.json'], ['x.key']]);
  });

  it('takes holders whose keys were made elsewhere, who sign one after the other', async () => {
    const made = await done('root', 'key', at('erin.key'), '--json');
    const { key } = JSON.parse(made);
    const file = at('far.json');
    const args = [
      '--boundary',
      'far',
      '--threshold',
      '2',
      '--holder',
      `erin=${key}`,
      '--holder',
      'frank',
      '--key-folder',
      root,
      '--json',
    ];
    expect(JSON.parse(await done('root', 'create', file, ...args))).toMatchObject({ isWhole: false });
    expect(await done('root', 'show', file)).toContain('Not yet valid: it has 1 of the 2 signatures');
    const signed = await done('root', 'sign', file, '--key', at('erin.key'), '--yes', '--json');
    expect(JSON.parse(signed)).toMatchObject({ signed: ['erin', 'frank'], isWhole: true });
    expect((await type('root', 'sign', file, '--key', at('erin.key'), '--yes')).error).toContain('erin has signed');
    expect((await type('root', 'sign', file, '--key', at('alice.key'), '--yes')).error).toContain('none of');
  });

  it('begins with nobody who signed where no key is at hand, at the first root and at a rotation', async () => {
    const keyOf = async (holder: string): Promise<string> =>
      JSON.parse(await done('root', 'key', at('home', `${holder}.key`), '--json')).key;
    const sign = (file: string, holder: string, ...root: readonly string[]) =>
      done('root', 'sign', file, '--key', at('home', `${holder}.key`), ...root, '--yes', '--json').then(JSON.parse);
    const holders = ['--holder', `gina=${await keyOf('gina')}`, '--holder', `hugo=${await keyOf('hugo')}`];
    const one = at('remote.json');
    await done('root', 'create', one, '--boundary', 'remote', '--threshold', '2', ...holders);
    const shown = await done('root', 'show', one);
    expect(shown).toContain('signed by      nobody yet');
    expect(shown).toContain('it has 0 of the 2 signatures');
    const pin = ['init', at('remote'), '--boundary', 'remote', '--root', one, '--yes'];
    expect((await type(...pin)).error).toContain('is refused (trust-form): it has no signatures');
    expect(await sign(one, 'gina')).toMatchObject({ signed: ['gina'], isWhole: false });
    expect(await sign(one, 'hugo')).toMatchObject({ signed: ['gina', 'hugo'], isWhole: true });
    await done(...pin);
    const two = at('remote-2.json');
    const rotated = await done('root', 'rotate', one, '--out', two, '--add', `ines=${await keyOf('ines')}`);
    expect(rotated).toContain(`root sign ${two} --root ${one} --key HOLDER.key`);
    expect((await type('trust', at('remote'), two)).error).toContain('is refused (trust-form): it has no signatures');
    expect(await done('root', 'show', two, '--root', one)).toContain('signed by      nobody yet');
    expect(await sign(two, 'gina', '--root', one)).toMatchObject({ isWhole: false });
    expect(await sign(two, 'ines', '--root', one)).toMatchObject({ isWhole: false });
    expect(await sign(two, 'hugo', '--root', one)).toMatchObject({ signed: ['gina', 'hugo', 'ines'], isWhole: true });
    expect(await done('trust', at('remote'), two)).toContain('Root 2 is trusted now.');
  });

  it('makes no key where the root could never hold, or where one of the files is there already', async () => {
    const folder = at('spoiled');
    const create = (...args: readonly string[]) =>
      type(
        'root',
        'create',
        join(folder, 'root.json'),
        '--boundary',
        'site-a',
        '--threshold',
        '1',
        ...args,
        '--key-folder',
        folder,
      );
    const key = Buffer.alloc(32, 7).toString('base64url');
    const twice = await create('--holder', `alice=${key}`, '--holder', `bob=${key}`, '--holder', 'carol');
    expect(twice).toMatchObject({ code: 2 });
    expect(twice.error).toContain(`alice and bob have the same key, ${key}.`);
    const rotate = [
      'root',
      'rotate',
      ROOT,
      '--out',
      join(folder, 'root-2.json'),
      '--add',
      'dora',
      ...BY('alice'),
      '--key-folder',
      folder,
    ];
    const known = await type(...rotate, '--add', `eve=${alicesKey()}`);
    expect(known.error).toContain('alice and eve have the same key');
    expect(existsSync(folder)).toBe(false);
    await done('root', 'key', join(folder, 'bob.key'));
    expect((await create('--holder', 'alice', '--holder', 'bob')).error).toContain('bob.key exists already');
    const clash = ['root', 'create', join(folder, 'zoe.key'), '--boundary', 'site-a', '--threshold', '1'];
    expect(await type(...clash, '--holder', 'zoe', '--key-folder', folder)).toMatchObject({ code: 2 });
    expect(readdirSync(folder)).toEqual(['bob.key']);
  });

  it('takes no key twice, which would spoil what others have signed', async () => {
    const file = at('twice.json');
    await done('root', 'sign', at('draft.json'), '--root', ROOT, ...BY('alice'), '--out', file, '--yes');
    const before = readFileSync(file, 'utf8');
    const again = await type('root', 'sign', file, '--root', ROOT, ...BY('bob'), ...BY('bob'), '--yes');
    expect(again).toMatchObject({ code: 2, error: expect.stringContaining('is given twice, and counts once') });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('signs a draft step by step, and shows all of it before', async () => {
    const file = at('steps.json');
    const draft = ['root', 'sign', at('draft.json'), '--root', ROOT];
    expect((await type(...draft, ...BY('alice'), '--yes')).error).toContain('--out bundle.json');
    const first = await type(...draft, ...BY('alice'), '--out', file, '--yes');
    expect(first.error).toContain('issuer         "https://idp.example"');
    expect(first.error).toContain('at most 900 s, skew 60 s');
    expect(first.out).toContain(
      'Not yet valid: it has 1 of the 2 signatures that root 1 asks for (not yet: bob, carol)',
    );
    expect(await done('root', 'sign', file, '--root', ROOT, ...BY('carol'), '--yes')).toContain(
      'signed by      alice, carol',
    );
  });

  it('makes the next version of a bundle, with one more sender', async () => {
    const bundle = await signedFrom('one.json');
    await done('root', 'draft', bundle, '--sender', at('crm.json'), '--out', at('two-draft.json'));
    const fields = JSON.parse(readFileSync(at('two-draft.json'), 'utf8'));
    expect(fields.version).toBe(2);
    expect(fields.senders.map(({ stream }: { stream: string }) => stream)).toEqual(['hr', 'crm']);
  });

  it('refuses to draft a sender of another boundary', async () => {
    writeFileSync(at('far-card.json'), cardJson(cardOf(11, 'far', 'site-b')));
    const bundle = await signedFrom('far-one.json');
    const draft = ['root', 'draft', bundle, '--sender', at('far-card.json'), '--out', at('far-sender-draft.json')];
    const { code, error } = await type(...draft);
    expect(code).toBe(1);
    expect(error).toContain("The sender's card is of boundary site-b; this bundle is in boundary site-a.");
    expect(existsSync(at('far-sender-draft.json'))).toBe(false);
  });

  it('takes new keys of an issuer from a set as it was seen, leaves the others, and refuses another key of one kid', async () => {
    const bundle = await signedFrom('seen-one.json');
    const before = JSON.parse(readFileSync(at('draft.json'), 'utf8')).issuers[0];
    const fresh = { kid: 'fresh', kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    const draft = async (seen: object) => {
      writeFileSync(at('seen.json'), JSON.stringify(seen));
      const out = at(`seen-${drafts++}.json`);
      const answer = await type('root', 'draft', bundle, '--key-set', at('seen.json'), '--out', out);
      return { ...answer, issuer: answer.code === 0 ? JSON.parse(readFileSync(out, 'utf8')).issuers[0] : undefined };
    };
    const seen = (keys: readonly object[], issuer = before.issuer) => ({ admitted: false, issuer, jwks: { keys } });
    const [old] = before.keys;
    const { issuer } = await draft(seen([{ ...fresh, x5c: ['MIIB'] }, old.jwk]));
    expect(issuer.keys.map(({ jwk }: { jwk: { kid: string } }) => jwk.kid)).toEqual([old.jwk.kid, 'fresh']);
    expect(issuer.keys[0]).toEqual(old);
    expect({ ...issuer, keys: [] }).toEqual({ ...before, keys: [] });
    expect((await draft(seen([{ ...fresh, kid: old.jwk.kid }]))).error).toContain(
      'is that of another key in the draft',
    );
    expect((await draft(seen([fresh], 'https://other.example'))).error).toContain(
      'has no issuer "https://other.example"',
    );
    for (const wrong of [[], {}, seen([]), seen([{ ...fresh, d: 'x' }]), { ...seen([fresh]), issuer: 1 }]) {
      expect((await draft(wrong)).error).toContain('holds no public key set of an issuer');
    }
  });
});

let drafts = 0;

describe('a receiver that began with a card', () => {
  it('moves to root and bundle with one command, after the fingerprint was compared', async () => {
    const bundle = await signedFrom('first.json');
    const shown = JSON.parse(await done('root', 'show', ROOT, '--json'));
    const move = ['trust', at('rx'), bundle, '--root', ROOT];
    const wrong = await type(...move, '--fingerprint', '00');
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.error).toContain('not the one given. Nothing was changed');
    expect(readTrustState(layoutOf('rx'))).toBeUndefined();
    const out = await done(...move, '--fingerprint', shown.fingerprint);
    expect(out).toContain('Trust bundle 1 under root 1 is trusted now.');
    const sender = readTrustedSender(layoutOf('rx'), 'site-a');
    expect(sender).toMatchObject({ stream: 'hr', trust: { bundle: { version: 1 } } });
    const { signingKey } = cardOf(7);
    expect(senderKeysOf(sender, Date.now).find(signingKeyId(signingKey), Date.now())).toEqual(Buffer.from(signingKey));
    expect((await type(...move, '--yes')).error).toContain('A root is pinned');
  });

  it('pins no root without a bundle, and leaves its card in force', async () => {
    await done('init', at('alone'), '--boundary', 'site-a');
    await done('trust', at('alone'), at('hr.json'), '--yes');
    const { code, error } = await type('trust', at('alone'), ROOT, '--root', ROOT, '--yes');
    expect(code).toBe(2);
    expect(error).toContain('with a root alone');
    expect(existsSync(layoutOf('alone').trustRoot)).toBe(false);
    expect(readTrustedSender(layoutOf('alone'), 'site-a')).toMatchObject({ stream: 'hr' });
    await done('trust', at('alone'), ROOT, await signedFrom('alone.json'), '--root', ROOT, '--yes');
    expect(commandLog('alone')).toContain('"event":"command-trust-bundle","root":1,"bundle":1,"pinned":"');
  });

  it('is told to start first where its store is of an older release, which knows no keys of tokens', async () => {
    const { store } = layoutOf('alone');
    const older = openStore(store, RECEIVER_MIGRATIONS.slice(0, -1));
    const bundle = await signedFrom('alone-2.json', (fields) => {
      fields.version = 2;
    });
    older.close();
    const { code, error } = await type('trust', at('alone'), bundle);
    expect([code, error]).toEqual([1, expect.stringContaining('start the receiver once')]);
    expect(readTrustState(layoutOf('alone'))?.bundle?.version).toBe(1);
    openStore(store, RECEIVER_MIGRATIONS).close();
    await done('trust', at('alone'), bundle);
  });

  it('is refused a bundle without the sender that runs', async () => {
    await done('init', at('kept'), '--boundary', 'site-a');
    await done('trust', at('kept'), at('other.json'), '--yes');
    const { code, error } = await type('trust', at('kept'), await signedFrom('lost.json'), '--root', ROOT, '--yes');
    expect(code).toBe(1);
    expect(error).toContain('so the stream would stop');
    expect(existsSync(layoutOf('kept').trustRoot)).toBe(false);
  });

  it('takes issuers from the bundle from then on', async () => {
    rmSync(at('jwks.json'));
    expect(await done('check-token', at('rx'), at('token.jwt'))).toMatch(/^accepted/);
    const revoked = await signedFrom('revoked.json', (fields) => {
      fields.version = 2;
      fields.issuers[0].keys[0].revokedFrom = '2026-01-01T00:00:00Z';
    });
    await done('trust', at('rx'), revoked);
    const { code, out } = await type('check-token', at('rx'), at('token.jwt'));
    expect([code, out.split('\n')[0]]).toEqual([1, 'refused: key-state The key that its kid names was revoked.']);
    const checked = await type('check', at('rx'), '--no-kafka');
    expect(checked.out).toContain('bundle 2 under root 1, until');
    expect(checked.out).toContain('names issuers, and none of them counts');
  });
});

describe('a receiver that begins with a root', () => {
  beforeAll(async () => {
    await done('init', at('new'), '--boundary', 'site-a', '--root', ROOT, '--yes');
  });

  it('believes nobody before it has a bundle', async () => {
    expect(() => readTrustedSender(layoutOf('new'), 'site-a')).toThrow('no trust bundle says yet');
    const { error } = await type('trust', at('new'), at('hr.json'), '--yes');
    expect(error).toContain('does not name this sender');
  });

  it('is refused the root of another boundary, or one that lacks signatures', async () => {
    const other = await type('init', at('none'), '--boundary', 'site-b', '--root', ROOT, '--yes');
    expect(other.error).toContain('is the root of boundary site-a');
    expect(existsSync(at('none'))).toBe(false);
    const lacking = at('lacking.json');
    const jws = JSON.parse(readFileSync(ROOT, 'utf8'));
    writeFileSync(lacking, JSON.stringify({ ...jws, signatures: jws.signatures.slice(0, 1) }));
    const few = await type('init', at('none'), '--boundary', 'site-a', '--root', lacking, '--yes');
    expect(few.error).toContain('is refused (signatures-missing): it has 1 of the 2 signatures');
  });

  it('adopts bundles by their signatures alone, and serves the only sender', async () => {
    expect(await done('trust', at('new'), await signedFrom('new.json'))).toContain('is trusted now.');
    expect(await done('trust', at('new'), at('new.json'))).toContain('was trusted already.');
    expect(knownStream(layoutOf('new'))).toBe('hr');
    const { runLock, requests } = layoutOf('new');
    const running = takeLock(runLock, { waitMs: 0, seen: '', cure: '' });
    try {
      expect(await done('trust', at('new'), at('new.json'))).toMatch(/was trusted already\.\n.*takes it up within/);
    } finally {
      running.release();
    }
    expect(readdirSync(requests)).toHaveLength(1);
    expect(commandLog('new')).toContain('"event":"command-trust-bundle","root":1,"bundle":1');
  });

  it.each([
    ['bundle-rollback', { version: 1, expires: '2027-01-01T00:00:00Z' }],
    ['bundle-expired', { version: 9, issued: '2026-01-01T00:00:00Z', expires: '2026-01-02T00:00:00Z' }],
    ['other-boundary', { version: 9, boundary: 'site-b' }],
    ['stream-missing', { version: 9, senders: [] }],
  ])('refuses a bundle for %s, says so in one sentence, and keeps an entry of it', async (reason, changes) => {
    const file = at(`${reason}.json`);
    if (reason === 'bundle-rollback') {
      await done(
        'trust',
        at('new'),
        await signedFrom('later.json', (fields) => void Object.assign(fields, { version: 3 })),
      );
    }
    if (reason === 'other-boundary') {
      const far = ['--boundary', 'site-b', '--threshold', '1', '--holder', 'zoe', '--key-folder', root];
      await done('root', 'create', at('far-root.json'), ...far);
      const fields = { ...JSON.parse(readFileSync(at('draft.json'), 'utf8')), ...changes };
      writeFileSync(at('far-draft.json'), JSON.stringify(fields));
      const sign = ['--root', at('far-root.json'), '--key', at('zoe.key'), '--out', file, '--yes'];
      await done('root', 'sign', at('far-draft.json'), ...sign);
    } else await signedFrom(`${reason}.json`, (fields) => void Object.assign(fields, changes));
    const { code, error } = await type('trust', at('new'), file);
    // Another boundary's holders are none here.
    const expected = reason === 'other-boundary' ? 'signature-unknown' : reason;
    expect(code).toBe(1);
    expect(error).toMatch(new RegExp(`^diode-receiver: ${file} is refused \\(${expected}\\): [^.].*\\. [A-Z].*\\n$`));
    expect(commandLog('new')).toContain(`"event":"trust-refused","reason":"${expected}"`);
  });

  it('goes over to a rotated root, and from then on needs its holders', async () => {
    const next = at('root-2.json');
    const rotated = await done(
      'root',
      'rotate',
      ROOT,
      '--out',
      next,
      '--remove',
      'carol',
      '--add',
      'dave',
      '--key-folder',
      root,
      ...BY('alice'),
    );
    expect(rotated).toContain('It lacks signatures');
    expect((await type('trust', at('new'), next)).error).toContain('signatures-missing');
    await done('root', 'sign', next, '--root', ROOT, ...BY('bob'), '--yes');
    const fields = JSON.parse(readFileSync(at('draft.json'), 'utf8'));
    writeFileSync(at('under-2.json'), JSON.stringify({ ...fields, root: 2, version: 4 }));
    const sign = [
      'root',
      'sign',
      at('under-2.json'),
      '--root',
      next,
      ...BY('dave', 'bob'),
      '--out',
      at('b2.json'),
      '--yes',
    ];
    await done(...sign);
    expect((await type('trust', at('new'), at('b2.json'))).error).toContain('signature-unknown');
    expect(await done('trust', at('new'), at('b2.json'), next)).toContain(
      'Trust bundle 4 under root 2 is trusted now.',
    );
    expect(readTrustState(layoutOf('new'))).toMatchObject({
      roots: [{ version: 1 }, { version: 2 }],
      bundle: { root: 2 },
    });
  });

  it('notices that a file of its trust was exchanged', async () => {
    const path = join(layoutOf('new').trust, 'bundle.json');
    const good = readFileSync(path, 'utf8');
    writeFileSync(path, readFileSync(at('other-boundary.json'), 'utf8'));
    const { code, error } = await type('trust', at('new'), at('b2.json'));
    expect([code, error]).toEqual([1, expect.stringContaining('is not what was adopted')]);
    writeFileSync(path, good);
  });
});

describe('trust', () => {
  it('says what to type where a file is none of what it takes', async () => {
    writeFileSync(at('nonsense.json'), '{"signatures":1}');
    expect((await type('trust', at('rx'), at('nonsense.json'))).error).toContain('(trust-form)');
    expect((await type('trust', at('rx'), at('first.json'), at('hr.json'))).error).toContain('Give one card alone');
    await done('init', at('cards'), '--boundary', 'site-a');
    expect((await type('trust', at('cards'), at('first.json'))).error).toContain('bundle.json --root root.json');
  });
});
