/** docs/ceremony.md as it is typed, from the first line to the last, in this process; paths lie below a folder of the test. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../receiver/command-line.ts';
import { readTrustState } from '../../../receiver/trust/trust-store.ts';
import { senderCommandLine } from '../../../sender/command-line.ts';
import { parseCard } from '../../../src/config/card-form.ts';
import { directoryLayout } from '../../../src/config/directory-layout.ts';
import { signingKeyId } from '../../../src/crypto/digest.ts';
import { jwksKey, statusKey } from '../../../src/identity/key.ts';
import { ISSUER } from '../../support/back-half.ts';
import { issuerTrust } from '../../support/issuer-trust.ts';
import { requirement } from '../../support/requirement.ts';
import { typeHere } from '../../support/typed-command.ts';
import { blocks, readPage } from './page.ts';
import { hasRecipeTools } from './recipe-run.ts';

const hasTools = requirement('jq and perl', hasRecipeTools(), 'install jq and perl (bash .ci/install)');

const root = mkdtempSync(join(tmpdir(), 'ceremony-'));
for (const folder of ['ceremony/new', 'safe', 'etc']) mkdirSync(join(root, folder), { recursive: true, mode: 0o700 });
afterAll(() => rmSync(root, { recursive: true }));

/** As holders add it to the first draft, and the set with its next key as the topic `trust` has it. */
const jwk = (kid: string) => ({ ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), kid });
const keys = [jwk('old'), jwk('new')];
writeFileSync(join(root, 'ceremony/seen.json'), JSON.stringify({ issuer: ISSUER, jwks: { keys }, admitted: false }));
const endMs = Math.ceil(Date.now() / 1_000) * 1_000 + 3_600_000;

function addIssuer(draft: string): void {
  const content = JSON.parse(readFileSync(draft, 'utf8')) as object;
  writeFileSync(draft, JSON.stringify({ ...content, issuers: [{ ...issuerTrust([]), keys: [{ jwk: keys[0] }] }] }));
}

const lines = blocks(readPage('docs/ceremony.md'), 'sh').flatMap((block) => block.trimEnd().split('\n'));

const typed = (program: string, args: readonly string[]) =>
  typeHere(program === 'diode-sender' ? senderCommandLine() : receiverCommandLine(), ...args);

/** By holder, as `root key` printed it. */
const holderKeys = new Map<string, string>();

/** What people read off the record or the screen. */
async function known(word: string): Promise<string> {
  const fingerprintOf = async (file: string) => {
    const { out } = await typed('diode-receiver', ['root', 'show', join(root, file), '--json']);
    return (JSON.parse(out) as { fingerprint: string }).fingerprint;
  };
  if (word === 'FINGERPRINT') return fingerprintOf('ceremony/root.json');
  if (word === 'NEW-FINGERPRINT') return fingerprintOf('ceremony/new/root.json');
  if (word === 'OLD-KEY') return keyOf('etc/diode-sender');
  if (word === 'OLD-KEY@TIME') return `${keyOf('etc/diode-sender-new')}@${new Date(endMs).toISOString()}`;
  if (word === 'OLD-KID@TIME') return `old@${new Date(endMs).toISOString()}`;
  const [, holder] = /^(.+)=.+-KEY$/.exec(word) ?? [];
  if (holder !== undefined) return `${holder}=${holderKeys.get(holder)}`;
  return word.startsWith('/') ? join(root, word) : word;
}

/** The id of the key that the card of a sender names. */
function keyOf(sender: string): string {
  const path = join(root, sender, 'sender-card.json');
  return signingKeyId(parseCard(readFileSync(path, 'utf8'), 'sender-card', path).signingKey).toString('hex');
}

describe('docs/ceremony.md', () => {
  it('has the whole of it', () => {
    expect(lines.length).toBeGreaterThan(48);
    expect(lines.filter((line) => !/^(npx diode-(receiver|sender)|mv) /.test(line))).toEqual([]);
  });

  it.each(lines)('%s', async (line) => {
    const words = await Promise.all(line.split(' ').map(known));
    if (words[0] === 'mv') {
      renameSync(words[1] ?? '', words[2] ?? '');
      return;
    }
    const [, program = '', ...args] = words;
    // Whoever signs answers yes.
    const answered = ['root', 'signer'].includes(args[0] ?? '') && args[1] === 'sign' ? [...args, '--yes'] : args;
    const { code, out, error } = await typed(program, answered);
    // The machine of a test is none that a receiver could run on.
    if (args[0] === 'check') expect(out).toMatch(/OK +trust +bundle 1 under root 1/);
    else expect([code, error.includes(`${program}:`) ? error : '']).toEqual([0, '']);
    const [, printed] = /--holder NAME=(\S+)/.exec(out) ?? [];
    if (printed !== undefined) holderKeys.set(basename(args[2] ?? '', '.key'), printed);
    if (args[1] === 'draft' && line.includes('draft-1.json')) addIssuer(args.at(-1) ?? '');
    if (args[0] === 'trust' && line.includes('bundle-6'))
      expect(out).toMatch(/Revoked: the key [0-9a-f]{32} of hr\. Its frames/);
  });

  it('never has a private key where files go from hand to hand', () => {
    const files = readdirSync(join(root, 'ceremony'), { recursive: true, encoding: 'utf8' });
    expect(files).toContain('root-2.json');
    expect(files.filter((file) => file.endsWith('.key'))).toEqual([]);
    expect(readdirSync(join(root, 'safe'))).toHaveLength(7);
  });

  it.skipIf(!hasTools)(
    'takes the newest set of an issuer, and of no other, out of what kcat prints of the topic',
    () => {
      const [read = '', take = ''] = blocks(readPage('docs/ceremony.md'), 'console')
        .flatMap((block) => block.split('\n'))
        .filter((line) => /^\$ (kcat|grep) /.test(line));
      expect(read).toContain(" -f '%k %s\\n' > trust.txt");
      const records = [
        ['Bundle', '{}'],
        [jwksKey('https://idp.example'), 'older'],
        [jwksKey('https://idp.example'), '{"jwks": {"keys": []}}'],
        [jwksKey('https://idp.example/tenant'), 'other'],
        [statusKey('https://idp.example'), 'status'],
      ];
      writeFileSync(join(root, 'trust.txt'), records.map((record) => `${record.join(' ')}\n`).join(''));
      execFileSync('sh', ['-c', take.slice(2).replace('/ceremony/seen.json', 'taken.json')], { cwd: root });
      expect(readFileSync(join(root, 'taken.json'), 'utf8')).toBe('{"jwks": {"keys": []}}\n');
    },
  );

  it('ends with a receiver that believes the new root, and the new sender alone with both its keys, and the issuer with both', () => {
    const state = readTrustState(directoryLayout('diode-receiver', join(root, 'etc/diode-receiver')));
    expect(state?.bundle).toMatchObject({ root: 1, version: 10 });
    const { senders = [], issuers = [] } = state?.bundle ?? {};
    expect(senders[0]?.keys.map(({ revokedFromMs }) => revokedFromMs !== undefined)).toEqual([true, false, false]);
    expect(senders[0]?.keys.map(({ passiveFromMs }) => passiveFromMs)).toEqual([undefined, endMs, undefined]);
    expect(issuers[0]?.keys.map(({ jwk: { kid }, passiveFromMs }) => [kid, passiveFromMs])).toEqual([
      ['old', endMs],
      ['new', undefined],
    ]);
    expect(existsSync(join(root, 'etc/diode-receiver/root.json.old'))).toBe(true);
  });
});
