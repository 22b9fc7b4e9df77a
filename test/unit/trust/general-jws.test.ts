/** Our general JWS against jose: each reads what the other wrote. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { calculateJwkThumbprint, GeneralSign, generalVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { ed25519Thumbprint } from '../../../src/crypto/thumbprint.ts';
import { readGeneralJws, signGeneralJws, verifiedSigners } from '../../../src/trust/general-jws.ts';
import { isProblem } from '../../../src/trust/trust-problem.ts';
import { HOLDERS } from '../../support/root-ceremony.ts';

const TYPE = 'identity-diode-trust+jws';
const limits = { type: TYPE, maxBytes: 100_000 };
const payload = Buffer.from('{"a":1}');
const x = (holder: keyof typeof HOLDERS) => Buffer.from(HOLDERS[holder].publicKey).toString('base64url');
const publicKey = (holder: keyof typeof HOLDERS) =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: x(holder) }, format: 'jwk' });
const privateKey = (holder: keyof typeof HOLDERS) => {
  const d = Buffer.from(HOLDERS[holder].secretKey).subarray(0, 32).toString('base64url');
  return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x: x(holder), d }, format: 'jwk' });
};
const keys = new Map([HOLDERS.alice, HOLDERS.bob].map((pair) => [ed25519Thumbprint(pair.publicKey), pair.publicKey]));

function reasonOf(text: string): string {
  const jws = readGeneralJws(text, limits);
  if (isProblem(jws)) return jws.reason;
  const signers = verifiedSigners(jws, keys);
  return isProblem(signers) ? signers.reason : `${signers.size}`;
}

describe('a general JWS', () => {
  it('that we signed is verified by jose, under each of its keys, and names them by their RFC 7638 thumbprints', async () => {
    const text = signGeneralJws({ type: TYPE, payload }, [HOLDERS.alice, HOLDERS.bob]);
    const jws = JSON.parse(text);
    for (const holder of ['alice', 'bob'] as const) {
      const one = { ...jws, signatures: [jws.signatures[holder === 'alice' ? 0 : 1]] };
      const verified = await generalVerify(one, publicKey(holder));
      expect(Buffer.from(verified.payload).equals(payload)).toBe(true);
      const kid = await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x: x(holder) });
      expect(verified.protectedHeader).toEqual({ alg: 'EdDSA', kid, typ: TYPE });
    }
  });

  it('that jose signed is read by us, and so is one that both signed', async () => {
    const builder = new GeneralSign(payload);
    const header = { alg: 'EdDSA', kid: ed25519Thumbprint(HOLDERS.alice.publicKey), typ: TYPE };
    builder.addSignature(privateKey('alice')).setProtectedHeader(header);
    const text = JSON.stringify(await builder.sign());
    expect(reasonOf(text)).toBe('1');
    const before = readGeneralJws(text, limits);
    if (isProblem(before)) throw new Error(before.seen);
    const both = signGeneralJws({ type: TYPE, payload: before.payload, before }, [HOLDERS.bob]);
    expect(reasonOf(both)).toBe('2');
  });

  it('is refused for another form, of each kind for its reason', () => {
    const good = JSON.parse(signGeneralJws({ type: TYPE, payload }, [HOLDERS.alice]));
    const [signature] = good.signatures;
    const header = (fields: object) => Buffer.from(JSON.stringify(fields)).toString('base64url');
    const kid = ed25519Thumbprint(HOLDERS.alice.publicKey);
    const withHeader = (fields: object) => ({ ...good, signatures: [{ ...signature, protected: header(fields) }] });
    const cases: readonly (readonly [string, unknown])[] = [
      ['trust-form', []],
      ['trust-form', { ...good, more: 1 }],
      ['trust-form', { ...good, payload: '' }],
      ['trust-form', { ...good, payload: 'eyJhIjoxf+==' }],
      ['trust-form', { ...good, signatures: [] }],
      ['trust-form', { ...good, signatures: Array(65).fill(signature) }],
      ['trust-form', { ...good, signatures: [{ ...signature, header: { kid } }] }],
      ['trust-form', { ...good, signatures: [{ ...signature, signature: signature.signature.slice(4) }] }],
      ['trust-form', withHeader({ alg: 'none', kid, typ: TYPE })],
      ['trust-form', withHeader({ alg: 'HS256', kid, typ: TYPE })],
      ['trust-form', withHeader({ alg: 'EdDSA', kid, typ: TYPE, crit: ['b64'], b64: false })],
      ['trust-form', withHeader({ alg: 'EdDSA', kid: '../key', typ: TYPE })],
      ['trust-type', withHeader({ alg: 'EdDSA', kid, typ: 'identity-diode-root+jws' })],
      ['trust-type', withHeader({ alg: 'EdDSA', kid, typ: 'JWT' })],
      ['signature-invalid', { ...good, payload: Buffer.from('{"a":2}').toString('base64url') }],
      ['signature-duplicate', { ...good, signatures: [signature, signature] }],
    ];
    for (const [reason, value] of cases) expect([reasonOf(JSON.stringify(value)), value]).toEqual([reason, value]);
    expect(reasonOf('{"payload":"YQ","payload":"YQ","signatures":[]}')).toBe('trust-form');
    expect(reasonOf(' '.repeat(100_001))).toBe('trust-size');
    expect(reasonOf(signGeneralJws({ type: TYPE, payload }, [HOLDERS.carol]))).toBe('signature-unknown');
  });
});
