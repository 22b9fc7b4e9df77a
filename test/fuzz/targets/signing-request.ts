import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { confirmationOf } from '../../../sender/issuer/holder-key.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { isRefusal } from '../../../src/identity/refusal.ts';
import { parseStrictJson } from '../../../src/identity/strict-json.ts';
import { DiodeError } from '../../../src/ops/diode-error.ts';
import { publicJwkOf, verifyWithJwk } from '../../../src/signer/signer.ts';
import {
  parseSigningRequest,
  readSignature,
  requestDigest,
  type SigningRequest,
  signingRequestText,
} from '../../../src/signer/signing-request.ts';
import { InputReader } from '../input-reader.ts';

const x = Buffer.from(signingKeyPair(Buffer.alloc(32, 7)).publicKey).toString('base64url');
const key = publicJwkOf(createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), 'EdDSA');
assert.ok(key !== undefined);
const request: SigningRequest = { purpose: 'trust bundle 7', key, payload: Buffer.from('bundle') };

/** A request, a signature, a JWK or the key of a holder as somebody wrote it: refused in a sentence, or read as it is written. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  const form = reader.integer(1) % 3;
  const text = reader.rest().toString('utf8');
  if (form === 0) {
    const read = orRefusal(() => parseSigningRequest(text, 'request'));
    if (read === undefined) return;
    const again = parseSigningRequest(signingRequestText(read), 'request');
    assert.equal(requestDigest(again), requestDigest(read));
  } else if (form === 1) {
    assert.equal(
      orRefusal(() => readSignature(request, text, 'signature')),
      undefined,
      'nobody else has the key',
    );
  } else {
    const parsed = parseStrictJson(text);
    if (isRefusal(parsed)) return;
    for (const method of ['jkt', 'jwk', 'x5t#S256'] as const) {
      const cnf = confirmationOf(parsed.value, method);
      assert.ok(cnf === undefined || !JSON.stringify(cnf).includes('"d"'), 'nothing private goes into a token');
    }
    const jwk = parsed.value as Readonly<Record<string, string>>;
    assert.equal(verifyWithJwk(jwk ?? {}, request.payload, Buffer.alloc(64)), false);
  }
}

function orRefusal<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DiodeError) return undefined;
    throw error;
  }
}
