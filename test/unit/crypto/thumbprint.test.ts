import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from 'vitest';
import { ed25519Thumbprint, jwkKind, jwkThumbprint } from '../../../src/crypto/thumbprint.ts';

// RFC 8037 A.2, A.3.
const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';

describe('a thumbprint', () => {
  it('is that of RFC 7638 §3.1 and of RFC 8037 A.3', () => {
    const rsa = {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
      alg: 'RS256',
      kid: '2011-04-29',
    };
    expect(jwkThumbprint(rsa)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
    expect(ed25519Thumbprint(Buffer.from(x, 'base64url'))).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  it('is what jose makes of each type, whatever else the JWK says', async () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    for (const jwk of [{ kty: 'OKP', crv: 'Ed25519', x }, ec]) {
      const noisy = { use: 'sig', ...jwk, kid: 'a', alg: 'ES256', x5c: ['AA=='] };
      expect(jwkThumbprint(noisy)).toBe(await calculateJwkThumbprint(jwk as { kty: string }));
    }
    expect([ec, { kty: 'RSA' }, { kty: 'OKP', crv: 'Ed25519' }].map(jwkKind)).toEqual([
      'EC P-256',
      'RSA',
      'OKP Ed25519',
    ]);
  });
});
