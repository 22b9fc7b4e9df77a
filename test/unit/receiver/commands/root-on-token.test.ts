/** A root holder whose key lies on a PKCS#11 token, beside one with a key file: SoftHSM2, as Debian has it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../../receiver/command-line.ts';
import { hasSoftToken, makeSoftToken, type SoftToken } from '../../../support/soft-token.ts';
import { typeHere } from '../../../support/typed-command.ts';

const root = mkdtempSync(join(tmpdir(), 'root-on-token-'));
const at = (name: string) => join(root, name);
const type = (...args: readonly string[]) => typeHere(receiverCommandLine(), ...args);

describe.runIf(hasSoftToken())('a root holder with a token', () => {
  let token: SoftToken;
  let place: readonly string[];
  beforeAll(() => {
    token = makeSoftToken({ root: 'EdDSA', other: 'EdDSA' });
    place = ['--module', token.module, '--token', token.label, '--pin-file', token.pinFile];
  });
  afterAll(() => {
    token.remove();
    rmSync(root, { recursive: true });
  });

  it('is named by the public half of the key, and signs the root beside holders with key files', async () => {
    const { out } = await type('signer', 'key', ...place, '--label', 'root');
    const { x } = JSON.parse(out) as { x: string };
    const create = ['--boundary', 'site-a', '--threshold', '2', '--holder', `dave=${x}`, '--holder', 'alice'];
    expect(await type('root', 'create', at('root.json'), ...create, '--key-folder', root)).toMatchObject({ code: 0 });
    const sign = ['root', 'sign', at('root.json'), ...place, '--yes'];
    const other = await type(...sign, '--label', 'other');
    expect(other).toMatchObject({ code: 2 });
    expect(other.error).toContain('The key in diode, other is none of');
    const signed = await type(...sign, '--label', 'root', '--json');
    expect(JSON.parse(signed.out)).toMatchObject({ signed: ['dave', 'alice'], isWhole: true });
    const init = ['init', at('rx'), '--boundary', 'site-a', '--root', at('root.json'), '--yes'];
    expect(await type(...init)).toMatchObject({ code: 0 });
  });
});
