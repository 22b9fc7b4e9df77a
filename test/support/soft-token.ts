/** A SoftHSM2 token of Debian's softhsm2 in a directory of its own, with one key pair for each algorithm. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requirement } from './requirement.ts';

const MODULE = '/usr/lib/softhsm/libsofthsm2.so';

/** What `openssl genpkey` is asked for. */
export const KEY_ARGUMENTS = {
  EdDSA: ['-algorithm', 'ed25519'],
  ES256: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  PS256: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  RS256: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
} as const;
export type KeyKind = keyof typeof KEY_ARGUMENTS;

export function hasSoftToken(): boolean {
  return (
    requirement('softhsm2', existsSync(MODULE), 'apt-get install softhsm2') &&
    requirement('pkcs11js', isCompiled(), 'npm rebuild pkcs11js')
  );
}

export function makeKeyFile(path: string, kind: KeyKind): void {
  execFileSync('openssl', ['genpkey', ...KEY_ARGUMENTS[kind], '-out', path], { stdio: 'pipe' });
}

export interface SoftToken {
  readonly module: string;
  readonly label: string;
  readonly pinFile: string;
  readonly directory: string;
  remove(): void;
}

/** Its library reads SOFTHSM2_CONF of this process once, at C_Initialize. */
export function makeSoftToken(
  keys: Readonly<Partial<Record<string, KeyKind>>>,
  /** Of softhsm2.conf(5), such as the mechanisms that it does not have. */
  settings: readonly string[] = [],
): SoftToken {
  const directory = mkdtempSync(join(tmpdir(), 'soft-token-'));
  const conf = join(directory, 'softhsm2.conf');
  mkdirSync(join(directory, 'tokens'));
  const lines = [`directories.tokendir = ${join(directory, 'tokens')}`, 'log.level = ERROR', ...settings];
  writeFileSync(conf, `${lines.join('\n')}\n`);
  process.env.SOFTHSM2_CONF = conf;
  const util = (...args: string[]) => execFileSync('softhsm2-util', args, { stdio: 'pipe' });
  util('--init-token', '--free', '--label', 'diode', '--so-pin', '87654321', '--pin', '12345678');
  for (const [at, [label, kind]] of Object.entries(keys).entries()) {
    const file = join(directory, `${label}.key`);
    makeKeyFile(file, kind as KeyKind);
    const place = ['--token', 'diode', '--pin', '12345678', '--label', label, '--id', `A${at}`];
    util('--import', file, ...place);
  }
  const pinFile = join(directory, 'pin');
  writeFileSync(pinFile, '12345678\n', { mode: 0o600 });
  return { module: MODULE, label: 'diode', pinFile, directory, remove: () => rmSync(directory, { recursive: true }) };
}

function isCompiled(): boolean {
  try {
    createRequire(import.meta.url)('pkcs11js');
    return true;
  } catch {
    return false;
  }
}
