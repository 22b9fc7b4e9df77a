import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IssuableSubject, mapClaims, textAt, valueAt } from '../../../sender/issuer/claim-mapping.ts';
import { confirmationOf } from '../../../sender/issuer/holder-key.ts';

const subject: IssuableSubject = {
  resource: {
    id: '7',
    userName: 'bjensen',
    active: true,
    roles: [{ value: 'operator' }, { value: 'auditor', primary: true }, { value: 'operator' }, { display: 'no value' }],
    emails: [{ value: 'a@example.org', type: 'work' }],
    name: { familyName: 'Jensen' },
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Works', manager: { value: '9' } },
  },
  groups: [{ value: 'g1', display: 'Operators' }, { value: 'g2' }],
};
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

describe('claims', () => {
  it.each([
    ['roles', ['operator', 'auditor']],
    ['roles.primary', [true]],
    ['groups', ['g1', 'g2']],
    ['groups.display', ['Operators']],
    ['entitlements', undefined],
    ['userName', 'bjensen'],
    ['active', true],
    ['name.familyName', 'Jensen'],
    ['emails', ['a@example.org']],
    ['emails.type', ['work']],
    [`${ENTERPRISE}:department`, 'Works'],
    [`${ENTERPRISE}:manager`, '9'],
    [`${ENTERPRISE}:toString`, undefined],
    ['constructor', undefined],
  ])('of %s are %j', (path, value) => {
    expect(mapClaims({ claim: path }, subject).claim).toEqual(value);
  });

  it('take a text of bounded length for sub, and nothing else', () => {
    expect(textAt(subject, 'id', 256)).toBe('7');
    expect(textAt(subject, 'roles', 256)).toBeUndefined();
    expect(textAt(subject, 'userName', 3)).toBeUndefined();
  });
});

describe('the key of a holder', () => {
  let folder: string;
  let certificate: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'holder-'));
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(folder, 'key')];
    const out = ['-subj', '/CN=holder', '-outform', 'DER', '-out', join(folder, 'der')];
    execFileSync('openssl', ['req', '-x509', ...key, ...out], { stdio: 'pipe' });
    certificate = readFileSync(join(folder, 'der')).toString('base64');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  // RFC 8037 appendix A.2 and A.3.
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  const thumbprint = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k';

  it('is bound by thumbprint or whole, without what its JWK says beside', () => {
    const noisy = { ...jwk, use: 'sig', kid: 'x', alg: 'EdDSA' };
    expect(confirmationOf(noisy, 'jkt')).toEqual({ jkt: thumbprint });
    expect(confirmationOf(JSON.stringify(noisy), 'jkt')).toEqual({ jkt: thumbprint });
    expect(confirmationOf(noisy, 'jwk')).toEqual({ jwk });
  });

  it('is that of a certificate, or the certificate itself', async () => {
    const bound = confirmationOf(certificate, 'jwk') as { jwk: Record<string, string> };
    expect(bound.jwk).toMatchObject({ kty: 'EC', crv: 'P-256' });
    expect(confirmationOf(certificate, 'jkt')).toEqual({ jkt: await calculateJwkThumbprint(bound.jwk) });
    const digest = execFileSync('openssl', ['dgst', '-sha256', '-binary', join(folder, 'der')]);
    expect(confirmationOf(certificate, 'x5t#S256')).toEqual({ 'x5t#S256': digest.toString('base64url') });
    expect(valueAt({ resource: { x509Certificates: [{ value: certificate }] }, groups: [] }, 'x509Certificates')).toBe(
      certificate,
    );
  });

  it.each([
    ['a private JWK', { ...jwk, d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' }],
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }],
    ['garbage', 'garbage'],
    ['an object of something else', { a: 1 }],
    ['a number', 7],
  ])('is refused where it is %s', (_, value) => {
    for (const method of ['jkt', 'jwk', 'x5t#S256'] as const) expect(confirmationOf(value, method)).toBeUndefined();
  });
});
