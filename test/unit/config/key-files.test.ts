import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeyFile, readKeyFile } from '../../../src/config/key-files.ts';
import { agreementKeyPair } from '../../../src/crypto/agreement.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import type { DiodeError } from '../../../src/ops/diode-error.ts';

const RAW = Buffer.from(Array.from({ length: 32 }, (_, at) => 200 - at));
let directory: string;
let path: string;

function refusal(act: () => unknown): Pick<DiodeError, 'code' | 'seen' | 'cure' | 'message'> {
  try {
    act();
  } catch (error) {
    return error as DiodeError;
  }
  throw new Error('it went through');
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keys-'));
  path = join(directory, 'keys', 'signing.key');
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a key file', () => {
  it.each(['ed25519', 'x25519'] as const)('gives back the %s key, and is made 0600 in a directory of 0700', (kind) => {
    createKeyFile(path, kind, RAW);
    expect(Buffer.from(readKeyFile(path, kind))).toEqual(RAW);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'keys')).mode & 0o777).toBe(0o700);
  });

  it.each(['ed25519', 'x25519'] as const)('is what openssl reads as the same %s key', (kind) => {
    createKeyFile(path, kind, RAW);
    const text = execFileSync('openssl', ['pkey', '-in', path, '-noout', '-text_pub'], { encoding: 'utf8' });
    const { publicKey } = kind === 'ed25519' ? signingKeyPair(RAW) : agreementKeyPair(RAW);
    expect(text.replace(/[\s:]/g, '')).toContain(Buffer.from(publicKey).toString('hex'));
  });

  it('is never overwritten', () => {
    createKeyFile(path, 'ed25519', RAW);
    expect(refusal(() => createKeyFile(path, 'ed25519', Buffer.alloc(32))).code).toBe('file-exists');
    expect(Buffer.from(readKeyFile(path, 'ed25519'))).toEqual(RAW);
  });

  it.each([0o640, 0o604, 0o620, 0o601])('is refused with mode %o, with the cure', (mode) => {
    createKeyFile(path, 'ed25519', RAW);
    chmodSync(path, mode);
    expect(refusal(() => readKeyFile(path, 'ed25519'))).toMatchObject({
      code: 'key-mode',
      seen: `The key file ${path} has mode 0${mode.toString(8)}: others than its owner can open it.`,
      cure: `Run: chmod 600 ${path} (and ask who may have read it).`,
    });
  });

  it('is refused where others can exchange it in its directory', () => {
    createKeyFile(path, 'ed25519', RAW);
    chmodSync(join(directory, 'keys'), 0o770);
    expect(refusal(() => readKeyFile(path, 'ed25519'))).toMatchObject({
      code: 'key-mode',
      cure: `Run: chmod 700 ${join(directory, 'keys')}`,
    });
  });

  it('is missed, or found to be of the wrong kind, in a sentence', () => {
    expect(refusal(() => readKeyFile(path, 'ed25519'))).toMatchObject({
      code: 'key-missing',
      seen: `There is no key file ${path}.`,
    });
    createKeyFile(path, 'x25519', RAW);
    expect(refusal(() => readKeyFile(path, 'ed25519'))).toMatchObject({
      code: 'key-invalid',
      seen: `The key file ${path} holds a key of type x25519.`,
    });
  });

  it('never shows what it holds when it cannot be read', () => {
    createKeyFile(path, 'ed25519', RAW);
    writeFileSync(path, 'c2VjcmV0IHNlY3JldCBzZWNyZXQ=');
    const { code, message } = refusal(() => readKeyFile(path, 'ed25519'));
    expect(code).toBe('key-invalid');
    expect(message).not.toContain('c2Vj');
    writeFileSync(path, 'x'.repeat(10_000));
    expect(refusal(() => readKeyFile(path, 'ed25519')).code).toBe('key-invalid');
  });
});
